//! Groups beside their total: what one of them does not tell, the total minus the others would.

use fyr_schemas::{Group, Release, Tally, Withheld};

use super::{
    control::{Applied, Control, Question, Told},
    floor::leaves_enough,
};
use crate::{Count, ReleasePlan};

/// Groups are told only if none of them is small, and neither is what is left of the total without one of them,
/// or without both sexes (people without a label).
#[derive(Debug)]
pub(super) struct Groups {
    floor: u64,
    /// Whether the plan tells groups at all.
    are_told: bool,
}

impl Groups {
    fn tells(&self, total: &Tally, groups: &[(Group, Tally)]) -> bool {
        let sexes = groups.iter().filter(|(group, _)| matches!(group, Group::Sex(_))).map(|(_, tally)| tally);
        leaves_enough(self.floor, total, sexes)
            && groups
                .iter()
                .all(|(_, group)| self.tells_one(group) && leaves_enough(self.floor, total, [group]))
    }

    /// A group is a whole of which nothing was taken away, and nobody in it is few, too.
    fn tells_one(&self, group: &Tally) -> bool {
        group.assayed_at_least() >= self.floor && leaves_enough(self.floor, group, [])
    }
}

impl Groups {
    pub(super) fn of(plan: ReleasePlan, _: Question<'_>) -> Applied {
        let (floor, are_told) = (plan.minimum_carriers, plan.release >= Release::Frequency);
        if floor > 0 { Some(Box::new(Self { floor, are_told })) } else { None }
    }
}

impl Control for Groups {
    fn withholds(&self) -> Option<Withheld> {
        self.are_told.then_some(Withheld::PartBelowFloor)
    }

    fn keep(&self, count: &Count, mut told: Told) -> Option<Told> {
        if told.at_least.is_some() || !self.tells(count.tally(), &told.groups) {
            told.groups.clear();
        }
        Some(told)
    }
}
