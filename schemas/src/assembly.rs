//! Reference genome assemblies.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A human reference assembly. Coordinates mean nothing without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Assembly {
    /// GRCh37, also known as hg19 or b37.
    #[serde(rename = "GRCh37")]
    Grch37,
    /// GRCh38, also known as hg38.
    #[serde(rename = "GRCh38")]
    Grch38,
}

impl Assembly {
    /// Every assembly that Fyr knows.
    pub const ALL: [Self; 2] = [Self::Grch37, Self::Grch38];

    /// Returns the name of the Genome Reference Consortium, such as `GRCh38`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Grch37 => "GRCh37",
            Self::Grch38 => "GRCh38",
        }
    }
}

/// A name that is no known assembly.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown assembly `{0}`: use GRCh37 or GRCh38")]
pub struct UnknownAssembly(pub String);

impl FromStr for Assembly {
    type Err = UnknownAssembly;

    /// Parses a name or a synonym, in any letter case, with or without a patch level
    /// (`GRCh38.p14`, `hg19`, `b37`, `GCF_000001405.40`).
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let lower = s.trim().to_ascii_lowercase();
        let base = match lower.split_once(".p") {
            Some((base, patch)) if patch.bytes().all(|b| b.is_ascii_digit()) => base,
            _ => lower.as_str(),
        };
        match base {
            "grch37" | "hg19" | "b37" | "hs37" | "hs37d5" | "grch37lite" => Ok(Self::Grch37),
            "grch38" | "hg38" | "b38" | "hs38" | "hs38dh" => Ok(Self::Grch38),
            accession => from_accession(accession).ok_or_else(|| UnknownAssembly(s.to_owned())),
        }
    }
}

/// RefSeq and GenBank assembly accessions: versions 13 to 25 are GRCh37, 26 and later GRCh38.
fn from_accession(accession: &str) -> Option<Assembly> {
    let version = accession
        .strip_prefix("gcf_000001405.")
        .map(|v| (v, 0))
        .or_else(|| accession.strip_prefix("gca_000001405.").map(|v| (v, 12)));
    let (version, offset) = version?;
    match version.parse::<u32>().ok()? + offset {
        13..=25 => Some(Assembly::Grch37),
        26..=99 => Some(Assembly::Grch38),
        _ => None,
    }
}

impl fmt::Display for Assembly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn synonyms_are_understood() {
        for (name, expected) in [
            ("GRCh37", Assembly::Grch37),
            ("hg19", Assembly::Grch37),
            ("GRCh37.p13", Assembly::Grch37),
            ("GCF_000001405.25", Assembly::Grch37),
            ("GCA_000001405.1", Assembly::Grch37),
            ("grch38", Assembly::Grch38),
            ("HG38", Assembly::Grch38),
            ("GCF_000001405.40", Assembly::Grch38),
            ("GCA_000001405.15", Assembly::Grch38),
        ] {
            assert_eq!(name.parse(), Ok(expected), "{name}");
        }
    }

    #[test]
    fn other_names_are_refused() {
        for name in ["", "NCBI36", "hg18", "GRCm39", "GRCh38.px", "GCF_000001405.9"] {
            assert!(name.parse::<Assembly>().is_err(), "{name}");
        }
    }
}
