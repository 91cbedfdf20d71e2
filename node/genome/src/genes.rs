//! Genes and transcripts of one assembly, from the tables that genome centres publish.
//!
//! Read are GFF3 and GTF (Ensembl, GENCODE, RefSeq), UCSC's refGene and genePred, and plain tables:
//! `transcript chromosome start end symbol`, or with a header that names `gene_symbol`, `chrom`, `start`
//! and `end`. Which one it is shows in its lines.

use std::{collections::BTreeMap, io::BufRead, path::Path};

use fyr_schemas::{Assembly, Contig, Interbase};
use serde::{Deserialize, Serialize};

use crate::{
    GenomeError,
    sequences::{open_text, write_atomically},
};

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

    /// Reads a table and keeps it in a directory, in the place of the one that was there.
    ///
    /// # Errors
    ///
    /// What [`GeneTable::read`] refuses, and a directory that cannot be written.
    pub fn install(directory: &Path, assembly: Assembly, file: &Path) -> Result<(), GenomeError> {
        let table = Self::read(file, assembly)?;
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

/// Features of one transcript until the end of the file.
#[derive(Debug, Default)]
struct Draft {
    gene: String,
    contig: Option<Contig>,
    reverse: bool,
    exons: Vec<(u32, u32)>,
    coding: Option<(u32, u32)>,
}

/// A file that is being read.
struct Reading {
    assembly: Assembly,
    table: GeneTable,
    drafts: BTreeMap<String, Draft>,
    /// Of GFF3: symbols by the ids of features, and accessions of transcripts by theirs.
    symbols: BTreeMap<String, String>,
    accessions: BTreeMap<String, String>,
    header: Option<Vec<String>>,
}

impl Reading {
    fn of(assembly: Assembly) -> Self {
        Self {
            assembly,
            table: GeneTable::default(),
            drafts: BTreeMap::new(),
            symbols: BTreeMap::new(),
            accessions: BTreeMap::new(),
            header: None,
        }
    }

    /// Checks the assembly that a GFF3 or GTF says it is of; one that is not known contradicts nothing.
    fn check_build(&self, name: &str) -> Result<(), String> {
        match name.parse::<Assembly>() {
            Ok(other) if other != self.assembly => {
                Err(format!("the genes are of {other} (`#!genome-build {name}`), not of {}", self.assembly))
            }
            _ => Ok(()),
        }
    }

    fn take(&mut self, line: &str) -> Result<(), String> {
        if let Some(build) = line.strip_prefix("#!genome-build ") {
            return self.check_build(build.trim());
        }
        if line.is_empty() || line.starts_with('#') {
            return Ok(());
        }
        let columns: Vec<&str> = line.split('\t').collect();
        if let Some(header) = self.header.clone() {
            return self.take_named(&header, &columns);
        }
        if columns.contains(&"gene_symbol") {
            self.header = Some(columns.iter().map(|column| (*column).to_owned()).collect());
            return Ok(());
        }
        match columns.as_slice() {
            [contig, _, feature, start, end, _, strand, _, attributes] => {
                let place = self.one_based(contig, start, end)?;
                self.take_feature(feature, place, *strand == "-", attributes)
            }
            [transcript, contig, start, end, symbol] => {
                let place = self.interbase(contig, start, end)?;
                self.add_alias(transcript, symbol);
                self.add_gene(symbol, place);
                Ok(())
            }
            _ => self.take_prediction(&columns),
        }
    }

    /// UCSC's refGene (with a bin in front) and genePred.
    fn take_prediction(&mut self, columns: &[&str]) -> Result<(), String> {
        let unbinned = match columns {
            [_, rest @ ..] if rest.get(2).is_some_and(|strand| ["+", "-"].contains(strand)) => rest,
            all => all,
        };
        let &[name, contig, strand, start, end, coding_start, coding_end, _, starts, ends, ref rest @ ..] =
            unbinned
        else {
            return Err(format!("{} columns are those of no format of genes", columns.len()));
        };
        let symbol = match rest {
            [_, symbol, ..] => symbol,
            _ => name,
        };
        let place = self.interbase(contig, start, end)?;
        let coding = self.interbase(contig, coding_start, coding_end)?;
        let list = |text: &str| -> Result<Vec<u32>, String> {
            text.split(',').filter(|n| !n.is_empty()).map(number).collect()
        };
        let (starts, ends) = (list(starts)?, list(ends)?);
        if starts.len() != ends.len() || starts.is_empty() {
            return Err("the lists of exons have different lengths".into());
        }
        if starts.iter().zip(&ends).any(|(start, end)| start >= end) {
            return Err("an exon ends where it begins, or before".into());
        }
        let transcript = Transcript {
            gene: symbol.to_owned(),
            contig: place.0.clone(),
            reverse: strand == "-",
            exons: starts.into_iter().zip(ends).collect(),
            coding: (coding.1 < coding.2).then_some((coding.1, coding.2)),
        };
        self.add_gene(symbol, place);
        self.add_transcript(name, transcript);
        Ok(())
    }

    fn take_named(&mut self, header: &[String], columns: &[&str]) -> Result<(), String> {
        let column = |name: &str| {
            let position = header.iter().position(|column| column == name);
            let value = position.and_then(|position| columns.get(position)).copied();
            value.ok_or_else(|| format!("the column `{name}` is missing"))
        };
        let symbol = column("gene_symbol")?;
        let place = self.interbase(column("chrom")?, column("start")?, column("end")?)?;
        if let Ok(id) = column("gene_id") {
            self.add_alias(id, symbol);
        }
        self.add_gene(symbol, place);
        Ok(())
    }

    /// A line of GFF3 or GTF.
    fn take_feature(
        &mut self,
        feature: &str,
        place: (Contig, u32, u32),
        reverse: bool,
        attributes: &str,
    ) -> Result<(), String> {
        let attributes = Attributes::read(attributes);
        if feature.ends_with("gene") {
            self.take_gene(&attributes, place);
            return Ok(());
        }
        let Some(id) = self.transcript_of(feature, &attributes) else { return Ok(()) };
        let inherited = attributes.parent().and_then(|parent| self.symbols.get(&parent).cloned());
        let draft = self.drafts.entry(id).or_default();
        if let Some(symbol) = attributes.symbol().or(inherited) {
            draft.gene = symbol;
        }
        let (contig, start, end) = place;
        match feature {
            "exon" => draft.exons.push((start, end)),
            "CDS" | "stop_codon" => {
                let (from, to) = draft.coding.unwrap_or((start, end));
                draft.coding = Some((from.min(start), to.max(end)));
            }
            _ => {}
        }
        (draft.contig, draft.reverse) = (Some(contig), reverse);
        Ok(())
    }

    fn take_gene(&mut self, attributes: &Attributes, place: (Contig, u32, u32)) {
        let Some(symbol) = attributes.symbol().or_else(|| attributes.get("Name")) else { return };
        for id in ["gene_id", "ID", "HGNC"].into_iter().filter_map(|name| attributes.get(name)) {
            self.add_alias(id.trim_start_matches("gene:").trim_start_matches("gene-"), &symbol);
            self.symbols.insert(id, symbol.clone());
        }
        for reference in attributes.get("Dbxref").iter().flat_map(|list| list.split(',')) {
            // RefSeq writes `HGNC:HGNC:1097`.
            let id = reference.rsplit_once("HGNC:").map(|(_, id)| format!("HGNC:{id}"));
            self.add_alias(id.as_deref().unwrap_or(reference), &symbol);
        }
        self.add_gene(&symbol, place);
    }

    /// Returns the id of the transcript that a feature is, or is a part of.
    fn transcript_of(&mut self, feature: &str, attributes: &Attributes) -> Option<String> {
        let accession = attributes.get("transcript_id");
        if attributes.is_gtf() {
            return accession;
        }
        if ["exon", "CDS", "stop_codon"].contains(&feature) {
            return attributes.parent();
        }
        let (id, accession) = (attributes.get("ID")?, accession.or_else(|| attributes.get("Name"))?);
        let version = attributes.get("version").filter(|_| !accession.contains('.'));
        let accession = version.map_or(accession.clone(), |version| format!("{accession}.{version}"));
        self.accessions.insert(id.clone(), accession);
        Some(id)
    }

    fn add_alias(&mut self, id: &str, symbol: &str) {
        self.table.aliases.insert(unversioned(&id.to_ascii_uppercase()).to_owned(), symbol.to_owned());
    }

    /// Adds a place; those that overlap become one.
    fn add_gene(&mut self, symbol: &str, (contig, start, end): (Contig, u32, u32)) {
        let gene = self.table.genes.entry(symbol.to_ascii_uppercase()).or_default();
        gene.symbol = symbol.to_owned();
        match gene.places.iter_mut().find(|(c, s, e)| *c == contig && *s < end && start < *e) {
            Some((_, s, e)) => (*s, *e) = ((*s).min(start), (*e).max(end)),
            None => gene.places.push((contig, start, end)),
        }
    }

    /// Keeps a transcript. Of several places, that on a primary chromosome counts.
    fn add_transcript(&mut self, accession: &str, mut transcript: Transcript) {
        transcript.exons.sort_unstable();
        let better = |there: &Transcript| there.contig <= transcript.contig;
        if !self.table.transcripts.get(accession).is_some_and(better) {
            self.table.transcripts.insert(accession.to_owned(), transcript);
        }
    }

    fn finish(mut self) -> GeneTable {
        for (id, draft) in std::mem::take(&mut self.drafts) {
            let accession = self.accessions.get(&id).cloned().unwrap_or(id);
            let (Some(contig), false) = (draft.contig, draft.exons.is_empty()) else { continue };
            let (start, end) = draft.exons.iter().fold((u32::MAX, 0), |(s, e), x| (s.min(x.0), e.max(x.1)));
            if !draft.gene.is_empty() {
                self.add_gene(&draft.gene, (contig.clone(), start, end));
            }
            let (gene, reverse, exons, coding) = (draft.gene, draft.reverse, draft.exons, draft.coding);
            self.add_transcript(&accession, Transcript { gene, contig, reverse, exons, coding });
        }
        self.table
    }

    fn interbase(&self, contig: &str, start: &str, end: &str) -> Result<(Contig, u32, u32), String> {
        let contig = Contig::resolve(contig, self.assembly).map_err(|error| error.to_string())?;
        let (start, end) = (number(start)?, number(end)?);
        Interbase::new(start.into(), end.into()).map_err(|error| error.to_string())?;
        Ok((contig, start, end))
    }

    fn one_based(&self, contig: &str, start: &str, end: &str) -> Result<(Contig, u32, u32), String> {
        let (contig, start, end) = self.interbase(contig, start, end)?;
        let start = start.checked_sub(1).ok_or("the first base of a sequence is number 1")?;
        Ok((contig, start, end))
    }
}

fn number(text: &str) -> Result<u32, String> {
    text.trim().parse().map_err(|_| format!("`{text}` is not a coordinate"))
}

/// The last column of GFF3 (`key=value;…`) and GTF (`key "value"; …`).
struct Attributes(BTreeMap<String, String>);

impl Attributes {
    fn read(text: &str) -> Self {
        let pair = |field: &str| {
            let (key, value) = field.trim().split_once(['=', ' '])?;
            Some((key.to_owned(), value.trim().trim_matches('"').to_owned()))
        };
        Self(text.split(';').filter_map(pair).collect())
    }

    fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }

    fn is_gtf(&self) -> bool {
        self.0.contains_key("gene_id") && !self.0.contains_key("ID") && !self.0.contains_key("Parent")
    }

    fn symbol(&self) -> Option<String> {
        let symbol = self.get("gene_name").or_else(|| self.get("gene"));
        symbol.or_else(|| self.get("gene_id").filter(|_| self.is_gtf()))
    }

    fn parent(&self) -> Option<String> {
        self.0.get("Parent").and_then(|parents| parents.split(',').next().map(str::to_owned))
    }
}
