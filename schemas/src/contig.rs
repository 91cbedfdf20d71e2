//! Names of reference sequences.
//!
//! `chr7`, `7` and `NC_000007.14` are one sequence. All become one [`Contig`]; what is not a primary
//! human chromosome keeps its own name.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Assembly;

const X: u8 = 23;
const Y: u8 = 24;
const MT: u8 = 25;

/// RefSeq versions of the chromosomes 1–22, X, Y of GRCh37 (`NC_000001.10` …). GRCh38 has each plus one.
/// Source: NCBI assembly reports GCF_000001405.25 and GCF_000001405.40.
const GRCH37_VERSIONS: [u8; 24] =
    [10, 11, 11, 11, 9, 11, 13, 10, 11, 10, 9, 11, 10, 8, 9, 9, 10, 9, 9, 10, 8, 10, 10, 9];

/// A reference sequence in canonical form. Ordered as genomes are: 1–22, X, Y, MT, then the others by name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Contig(Name);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Name {
    /// 1–22, then X, Y and MT as 23, 24 and 25.
    Primary(u8),
    Other(Arc<str>),
}

/// A sequence name that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidContig {
    /// The name has characters that VCF 4.3 (section 1.4.7) forbids, or none at all.
    #[error("`{0}` is not a sequence name: use 1–22, X, Y, MT, a chr name or a RefSeq accession")]
    Name(String),
    /// The accession names a human chromosome in a version that neither assembly has.
    #[error("`{0}` belongs to neither GRCh37 nor GRCh38")]
    UnknownVersion(String),
    /// The accession belongs to the other assembly.
    #[error("`{name}` belongs to {belongs_to}, not to {asked}")]
    OtherAssembly {
        /// The accession as given.
        name: String,
        /// The assembly that has it.
        belongs_to: Assembly,
        /// The assembly that was named beside it.
        asked: Assembly,
    },
}

impl Contig {
    /// The mitochondrial genome.
    pub const MT: Self = Self(Name::Primary(MT));
    /// The X chromosome.
    pub const X: Self = Self(Name::Primary(X));
    /// The Y chromosome.
    pub const Y: Self = Self(Name::Primary(Y));

    /// Resolves a name as files and clients write it: `7`, `chr7`, `CHR7`, `M`, `chrM`, `MT`,
    /// `NC_000007.13`, or any other legal name, which is kept as it is.
    ///
    /// # Errors
    ///
    /// A name with illegal characters, and an accession that belongs to the other assembly.
    pub fn resolve(name: &str, assembly: Assembly) -> Result<Self, InvalidContig> {
        if let Some(number) = primary(strip_chr(name)) {
            return Ok(Self(Name::Primary(number)));
        }
        if let Some((number, belongs_to)) = refseq(name) {
            return match belongs_to {
                Some(other) if other != assembly => Err(InvalidContig::OtherAssembly {
                    name: name.to_owned(),
                    belongs_to: other,
                    asked: assembly,
                }),
                _ => Ok(Self(Name::Primary(number))),
            };
        }
        if name.strip_prefix("NC_0000").is_some_and(|rest| rest.contains('.')) {
            return Err(InvalidContig::UnknownVersion(name.to_owned()));
        }
        if is_legal(name) {
            Ok(Self(Name::Other(name.into())))
        } else {
            Err(InvalidContig::Name(name.to_owned()))
        }
    }

    /// Returns the canonical name without prefix: `7`, `X`, `MT`, `GL000220.1`.
    pub fn name(&self) -> &str {
        match &self.0 {
            Name::Primary(number) => PRIMARY_NAMES.get(usize::from(*number)).copied().unwrap_or_default(),
            Name::Other(name) => name,
        }
    }

    /// Returns the RefSeq accession in an assembly; none for sequences that are not primary.
    pub fn refseq_accession(&self, assembly: Assembly) -> Option<String> {
        match self.0 {
            Name::Primary(MT) => Some("NC_012920.1".to_owned()),
            Name::Primary(number) => {
                let version = GRCH37_VERSIONS.get(usize::from(number).checked_sub(1)?)?
                    + u8::from(assembly == Assembly::Grch38);
                Some(format!("NC_{number:06}.{version}"))
            }
            Name::Other(_) => None,
        }
    }

    /// Returns whether this is one of the chromosomes 1 to 22.
    pub fn is_autosome(&self) -> bool {
        matches!(self.0, Name::Primary(1..=22))
    }
}

const PRIMARY_NAMES: [&str; 26] = [
    "", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17", "18",
    "19", "20", "21", "22", "X", "Y", "MT",
];

fn strip_chr(name: &str) -> &str {
    match name.get(..3) {
        Some(prefix) if prefix.eq_ignore_ascii_case("chr") => name.get(3..).unwrap_or_default(),
        _ => name,
    }
}

fn primary(name: &str) -> Option<u8> {
    match name {
        "X" | "x" => Some(X),
        "Y" | "y" => Some(Y),
        "M" | "m" | "MT" | "mt" | "Mt" => Some(MT),
        _ if name.starts_with('0') || name.starts_with('+') => None,
        _ => name.parse().ok().filter(|n| (1..=22).contains(n)),
    }
}

/// Reads a RefSeq chromosome accession; the assembly is none where both share the sequence (MT).
fn refseq(name: &str) -> Option<(u8, Option<Assembly>)> {
    let (number, version) = name.strip_prefix("NC_")?.split_once('.')?;
    if (number, version) == ("012920", "1") {
        return Some((MT, None));
    }
    let number: u8 = number.parse().ok().filter(|n| (1..=24).contains(n))?;
    let version: u8 = version.parse().ok()?;
    let grch37 = *GRCH37_VERSIONS.get(usize::from(number) - 1)?;
    match version.checked_sub(grch37)? {
        0 => Some((number, Some(Assembly::Grch37))),
        1 => Some((number, Some(Assembly::Grch38))),
        _ => None,
    }
}

/// VCF 4.3, section 1.4.7: printable ASCII without some separators, and no `*` or `=` in front.
fn is_legal(name: &str) -> bool {
    let forbidden = |b: u8| !b.is_ascii_graphic() || b"\\,\"'`()[]{}<>".contains(&b);
    !name.is_empty() && !name.starts_with(['*', '=']) && !name.bytes().any(forbidden)
}

impl fmt::Display for Contig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Contig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Contig({})", self.name())
    }
}

impl Serialize for Contig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Contig {
    /// Reads a canonical name; accessions are not canonical and are refused by neither assembly here.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::resolve(&name, Assembly::Grch38)
            .or_else(|_| Self::resolve(&name, Assembly::Grch37))
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn synonyms_are_one_sequence() {
        let g38 = Assembly::Grch38;
        for (names, canonical) in [
            (&["7", "chr7", "CHR7", "NC_000007.14"][..], "7"),
            (&["X", "chrX", "x", "NC_000023.11"], "X"),
            (&["M", "MT", "chrM", "chrMT", "NC_012920.1"], "MT"),
        ] {
            for name in names {
                let contig = Contig::resolve(name, g38).map(|c| c.to_string());
                assert_eq!(contig.as_deref(), Ok(canonical), "{name}");
            }
        }
    }

    #[test]
    fn an_accession_of_the_other_assembly_is_refused() {
        assert!(matches!(
            Contig::resolve("NC_000007.13", Assembly::Grch38),
            Err(InvalidContig::OtherAssembly { belongs_to: Assembly::Grch37, .. })
        ));
    }

    #[test]
    fn accessions_round_trip() {
        for assembly in Assembly::ALL {
            for name in ["1", "5", "22", "X", "Y", "MT"] {
                let contig = Contig::resolve(name, assembly).unwrap();
                let accession = contig.refseq_accession(assembly).unwrap();
                assert_eq!(Contig::resolve(&accession, assembly), Ok(contig));
            }
        }
    }

    #[test]
    fn other_sequences_keep_their_name_and_come_last() {
        let other = Contig::resolve("GL000220.1", Assembly::Grch37).unwrap();
        assert_eq!(other.name(), "GL000220.1");
        assert!(other > Contig::MT);
        assert!(
            Contig::resolve("10", Assembly::Grch37).unwrap()
                > Contig::resolve("9", Assembly::Grch37).unwrap()
        );
    }

    #[test]
    fn illegal_names_are_refused() {
        for name in ["", "chr 7", "<1>", "*", "=1", "7\t", "a,b"] {
            assert!(Contig::resolve(name, Assembly::Grch38).is_err(), "{name:?}");
        }
        // Not a primary chromosome, but a legal name all the same.
        assert_eq!(Contig::resolve("07", Assembly::Grch38).unwrap().name(), "07");
    }
}
