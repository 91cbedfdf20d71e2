//! The fewest people whose consent must cover a question before anything is told of them.

use fyr_schemas::Withheld;

use super::control::{Applied, Control, Question, Told};
use crate::{Count, ReleasePlan};

/// Too few people who may be counted read as nobody.
#[derive(Debug)]
pub(super) struct MinimumCohort(u64);

impl MinimumCohort {
    pub(super) fn of(plan: ReleasePlan, _: Question<'_>) -> Applied {
        if plan.minimum_cohort > 0 { Some(Box::new(Self(plan.minimum_cohort))) } else { None }
    }
}

impl Control for MinimumCohort {
    fn withholds(&self) -> Option<Withheld> {
        Some(Withheld::CohortBelowMinimum)
    }

    fn keep(&self, count: &Count, told: Told) -> Option<Told> {
        (count.consenting() >= self.0).then_some(told)
    }
}
