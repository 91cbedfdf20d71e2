//! The calls that a number is made of: heterozygotes, homozygotes, hemizygotes.

use fyr_schemas::{Release, Tally, Withheld};

use super::control::{Applied, Control, Question, Told};
use crate::{Count, ReleasePlan};

/// Parts are told only if none of them is small.
#[derive(Debug)]
pub(super) struct Parts {
    floor: u64,
    /// Whether AC is told too: carriers beside it tell the homozygotes.
    beside_alleles: bool,
}

impl Parts {
    pub(super) fn of(plan: ReleasePlan, _: Question<'_>) -> Applied {
        let (floor, beside_alleles) = (plan.minimum_carriers, plan.release >= Release::Frequency);
        if floor > 0 { Some(Box::new(Self { floor, beside_alleles })) } else { None }
    }

    /// On an autosome nobody is hemizygous, and everyone knows it.
    fn tells(&self, tally: &Tally, diploid: bool) -> bool {
        let enough = |part: Option<u64>| part.is_none_or(|people| people >= self.floor);
        let hemizygous = diploid && tally.hemizygous == Some(0) || enough(tally.hemizygous);
        enough(tally.heterozygous) && enough(tally.homozygous) && hemizygous
    }
}

impl Control for Parts {
    fn withholds(&self) -> Option<Withheld> {
        self.beside_alleles.then_some(Withheld::PartBelowFloor)
    }

    fn keep(&self, count: &Count, mut told: Told) -> Option<Told> {
        for row in told.rows() {
            if !self.tells(row, count.is_diploid()) {
                without_parts(row);
                row.carriers = row.carriers.filter(|_| !self.beside_alleles);
            }
        }
        Some(told)
    }
}

/// Leaves the number without what it is made of.
pub(super) fn without_parts(row: &mut Tally) {
    (row.heterozygous, row.homozygous, row.hemizygous) = (None, None, None);
}
