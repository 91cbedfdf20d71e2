//! The minimum number of carriers, applied to a count and to its parts.

use fyr_schemas::{Frequency, Group, Tally};

/// Fewest people that a number may be about; 0 switches the floor off.
#[derive(Clone, Copy, Debug)]
pub(super) struct Floor(pub(super) u64);

impl Floor {
    pub(super) fn is_off(self) -> bool {
        self.0 == 0
    }

    /// Returns whether the variant must look as if it were not there.
    pub(super) fn suppresses(self, total: &Tally) -> bool {
        !self.is_off() && (total.carriers_at_least() < self.0 || total.assayed_at_least() < self.0)
    }

    /// Returns N − k where fewer than k of those assayed do not carry the variant.
    pub(super) fn top_bucket(self, total: &Tally) -> Option<u64> {
        let assayed = total.assayed_at_least();
        let others = assayed.saturating_sub(total.carriers_at_least());
        (others < self.0).then(|| assayed - self.0.min(assayed))
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
        assayed == 0 || (carriers >= self.0 && others >= self.0)
    }

    /// Returns whether heterozygotes, homozygotes and hemizygotes may be told apart.
    ///
    /// On an autosome nobody is hemizygous, and everyone knows it.
    pub(super) fn tells_parts(self, tally: &Tally, autosomal: bool) -> bool {
        let enough = |part: Option<u64>| part.is_none_or(|n| n >= self.0);
        let hemizygous = autosomal && tally.hemizygous == Some(0) || enough(tally.hemizygous);
        self.is_off() || (enough(tally.heterozygous) && enough(tally.homozygous) && hemizygous)
    }

    /// Writes the row of a group that passed the floor.
    pub(super) fn frequency(self, group: Group, tally: &Tally, autosomal: bool) -> Frequency {
        let parts = self.tells_parts(tally, autosomal);
        let part = |count: Option<u64>| count.filter(|_| parts);
        Frequency {
            group,
            allele_count: tally.allele_count,
            allele_number: tally.allele_number,
            heterozygous: part(tally.heterozygous),
            homozygous: part(tally.homozygous),
            hemizygous: part(tally.hemizygous),
        }
    }
}
