//! The calls that a number is made of: heterozygotes, homozygotes, hemizygotes.
//!
//! A profile tells one measure of an allele: carriers, or AC of AN. Both together tell the homozygotes, whether they
//! stand in one answer or in two, so where alleles are told, carriers are a part like others.

use fyr_schemas::{Release, Tally, Withheld};

use super::control::{Applied, Control, Question, Told};
use crate::{Count, Measure, ReleasePlan};

/// Parts are told only if none of them is small.
#[derive(Debug)]
pub(super) struct Parts {
    floor: u64,
    /// Whether AC is told, here or to whom asks for more: carriers beside it tell the homozygotes.
    beside_alleles: bool,
    /// Whether the plan tells numbers at all.
    are_told: bool,
}

impl Parts {
    pub(super) fn of(plan: ReleasePlan, _: Question<'_>) -> Applied {
        let (floor, are_told) = (plan.minimum_carriers, plan.release >= Release::Count);
        let beside_alleles = plan.measure == Measure::Alleles;
        if floor > 0 { Some(Box::new(Self { floor, beside_alleles, are_told })) } else { None }
    }
}

impl Control for Parts {
    fn withholds(&self) -> Option<Withheld> {
        (self.beside_alleles && self.are_told).then_some(Withheld::PartBelowFloor)
    }

    /// Those of groups were chosen with the groups.
    fn keep(&self, count: &Count, mut told: Told) -> Option<Told> {
        if !are_enough(self.floor, count.tally(), count.is_diploid()) {
            without_parts(&mut told.total);
            told.total.carriers = told.total.carriers.filter(|_| !self.beside_alleles);
        }
        Some(told)
    }
}

/// Returns whether none of the parts is small. On an autosome nobody is hemizygous, and everyone knows it; whose
/// second allele was not called is in none of the three.
pub(super) fn are_enough(floor: u64, tally: &Tally, diploid: bool) -> bool {
    let enough = |part: Option<u64>| part.is_none_or(|people| people >= floor);
    let hemizygous = diploid && tally.hemizygous == Some(0) || enough(tally.hemizygous);
    let called = [tally.heterozygous, tally.homozygous, tally.hemizygous].into_iter().flatten().sum();
    let half = tally.carriers.filter(|_| tally.heterozygous.is_some());
    let half = half.map(|carriers| carriers.saturating_sub(called)).filter(|half| *half > 0);
    enough(tally.heterozygous) && enough(tally.homozygous) && hemizygous && enough(half)
}

/// Leaves the number without what it is made of.
pub(super) fn without_parts(row: &mut Tally) {
    (row.heterozygous, row.homozygous, row.hemizygous) = (None, None, None);
}
