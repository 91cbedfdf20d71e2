//! The fewest people that may be told.

use fyr_schemas::Withheld;

use super::{
    cell::Cell,
    control::{Applied, Control, Question, Told},
};
use crate::{Count, ReleasePlan};

/// Nobody, fewer people than the floor, and fewer than the floor who were looked at read the same.
#[derive(Debug)]
pub(super) struct Floor(u64);

impl Floor {
    pub(super) fn of(plan: ReleasePlan, _: Question<'_>) -> Applied {
        if plan.minimum_carriers > 0 { Some(Box::new(Self(plan.minimum_carriers))) } else { None }
    }
}

impl Control for Floor {
    fn withholds(&self) -> Option<Withheld> {
        Some(Withheld::CountBelowFloor)
    }

    fn keep(&self, count: &Count, told: Told) -> Option<Told> {
        let all = Cell::of(count);
        (all.carriers() >= self.0 && all.looked_at() >= self.0).then_some(told)
    }
}
