//! A table of genes that is being read, line by line.

use std::collections::BTreeMap;

use fyr_schemas::{Assembly, Contig, Interbase, Role};

use super::{
    GeneTable, Placement, Transcript,
    alignment::Match,
    attributes::Attributes,
    drafts::{Alignments, Draft, Key},
    prediction, unversioned,
};

/// A place, interbase.
type Place = (Contig, u32, u32);

/// A file that is being read.
pub(super) struct Reading {
    assembly: Assembly,
    table: GeneTable,
    drafts: BTreeMap<Key, Draft>,
    alignments: Alignments,
    /// Of GFF3: symbols by the ids of features.
    symbols: BTreeMap<String, String>,
    /// Accessions of transcripts by the ids that the file gives them.
    accessions: BTreeMap<String, String>,
    header: Option<Vec<String>>,
}

impl Reading {
    pub(super) fn of(assembly: Assembly) -> Self {
        Self {
            assembly,
            table: GeneTable::default(),
            drafts: BTreeMap::new(),
            alignments: BTreeMap::new(),
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

    /// Takes a line.
    pub(super) fn take(&mut self, line: &str) -> Result<(), String> {
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
                self.take_feature(feature, place, *strand == "-", &Attributes::read(attributes)?);
                Ok(())
            }
            [transcript, contig, start, end, symbol] => {
                let place = self.interbase(contig, start, end)?;
                self.add_alias(transcript, symbol);
                self.add_gene(symbol, place);
                Ok(())
            }
            _ => self.take_prediction(&prediction::Line::read(&columns)?),
        }
    }

    fn take_prediction(&mut self, line: &prediction::Line<'_>) -> Result<(), String> {
        let place = self.interbase(line.contig, line.span.0, line.span.1)?;
        let (_, from, to) = self.interbase(line.contig, line.coding.0, line.coding.1)?;
        let transcript = line.transcript(place.0.clone(), (from, to))?;
        self.add_gene(line.symbol, place);
        self.add_transcript(line.name, transcript);
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
    fn take_feature(&mut self, feature: &str, place: Place, reverse: bool, attributes: &Attributes) {
        if feature.ends_with("gene") {
            self.take_gene(attributes, place);
            return;
        }
        let (contig, start, end) = place;
        if feature == "cDNA_match" {
            if let Some(row) = Match::read((start, end), reverse, attributes) {
                let by_id = self.alignments.entry((row.accession.clone(), contig, reverse)).or_default();
                by_id.entry(attributes.get("ID").unwrap_or_default()).or_default().push(row);
            }
            return;
        }
        let inherited = attributes.all("Parent").find_map(|parent| self.symbols.get(parent).cloned());
        let symbol = attributes.symbol().or(inherited);
        for id in self.transcripts_of(feature, attributes) {
            let draft = self.drafts.entry((id, contig.clone(), reverse)).or_default();
            if let Some(symbol) = &symbol {
                draft.gene.clone_from(symbol);
            }
            draft.take(feature, (start, end), attributes);
        }
    }

    fn take_gene(&mut self, attributes: &Attributes, place: Place) {
        let Some(symbol) = attributes.symbol().or_else(|| attributes.get("Name")) else { return };
        for id in ["gene_id", "ID", "HGNC"].into_iter().filter_map(|name| attributes.get(name)) {
            self.add_alias(id.trim_start_matches("gene:").trim_start_matches("gene-"), &symbol);
            self.symbols.insert(id, symbol.clone());
        }
        for reference in attributes.all("Dbxref") {
            // RefSeq writes `HGNC:HGNC:1097`.
            let id = reference.rsplit_once("HGNC:").map(|(_, id)| format!("HGNC:{id}"));
            self.add_alias(id.as_deref().unwrap_or(reference), &symbol);
        }
        self.add_gene(&symbol, place);
    }

    /// Returns the ids of the transcripts that a feature is, or is a part of.
    fn transcripts_of(&mut self, feature: &str, attributes: &Attributes) -> Vec<String> {
        let accession = attributes.get("transcript_id");
        let is_part = ["exon", "CDS", "stop_codon"].contains(&feature);
        if is_part && !attributes.is_gtf() {
            return attributes.all("Parent").map(str::to_owned).collect();
        }
        let (id, accession) = match accession {
            Some(accession) if attributes.is_gtf() => (Some(accession.clone()), Some(accession)),
            other => (attributes.get("ID"), other.or_else(|| attributes.get("Name"))),
        };
        let (Some(id), Some(accession)) = (id, accession) else { return Vec::new() };
        let version = attributes.get("version").or_else(|| attributes.get("transcript_version"));
        if let Some(version) = version.filter(|_| !accession.contains('.')) {
            self.accessions.insert(id.clone(), format!("{accession}.{version}"));
        } else if !attributes.is_gtf() {
            self.accessions.insert(id.clone(), accession);
        }
        vec![id]
    }

    fn add_alias(&mut self, id: &str, symbol: &str) {
        self.table.aliases.insert(unversioned(&id.to_ascii_uppercase()).to_owned(), symbol.to_owned());
    }

    /// Adds a place; those that overlap become one.
    fn add_gene(&mut self, symbol: &str, (contig, start, end): Place) {
        let gene = self.table.genes.entry(symbol.to_ascii_uppercase()).or_default();
        gene.symbol = symbol.to_owned();
        match gene.places.iter_mut().find(|(c, s, e)| *c == contig && *s < end && start < *e) {
            Some((_, s, e)) => (*s, *e) = ((*s).min(start), (*e).max(end)),
            None => gene.places.push((contig, start, end)),
        }
    }

    /// Keeps a transcript. Of several places that on a chromosome counts before others, and that on X before that on
    /// Y, which share regions; between any other two nobody can choose.
    fn add_transcript(&mut self, accession: &str, mut transcript: Transcript) {
        transcript.exons.sort_unstable();
        let Some(there) = self.table.transcripts.get_mut(accession) else {
            self.table.transcripts.insert(accession.to_owned(), transcript);
            return;
        };
        if *there == transcript {
            return;
        }
        let role = |contig: &Contig| contig.role(self.assembly);
        match (role(&there.contig), role(&transcript.contig)) {
            (Some(_), None) | (Some(Role::X), Some(Role::Y)) => {}
            (None, Some(_)) | (Some(Role::Y), Some(Role::X)) => *there = transcript,
            _ => {
                let (one, other) = (&there.contig, &transcript.contig);
                let reason = format!("the table of genes has it in several places, on {one} and {other}");
                there.placement = Placement::Unclear(reason);
            }
        }
    }

    pub(super) fn finish(mut self) -> GeneTable {
        for ((id, contig, reverse), draft) in std::mem::take(&mut self.drafts) {
            let accession = self.accessions.get(&id).cloned().unwrap_or(id);
            let Some((start, end)) = draft.span() else { continue };
            if !draft.gene.is_empty() {
                self.add_gene(&draft.gene, (contig.clone(), start, end));
            }
            let key = (accession, contig, reverse);
            let alignments = self.alignments.get(&key).into_iter().flat_map(BTreeMap::values);
            let alignments: Vec<&[Match]> = alignments.map(Vec::as_slice).collect();
            let transcript = draft.finish((key.1, reverse), &alignments);
            self.add_transcript(&key.0, transcript);
        }
        self.table
    }

    fn interbase(&self, name: &str, start: &str, end: &str) -> Result<Place, String> {
        let contig = Contig::resolve(name, self.assembly).map_err(|error| error.to_string())?;
        let (start, end) = (number(start)?, number(end)?);
        Interbase::new(start.into(), end.into()).map_err(|error| error.to_string())?;
        match contig.facts(self.assembly) {
            Some(facts) if facts.role != Role::Mitochondrion && end > facts.length => Err(format!(
                "base {end} lies behind the end of `{name}`, which has {} bases in {}: are the genes of another \
                 assembly?",
                facts.length, self.assembly
            )),
            _ => Ok((contig, start, end)),
        }
    }

    fn one_based(&self, contig: &str, start: &str, end: &str) -> Result<Place, String> {
        let (contig, start, end) = self.interbase(contig, start, end)?;
        let start = start.checked_sub(1).ok_or("the first base of a sequence is number 1")?;
        Ok((contig, start, end))
    }
}

fn number(text: &str) -> Result<u32, String> {
    text.trim().parse().map_err(|_| format!("`{text}` is not a coordinate"))
}
