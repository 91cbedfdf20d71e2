//! Variants in the form in which they are stored, compared and reported.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::{Contig, Interbase, VariantType};

/// What stands in the place of the reference bases.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Alternate {
    /// A sequence, upper case.
    Bases(String),
    /// A symbolic allele without its brackets: `DEL`, `CN0`, `INS:ME:ALU`.
    Symbolic(String),
    /// A breakend in VCF notation: `G]17:198982]`, `.TGCA`.
    Breakend(String),
}

/// An allele that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an allele: use bases, <SYMBOL> or a breakend")]
pub struct InvalidAllele(pub String);

impl Alternate {
    /// Reads one ALT value; bases become upper case.
    ///
    /// # Errors
    ///
    /// Anything that VCF 4.4 (section 1.6.1, ALT) does not allow. `*` and `.` are not alleles.
    pub fn parse(text: &str) -> Result<Self, InvalidAllele> {
        let invalid = || InvalidAllele(text.to_owned());
        if is_sequence(text) {
            return Ok(Self::Bases(text.to_ascii_uppercase()));
        }
        if let Some(symbol) = text.strip_prefix('<').and_then(|t| t.strip_suffix('>')) {
            let legal = !symbol.is_empty() && !symbol.contains(['<', '>', ',', ' ', '\t']);
            return legal.then(|| Self::Symbolic(symbol.to_owned())).ok_or_else(invalid);
        }
        if is_breakend(text) {
            return Ok(Self::Breakend(text.to_owned()));
        }
        Err(invalid())
    }

    /// Returns the kind of variant that this makes of the given reference bases.
    pub fn variant_type(&self, reference_bases: &str) -> VariantType {
        match self {
            Self::Bases(bases) => VariantType::of_bases(reference_bases, bases),
            Self::Symbolic(symbol) => VariantType::of_symbol(symbol),
            Self::Breakend(_) => VariantType::Bnd,
        }
    }
}

/// Returns whether a text is a non-empty sequence of A, C, G, T and N, in either letter case.
pub fn is_sequence(text: &str) -> bool {
    let base = |b: u8| matches!(b.to_ascii_uppercase(), b'A' | b'C' | b'G' | b'T' | b'N');
    !text.is_empty() && text.bytes().all(base)
}

/// A paired breakend (`t[p[`, `t]p]`, `]p]t`, `[p[t`) or a single one (`.t`, `t.`).
fn is_breakend(text: &str) -> bool {
    if let Some(bases) = text.strip_prefix('.').or_else(|| text.strip_suffix('.')) {
        return is_sequence(bases);
    }
    for bracket in ['[', ']'] {
        let mut parts = text.split(bracket);
        if let (Some(before), Some(mate), Some(after), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        {
            let bases = before.is_empty() != after.is_empty();
            let sequence = if before.is_empty() { after } else { before };
            let mate = mate.rsplit_once(':').is_some_and(|(contig, position)| {
                !contig.is_empty() && position.bytes().all(|b| b.is_ascii_digit()) && !position.is_empty()
            });
            return bases && mate && is_sequence(sequence);
        }
    }
    false
}

/// A variant allele in normal form.
///
/// Sequence alleles are parsimonious in VCF's sense (an indel keeps one anchor base) and left-aligned
/// where a reference sequence was at hand. The interval covers the reference bases. For a symbolic
/// allele it runs from the base before the event to its END; for a breakend it covers the anchor base.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Variant {
    /// The reference sequence.
    pub contig: Contig,
    /// The affected interval, interbase.
    pub interval: Interbase,
    /// Upper-case reference bases.
    pub reference_bases: String,
    /// Upper-case bases, a symbolic allele with its brackets, or a breakend.
    pub alternate_bases: String,
    /// The kind of variant.
    pub variant_type: VariantType,
    /// Absolute VCF `SVLEN` of a symbolic allele whose interval does not tell its length, such as `<INS>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sv_length: Option<i64>,
}

impl Variant {
    /// Returns what variants are sorted and compared by.
    pub fn key(&self) -> (&Contig, u32, &str, &str, u32, Option<i64>) {
        (
            &self.contig,
            self.interval.start(),
            &self.reference_bases,
            &self.alternate_bases,
            self.interval.end(),
            self.sv_length,
        )
    }

    /// Returns the variant in the notation of gnomAD: `7-117559590-ATCT-A`, with a 1-based position.
    pub fn short_form(&self) -> String {
        format!(
            "{}-{}-{}-{}",
            self.contig,
            self.interval.first_base(),
            self.reference_bases,
            self.alternate_bases
        )
    }

    /// Returns the interval that is changed: that of a symbolic allele without the base before the event.
    pub fn affected(&self) -> Interbase {
        let spans = matches!(
            self.variant_type,
            VariantType::Del | VariantType::Dup | VariantType::Inv | VariantType::Cnv
        );
        let symbolic = !is_sequence(&self.alternate_bases);
        let after_anchor = u64::from(self.interval.start()) + 1;
        match Interbase::new(after_anchor, self.interval.end().into()) {
            Ok(event) if spans && symbolic && !event.is_empty() => event,
            _ => self.interval,
        }
    }

    /// Returns by how many bases the variant changes or covers the sequence: Beacon's variant length.
    pub fn length(&self) -> u64 {
        if let Some(length) = self.sv_length {
            return length.unsigned_abs();
        }
        if is_sequence(&self.alternate_bases) {
            let (r, a) = (self.reference_bases.len(), self.alternate_bases.len());
            return if r == a { r as u64 } else { r.abs_diff(a) as u64 };
        }
        u64::from(self.interval.len().saturating_sub(1))
    }
}

impl PartialOrd for Variant {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Variant {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key()).then_with(|| self.variant_type.cmp(&other.variant_type))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternates_are_read() {
        for (text, expected) in [
            ("acgt", Alternate::Bases("ACGT".into())),
            ("<DEL:ME:ALU>", Alternate::Symbolic("DEL:ME:ALU".into())),
            ("G]17:198982]", Alternate::Breakend("G]17:198982]".into())),
            ("[chr13:123457[C", Alternate::Breakend("[chr13:123457[C".into())),
            (".TGCA", Alternate::Breakend(".TGCA".into())),
        ] {
            assert_eq!(Alternate::parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn other_texts_are_no_alleles() {
        for text in ["", ".", "*", "A,C", "<>", "<DEL", "AX", "G]17]", "[1:2[", "G[1:2]", "<A B>"] {
            assert!(Alternate::parse(text).is_err(), "{text}");
        }
    }
}
