//! The other end of the floor: of all but a few, those few are not told.

use fyr_schemas::Withheld;

use super::{
    cell::Cell,
    control::{Applied, Control, Question, Told},
};
use crate::{Count, ReleasePlan};

/// Where fewer people than the floor are left for whom it does not hold, "N − k, or more" is told, and nothing else.
#[derive(Debug)]
pub(super) struct Rest {
    floor: u64,
    /// The least number that is told.
    least: u64,
}

impl Rest {
    pub(super) fn of(plan: ReleasePlan, question: Question<'_>) -> Applied {
        if plan.minimum_carriers > 0 && question.narrows {
            Some(Box::new(Self { floor: plan.minimum_carriers, least: question.least }))
        } else {
            None
        }
    }
}

impl Control for Rest {
    fn withholds(&self) -> Option<Withheld> {
        Some(Withheld::RestBelowFloor)
    }

    fn keep(&self, count: &Count, mut told: Told) -> Option<Told> {
        let all = Cell::of(count);
        if all.others() < self.floor {
            let looked_at = count.tally().assayed_at_least();
            told.at_least = Some(looked_at.saturating_sub(all.most_people(self.floor)).max(self.least));
        }
        Some(told)
    }
}
