//! Counts to disclose, in the fewest words, and what is told of them.

use fyr_schemas::{
    AlleleQuery, Assembly, Case, Clause, Condition, Coverage, DatasetAnswer, EntryType, Filter,
    FilteringTerm, FilteringTermKind, Filters, FrequencyBound, Granularity, Group, Operator, Precision,
    Query, Tally, VariantQuery, Zygosity,
};
use serde_json::json;

use crate::{
    Cohort, DatasetPermit, Disclosure, EntryTally, GroupTallies, ReleasePlan, Speaker, TermTally,
    Undisclosed, VariantTally, disclose_entries, disclose_terms,
};

/// People at a site, by what was called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) het: u64,
    pub(super) hom: u64,
    pub(super) hemi: u64,
    /// Two copies, neither of them the allele.
    pub(super) others: u64,
}

impl Cell {
    pub(super) fn carriers(self) -> u64 {
        self.het + self.hom + self.hemi
    }

    pub(super) fn assayed(self) -> u64 {
        self.carriers() + self.others
    }

    pub(super) fn allele_count(self) -> u64 {
        self.het + 2 * self.hom + self.hemi
    }

    pub(super) fn allele_number(self) -> u64 {
        2 * self.assayed() - self.hemi
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            het: self.het + other.het,
            hom: self.hom + other.hom,
            hemi: self.hemi + other.hemi,
            others: self.others + other.others,
        }
    }

    pub(super) fn tally(self) -> Tally {
        Tally {
            allele_count: self.allele_count(),
            allele_number: self.allele_number(),
            heterozygous: Some(self.het),
            homozygous: Some(self.hom),
            hemizygous: Some(self.hemi),
            carriers: Some(self.carriers()),
            assayed: Some(self.assayed()),
        }
    }
}

/// So many with one copy of two, so many with two, so many without.
pub(super) fn cell(het: u64, hom: u64, others: u64) -> Cell {
    Cell { het, hom, hemi: 0, others }
}

/// One variant in one dataset.
#[derive(Clone, Debug)]
pub(super) struct Site {
    pub(super) contig: &'static str,
    pub(super) cell: Cell,
    /// Whether the source states AC and AN only.
    pub(super) only_alleles: bool,
    /// People who are counted, but of whom nothing was called here.
    pub(super) not_assayed: u64,
    /// People whose consent covers the question.
    pub(super) consented: u64,
    /// What would be counted without each of the filters.
    pub(super) margins: Vec<Cell>,
    pub(super) groups: Vec<(Group, Cell)>,
}

impl Site {
    pub(super) fn of(cell: Cell) -> Self {
        Self {
            contig: "7",
            cell,
            only_alleles: false,
            not_assayed: 0,
            consented: cell.assayed(),
            margins: Vec::new(),
            groups: Vec::new(),
        }
    }

    pub(super) fn tally(&self) -> Tally {
        let tally = self.cell.tally();
        if !self.only_alleles {
            return tally;
        }
        Tally { allele_count: tally.allele_count, allele_number: tally.allele_number, ..Tally::default() }
    }
}

struct Groups(Vec<(Group, Tally)>);

impl GroupTallies for Groups {
    fn tallies(&self) -> Vec<(Group, Tally)> {
        self.0.clone()
    }
}

fn permit(plan: ReleasePlan) -> DatasetPermit {
    DatasetPermit::new("D", Cohort::Everyone, plan)
}

fn speaker() -> Speaker<'static> {
    Speaker {
        beacon_id: "node",
        assembly: Assembly::GRCH38,
        lift: None,
        handovers: Vec::new(),
        versions: None,
    }
}

/// Tells of one variant that is asked for by itself.
pub(super) fn variant(plan: ReleasePlan, site: &Site, bound: Option<FrequencyBound>) -> DatasetAnswer {
    let allele = AlleleQuery::parse(Assembly::GRCH38, &format!("{}-100-A-G", site.contig)).unwrap();
    let variant = allele.as_variant().unwrap();
    let query = Query {
        granularity: Granularity::Record,
        frequencies: bound.into_iter().collect(),
        ..Query::variants(VariantQuery::Allele(allele))
    };
    let permit = permit(plan);
    let mut disclosure = Disclosure::new(&permit, &query, 100);
    let case = Case { individual: "P1".into(), biosample: "P1".into(), zygosity: Zygosity::Heterozygous };
    disclosure.push(Undisclosed::new(VariantTally {
        variant,
        total: site.tally(),
        cohort_size: (!site.only_alleles).then_some(site.cell.assayed() + site.not_assayed),
        consented: (!site.only_alleles).then_some(site.consented),
        groups: Box::new(Groups(site.groups.iter().map(|(g, c)| (g.clone(), c.tally())).collect())),
        margins: site.margins.iter().map(|margin| margin.tally()).collect(),
        cases: vec![case],
        effects: Vec::new(),
    }));
    disclosure.finish(speaker()).into_inner()
}

/// Entries of people.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) entries: u64,
    pub(super) people: u64,
    pub(super) cohort: u64,
    pub(super) margins: Vec<u64>,
    /// Whether the question asks for something; all entries otherwise.
    pub(super) narrowed: bool,
}

/// A filter on people.
pub(super) fn filters() -> Filters {
    let condition = Condition::Term { id: "HP:0001250".into(), descendants: true };
    Filters(vec![Clause(vec![Filter { scope: None, excluded: false, any_of: vec![condition] }])])
}

/// Tells of entries.
pub(super) fn entries(plan: ReleasePlan, found: &Found) -> DatasetAnswer {
    let filters = if found.narrowed { filters() } else { Filters::default() };
    let query = Query { filters, ..Query::entries(EntryType::Individual) };
    let tally = EntryTally {
        entries: found.entries,
        people: found.people,
        cohort: found.cohort,
        margins: found.margins.clone(),
        documents: vec![json!({ "id": "P1" }); usize::from(found.entries > 0)],
    };
    disclose_entries(&permit(plan), &query, Undisclosed::new(tally), speaker()).into_inner()
}

/// Tells of one term that so many people of a cohort state, and its values.
pub(super) fn term(
    plan: ReleasePlan,
    people: u64,
    cohort: u64,
    values: &[(&str, u64)],
) -> Vec<FilteringTerm> {
    let term = FilteringTerm {
        kind: FilteringTermKind::Ontology,
        id: "HP:1".into(),
        label: None,
        scopes: vec![EntryType::Individual],
        values: Vec::new(),
    };
    let values = values.iter().map(|(value, people)| ((*value).to_owned(), *people)).collect();
    let tally = Undisclosed::new(TermTally { term, people, cohort, values });
    disclose_terms(&permit(plan), vec![tally]).into_inner()
}

/// A bound such as `>= 0.25`.
pub(super) fn bound(operator: Operator, value: &str) -> FrequencyBound {
    let condition = Condition::Value { field: "alleleFrequency".into(), operator, value: value.into() };
    let filter = Filter { scope: None, excluded: false, any_of: vec![condition] };
    let filters = Filters(vec![Clause(vec![filter])]);
    FrequencyBound::split(filters, EntryType::GenomicVariant).unwrap().1[0]
}

/// What an answer says of data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) exists: bool,
    pub(super) count: Option<u64>,
    pub(super) precision: Precision,
    pub(super) adjusted_to: Vec<u64>,
    pub(super) coverage: Coverage,
    /// The record of the variant.
    pub(super) record: Option<Record>,
    /// Whether documents or carriers are shown.
    pub(super) shows_people: bool,
}

/// What the record of a variant says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) carriers: Option<u64>,
    /// AC, AN, and heterozygotes, homozygotes, hemizygotes.
    pub(super) rows: Vec<Row>,
}

/// A group's AC and AN, and its heterozygotes, homozygotes and hemizygotes.
pub(super) type Row = (Group, u64, u64, Option<[u64; 3]>);

impl From<DatasetAnswer> for Said {
    fn from(answer: DatasetAnswer) -> Self {
        let record = answer.variants.first().map(|variant| {
            let row = |row: &fyr_schemas::Frequency| {
                let parts = row.heterozygous.zip(row.homozygous).zip(row.hemizygous);
                let parts = parts.map(|((het, hom), hemi)| [het, hom, hemi]);
                (row.group.clone(), row.allele_count, row.allele_number, parts)
            };
            Record { carriers: variant.carriers, rows: variant.frequencies.iter().map(row).collect() }
        });
        let cases = answer.variants.iter().any(|variant| !variant.cases.is_empty());
        Self {
            exists: answer.exists,
            count: answer.result_count,
            precision: answer.precision,
            adjusted_to: answer.adjusted_to,
            coverage: answer.coverage,
            record,
            shows_people: cases || !answer.entries.is_empty(),
        }
    }
}
