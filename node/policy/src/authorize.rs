//! From decisions about datasets to a permit, or to a denial that tells nothing of hidden data.

use fyr_schemas::{ErrorCode, Query, Release};

use crate::{DatasetPermit, Decision, NotFixed, Permit, ReleasePlan, VisibleDataset};

/// Why a question may not be evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denial {
    /// Nothing here may be asked with these credentials. A node without data says the same.
    #[error("nothing here may be asked with these credentials")]
    NothingPermitted,
    /// None of the datasets that the question names exists, as far as the requester may know.
    #[error("none of the named datasets exists here")]
    UnknownDataset,
    /// The question is about a set of people that is not fixed, of which no dataset that it is for tells anything.
    #[error(transparent)]
    NotFixed(NotFixed),
    /// The question names a person, a sample, a run or an analysis, which only open datasets show.
    #[error("no such entry")]
    UnknownEntry,
}

impl Denial {
    /// Returns the code that clients see.
    pub fn code(self) -> ErrorCode {
        match self {
            Self::NotFixed(_) => ErrorCode::InvalidRequest,
            Self::NothingPermitted => ErrorCode::PermissionDenied,
            Self::UnknownDataset | Self::UnknownEntry => ErrorCode::NotFound,
        }
    }
}

/// Decides which of a node's datasets a question may be put to, and how much each may say.
///
/// The decisions must be about this question's requester, purpose and kind.
///
/// # Errors
///
/// Nothing may be asked, or nothing that the requester may know of was named.
pub fn authorize<'d>(
    query: &Query,
    decisions: impl IntoIterator<Item = &'d Decision>,
) -> Result<Permit, Denial> {
    let mut sorted = Sorted::default();
    for decision in decisions {
        sorted.add(query, decision);
    }
    let nothing = sorted.permitted.is_empty();
    if let Some(refused) = sorted.refused.filter(|_| nothing) {
        return Err(Denial::NotFixed(refused));
    }
    if nothing && sorted.closed {
        return Err(Denial::UnknownEntry);
    }
    if nothing && sorted.withheld.is_empty() && !query.datasets.only.is_empty() {
        return Err(Denial::UnknownDataset);
    }
    // Leaving everything out is the client's own choice; having nothing to ask is a denial.
    if nothing && !(sorted.excluded && sorted.withheld.is_empty()) {
        return Err(Denial::NothingPermitted);
    }
    Ok(Permit::new(sorted.permitted, sorted.withheld))
}

/// Datasets by what becomes of them.
#[derive(Default)]
struct Sorted {
    permitted: Vec<DatasetPermit>,
    withheld: Vec<String>,
    /// What is asked that some of the withheld ones do not fix.
    refused: Option<NotFixed>,
    /// The question leaves something out that the requester may know of.
    excluded: bool,
    /// Something may be asked, but not for single persons.
    closed: bool,
}

impl Sorted {
    fn add(&mut self, query: &Query, decision: &Decision) {
        if !decision.is_visible() {
            return;
        }
        if !query.datasets.includes(decision.dataset()) {
            self.excluded = true;
            return;
        }
        let Some(plan) = decision.plan().and_then(|plan| as_asked(query, plan)) else {
            self.withheld.push(decision.dataset().to_owned());
            return;
        };
        if let Some(refused) = plan.refuses(query) {
            self.refused = Some(refused);
            self.withheld.push(decision.dataset().to_owned());
            return;
        }
        // "No" would say that it was counted.
        if plan.leaves_unpriced(query) {
            self.withheld.push(decision.dataset().to_owned());
            return;
        }
        // Who knows an id must not learn whether it is here.
        let names_a_person =
            query.within.as_ref().is_some_and(|within| within.entry_type.is_about_a_person());
        if names_a_person && !decision.shows_records() {
            self.closed = true;
            return;
        }
        let permit = DatasetPermit::new(decision.dataset(), decision.cohort(), plan);
        self.permitted.push(permit.by_reference(decision.reference()).of_populations(&decision.populations));
    }
}

/// Restricts a plan to what is asked for. Which variants have a frequency is for those to know who may know
/// frequencies, however little is asked beside.
fn as_asked(query: &Query, plan: ReleasePlan) -> Option<ReleasePlan> {
    if query.frequencies.is_empty() {
        return Some(plan);
    }
    let release = plan.release.min(Release::ceiling(query.granularity));
    (plan.release >= Release::Frequency).then_some(ReleasePlan { release, ..plan })
}

/// Returns permits for the lists of filtering terms of datasets, of whose people something may be learned.
///
/// `of_a_person` is whether the terms of one person are asked for, which only open datasets show. The
/// decisions must be about people, at the highest granularity.
pub fn authorize_terms<'d>(
    of_a_person: bool,
    decisions: impl IntoIterator<Item = &'d Decision>,
) -> Vec<DatasetPermit> {
    let least = if of_a_person { Release::Record } else { Release::Boolean };
    let permit = |decision: &Decision| {
        let plan = decision.plan().filter(|plan| plan.release >= least)?;
        decision.is_visible().then(|| DatasetPermit::new(decision.dataset(), decision.cohort(), plan))
    };
    decisions.into_iter().filter_map(permit).collect()
}

/// Returns the datasets that a requester may know of. Hidden ones are not there.
///
/// Each dataset comes with the decision about variants and the one about people, at the highest granularity.
pub fn visible_datasets<'d>(
    decisions: impl IntoIterator<Item = (&'d Decision, &'d Decision)>,
) -> Vec<VisibleDataset> {
    let release = |decision: &Decision| decision.plan().map(|plan| plan.release).unwrap_or_default();
    let visible = |(variants, people): (&Decision, &Decision)| {
        variants.is_visible().then(|| VisibleDataset {
            id: variants.dataset().to_owned(),
            release: release(variants),
            subjects: release(people),
            released: people.cohort().is_of_released(),
        })
    };
    decisions.into_iter().filter_map(visible).collect()
}

#[cfg(test)]
mod tests;
