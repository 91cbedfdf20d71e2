//! Counts to disclose, in the fewest words, and what is told of them.

use std::sync::Arc;

use fyr_schemas::{
    AlleleQuery, Assembly, Case, Clause, Condition, Coverage, DatasetAnswer, EntryType, Filter,
    FilteringTerm, FilteringTermKind, Filters, FrequencyBound, Granularity, Group, Operator, Precision,
    Query, Tally, VariantQuery, Zygosity,
};
use serde_json::json;

use roaring::RoaringBitmap;

use crate::{
    Bearers, Cohort, Count, DatasetPermit, Disclosure, EntryCount, Margins, People, ReleasePlan, Sets,
    Speaker, TermCount, Undisclosed, VariantCount, disclose_entries, disclose_terms,
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

    fn count(&self) -> Count {
        let groups = self.groups.iter().map(|(group, cell)| (group.clone(), cell.tally())).collect();
        let margins = self.margins.iter().map(|margin| Numbers::of(margin.tally())).collect();
        let count = Count::of(Arc::new(Numbers { tally: self.tally(), entries: 1, groups }))
            .beside(Margins::OfLookedAt(margins))
            .diploid(self.contig == "7");
        if self.only_alleles {
            return count;
        }
        let asked = self.cell.assayed() + self.not_assayed;
        count.among(People::AtLeast(self.consented), People::AtLeast(asked))
    }
}

/// Numbers without people.
pub(super) struct Numbers {
    pub(super) tally: Tally,
    pub(super) entries: u64,
    pub(super) groups: Vec<(Group, Tally)>,
}

impl Numbers {
    pub(super) fn of(tally: Tally) -> Arc<dyn Sets> {
        Arc::new(Self { tally, entries: 1, groups: Vec::new() })
    }

    /// So many people among so many.
    pub(super) fn people(people: u64, among: u64) -> Tally {
        Tally { carriers: Some(people), assayed: Some(among), ..Tally::default() }
    }
}

impl Sets for Numbers {
    fn tally(&self) -> Tally {
        self.tally
    }

    fn people(&self) -> People {
        People::AtLeast(self.tally.carriers_at_least())
    }

    fn looked_at(&self) -> People {
        People::AtLeast(self.tally.assayed_at_least())
    }

    fn entries(&self) -> u64 {
        self.entries
    }

    fn groups(&self) -> Vec<(Group, Tally)> {
        self.groups.clone()
    }

    fn without(&self, _: &RoaringBitmap) -> Option<Arc<dyn Sets>> {
        None
    }
}

pub(super) fn permit(plan: ReleasePlan) -> DatasetPermit {
    DatasetPermit::new("D", Cohort::Everyone, plan)
}

pub(super) fn speaker() -> Speaker<'static> {
    Speaker {
        beacon_id: "node",
        assembly: Assembly::GRCH38,
        lift: None,
        handovers: Vec::new(),
        versions: None,
        read_as: Vec::new(),
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
    let case = Case { individual: "P1".into(), biosample: "P1".into(), zygosity: Zygosity::Heterozygous };
    let found = VariantCount { variant, effects: Vec::new(), count: site.count(), cases: vec![case] };
    tell(plan, &query, found, &Bearers::Everybody)
}

fn tell(plan: ReleasePlan, query: &Query, found: VariantCount, bearers: &Bearers) -> DatasetAnswer {
    let permit = permit(plan);
    let mut disclosure = Disclosure::new(&permit, query, 100, None);
    let found = Undisclosed::new(found);
    let has_accounts = plan.accounting != crate::Accounting::None;
    assert!(has_accounts || disclosure.cost(&found).is_nothing());
    disclosure.tell(found, bearers);
    disclosure.finish(speaker(), |_| Vec::new()).into_inner()
}

/// A variant.
pub(super) fn any_variant() -> fyr_schemas::Variant {
    AlleleQuery::parse(Assembly::GRCH38, "7-100-A-G").unwrap().as_variant().unwrap()
}

/// Tells how many carry a variant of those who bear it.
pub(super) fn known_variant(plan: ReleasePlan, count: Count, bearers: &Bearers) -> Option<u64> {
    let allele = AlleleQuery::parse(Assembly::GRCH38, "7-100-A-G").unwrap();
    let variant = allele.as_variant().unwrap();
    let found = VariantCount { variant, effects: Vec::new(), count, cases: Vec::new() };
    let answer = tell(plan, &Query::variants(VariantQuery::Allele(allele)), found, bearers);
    answer.variants.first().and_then(|variant| variant.carriers)
}

/// Tells of one variant whatever was counted of it.
pub(super) fn counted(plan: ReleasePlan, count: Count) -> DatasetAnswer {
    let allele = AlleleQuery::parse(Assembly::GRCH38, "7-100-A-G").unwrap();
    let variant = allele.as_variant().unwrap();
    let query = Query { granularity: Granularity::Record, ..Query::variants(VariantQuery::Allele(allele)) };
    tell(
        plan,
        &query,
        VariantCount { variant, effects: Vec::new(), count, cases: Vec::new() },
        &Bearers::Everybody,
    )
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
    Filters::new(vec![Clause(vec![Filter { scope: None, excluded: false, any_of: vec![condition] }])])
        .unwrap()
}

/// Tells of entries.
pub(super) fn entries(plan: ReleasePlan, found: &Found) -> DatasetAnswer {
    let filters = if found.narrowed { filters() } else { Filters::default() };
    let query = Query { filters, ..Query::entries(EntryType::Individual) };
    let numbers = |people| Numbers::people(people, found.cohort);
    let margins = found.margins.iter().map(|margin| Numbers::of(numbers(*margin))).collect();
    let sets = Numbers { tally: numbers(found.people), entries: found.entries, groups: Vec::new() };
    let cohort = People::AtLeast(found.cohort);
    let count = Count::of(Arc::new(sets)).among(cohort.clone(), cohort).beside(Margins::OfFound(margins));
    let documents = vec![json!({ "id": "P1" }); usize::from(found.entries > 0)];
    let found = Undisclosed::new(EntryCount { count, documents });
    disclose_entries(&permit(plan), &query, found, &Bearers::Everybody, None, speaker()).into_inner()
}

/// Tells of one term that so many people of a cohort state, and its values.
pub(super) fn term(
    plan: ReleasePlan,
    people: u64,
    cohort: u64,
    values: &[(&str, u64)],
) -> Vec<FilteringTerm> {
    let found = term_count(None, people, cohort, values);
    let permit = permit(plan);
    disclose_terms([(&permit, vec![found], Bearers::Everybody)], |_| None).into_inner()
}

/// A term that so many people of a cohort state, labelled in the data, with its values.
pub(super) fn term_count(
    label: Option<&str>,
    people: u64,
    cohort: u64,
    values: &[(&str, u64)],
) -> Undisclosed<TermCount> {
    let stated = |people: u64| {
        let (tally, entries) = (Numbers::people(people, cohort), people.min(1));
        let among = People::AtLeast(cohort);
        Count::of(Arc::new(Numbers { tally, entries, groups: Vec::new() })).among(among.clone(), among)
    };
    let values = values.iter().map(|(value, people)| ((*value).to_owned(), stated(*people))).collect();
    Undisclosed::new(TermCount {
        kind: FilteringTermKind::Ontology,
        id: "HP:1".into(),
        count: stated(people),
        labels: label.map(|label| (label.to_owned(), stated(people))).into_iter().collect(),
        scopes: vec![(EntryType::Individual, stated(people))],
        values,
    })
}

/// A bound such as `>= 0.25`.
pub(super) fn bound(operator: Operator, value: &str) -> FrequencyBound {
    let condition = Condition::Value { field: "alleleFrequency".into(), operator, value: value.into() };
    let filter = Filter { scope: None, excluded: false, any_of: vec![condition] };
    let filters = Filters::new(vec![Clause(vec![filter])]).unwrap();
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
