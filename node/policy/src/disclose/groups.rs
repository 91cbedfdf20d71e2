//! Groups beside their total: what one of them does not tell, the total minus the others would.

use fyr_schemas::{Group, Release, Tally, Withheld};

use super::{
    cell::Cell,
    control::{Applied, Control, Question, Told},
    parts::{self, without_parts},
    table::{self, Choice, Row},
};
use crate::{Count, ReleasePlan};

/// Groups are told as far as neither they, nor what can be computed from them, are few.
#[derive(Debug)]
pub(super) struct Groups {
    floor: u64,
    /// Whether the plan tells groups at all.
    are_told: bool,
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
        if told.at_least.is_some() {
            told.groups.clear();
        }
        if !told.groups.is_empty() {
            self.keep_groups(count, &mut told.groups);
        }
        Some(told)
    }
}

impl Groups {
    /// Keeps those groups that tell no few, and of their parts those that tell no few either.
    fn keep_groups(&self, count: &Count, groups: &mut Vec<(Group, Tally)>) {
        let everybody = Cell::of(count);
        let row = |(group, tally): &(Group, Tally)| {
            let people = count.sets().group(group);
            Row { group: group.clone(), cell: everybody.group(*tally, people.as_ref()), people }
        };
        let rows: Vec<Row> = groups.iter().map(row).collect();
        let enough = |cell: &Cell| cell.is_enough(self.floor);
        let told = table::told(&everybody, &rows, &Choice { may_be_told: &|_| true, enough: &enough });
        let enough = |cell: &Cell| parts::are_enough(self.floor, cell.tally(), count.is_diploid());
        let may_be_told = |group: &Group| told.contains(&group);
        let choice = Choice { may_be_told: &may_be_told, enough: &enough };
        let with_parts =
            if enough(&everybody) { table::told(&everybody, &rows, &choice) } else { Vec::new() };
        groups.retain(|(group, _)| told.contains(&group));
        for (group, tally) in groups {
            if !with_parts.contains(&&*group) {
                without_parts(tally);
            }
        }
    }
}
