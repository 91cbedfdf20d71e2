//! Groups beside their total: what one of them does not tell, the total minus the others would.

use std::sync::Arc;

use fyr_schemas::{Group, Release, Tally, Withheld};

use super::{
    cell::Cell,
    control::{Applied, Control, Question, Told},
    parts::{self, without_parts},
    table::{self, Choice, Row, Share},
};
use crate::{Count, Populations, ReleasePlan};

/// Groups are told as far as neither they, nor what can be computed from them, are few.
#[derive(Debug)]
pub(super) struct Groups {
    floor: u64,
    /// Whether the plan tells groups at all.
    are_told: bool,
    populations: Arc<Populations>,
}

impl Groups {
    pub(super) fn of(plan: ReleasePlan, question: Question<'_>) -> Applied {
        let (floor, are_told) = (plan.minimum_carriers, plan.release >= Release::Frequency);
        let populations = question.populations.map(Arc::clone).unwrap_or_default();
        if floor > 0 { Some(Box::new(Self { floor, are_told, populations })) } else { None }
    }
}

impl Control for Groups {
    fn withholds(&self) -> Option<Withheld> {
        self.are_told.then_some(Withheld::PopulationBelowFloor)
    }

    fn withholds_too(&self) -> Option<Withheld> {
        self.are_told.then_some(Withheld::SexBelowFloor)
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
            let cell = everybody.group(*tally, people.as_ref());
            Row { group: group.clone(), cell, people, size: count.sets().size(group) }
        };
        let rows: Vec<Row> = groups.iter().map(row).collect();
        let enough = |cell: &Cell| cell.is_enough(self.floor);
        let (floor, populations) = (self.floor, self.populations.as_ref());
        let choice = Choice { may_be_told: &|_| true, enough: &enough, share: &carriers, floor, populations };
        let told = table::told(&everybody, &rows, &choice);
        let enough = |cell: &Cell| parts::are_enough(floor, cell.tally(), count.is_diploid());
        let may_be_told = |group: &Group| told.contains(&group);
        // With one homozygote more there are two heterozygotes less.
        let half = std::cmp::max(floor / 2, 1);
        let share = |cell: &Cell| homozygotes(cell).filter(|_| count.is_diploid());
        let choice =
            Choice { may_be_told: &may_be_told, enough: &enough, share: &share, floor: half, ..choice };
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

/// How many of those who were looked at carry it.
fn carriers(cell: &Cell) -> Option<Share> {
    let tally = cell.tally();
    Some(Share { value: tally.carriers_at_least(), most: tally.assayed_at_least(), is_free: true })
}

/// How many are homozygous, where AC is known: at most half of AC, if that is no more than people. Of other numbers nobody
/// knows how many there could be.
fn homozygotes(cell: &Cell) -> Option<Share> {
    let tally = cell.tally();
    let is_whole = tally.heterozygous? + tally.homozygous? == tally.carriers?;
    let share = Share { value: tally.homozygous?, most: tally.allele_count / 2, is_free: true };
    (is_whole && tally.allele_count <= tally.assayed?).then_some(share)
}
