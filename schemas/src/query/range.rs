//! The range question: every variant that overlaps an interval, fully or partly.

use crate::{Assembly, Contig, Interbase, Variant, VariantType};

/// All variants of an interval, optionally narrowed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RangeQuery {
    /// Assembly of the coordinates.
    pub assembly: Assembly,
    /// Reference sequence.
    pub contig: Contig,
    /// Interbase interval; at least one base.
    pub interval: Interbase,
    /// Only variants of this kind.
    pub variant_type: Option<VariantType>,
    /// Only variants with these reference bases (in normal form).
    pub reference_bases: Option<String>,
    /// Only variants with these alternate bases (in normal form).
    pub alternate_bases: Option<String>,
    /// Only variants at least this long.
    pub minimum_length: Option<u64>,
    /// Only variants at most this long.
    pub maximum_length: Option<u64>,
}

impl RangeQuery {
    /// Returns the question for all variants of a contig.
    pub fn whole(assembly: Assembly, contig: Contig) -> Self {
        Self {
            assembly,
            contig,
            interval: Interbase::EVERYTHING,
            variant_type: None,
            reference_bases: None,
            alternate_bases: None,
            minimum_length: None,
            maximum_length: None,
        }
    }

    /// Returns whether a variant belongs to the answer.
    ///
    /// This is the definition of the question; engines may find the variants faster.
    pub fn matches(&self, variant: &Variant) -> bool {
        let bases = |wanted: &Option<String>, have: &str| wanted.as_ref().is_none_or(|w| w == have);
        self.contig == variant.contig
            && self.interval.overlaps(variant.interval)
            && self.variant_type.is_none_or(|t| t == variant.variant_type)
            && bases(&self.reference_bases, &variant.reference_bases)
            && bases(&self.alternate_bases, &variant.alternate_bases)
            && self.minimum_length.is_none_or(|n| variant.length() >= n)
            && self.maximum_length.is_none_or(|n| variant.length() <= n)
    }
}
