//! Names of reference sequences.
//!
//! `chr7`, `7` and `NC_000007.14` are one sequence. All become one [`Contig`]; which names mean it is told by the row
//! of its assembly. What the row does not list keeps its own name.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Assembly, Role, SequenceRow};

/// A reference sequence by its one name. Ordered as genomes are: 1–22, X, Y, MT, then the others by name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Contig(Name);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Name {
    /// Place in [`COMPACT`]: the names of most sequences that are asked for take no memory of their own.
    Compact(u8),
    Other(Arc<str>),
}

const COMPACT: [&str; 25] = [
    "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19",
    "20", "21", "22", "X", "Y", "MT",
];

/// A sequence name that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidContig {
    /// The name has characters that VCF 4.3 (section 1.4.7) forbids, or none at all.
    #[error("`{0}` is not a sequence name: use 1–22, X, Y, MT, a chr name or a RefSeq accession")]
    Name(String),
    /// The accession names a sequence of the assembly, in a version that no assembly has.
    #[error("`{name}` is no sequence of {asked}, and of no other assembly that is known here")]
    UnknownVersion {
        /// The accession as given.
        name: String,
        /// The assembly that was named beside it.
        asked: Assembly,
    },
    /// The accession belongs to another assembly.
    #[error("`{name}` belongs to {belongs_to}, not to {asked}")]
    OtherAssembly {
        /// The accession as given.
        name: String,
        /// The assembly that has it.
        belongs_to: Assembly,
        /// The assembly that was named beside it.
        asked: Assembly,
    },
    /// The assembly has no such sequence.
    #[error("`{name}` is no sequence of {asked}: use a name such as `{example}`", example = example(*.asked))]
    Unknown {
        /// The name as given.
        name: String,
        /// The assembly that was named beside it.
        asked: Assembly,
    },
}

fn example(assembly: Assembly) -> &'static str {
    assembly.row().sequences.first().map_or("", |sequence| &sequence.name)
}

impl Contig {
    /// Resolves a name as files write it: `7`, `chr7`, `CHR7`, `M`, `chrM`, `MT`, `NC_000007.13`. Another legal name
    /// is kept as it is, unless the assembly has no sequences but those that are listed.
    ///
    /// # Errors
    ///
    /// A name with illegal characters, an accession that belongs to another assembly or to none, and a name that
    /// the assembly cannot have.
    pub fn resolve(name: &str, assembly: Assembly) -> Result<Self, InvalidContig> {
        if let Some(sequence) = assembly.sequence(name) {
            return Ok(Self::named(&sequence.name));
        }
        let (given, asked) = (name.to_owned(), assembly);
        if let Some(belongs_to) = Assembly::with_accession(name) {
            return Err(InvalidContig::OtherAssembly { name: given, belongs_to, asked });
        }
        let unversioned = name.rsplit_once('.').map(|(accession, _)| accession);
        if unversioned.is_some_and(|accession| assembly.sequence(accession).is_some()) {
            return Err(InvalidContig::UnknownVersion { name: given, asked });
        }
        if !is_legal(name) {
            return Err(InvalidContig::Name(given));
        }
        if assembly.row().others.is_empty() {
            return Err(InvalidContig::Unknown { name: given, asked });
        }
        Ok(Self::named(name))
    }

    /// Resolves a name as questions write it: like [`Contig::resolve`], but what the assembly has no sequence of is an
    /// error, since there is nothing that data could say of it.
    ///
    /// # Errors
    ///
    /// What [`Contig::resolve`] refuses, and a name that the assembly neither lists nor may have.
    pub fn asked(name: &str, assembly: Assembly) -> Result<Self, InvalidContig> {
        let contig = Self::resolve(name, assembly)?;
        if contig.facts(assembly).is_some() || assembly.takes(contig.name()) {
            return Ok(contig);
        }
        Err(InvalidContig::Unknown { name: name.to_owned(), asked: assembly })
    }

    /// Resolves a name beside which no assembly is written, by the first assembly that has it.
    ///
    /// # Errors
    ///
    /// A name with illegal characters.
    pub fn of_any(name: &str) -> Result<Self, InvalidContig> {
        match Assembly::all().find_map(|assembly| assembly.sequence(name)) {
            Some(sequence) => Ok(Self::named(&sequence.name)),
            None => Self::canonical(name),
        }
    }

    /// Takes a canonical name, as [`Contig::name`] writes it.
    ///
    /// # Errors
    ///
    /// A name with illegal characters.
    pub fn canonical(name: &str) -> Result<Self, InvalidContig> {
        if is_legal(name) { Ok(Self::named(name)) } else { Err(InvalidContig::Name(name.to_owned())) }
    }

    /// Returns the canonical name without prefix: `7`, `X`, `MT`, `GL000220.1`.
    pub fn name(&self) -> &str {
        match &self.0 {
            Name::Compact(place) => COMPACT.get(usize::from(*place)).copied().unwrap_or_default(),
            Name::Other(name) => name,
        }
    }

    /// Returns what an assembly knows of the sequence; none of one that its row does not list.
    pub fn facts(&self, assembly: Assembly) -> Option<&'static SequenceRow> {
        assembly.sequence(self.name()).filter(|sequence| sequence.name == self.name())
    }

    /// Returns what the sequence is in an assembly; none of one that its row does not list.
    pub fn role(&self, assembly: Assembly) -> Option<Role> {
        self.facts(assembly).map(|sequence| sequence.role)
    }

    /// Returns whether everybody has two copies of it in an assembly.
    pub fn is_autosome(&self, assembly: Assembly) -> bool {
        self.role(assembly) == Some(Role::Autosome)
    }

    fn named(name: &str) -> Self {
        match (0..).zip(COMPACT).find(|(_, compact)| *compact == name) {
            Some((place, _)) => Self(Name::Compact(place)),
            None => Self(Name::Other(name.into())),
        }
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
    /// Reads a canonical name.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::canonical(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const G37: Assembly = Assembly::GRCH37;
    const G38: Assembly = Assembly::GRCH38;

    #[test]
    fn synonyms_are_one_sequence() {
        for (names, canonical) in [
            (
                &[
                    "7",
                    "07",
                    "chr7",
                    "CHR7",
                    "chr07",
                    "NC_000007.14",
                    "CM000669.2",
                    "NC_000007",
                    "refseq:NC_000007.14",
                ][..],
                "7",
            ),
            (&["X", "chrX", "x", "NC_000023.11", "23", "XY"], "X"),
            (&["M", "MT", "chrM", "chrMT", "NC_012920.1"], "MT"),
        ] {
            for name in names {
                let contig = Contig::resolve(name, G38).map(|c| c.to_string());
                assert_eq!(contig.as_deref(), Ok(canonical), "{name}");
            }
        }
    }

    #[test]
    fn an_accession_of_the_other_assembly_is_refused() {
        for (name, asked, other) in [
            ("NC_000007.13", G38, G37),
            ("NC_000007.14", G37, G38),
            ("NC_060931.1", G38, Assembly::T2T_CHM13),
            ("NC_045512.2", G38, Assembly::SARS_COV_2),
            ("NC_000001.11", Assembly::SARS_COV_2, G38),
        ] {
            for found in [Contig::resolve(name, asked), Contig::asked(name, asked)] {
                let Err(InvalidContig::OtherAssembly { belongs_to, .. }) = found else { panic!("{name}") };
                assert_eq!(belongs_to, other, "{name}");
            }
        }
        assert!(matches!(Contig::resolve("NC_000007.99", G38), Err(InvalidContig::UnknownVersion { .. })));
    }

    /// Every name, synonym and accession of every row, to its one sequence and back.
    #[test]
    fn every_name_of_every_row_means_one_sequence() {
        for assembly in [G37, G38, Assembly::T2T_CHM13, Assembly::SARS_COV_2] {
            let row = assembly.row();
            for sequence in &row.sequences {
                let contig = Contig::resolve(&sequence.name, assembly).unwrap();
                assert_eq!((contig.name(), contig.facts(assembly)), (sequence.name.as_str(), Some(sequence)));
                let plain = [&sequence.name].into_iter().chain(&sequence.synonyms).cloned();
                let prefixed = plain.clone().map(|name| format!("{}{name}", row.prefix));
                let accessions = sequence.accessions().map(str::to_owned);
                let unversioned = sequence.accessions().filter_map(|a| Some(a.split_once('.')?.0.to_owned()));
                let authority = sequence.refseq.iter().map(|accession| format!("refseq:{accession}"));
                let names = plain.chain(prefixed).chain(accessions).chain(unversioned).chain(authority);
                for name in names {
                    for spelt in [name.clone(), name.to_lowercase(), name.to_uppercase()] {
                        let found = [Contig::asked(&spelt, assembly), Contig::resolve(&spelt, assembly)];
                        assert_eq!(found, [Ok(contig.clone()), Ok(contig.clone())], "{assembly} {spelt}");
                    }
                }
                for accession in sequence.accessions() {
                    let first = Assembly::with_accession(accession).unwrap();
                    assert_eq!(Contig::resolve(accession, first).as_ref(), Ok(&contig), "{accession}");
                }
                let json = serde_json::to_string(&contig).unwrap();
                assert_eq!(serde_json::from_str::<Contig>(&json).unwrap(), contig);
            }
        }
    }

    #[test]
    fn other_sequences_keep_their_name_and_come_last() {
        let other = Contig::resolve("GL000220.1", G37).unwrap();
        let named = |name| Contig::resolve(name, G37).unwrap();
        assert_eq!(other.name(), "GL000220.1");
        assert!(other > named("MT"));
        assert!(named("10") > named("9"));
        let order: Vec<_> = G37.row().sequences.iter().map(|sequence| named(&sequence.name)).collect();
        assert!(order.is_sorted() && order.len() == 25);
    }

    #[test]
    fn illegal_names_are_refused() {
        for name in ["", "chr 7", "<1>", "*", "=1", "7\t", "a,b"] {
            assert!(Contig::resolve(name, G38).is_err(), "{name:?}");
        }
        // Not a primary chromosome, but a legal name all the same.
        assert_eq!(Contig::resolve("007", G38).unwrap().name(), "007");
    }

    #[test]
    fn a_question_about_no_sequence_of_the_assembly_is_refused_by_name() {
        for name in
            ["GL000220.1", "HLA-A*01:01:01:01", "chrUn_KI270742v1", "chr1_KI270706v1_random", "NW_1.1"]
        {
            assert_eq!(Contig::asked(name, G38).map(|contig| contig.to_string()).as_deref(), Ok(name));
        }
        for (name, assembly) in [
            ("007", G38),
            ("010", G38),
            ("0X", G38),
            ("chr99", G38),
            ("foo", G37),
            ("27", G37),
            ("GL000220.1", Assembly::T2T_CHM13),
            ("7", Assembly::SARS_COV_2),
        ] {
            let error = Contig::asked(name, assembly).unwrap_err();
            assert_eq!(error, InvalidContig::Unknown { name: name.into(), asked: assembly });
            let text = error.to_string();
            assert!(text.contains(name) && text.contains(assembly.name()), "{text}");
        }
        assert!(Contig::resolve("chr1", Assembly::SARS_COV_2).is_err());
    }

    #[test]
    fn a_name_without_assembly_means_the_first_that_has_it() {
        for (name, expected) in
            [("chr17", "17"), ("NC_060941.1", "17"), ("MN908947.3", "NC_045512.2"), ("foo", "foo")]
        {
            assert_eq!(Contig::of_any(name).unwrap().name(), expected, "{name}");
        }
    }
}
