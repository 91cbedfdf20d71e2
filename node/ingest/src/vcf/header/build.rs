//! Of which genome a file is, by what its header says: it must be the one whose coordinates the dataset has.
//!
//! A file of another assembly loads without a fault and answers with other people's alleles, so whatever contradicts
//! the assembly is refused. Lengths of sequences are believed before names: headers are copied, and `assembly=` means
//! a file to some, a genome to others. What no known assembly says, such as the length of a cut sequence, contradicts
//! nothing.

use std::path::Path;

use fyr_schemas::{Assembly, Contig, Role, SequenceRow};

use super::structured::Structured;
use crate::vcf::{IngestError, error::Fault};

/// What a header says of its genome.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Build {
    sequences: Vec<StatedSequence>,
    /// What `##reference` names, and its line.
    reference: Option<(u64, String)>,
}

/// What `##contig` says of a sequence.
#[derive(Clone, Debug, PartialEq)]
struct StatedSequence {
    line: u64,
    name: String,
    length: Option<u32>,
    assembly: Option<String>,
}

/// An assembly that a header speaks for, and how it does.
struct Other {
    line: u64,
    field: String,
    assembly: Assembly,
    because: String,
}

impl Build {
    /// Takes a `##contig` line.
    pub(super) fn add_sequence(&mut self, line: u64, fields: &Structured<'_>) -> Result<(), Fault> {
        let text = |key| fields.get(key).map(str::to_owned);
        let length = text("length").and_then(|length| length.parse().ok());
        let name = fields.id()?.to_owned();
        self.sequences.push(StatedSequence { line, name, length, assembly: text("assembly") });
        Ok(())
    }

    /// Takes a `##reference` line.
    pub(super) fn add_reference(&mut self, line: u64, text: &str) {
        self.reference = Some((line, text.to_owned()));
    }

    /// Checks that nothing speaks for another assembly.
    ///
    /// # Errors
    ///
    /// The first line that does, with the assembly that it speaks for.
    pub(crate) fn check(&self, assembly: Assembly, path: &Path) -> Result<(), IngestError> {
        let by_length = self.sequences.iter().find_map(|sequence| sequence.other_by_length(assembly));
        let is_known = self.sequences.iter().any(|sequence| sequence.agrees(assembly));
        let by_name = || self.sequences.iter().find_map(|sequence| sequence.other_by_name(assembly));
        let other = by_length.or_else(|| if is_known { None } else { by_name() });
        let other = other.or_else(|| if is_known { None } else { self.other_by_reference(assembly) });
        let Some(Other { line, field, assembly: other, because }) = other else { return Ok(()) };
        let message = format!(
            "{because}, but the dataset is in {assembly}: if the coordinates are of {other}, say --assembly {other}"
        );
        Err(Fault::new(field, message).at(path, line, false))
    }

    /// Refuses a sequence that is called as one of the assembly is, and is another one: the mitochondrial genome of
    /// hg19 (NC_001807, 16,571 bases), whose other chromosomes are those of GRCh37.
    pub(crate) fn check_sequence(&self, name: &str, facts: &SequenceRow) -> Result<(), Fault> {
        let stated = self.sequences.iter().find(|sequence| sequence.name == name);
        match stated.and_then(|sequence| sequence.length) {
            Some(length) if facts.role == Role::Mitochondrion && length != facts.length => {
                let message = format!(
                    "`{name}` has {length} bases in this file, and {} in the assembly: positions are not the same. \
                     Leave these records out, or call them against {} first",
                    facts.length,
                    facts.refseq.as_deref().unwrap_or(&facts.name),
                );
                Err(Fault::new("CHROM", message))
            }
            _ => Ok(()),
        }
    }

    fn other_by_reference(&self, assembly: Assembly) -> Option<Other> {
        let (line, text) = self.reference.as_ref()?;
        let named: Vec<Assembly> = words(text).filter_map(|word| word.parse().ok()).collect();
        let other = *named.first().filter(|_| !named.contains(&assembly))?;
        let because = format!("the reference is one of {other}");
        Some(Other { line: *line, field: "##reference".into(), assembly: other, because })
    }
}

impl StatedSequence {
    /// Returns what the assembly knows of the sequence; none of mitochondrial genomes, which assemblies share.
    fn facts(&self, assembly: Assembly) -> Option<&'static SequenceRow> {
        let contig = Contig::resolve(&self.name, assembly).ok()?;
        contig.facts(assembly).filter(|facts| facts.role != Role::Mitochondrion)
    }

    fn agrees(&self, assembly: Assembly) -> bool {
        self.facts(assembly).is_some_and(|facts| Some(facts.length) == self.length)
    }

    fn other_by_length(&self, assembly: Assembly) -> Option<Other> {
        let (facts, length) = (self.facts(assembly)?, self.length?);
        let has = |other: &Assembly| self.facts(*other).is_some_and(|facts| facts.length == length);
        let other = Assembly::all().find(has).filter(|_| facts.length != length)?;
        let because =
            format!("`{}` has {length} bases, as in {other}, and {} in {assembly}", self.name, facts.length);
        Some(self.other(other, because))
    }

    fn other_by_name(&self, assembly: Assembly) -> Option<Other> {
        self.facts(assembly)?;
        let other = self.assembly.as_ref()?.parse().ok().filter(|other| *other != assembly)?;
        Some(self.other(other, format!("`{}` is said to be of {other}", self.name)))
    }

    fn other(&self, assembly: Assembly, because: String) -> Other {
        Other { line: self.line, field: format!("##contig {}", self.name), assembly, because }
    }
}

/// The words of a path or an address that could name an assembly.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vcf::header;

    const COLUMNS: &str = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n";

    fn check(lines: &str, assembly: Assembly) -> Result<(), String> {
        let text = format!("##fileformat=VCFv4.2\n{lines}\n{COLUMNS}");
        let header = header::parse(text.as_bytes()).map_err(|(_, fault)| fault.message)?;
        header.build.check(assembly, Path::new("a.vcf")).map_err(|error| error.to_string())
    }

    const G37: Assembly = Assembly::GRCH37;
    const G38: Assembly = Assembly::GRCH38;

    /// Each length of each sequence of each assembly, under each name, declared as each assembly.
    #[test]
    fn a_length_of_another_assembly_is_refused_by_its_name() {
        let assemblies = [G37, G38, Assembly::T2T_CHM13];
        for (of, declared) in assemblies.iter().flat_map(|of| assemblies.map(|declared| (*of, declared))) {
            for facts in of.row().sequences.iter().filter(|facts| facts.role != Role::Mitochondrion) {
                for name in [facts.name.clone(), format!("chr{}", facts.name)] {
                    let line = format!("##contig=<ID={name},length={}>", facts.length);
                    let same = declared.sequence(&facts.name).unwrap().length == facts.length;
                    let found = check(&line, declared);
                    assert_eq!(found.is_ok(), same, "{line} {declared}: {found:?}");
                    let Err(error) = found else { continue };
                    assert!(error.starts_with("a.vcf, line 2, ##contig"), "{error}");
                    assert!(error.contains(&format!("say --assembly {of}")), "{error}");
                }
            }
        }
    }

    #[test]
    fn what_no_assembly_says_contradicts_nothing() {
        for line in [
            "##contig=<ID=1,length=1000>",
            "##contig=<ID=1>",
            "##contig=<ID=GL000220.1,length=161802>",
            "##contig=<ID=chrM,length=16571>",
            "##contig=<ID=1,assembly=ours>",
            "##reference=file:///data/genome.fa",
            "##source=GRCh37",
        ] {
            assert_eq!(check(line, G38), Ok(()), "{line}");
        }
    }

    #[test]
    fn a_name_counts_where_no_length_does() {
        for (lines, declared, refused) in [
            ("##contig=<ID=1,assembly=b37>", G38, true),
            ("##contig=<ID=1,assembly=b37>", G37, false),
            ("##contig=<ID=1,length=248956422,assembly=b37>", G38, false),
            ("##contig=<ID=MT,assembly=GRCh37>", G38, false),
            ("##reference=file:///ref/ucsc.hg19.fasta", G38, true),
            ("##reference=file:///ref/ucsc.hg19.fasta", G37, false),
            ("##reference=file:///hg19/lifted/GRCh38.fa", G38, false),
            ("##reference=GRCh37\n##contig=<ID=1,length=248956422>", G38, false),
        ] {
            assert_eq!(check(lines, declared).is_err(), refused, "{lines} {declared}");
        }
    }

    #[test]
    fn the_other_mitochondrial_genome_is_not_mt() {
        let header = |length| {
            let text = format!("##fileformat=VCFv4.2\n##contig=<ID=chrM,length={length}>\n{COLUMNS}");
            header::parse(text.as_bytes()).unwrap()
        };
        let facts = G37.sequence("MT").unwrap();
        let fault = header(16_571).build.check_sequence("chrM", facts).unwrap_err();
        assert!(
            fault.message.contains("16571") && fault.message.contains("NC_012920.1"),
            "{}",
            fault.message
        );
        assert_eq!(header(16_569).build.check_sequence("chrM", facts), Ok(()));
        assert_eq!(header(16_571).build.check_sequence("MT", facts), Ok(()), "another name");
    }
}
