//! What may be said about variants.

use std::{ops::Range, sync::Arc};

use fyr_schemas::{
    Assembly, Coverage, DatasetAnswer, Frequency, Group, LocatedKey, Observations, Precision, Query, Release,
    Tally, Variant, VariantAnswer, Withheld,
};

use super::{
    answers::{Speaker, answered},
    control::{Question, Told},
    controls::Controls,
};
use crate::{
    Accounting, Bearers, Cost, Count, DatasetPermit, Disclosed, Draws, Needs, People, ReleasePlan, Rounding,
    Undisclosed, VariantCount,
};

/// Collects the variants of one dataset, keeps what may be said, and counts only that.
#[derive(Debug)]
pub struct Disclosure<'a> {
    permit: &'a DatasetPermit,
    controls: Controls,
    needs: Needs,
    exact: bool,
    page: Range<u64>,
    /// How many variants that are told somebody carries.
    count: u64,
    /// How many variants there are, where that was counted at once.
    whole: Option<u64>,
    top: Option<u64>,
    /// Whether there is a variant of which it is not known whether it is as frequent as asked for.
    undecided: bool,
    coverage: Coverage,
    listed: Vec<VariantAnswer>,
    withholds: Vec<Withheld>,
}

impl<'a> Disclosure<'a> {
    /// Starts the answer of one dataset; `limit_cap` is the most rows of a page, `draws` where noise comes from, if the
    /// plan wants any.
    pub fn new(
        permit: &'a DatasetPermit,
        query: &Query,
        limit_cap: u32,
        draws: Option<&Arc<dyn Draws>>,
    ) -> Self {
        let question = Question::of(query).drawing(draws).of_populations(permit.populations());
        let controls = Controls::of(permit.plan(), question);
        Self {
            permit,
            needs: Needs { records: permit.plan().needs().records, ..controls.needs() },
            controls,
            exact: query.is_exact(),
            page: query.pagination.rows(limit_cap),
            count: 0,
            whole: None,
            top: None,
            undecided: false,
            coverage: Coverage::None,
            listed: Vec::new(),
            withholds: permit.plan().withholds(query),
        }
    }

    /// Takes the number of all variants that somebody carries. It says nothing of single ones, so it counts
    /// only where no control has to see each.
    pub fn whole(self, seen: Option<Undisclosed<u64>>) -> Self {
        Self { whole: seen.map(Undisclosed::open).filter(|_| !self.needs.singly), ..self }
    }

    /// Takes what was listed since this was asked last: of a table that is told row by row.
    pub fn take_listed(&mut self) -> Disclosed<Vec<VariantAnswer>> {
        Disclosed::new(std::mem::take(&mut self.listed))
    }

    /// Returns whether more variants change nothing.
    pub fn is_complete(&self) -> bool {
        self.whole.is_some() && (self.plan().release < Release::Count || self.count >= self.page.end)
    }

    /// Says what it costs whom to be told of a variant.
    pub fn cost(&self, found: &Undisclosed<VariantCount>) -> Cost {
        self.controls.cost(&found.peek().count)
    }

    /// Names what is told of a variant, of a dataset with an assembly, for a cost: to be told the same of it again is
    /// free. It is the same in every notation and assembly; by other steps, or up to another one, it is told anew.
    pub fn item(&self, assembly: Assembly, found: &Undisclosed<VariantCount>, cost: &Cost) -> String {
        let key = LocatedKey::of_allele(self.permit.id(), assembly, &found.peek().variant);
        format!("{key} {}", cost.form())
    }

    /// Takes the next variant, in order, and tells of those who can bear it.
    pub fn tell(&mut self, found: Undisclosed<VariantCount>, bearers: &Bearers) {
        let found = found.open();
        // What noise says is there is there.
        let seen = self.needs.nobody || found.count.tally().allele_count > 0;
        if self.exact && !self.needs.hides {
            self.coverage = coverage_of(&found.count);
        }
        let lists = (self.exact || self.page.contains(&self.count)) && self.plan().release >= Release::Count;
        let with_groups = lists && self.plan().release >= Release::Frequency && found.count.is_of_all();
        let Some(told) = self.controls.keep(&found.count, bearers, with_groups) else { return };
        if !seen && !self.exact {
            return;
        }
        if told.undecided {
            self.undecided |= seen;
            return;
        }
        self.count += u64::from(seen);
        if lists {
            self.top = self.top.max(told.at_least);
            let answer = self.answer(found, told);
            self.listed.push(answer);
        }
    }

    /// Returns whether there is a variant that would be told, but of which it is not known whether it is as frequent as
    /// asked for. Then there is no answer: "none" would be a guess.
    pub fn is_undecided(&self) -> bool {
        self.undecided
    }

    /// Closes the answer of the dataset. `ids_of` names variants in other vocabularies.
    pub fn finish(
        mut self,
        speaker: Speaker<'_>,
        ids_of: impl Fn(&Variant) -> Vec<String>,
    ) -> Disclosed<DatasetAnswer> {
        for listed in &mut self.listed {
            listed.alternative_ids = ids_of(&listed.variant);
        }
        let (plan, count) = (self.plan(), self.whole.unwrap_or(self.count));
        Disclosed::new(DatasetAnswer {
            exists: count > 0,
            result_count: (plan.release >= Release::Count).then_some(count),
            precision: self.precision(),
            coverage: if self.exact && !self.needs.hides { self.coverage } else { Coverage::Unknown },
            variants: self.listed,
            ..answered(self.permit, self.withholds, speaker, self.top)
        })
    }

    fn plan(&self) -> ReleasePlan {
        self.permit.plan()
    }

    fn precision(&self) -> Precision {
        let rounds = self.plan().rounding != Rounding::Exact && self.plan().release >= Release::Count;
        match self.top {
            _ if rounds => Precision::Rounded,
            _ if !self.needs.hides => Precision::Exact,
            Some(_) => Precision::Rounded,
            None => Precision::Imprecise,
        }
    }

    fn answer(&self, found: VariantCount, told: Told) -> VariantAnswer {
        let of_alleles = told.at_least.is_none() && !self.needs.nobody;
        let shows = |release| self.plan().release >= release && of_alleles;
        let coverage = if self.needs.hides { Coverage::Unknown } else { coverage_of(&found.count) };
        let shows_people = !self.needs.hides && shows(Release::Frequency);
        let is_of_all = found.count.is_of_all();
        VariantAnswer {
            variant: found.variant,
            carriers: told.at_least.or(told.total.carriers),
            // Where groups are told and nothing is hidden, AN tells it already.
            assayed: told.total.assayed.filter(|_| shows_people),
            people: self.asked(&found.count).filter(|_| shows_people && !is_of_all),
            observed: self.observed(&found.count).filter(|_| shows_people),
            assumed: is_of_all && !self.needs.hides && shows(Release::Frequency) && found.count.is_assumed(),
            // Those of whom something is known are mostly those who carry it.
            frequencies: if shows(Release::Frequency) && is_of_all { rows(&told) } else { Vec::new() },
            coverage,
            cases: if self.needs.records { found.cases } else { Vec::new() },
            // Of what noise tells nobody may know that it is annotated: then somebody has it.
            effects: if self.needs.nobody { Vec::new() } else { found.effects },
            alternative_ids: Vec::new(),
        }
    }
}

impl Disclosure<'_> {
    /// Returns in how many cases a variant was observed, where nothing at all is kept back: no control knows cases.
    fn observed(&self, count: &Count) -> Option<Observations> {
        let is_exact = self.plan().rounding == Rounding::Exact && self.plan().accounting == Accounting::None;
        (self.plan().cases && is_exact && !self.needs.hides).then(|| count.observed()).flatten()
    }

    /// Returns how many people are asked about, as exactly as other numbers are told.
    fn asked(&self, count: &Count) -> Option<u64> {
        count.asked().map(|asked| self.plan().rounding.of(asked.number()))
    }
}

/// Writes the rows of everybody and of the groups that stand beside.
fn rows(told: &Told) -> Vec<Frequency> {
    let row = |(group, tally): (Group, &Tally)| Frequency {
        group,
        allele_count: tally.allele_count,
        allele_number: tally.allele_number,
        heterozygous: tally.heterozygous,
        homozygous: tally.homozygous,
        hemizygous: tally.hemizygous,
    };
    let groups = told.groups.iter().map(|(group, tally)| row((group.clone(), tally)));
    std::iter::once(row((Group::Total, &told.total))).chain(groups).collect()
}

/// Compares who was looked at with those who are asked about. Where nobody knows whether the others were looked at, it is
/// not known.
fn coverage_of(count: &Count) -> Coverage {
    match (count.tally().assayed, count.asked().map(People::number)) {
        (Some(0), _) => Coverage::None,
        _ if !count.is_of_all() => Coverage::Unknown,
        (Some(assayed), Some(asked)) if assayed < asked => Coverage::Partial,
        (Some(_), Some(_)) => Coverage::Complete,
        _ => Coverage::Unknown,
    }
}
