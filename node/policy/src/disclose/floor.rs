//! The minimum number of carriers and people, and rounding, applied to a count and to its parts.

use fyr_schemas::{Frequency, Group, Tally};

use crate::{ReleasePlan, Rounding};

/// Fewest people that a number may be about; zeros switch the floor off.
#[derive(Clone, Copy, Debug)]
pub(super) struct Floor {
    /// Fewest carriers.
    pub(super) carriers: u64,
    /// Fewest people whose consent covers the question.
    pub(super) cohort: u64,
    /// How numbers are rounded once they may be told: suppression comes first.
    pub(super) rounding: Rounding,
}

impl From<ReleasePlan> for Floor {
    fn from(plan: ReleasePlan) -> Self {
        Self { carriers: plan.minimum_carriers, cohort: plan.minimum_cohort, rounding: plan.rounding }
    }
}

impl Floor {
    pub(super) fn is_off(self) -> bool {
        self.carriers == 0 && self.cohort == 0
    }

    /// Returns whether nothing may be told, because too few people could be counted at all.
    pub(super) fn is_small(self, consented: u64) -> bool {
        consented < self.cohort
    }

    /// Returns whether the variant must look as if it were not there.
    pub(super) fn suppresses(self, total: &Tally) -> bool {
        total.carriers_at_least() < self.carriers || total.assayed_at_least() < self.carriers
    }

    /// Returns N − k where fewer than k of those assayed do not carry the variant.
    pub(super) fn top_bucket(self, total: &Tally) -> Option<u64> {
        let assayed = total.assayed_at_least();
        let others = assayed.saturating_sub(total.carriers_at_least());
        (others < self.carriers).then(|| self.rounding.of(assayed - self.carriers.min(assayed)))
    }

    /// Returns whether the counts of a group may stand beside those of its siblings.
    pub(super) fn tells_group(self, group: &Tally) -> bool {
        self.is_off() || (!self.suppresses(group) && self.top_bucket(group).is_none())
    }

    /// Returns whether groups may stand beside their total: none of them is small, and neither is what is
    /// left of the total without one of them, or without both sexes (people without a label).
    pub(super) fn tells_groups(self, total: &Tally, groups: &[(Group, Tally)]) -> bool {
        let sexes = groups.iter().filter(|(group, _)| matches!(group, Group::Sex(_))).map(|(_, tally)| tally);
        self.is_off()
            || (self.tells_rest(total, sexes)
                && groups.iter().all(|(_, group)| {
                    self.tells_group(group) && self.tells_rest(total, std::iter::once(group))
                }))
    }

    /// Returns whether a filtered count may be told beside those that anyone can ask for with one filter
    /// less: what the filter takes away must not be about a few.
    pub(super) fn tells_margins(self, filtered: &Tally, margins: &[Tally]) -> bool {
        self.is_off() || margins.iter().all(|margin| self.tells_rest(margin, std::iter::once(filtered)))
    }

    fn tells_rest<'a>(self, whole: &Tally, parts: impl Iterator<Item = &'a Tally>) -> bool {
        let (mut carriers, mut assayed) = (whole.carriers_at_least(), whole.assayed_at_least());
        for part in parts {
            carriers = carriers.saturating_sub(part.carriers_at_least());
            assayed = assayed.saturating_sub(part.assayed_at_least());
        }
        let others = assayed.saturating_sub(carriers);
        assayed == 0 || (carriers >= self.carriers && others >= self.carriers)
    }

    /// Returns whether heterozygotes, homozygotes and hemizygotes may be told apart.
    ///
    /// On an autosome nobody is hemizygous, and everyone knows it.
    pub(super) fn tells_parts(self, tally: &Tally, autosomal: bool) -> bool {
        let enough = |part: Option<u64>| part.is_none_or(|n| n >= self.carriers);
        let hemizygous = autosomal && tally.hemizygous == Some(0) || enough(tally.hemizygous);
        self.is_off() || (enough(tally.heterozygous) && enough(tally.homozygous) && hemizygous)
    }

    /// Writes the row of a group that passed the floor.
    pub(super) fn frequency(self, group: Group, tally: &Tally, autosomal: bool) -> Frequency {
        // Parts beside a rounded total would tell what rounding hides.
        let parts = self.rounding == Rounding::Exact && self.tells_parts(tally, autosomal);
        let part = |count: Option<u64>| count.filter(|_| parts);
        let allele_number = self.rounding.of(tally.allele_number);
        Frequency {
            group,
            allele_count: self.rounding.of(tally.allele_count).min(allele_number),
            allele_number,
            heterozygous: part(tally.heterozygous),
            homozygous: part(tally.homozygous),
            hemizygous: part(tally.hemizygous),
        }
    }
}
