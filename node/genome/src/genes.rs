//! Genes and transcripts of one assembly, from the tables that genome centres publish.
//!
//! Read are GFF3 and GTF (Ensembl, GENCODE, RefSeq), UCSC's refGene and genePred, and plain tables:
//! `transcript chromosome start end symbol`, or with a header that names `gene_symbol`, `chrom`, `start`
//! and `end`. Which one it is shows in its lines.

mod alignment;
mod attributes;
mod drafts;
mod prediction;
mod reading;

use std::{collections::BTreeMap, io::BufRead, path::Path};

use fyr_schemas::{Assembly, Contig};
use serde::{Deserialize, Serialize};

use crate::{
    GenomeError,
    sequences::{open_text, write_atomically},
};
use reading::Reading;

const FILE: &str = "genes.json";

/// A gene.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gene {
    /// Symbol.
    pub symbol: String,
    /// Where it is, interbase; several places where it has copies, as in pseudo-autosomal regions.
    pub places: Vec<(Contig, u32, u32)>,
}

/// A transcript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transcript {
    /// Gene symbol.
    pub gene: String,
    /// Sequence.
    pub contig: Contig,
    /// Whether it is on the reverse strand.
    pub reverse: bool,
    /// Exons in the order of the sequence, interbase.
    pub exons: Vec<(u32, u32)>,
    /// The coding part with its stop codon, interbase; none where nothing is coded.
    pub coding: Option<(u32, u32)>,
    /// Whether it is the one of its gene that MANE Select names.
    #[serde(default)]
    pub mane_select: bool,
    /// Where its bases are in the genome.
    #[serde(default)]
    pub placement: Placement,
}

/// Where the bases of a transcript are in the genome.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Placement {
    /// Nobody looked: the table was loaded before gaps were.
    #[default]
    Unknown,
    /// They are those of its exons, one after the other.
    Exons,
    /// The genome lacks some of them, or has others between them.
    Aligned(Vec<AlignedExon>),
    /// The table does not tell, for this reason.
    Unclear(String),
}

/// An exon as it is aligned to the genome. Offsets are interbase, along the transcript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlignedExon {
    /// Its first offset.
    pub from: u32,
    /// The offset behind its last base.
    pub to: u32,
    /// What has its place in the genome, along the transcript.
    pub blocks: Vec<AlignedBlock>,
}

/// Bases of a transcript that correspond to bases of the genome one to one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlignedBlock {
    /// Interbase start on the forward strand of the genome.
    pub start: u32,
    /// Interbase end there.
    pub end: u32,
    /// The offset of its first base along the transcript.
    pub at: u32,
}

impl AlignedExon {
    /// Returns its interbase start on the forward strand of the genome.
    pub(crate) fn start(&self) -> u32 {
        self.blocks.iter().map(|block| block.start).min().unwrap_or_default()
    }

    /// Returns its interbase end there.
    pub(crate) fn end(&self) -> u32 {
        self.blocks.iter().map(|block| block.end).max().unwrap_or_default()
    }
}

impl Transcript {
    /// Returns its exons along the transcript, with the place of each of their bases.
    ///
    /// # Errors
    ///
    /// Why nobody can tell.
    pub fn aligned(&self) -> Result<Vec<AlignedExon>, &str> {
        match &self.placement {
            Placement::Exons => Ok(self.without_gaps()),
            Placement::Aligned(exons) => Ok(exons.clone()),
            Placement::Unclear(reason) => Err(reason),
            Placement::Unknown => {
                Err("the table of genes was loaded by an earlier version, which did not look \
                                       for gaps between transcripts and the genome: load it anew")
            }
        }
    }

    fn without_gaps(&self) -> Vec<AlignedExon> {
        let mut exons = self.exons.clone();
        if self.reverse {
            exons.reverse();
        }
        let mut at = 0;
        let mut aligned = |(start, end): (u32, u32)| {
            let from = at;
            at += end - start;
            AlignedExon { from, to: at, blocks: vec![AlignedBlock { start, end, at: from }] }
        };
        exons.into_iter().map(&mut aligned).collect()
    }
}

/// Genes and transcripts by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GeneTable {
    /// Genes by upper-case symbol.
    genes: BTreeMap<String, Gene>,
    /// Symbols by other ids, without their version.
    aliases: BTreeMap<String, String>,
    /// Transcripts by accession.
    transcripts: BTreeMap<String, Transcript>,
}

impl GeneTable {
    /// Opens the table that a directory keeps; an empty one where it keeps none.
    ///
    /// # Errors
    ///
    /// The table cannot be read.
    pub fn open(directory: &Path) -> Result<Self, GenomeError> {
        let path = directory.join(FILE);
        match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|error| GenomeError::file(&path, format!("is damaged: {error}"))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(GenomeError::io(format!("reading `{}`", path.display()))(error)),
        }
    }

    /// Reads a table and keeps it in a directory. Another one that was there is replaced where that is allowed.
    ///
    /// # Errors
    ///
    /// What [`GeneTable::read`] refuses, another table that may not be replaced, and a directory that cannot be
    /// written. What was there stays then.
    pub fn install(
        directory: &Path,
        assembly: Assembly,
        file: &Path,
        may_replace: bool,
    ) -> Result<(), GenomeError> {
        let (table, there) = (Self::read(file, assembly)?, Self::open(directory)?);
        if there == table {
            return Ok(());
        }
        if !there.is_empty() && !may_replace {
            let message = format!(
                "is not the table of genes of {assembly} that the store has, with {} genes: to put it in its place, use \
                 `fyr-node genome --genes` with --replace",
                there.len()
            );
            return Err(GenomeError::file(file, message));
        }
        std::fs::create_dir_all(directory).map_err(GenomeError::io("creating the genome directory"))?;
        write_atomically(&directory.join(FILE), &serde_json::to_vec(&table).unwrap_or_default())
    }

    /// Reads a table of genes.
    ///
    /// # Errors
    ///
    /// A line that is not as its format says, a table of the other assembly, and one without genes.
    pub fn read(file: &Path, assembly: Assembly) -> Result<Self, GenomeError> {
        let mut reading = Reading::of(assembly);
        for (number, line) in (1..).zip(open_text(file)?.lines()) {
            let line = line.map_err(GenomeError::io(format!("reading `{}`", file.display())))?;
            let line = line.strip_prefix('\u{feff}').filter(|_| number == 1).unwrap_or(&line);
            if line.trim_end() == "##FASTA" || line.starts_with('>') {
                break;
            }
            let at = |message: String| GenomeError::file(file, format!("line {number}: {message}"));
            reading.take(line.trim_end_matches('\r')).map_err(at)?;
        }
        let table = reading.finish();
        if table.genes.is_empty() {
            return Err(GenomeError::file(file, "no genes: use GFF3, GTF, refGene or a table of symbols"));
        }
        Ok(table)
    }

    /// Returns whether there is no gene.
    pub fn is_empty(&self) -> bool {
        self.genes.is_empty()
    }

    /// Returns the number of genes.
    pub fn len(&self) -> usize {
        self.genes.len()
    }

    /// Returns the number of transcripts.
    pub fn transcripts(&self) -> usize {
        self.transcripts.len()
    }

    /// Finds a gene by symbol, in any letter case, by id, or by one of its transcripts.
    pub fn gene(&self, name: &str) -> Option<&Gene> {
        let upper = name.to_ascii_uppercase();
        let by_alias = || self.aliases.get(unversioned(&upper)).map(String::as_str);
        let by_transcript = || self.transcript(name).map(|(_, transcript)| transcript.gene.as_str());
        if let Some(gene) = self.genes.get(&upper) {
            return Some(gene);
        }
        self.genes.get(&by_alias().or_else(by_transcript)?.to_ascii_uppercase())
    }

    /// Finds a transcript by its accession. Without a version, the latest one is meant; with one, no other.
    pub fn transcript(&self, accession: &str) -> Option<(&str, &Transcript)> {
        if let Some((id, transcript)) = self.transcripts.get_key_value(accession) {
            return Some((id, transcript));
        }
        if accession.contains('.') {
            return None;
        }
        let with = format!("{accession}.");
        let versions = self.transcripts.range(with.clone()..).take_while(|(id, _)| id.starts_with(&with));
        let version = |id: &str| id.rsplit('.').next().and_then(|version| version.parse::<u32>().ok());
        versions.max_by_key(|(id, _)| version(id)).map(|(id, transcript)| (id.as_str(), transcript))
    }

    /// Returns the transcripts of a gene, by its symbol.
    pub fn transcripts_of<'t>(&'t self, symbol: &'t str) -> impl Iterator<Item = (&'t str, &'t Transcript)> {
        let of_it =
            move |(_, transcript): &(&String, &Transcript)| transcript.gene.eq_ignore_ascii_case(symbol);
        self.transcripts.iter().filter(of_it).map(|(id, transcript)| (id.as_str(), transcript))
    }

    /// Returns the versions that are there of a transcript whose version is not.
    pub fn versions(&self, accession: &str) -> Vec<&str> {
        let with = format!("{}.", unversioned(accession));
        let from = self.transcripts.range(with.clone()..);
        from.map(|(id, _)| id.as_str()).take_while(|id| id.starts_with(&with)).collect()
    }
}

fn unversioned(id: &str) -> &str {
    id.split_once('.').map_or(id, |(id, _)| id)
}
