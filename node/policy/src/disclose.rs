//! From true counts to what may be said. Suppression comes before everything that is derived.
//!
//! With a floor of k carriers, "nobody carries it", "fewer than k carry it" and "fewer than k were
//! assayed" read the same: the variant is not there. At the other end, "all but fewer than k carry it"
//! becomes "N − k or more". What may be told is rounded afterwards, as the plan says: rounding first would
//! lower the floor. Parts of a count obey the same floor, and if one part would fall below it,
//! none of its siblings is told, because the total minus the others would tell it.

mod entries;
mod floor;
mod terms;

use std::ops::Range;

use fyr_schemas::{
    Answer, Assembly, Coverage, DatasetAnswer, DatasetState, Frequency, FrequencyBound, Group, Handover,
    Lift, Pagination, Precision, Query, Release, VariantAnswer, Versions,
};

use crate::{DatasetPermit, Disclosed, Permit, ReleasePlan, Rounding, Undisclosed, VariantTally};
use floor::Floor;

pub use entries::disclose_entries;
pub use terms::disclose_terms;

/// Collects the variants of one dataset, keeps what may be said, and counts only that.
#[derive(Debug)]
pub struct Disclosure<'a> {
    permit: &'a DatasetPermit,
    floor: Floor,
    exact: bool,
    frequencies: Vec<FrequencyBound>,
    pagination: Pagination,
    limit_cap: u32,
    count: u64,
    /// How many variants there are, where that was counted at once.
    whole: Option<u64>,
    top: Option<u64>,
    coverage: Coverage,
    page: Vec<VariantAnswer>,
}

impl<'a> Disclosure<'a> {
    /// Starts the answer of one dataset; `limit_cap` is the most rows of a page.
    pub fn new(permit: &'a DatasetPermit, query: &Query, limit_cap: u32) -> Self {
        Self {
            permit,
            floor: permit.plan().into(),
            exact: query.is_exact(),
            frequencies: query.frequencies.clone(),
            pagination: query.pagination,
            limit_cap,
            count: 0,
            whole: None,
            top: None,
            coverage: Coverage::None,
            page: Vec::new(),
        }
    }

    /// Takes the number of all variants that somebody carries. It says nothing of single ones, so it counts
    /// only where none is held back.
    pub fn whole(self, seen: Option<Undisclosed<u64>>) -> Self {
        let holds_back = !self.floor.is_off() || self.floor.rounding != Rounding::Exact;
        Self { whole: seen.map(Undisclosed::open).filter(|_| !holds_back), ..self }
    }

    /// Returns whether more variants change nothing.
    pub fn is_complete(&self) -> bool {
        self.whole.is_some() && (self.plan().release < Release::Count || self.count >= self.page_rows().end)
    }

    /// Takes the next variant, in order.
    pub fn push(&mut self, tally: Undisclosed<VariantTally>) {
        let tally = tally.open();
        let consented = tally.consented.unwrap_or_else(|| tally.total.assayed_at_least());
        if self.floor.is_small(consented)
            || self.floor.suppresses(&tally.total)
            || !self.floor.tells_margins(&tally.total, &tally.margins)
            || !self.is_as_frequent_as_asked(&tally)
        {
            return;
        }
        self.coverage = coverage_of(&tally);
        let seen = tally.total.allele_count > 0;
        if !seen && !self.exact {
            return;
        }
        let on_page = self.exact || self.page_rows().contains(&self.count);
        self.count += u64::from(seen);
        if on_page && self.plan().release >= Release::Count {
            let answer = self.answer(tally);
            self.page.push(answer);
        }
    }

    /// Closes the answer of the dataset.
    pub fn finish(self, speaker: Speaker<'_>) -> Disclosed<DatasetAnswer> {
        let (plan, count) = (self.plan(), self.whole.unwrap_or(self.count));
        Disclosed::new(DatasetAnswer {
            id: self.permit.id().to_owned(),
            beacon_id: speaker.beacon_id.to_owned(),
            assembly: speaker.assembly,
            lift: speaker.lift,
            state: DatasetState::Answered,
            release: plan.release,
            exists: count > 0,
            result_count: (plan.release >= Release::Count).then_some(count),
            precision: self.precision(),
            adjusted_to: self.adjusted_to(),
            coverage: if self.exact && self.floor.is_off() { self.coverage } else { Coverage::Unknown },
            variants: self.page,
            attributable: plan.attributable,
            versions: speaker.versions,
            withheld: Vec::new(),
            entries: Vec::new(),
            handovers: speaker.handovers,
        })
    }

    fn plan(&self) -> ReleasePlan {
        self.permit.plan()
    }

    /// Compares the frequency that would be told, so that a bound tells no more than that.
    fn is_as_frequent_as_asked(&self, tally: &VariantTally) -> bool {
        if self.frequencies.is_empty() {
            return true;
        }
        let told = self.floor.frequency(
            Group::Total,
            &tally.total,
            tally.variant.contig.is_autosome(Assembly::GRCH38),
        );
        self.floor.top_bucket(&tally.total).is_none()
            && self.frequencies.iter().all(|bound| bound.holds(told.allele_count, told.allele_number))
    }

    /// The variants that are listed, by their number.
    fn page_rows(&self) -> Range<u64> {
        let limit = match self.pagination.limit {
            0 => self.limit_cap,
            limit => limit.min(self.limit_cap),
        };
        let first = u64::from(self.pagination.skip) * u64::from(limit);
        first..first + u64::from(limit)
    }

    fn precision(&self) -> Precision {
        let rounds = self.floor.rounding != Rounding::Exact && self.plan().release >= Release::Count;
        match (self.floor.is_off(), self.top) {
            _ if rounds => Precision::Rounded,
            (true, _) => Precision::Exact,
            (false, Some(_)) => Precision::Rounded,
            (false, None) => Precision::Imprecise,
        }
    }

    fn adjusted_to(&self) -> Vec<u64> {
        let floor = (self.floor.carriers > 0).then_some(self.floor.carriers);
        floor.into_iter().chain(self.top).collect()
    }

    fn answer(&mut self, tally: VariantTally) -> VariantAnswer {
        let coverage = if self.floor.is_off() { coverage_of(&tally) } else { Coverage::Unknown };
        if let Some(top) = self.floor.top_bucket(&tally.total) {
            self.top = Some(top);
            return VariantAnswer {
                variant: tally.variant,
                carriers: Some(top),
                assayed: None,
                frequencies: Vec::new(),
                coverage,
                cases: Vec::new(),
                effects: tally.effects,
                alternative_ids: Vec::new(),
            };
        }
        let autosomal = tally.variant.contig.is_autosome(Assembly::GRCH38);
        let parts = self.floor.tells_parts(&tally.total, autosomal);
        let frequencies = match self.plan().release {
            Release::Frequency | Release::Record => self.frequencies(&tally, autosomal),
            Release::None | Release::Boolean | Release::Count => Vec::new(),
        };
        // Carriers beside AC tell the homozygotes, so both obey the rule for parts.
        let rounding = self.floor.rounding;
        let carriers = tally.total.carriers.filter(|_| frequencies.is_empty() || parts);
        let carriers = carriers.map(|carriers| rounding.of(carriers));
        let shows_people = self.plan().release == Release::Record && self.floor.is_off();
        let cases = if shows_people { tally.cases } else { Vec::new() };
        let (variant, effects) = (tally.variant, tally.effects);
        let alternative_ids = Vec::new();
        // Where groups are told and nothing is hidden, AN tells it already.
        let assayed = tally.total.assayed.filter(|_| self.floor.is_off() && !frequencies.is_empty());
        VariantAnswer { variant, carriers, assayed, frequencies, coverage, cases, effects, alternative_ids }
    }

    fn frequencies(&self, tally: &VariantTally, autosomal: bool) -> Vec<Frequency> {
        let total = self.floor.frequency(Group::Total, &tally.total, autosomal);
        let groups = tally.groups.tallies();
        let groups = if self.floor.tells_groups(&tally.total, &groups) { groups } else { Vec::new() };
        let rows = groups.into_iter().map(|(group, counts)| self.floor.frequency(group, &counts, autosomal));
        std::iter::once(total).chain(rows).collect()
    }
}

/// What is said beside an answer, and does not depend on what was found.
#[derive(Clone, Debug)]
pub struct Speaker<'a> {
    /// Id of the node.
    pub beacon_id: &'a str,
    /// Assembly of the dataset.
    pub assembly: Assembly,
    /// How the question came to it.
    pub lift: Option<Lift>,
    /// From the configuration.
    pub handovers: Vec<Handover>,
    /// What its figures rest on.
    pub versions: Option<Versions>,
}

fn coverage_of(tally: &VariantTally) -> Coverage {
    match (tally.total.assayed, tally.cohort_size) {
        (Some(0), _) => Coverage::None,
        (Some(assayed), Some(size)) if assayed < size => Coverage::Partial,
        (Some(_), Some(_)) => Coverage::Complete,
        _ => Coverage::Unknown,
    }
}

/// Puts the answers of the datasets together; withheld ones are named, because they may be known of.
///
/// `assembly_of` says in which coordinates a dataset is asked; `warnings` are about the question.
///
/// # Errors
///
/// The coordinates of a dataset are not known.
pub fn assemble<E>(
    beacon_id: &str,
    permit: &Permit,
    assembly_of: impl Fn(&str) -> Result<Assembly, E>,
    datasets: Vec<Disclosed<DatasetAnswer>>,
    warnings: Vec<String>,
) -> Result<Disclosed<Answer>, E> {
    let withheld = permit.withheld().iter().map(|id| Ok(withheld(id, beacon_id, assembly_of(id)?)));
    let withheld = withheld.collect::<Result<Vec<_>, E>>()?;
    let datasets: Vec<_> = datasets.into_iter().map(Disclosed::into_inner).chain(withheld).collect();
    let counts: Vec<u64> = datasets.iter().filter_map(|dataset| dataset.result_count).collect();
    Ok(Disclosed::new(Answer {
        exists: datasets.iter().any(|dataset| dataset.exists),
        lower_bound: datasets.iter().any(|dataset| dataset.state == DatasetState::Withheld),
        datasets,
        result_count: (!counts.is_empty()).then(|| counts.iter().sum()),
        warnings,
        ..Answer::of(beacon_id)
    }))
}

/// The answer of a node that the question leaves out. It says nothing of any data.
pub fn left_out(beacon_id: &str) -> Disclosed<Answer> {
    Disclosed::new(Answer::of(beacon_id))
}

fn withheld(id: &str, beacon_id: &str, assembly: Assembly) -> DatasetAnswer {
    DatasetAnswer::silent(id, beacon_id, assembly, DatasetState::Withheld)
}

#[cfg(test)]
mod tests;
