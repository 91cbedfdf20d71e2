//! Kinds of variants, as Beacon clients and VCF files name them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The kind of a variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum VariantType {
    /// One base for another (SO:0001483).
    Snp,
    /// Several bases for as many others (SO:0002007).
    Mnp,
    /// Bases added (SO:0000667).
    Ins,
    /// Bases removed (SO:0000159).
    Del,
    /// Bases replaced by a different number of others (SO:1000032).
    Delins,
    /// A segment repeated (SO:1000035).
    Dup,
    /// A segment turned round (SO:1000036).
    Inv,
    /// A copy number other than the expected one (SO:0001019).
    Cnv,
    /// An adjacency of two distant ends (VCF `BND`).
    Bnd,
    /// A rearrangement that none of the others describes.
    Complex,
}

/// A word that names no variant type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown variant type `{0}`: use SNP, MNP, INS, DEL, DELINS, DUP, INV, CNV or BND")]
pub struct UnknownVariantType(pub String);

impl VariantType {
    /// Returns the upper-case name, as Beacon's `variantType` carries it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Snp => "SNP",
            Self::Mnp => "MNP",
            Self::Ins => "INS",
            Self::Del => "DEL",
            Self::Delins => "DELINS",
            Self::Dup => "DUP",
            Self::Inv => "INV",
            Self::Cnv => "CNV",
            Self::Bnd => "BND",
            Self::Complex => "COMPLEX",
        }
    }

    /// Classifies a normalised pair of sequences: the first base of an indel is its anchor.
    pub fn of_bases(reference_bases: &str, alternate_bases: &str) -> Self {
        let anchored = reference_bases.as_bytes().first() == alternate_bases.as_bytes().first();
        match (reference_bases.len(), alternate_bases.len()) {
            (1, 1) => Self::Snp,
            (0, _) => Self::Ins,
            (_, 0) => Self::Del,
            (1, _) if anchored => Self::Ins,
            (_, 1) if anchored => Self::Del,
            (r, a) if r == a => Self::Mnp,
            _ => Self::Delins,
        }
    }

    /// Reads the first component of a symbolic allele: `DEL` of `<DEL:ME:ALU>`, `CN0` of `<CN0>`.
    pub fn of_symbol(symbol: &str) -> Self {
        let first = symbol.split(':').next().unwrap_or_default();
        match first {
            "DEL" => Self::Del,
            "INS" => Self::Ins,
            "DUP" => Self::Dup,
            "INV" => Self::Inv,
            "BND" | "TRA" | "CTX" => Self::Bnd,
            "CNV" => Self::Cnv,
            cn if cn.strip_prefix("CN").is_some_and(|n| n.parse::<u32>().is_ok()) => Self::Cnv,
            _ => Self::Complex,
        }
    }
}

impl FromStr for VariantType {
    type Err = UnknownVariantType;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        match s.trim().to_ascii_uppercase().as_str() {
            "SNP" | "SNV" | "SO:0001483" => Ok(Self::Snp),
            "MNP" | "MNV" | "SO:0002007" => Ok(Self::Mnp),
            "INS" | "SO:0000667" => Ok(Self::Ins),
            "DEL" | "SO:0000159" => Ok(Self::Del),
            "DELINS" | "SO:1000032" => Ok(Self::Delins),
            "DUP" | "SO:1000035" => Ok(Self::Dup),
            "INV" | "SO:1000036" => Ok(Self::Inv),
            "CNV" | "SO:0001019" => Ok(Self::Cnv),
            "BND" => Ok(Self::Bnd),
            _ => Err(UnknownVariantType(s.to_owned())),
        }
    }
}

impl fmt::Display for VariantType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bases_are_classified() {
        for (r, a, expected) in [
            ("A", "G", VariantType::Snp),
            ("AC", "GT", VariantType::Mnp),
            ("A", "ATT", VariantType::Ins),
            ("", "TT", VariantType::Ins),
            ("ATCT", "A", VariantType::Del),
            ("ATCT", "GG", VariantType::Delins),
            ("A", "GTT", VariantType::Delins),
        ] {
            assert_eq!(VariantType::of_bases(r, a), expected, "{r}>{a}");
        }
    }

    #[test]
    fn symbols_are_classified() {
        for (symbol, expected) in [
            ("DEL", VariantType::Del),
            ("INS:ME:ALU", VariantType::Ins),
            ("CN0", VariantType::Cnv),
            ("CPX", VariantType::Complex),
        ] {
            assert_eq!(VariantType::of_symbol(symbol), expected, "{symbol}");
        }
    }
}
