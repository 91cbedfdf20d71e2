//! The proof that a question was authorized, and how far.

use std::sync::Arc;

use fyr_schemas::{Query, Release};
use serde::Serialize;

use crate::{Accounting, Cohort, Fixed, NotFixed, Populations, Profile, Questions, Rounding};

/// What is told of an allele by numbers.
///
/// A profile tells one of both of a dataset, at every door and whatever is asked for: together they tell homozygotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// People who carry it.
    Carriers,
    /// Alleles (AC) of all that were called (AN). Carriers only where all parts may be told.
    Alleles,
}

impl Measure {
    /// Returns the measure of whoever is told so much at most.
    pub fn under(most: Release) -> Self {
        if most >= Release::Frequency { Self::Alleles } else { Self::Carriers }
    }
}

/// How much may be said, and how little may be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ReleasePlan {
    /// In which capacity it is said.
    pub profile: Profile,
    /// The most that is let out: the smaller of what the policy permits and what was asked for.
    pub release: Release,
    /// What numbers of an allele are told, however little of it is asked for.
    pub measure: Measure,
    /// Fewest carriers that may be told; 0 tells everything.
    pub minimum_carriers: u64,
    /// Fewest people whose consent must cover the question before anything is told.
    pub minimum_cohort: u64,
    /// How numbers are rounded.
    pub rounding: Rounding,
    /// How what is told of people is accounted for.
    pub accounting: Accounting,
    /// Which sets of people may be asked about.
    pub questions: Questions,
    /// Whether it is told in how many cases, which are families, an allele was observed: who is related to whom is told
    /// of open data, and to the owner.
    pub cases: bool,
    /// Whether it is of a published table, which is read without limit.
    pub published: bool,
    /// Whether a broker may show the answer as this node's own.
    pub attributable: bool,
    /// Whether nothing is told of anything: the rules say so to test that no answer goes past disclosure.
    pub silent: bool,
}

impl ReleasePlan {
    /// Returns a plan that only a floor restrains: what open data come with.
    pub fn open(release: Release, minimum_carriers: u64) -> Self {
        Self {
            profile: Profile::Public,
            release,
            measure: Measure::under(release),
            minimum_carriers,
            minimum_cohort: 0,
            rounding: Rounding::Exact,
            accounting: Accounting::None,
            questions: Questions::Free,
            cases: minimum_carriers == 0,
            published: false,
            attributable: true,
            silent: false,
        }
    }

    /// Returns what a question asks for that is not fixed, where only fixed sets may be asked about.
    pub(crate) fn refuses(&self, query: &Query) -> Option<NotFixed> {
        self.fixed().and_then(|fixed| NotFixed::of(query, fixed.sets))
    }

    /// Returns what the sets are fixed by that may be asked about; none where any may.
    pub(crate) fn fixed(&self) -> Option<Fixed> {
        match self.questions {
            Questions::Fixed { descendants, sets } if self.minimum_carriers > 0 => {
                let (floor, cohort) = (self.minimum_carriers, self.minimum_cohort);
                Some(Fixed { floor, cohort, descendants, sets })
            }
            Questions::Fixed { .. } | Questions::Free => None,
        }
    }
}

/// Permission to ask one dataset.
///
/// It names people by a rule, never one by one: with the version of a view it is all that somebody needs to count the
/// same. It can be written, and not read: a permit comes from [`crate::authorize`] and from nowhere else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DatasetPermit {
    id: String,
    cohort: Cohort,
    plan: ReleasePlan,
    reference: Option<String>,
    /// Which populations lie within which: for what is told, not for what is counted.
    #[serde(skip)]
    populations: Arc<Populations>,
}

impl DatasetPermit {
    pub(crate) fn new(id: &str, cohort: Cohort, plan: ReleasePlan) -> Self {
        Self { id: id.to_owned(), cohort, plan, reference: None, populations: Arc::default() }
    }

    /// Names the dataset of frequencies by which its people are accounted for.
    pub(crate) fn by_reference(self, reference: Option<&str>) -> Self {
        Self { reference: reference.map(str::to_owned), ..self }
    }

    /// Says which of its populations lie within which.
    pub(crate) fn of_populations(self, populations: &Arc<Populations>) -> Self {
        Self { populations: Arc::clone(populations), ..self }
    }

    /// Returns which of its populations lie within which, as the rules state it.
    pub(crate) fn populations(&self) -> &Arc<Populations> {
        &self.populations
    }

    /// Returns the dataset's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns who may be counted.
    pub fn cohort(&self) -> Cohort {
        self.cohort
    }

    /// Returns the dataset of frequencies by which what is told of its people is priced; none where nothing is.
    pub fn reference(&self) -> Option<&str> {
        let is_priced = matches!(self.plan.accounting, Accounting::Thresholds { .. });
        self.reference.as_deref().filter(|_| is_priced)
    }

    /// Returns how much may be said.
    pub fn plan(&self) -> ReleasePlan {
        self.plan
    }
}

/// Permission to evaluate one question. Only [`crate::authorize`] makes one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Permit {
    datasets: Vec<DatasetPermit>,
    withheld: Vec<String>,
}

impl Permit {
    pub(crate) fn new(datasets: Vec<DatasetPermit>, withheld: Vec<String>) -> Self {
        Self { datasets, withheld }
    }

    /// Returns the datasets that may be asked.
    pub fn datasets(&self) -> &[DatasetPermit] {
        &self.datasets
    }

    /// Returns the datasets that the requester may know of, but not ask.
    pub fn withheld(&self) -> &[String] {
        &self.withheld
    }
}

/// A dataset that a requester may know of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisibleDataset {
    /// Dataset id.
    pub id: String,
    /// What the requester may learn of it; `None` where it is only listed.
    pub release: Release,
    /// What the requester may learn of its people at most.
    pub subjects: Release,
    /// Whether nobody's entries show who was not released.
    pub released: bool,
}

#[cfg(test)]
mod tests {
    use fyr_schemas::{Assembly, Contig, EntryType, RangeQuery, VariantQuery};

    use super::*;

    #[test]
    fn only_a_floor_fixes_what_may_be_asked_about() {
        let contig = Contig::resolve("7", Assembly::GRCH38).unwrap();
        let range = VariantQuery::Range(RangeQuery::whole(Assembly::GRCH38, contig));
        let query = Query { variant: Some(range), ..Query::entries(EntryType::Individual) };
        let plan = |questions, floor| ReleasePlan { questions, ..ReleasePlan::open(Release::Count, floor) };
        let sets = crate::ValueSets::default();
        let fixed = Questions::Fixed { descendants: true, sets };
        let expected = Fixed { floor: 1, cohort: 0, descendants: true, sets };
        assert_eq!(plan(fixed, 1).fixed(), Some(expected));
        assert_eq!(plan(fixed, 1).refuses(&query), Some(NotFixed::Range));
        assert_eq!((plan(fixed, 0).fixed(), plan(fixed, 0).refuses(&query)), (None, None));
        assert_eq!(
            (plan(Questions::Free, 1).fixed(), plan(Questions::Free, 1).refuses(&query)),
            (None, None)
        );
    }
}
