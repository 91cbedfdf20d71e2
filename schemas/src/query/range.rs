//! The range question: every variant that overlaps an interval, fully or partly.

use super::Narrowing;
use crate::{Assembly, Contig, Interbase, Variant};

/// All variants of an interval, optionally narrowed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RangeQuery {
    /// Assembly of the coordinates.
    pub assembly: Assembly,
    /// Reference sequence.
    pub contig: Contig,
    /// Interbase interval; at least one base.
    pub interval: Interbase,
    /// How much of the interval and of the variant must lie in the other, in percent; a single base is
    /// enough where it is left out.
    pub reciprocal_overlap: Option<u8>,
    /// What the variants must be like.
    pub narrowing: Narrowing,
}

impl RangeQuery {
    /// Returns the question for all variants of an interval.
    pub fn of(assembly: Assembly, contig: Contig, interval: Interbase) -> Self {
        Self { assembly, contig, interval, reciprocal_overlap: None, narrowing: Narrowing::default() }
    }

    /// Returns the question for all variants of a contig.
    pub fn whole(assembly: Assembly, contig: Contig) -> Self {
        Self::of(assembly, contig, Interbase::EVERYTHING)
    }

    /// Returns whether a variant belongs to the answer.
    ///
    /// This is the definition of the question; engines may find the variants faster. A breakend whose
    /// mate is asked for belongs to it from either end.
    pub fn matches(&self, variant: &Variant) -> bool {
        self.matches_here(variant) || self.from_the_mate().is_some_and(|query| query.matches_here(variant))
    }

    fn matches_here(&self, variant: &Variant) -> bool {
        self.contig == variant.contig
            && self.interval.overlaps(variant.interval)
            && self.reciprocal_overlap.is_none_or(|percent| self.overlaps_enough(variant, percent))
            && self.narrowing.matches(variant)
    }

    fn overlaps_enough(&self, variant: &Variant, percent: u8) -> bool {
        let (asked, have) = (self.interval, variant.affected());
        let shared = asked.end().min(have.end()).saturating_sub(asked.start().max(have.start()));
        let enough =
            |whole: Interbase| u64::from(shared) * 100 >= u64::from(whole.len()) * u64::from(percent);
        shared > 0 && enough(asked) && enough(have)
    }

    /// Returns the same question put to the other end: breakends at the mate whose mate lies here.
    pub fn from_the_mate(&self) -> Option<Self> {
        let mate = self.narrowing.mate.clone()?;
        let here = super::Mate { contig: self.contig.clone(), interval: Some(self.interval) };
        Some(Self {
            assembly: self.assembly,
            contig: mate.contig,
            interval: mate.interval.unwrap_or(Interbase::EVERYTHING),
            reciprocal_overlap: None,
            narrowing: Narrowing { mate: Some(here), ..self.narrowing.clone() },
        })
    }
}
