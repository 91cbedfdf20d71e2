//! What is known of an assembly: one row of data, shipped or configured.
//!
//! Decides which rows make sense, and which names mean which sequence. Who may add rows is the registry's.

use std::collections::HashMap;

use serde::Deserialize;

/// An assembly as its file describes it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssemblyRow {
    /// Its one name, under which data and answers carry it: `GRCh38`.
    pub name: String,
    /// Other names that mean it, in any letter case: `hg38`.
    #[serde(default)]
    pub synonyms: Vec<String>,
    /// Accessions of which a range of versions means it, as each patch release has its own.
    #[serde(default)]
    pub accessions: Vec<AccessionRow>,
    /// What may stand before the name of a sequence: `chr`.
    #[serde(default)]
    pub prefix: String,
    /// Patterns of names of further sequences, `*` standing for anything. They keep the name that a file gives
    /// them. Without a pattern there are no sequences but those listed.
    #[serde(default)]
    pub others: Vec<String>,
    /// Its sequences, in their order.
    pub sequences: Vec<SequenceRow>,
}

/// An accession of an assembly.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessionRow {
    /// Without its version: `GCF_000001405`.
    pub accession: String,
    /// The first and the last version that are of this assembly.
    pub versions: (u32, u32),
}

/// A sequence of an assembly.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SequenceRow {
    /// Its one name, without prefix: `7`, `MT`.
    pub name: String,
    /// What it is.
    pub role: Role,
    /// Number of bases.
    pub length: u32,
    /// RefSeq accession with its version.
    pub refseq: Option<String>,
    /// GenBank accession with its version.
    pub genbank: Option<String>,
    /// How many copies of it there are.
    pub ploidy: Ploidy,
    /// Other names that mean it: `M`.
    #[serde(default)]
    pub synonyms: Vec<String>,
    /// Interbase regions of a sex chromosome that the other one shares.
    #[serde(default)]
    pub pseudo_autosomal: Vec<(u32, u32)>,
}

/// What a sequence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Role {
    /// A chromosome of which everybody has as many copies.
    #[serde(rename = "autosome")]
    Autosome,
    /// The sex chromosome of which one sex has two.
    X,
    /// The sex chromosome of which one sex has none.
    Y,
    /// The mitochondrial genome.
    #[serde(rename = "MT")]
    Mitochondrion,
    /// Anything else: a plasmid, the genome of a virus.
    #[serde(rename = "other")]
    Other,
}

/// How many copies of a sequence one genome has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Ploidy {
    /// As many in everybody.
    Everyone(u8),
    /// As many as the sex says, outside pseudo-autosomal regions.
    BySex {
        /// In females.
        female: u8,
        /// In males.
        male: u8,
    },
}

/// A row that makes no sense, or contradicts another.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAssembly {
    /// It is no TOML, or a key of it is missing, unknown or of the wrong type.
    #[error("{0}")]
    Unreadable(String),
    /// It has no name, or no sequence.
    #[error("assembly `{0}`: needs a name and at least one sequence")]
    Empty(String),
    /// A sequence has no bases, or a region that lies outside it.
    #[error("assembly `{assembly}`, sequence `{sequence}`: its length or a region of it makes no sense")]
    Region {
        /// The assembly.
        assembly: String,
        /// The sequence.
        sequence: String,
    },
    /// One name means two sequences.
    #[error("assembly `{assembly}`: `{name}` names two sequences")]
    TwoSequences {
        /// The assembly.
        assembly: String,
        /// The name.
        name: String,
    },
    /// The name is known, with other facts.
    #[error("assembly `{0}` is known already, with other facts: give yours another name and other synonyms")]
    Contradiction(String),
    /// There are more assemblies than can be told apart.
    #[error("too many assemblies")]
    TooMany,
}

/// A row that was checked, with an index of the names of its sequences.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) row: AssemblyRow,
    /// Places in `row.sequences`, by each name as it is written and in lower case.
    sequences: HashMap<String, usize>,
}

impl Known {
    /// Checks a row and indexes its names.
    pub(super) fn new(row: AssemblyRow) -> Result<Self, InvalidAssembly> {
        if row.name.trim().is_empty() || row.sequences.is_empty() {
            return Err(InvalidAssembly::Empty(row.name));
        }
        let assembly = || row.name.clone();
        if let Some(wrong) = row.sequences.iter().find(|sequence| !sequence.makes_sense()) {
            return Err(InvalidAssembly::Region { assembly: assembly(), sequence: wrong.name.clone() });
        }
        let mut sequences = HashMap::new();
        for (place, sequence) in row.sequences.iter().enumerate() {
            for name in sequence.names(&row.prefix) {
                let keys = [name.to_ascii_lowercase(), name];
                for key in keys {
                    if sequences.insert(key.clone(), place).is_some_and(|other| other != place) {
                        return Err(InvalidAssembly::TwoSequences { assembly: assembly(), name: key });
                    }
                }
            }
        }
        Ok(Self { row, sequences })
    }

    /// Reads a row from the text of its file.
    pub(super) fn read(text: &str) -> Result<AssemblyRow, InvalidAssembly> {
        toml::from_str(text).map_err(|error| InvalidAssembly::Unreadable(error.to_string()))
    }

    /// Returns the names that mean the assembly, but for ranges of accessions.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        [&self.row.name].into_iter().chain(&self.row.synonyms).map(String::as_str)
    }

    /// Returns whether a name means the assembly, in any letter case and with or without a patch level.
    pub(super) fn is_called(&self, name: &str) -> bool {
        let base = without_patch(name);
        self.names().any(|own| own.eq_ignore_ascii_case(base) || own.eq_ignore_ascii_case(name))
            || self.row.accessions.iter().any(|own| own.includes(base))
    }

    /// Returns the sequence that a name means.
    pub(super) fn sequence(&self, name: &str) -> Option<&SequenceRow> {
        let name = without_authority(name);
        let place = self.sequences.get(name).or_else(|| self.sequences.get(&name.to_ascii_lowercase()))?;
        self.row.sequences.get(*place)
    }

    /// Returns whether a name may be that of a further sequence, which is not listed.
    pub(super) fn takes(&self, name: &str) -> bool {
        self.row.others.iter().any(|pattern| fits(pattern, name))
    }

    /// Returns whether a sequence has this accession, in this version.
    pub(super) fn has_accession(&self, accession: &str) -> bool {
        let accession = without_authority(accession);
        self.row.sequences.iter().flat_map(SequenceRow::accessions).any(|own| own == accession)
    }
}

impl AccessionRow {
    fn includes(&self, accession: &str) -> bool {
        let Some((base, version)) = accession.split_once('.') else { return false };
        let (first, last) = self.versions;
        base.eq_ignore_ascii_case(&self.accession)
            && version.parse().is_ok_and(|version: u32| (first..=last).contains(&version))
    }
}

impl SequenceRow {
    /// Returns its accessions, that of RefSeq first.
    pub fn accessions(&self) -> impl Iterator<Item = &str> {
        self.refseq.iter().chain(&self.genbank).map(String::as_str)
    }

    /// Returns whether an interbase coordinate lies in a region that both sex chromosomes share.
    pub fn is_pseudo_autosomal(&self, start: u32) -> bool {
        self.pseudo_autosomal.iter().any(|&(from, to)| (from..to).contains(&start))
    }

    fn makes_sense(&self) -> bool {
        let inside = |&(from, to): &(u32, u32)| from < to && to <= self.length;
        !self.name.is_empty()
            && (1..=i32::MAX as u32).contains(&self.length)
            && self.pseudo_autosomal.iter().all(inside)
    }

    /// Returns every name that means it: a digit also with a zero before it, accessions also without their version.
    fn names(&self, prefix: &str) -> Vec<String> {
        let is_digit = self.name.len() == 1 && self.name.bytes().all(|b| b.is_ascii_digit());
        let padded = is_digit.then(|| format!("0{}", self.name));
        let plain = [&self.name].into_iter().chain(&self.synonyms).cloned().chain(padded);
        let mut names: Vec<String> = plain.flat_map(|name| [format!("{prefix}{name}"), name]).collect();
        for accession in self.accessions() {
            names.extend(accession.split_once('.').map(|(base, _)| base.to_owned()));
            names.push(accession.to_owned());
        }
        names
    }
}

/// Takes off who gave an accession: `refseq:NC_000007.14`.
fn without_authority(name: &str) -> &str {
    match name.split_once(':') {
        Some((authority, rest))
            if ["refseq", "genbank", "insdc"].iter().any(|known| authority.eq_ignore_ascii_case(known)) =>
        {
            rest
        }
        _ => name,
    }
}

/// Takes off a patch level: `GRCh38.p14`.
fn without_patch(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((base, patch)) if is_patch(patch) => base,
        _ => name,
    }
}

fn is_patch(text: &str) -> bool {
    text.strip_prefix(['p', 'P']).is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()))
}

/// Returns whether a name fits a pattern in which `*` stands for anything.
fn fits(pattern: &str, name: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut name) = name.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some((_, behind)) = name.split_once(part) else { return false };
        name = behind;
    }
    name.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_stand_for_names() {
        for (pattern, name, expected) in [
            ("GL*", "GL000220.1", true),
            ("GL*", "XGL", false),
            ("*_alt", "chr7_KI270803v1_alt", true),
            ("*_alt", "chr7_alternative", false),
            ("*_hap*", "chr6_apd_hap1", true),
            ("*_hap*", "chr6", false),
            ("hs37d5", "hs37d5", true),
            ("hs37d5", "hs37d55", false),
            ("a*b*c", "aXbXc", true),
            ("a*b*c", "aXc", false),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn rows_that_make_no_sense_are_refused() {
        let row = |text: &str| Known::read(text).and_then(Known::new);
        let sequence = |more: &str| {
            format!("name = \"T\"\nsequences = [{{ name = \"a\", role = \"other\", ploidy = 1, {more} }}]\n")
        };
        assert!(row(&sequence("length = 5")).is_ok());
        for (more, reason) in [
            ("length = 0", "makes no sense"),
            ("length = 5, pseudo_autosomal = [[3, 6]]", "makes no sense"),
            ("length = 5, pseudo_autosomal = [[3, 3]]", "makes no sense"),
            ("length = 5, circular = true", "unknown field"),
            ("length = -5", "invalid value"),
        ] {
            let error = row(&sequence(more)).unwrap_err().to_string();
            assert!(error.contains(reason), "{more}: {error}");
        }
        let twice = "name = \"T\"\nsequences = [\n\
            { name = \"a\", role = \"other\", length = 1, ploidy = 1 },\n\
            { name = \"b\", role = \"other\", length = 1, ploidy = 1, synonyms = [\"A\"] },\n]\n";
        let expected = InvalidAssembly::TwoSequences { assembly: "T".into(), name: "a".into() };
        assert_eq!(row(twice).unwrap_err(), expected);
        assert!(matches!(row("name = \"T\"\nsequences = []\n"), Err(InvalidAssembly::Empty(_))));
    }
}
