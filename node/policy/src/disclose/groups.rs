//! Groups beside their total: what one of them does not tell, the total minus the others would.

use fyr_schemas::{Group, Tally, Withheld};

use super::{
    control::{Applied, Control, Question, Told},
    floor::leaves_enough,
};
use crate::{Count, ReleasePlan};

/// Groups are told only if none of them is small, and neither is what is left of the total without one of them,
/// or without both sexes (people without a label).
#[derive(Debug)]
pub(super) struct Groups(u64);

impl Groups {
    fn tells(&self, total: &Tally, groups: &[(Group, Tally)]) -> bool {
        let sexes = groups.iter().filter(|(group, _)| matches!(group, Group::Sex(_))).map(|(_, tally)| tally);
        leaves_enough(self.0, total, sexes)
            && groups.iter().all(|(_, group)| self.tells_one(group) && leaves_enough(self.0, total, [group]))
    }

    /// A group is a whole of which nothing was taken away, and nobody in it is few, too.
    fn tells_one(&self, group: &Tally) -> bool {
        group.assayed_at_least() >= self.0 && leaves_enough(self.0, group, [])
    }
}

impl Groups {
    pub(super) fn of(plan: ReleasePlan, _: Question<'_>) -> Applied {
        if plan.minimum_carriers > 0 { Some(Box::new(Self(plan.minimum_carriers))) } else { None }
    }
}

impl Control for Groups {
    fn withholds(&self) -> Option<Withheld> {
        Some(Withheld::PartBelowFloor)
    }

    fn keep(&self, count: &Count, mut told: Told) -> Option<Told> {
        if told.at_least.is_some() || !self.tells(count.tally(), &told.groups) {
            told.groups.clear();
        }
        Some(told)
    }
}
