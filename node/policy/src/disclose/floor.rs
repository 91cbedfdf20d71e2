//! The fewest people that may be told.

use fyr_schemas::{Tally, Withheld};

use super::control::{Applied, Control, Question, Told};
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
        let tally = count.tally();
        (tally.carriers_at_least() >= self.0 && tally.assayed_at_least() >= self.0).then_some(told)
    }
}

/// Returns whether what is left of a whole without some of its parts is nobody, or neither few who carry it nor
/// few who do not.
pub(super) fn leaves_enough<'a>(
    floor: u64,
    whole: &Tally,
    parts: impl IntoIterator<Item = &'a Tally>,
) -> bool {
    let (mut carriers, mut assayed) = (whole.carriers_at_least(), whole.assayed_at_least());
    for part in parts {
        carriers = carriers.saturating_sub(part.carriers_at_least());
        assayed = assayed.saturating_sub(part.assayed_at_least());
    }
    let others = assayed.saturating_sub(carriers);
    assayed == 0 || (carriers >= floor && others >= floor)
}
