//! The bracket question: variants that start in one interval and end in another.

use super::Narrowing;
use crate::{Assembly, Contig, Interbase, Variant};

/// Contiguous variants by where they start and where they end (Beacon bracket query).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BracketQuery {
    /// Assembly of the coordinates.
    pub assembly: Assembly,
    /// Reference sequence.
    pub contig: Contig,
    /// The interbase starts that are meant: `start ≤ s < end`.
    pub start: Interbase,
    /// The interbase ends that are meant: `start ≤ e < end`.
    pub end: Interbase,
    /// What the variants must be like.
    pub narrowing: Narrowing,
}

impl BracketQuery {
    /// Returns whether a variant belongs to the answer.
    pub fn matches(&self, variant: &Variant) -> bool {
        let within = |range: Interbase, n: u32| range.start() <= n && n < range.end();
        self.contig == variant.contig
            && within(self.start, variant.interval.start())
            && within(self.end, variant.interval.end())
            && self.narrowing.matches(variant)
    }
}
