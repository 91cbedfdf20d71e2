//! The transcript that a description names: by its accession, on a genomic sequence, or by its gene.

use fyr_schemas::{Assembly, Contig, InvalidContig};
use gtars_vrs::hgvs::{HgvsVariant, ReferenceType};

use super::invalid;
use crate::{GeneTable, Genome, LocateError, Transcript};

/// Transcripts that a refusal lists.
const LISTED: usize = 10;

/// The transcript that is meant.
pub(super) struct Named<'g> {
    pub(super) accession: &'g str,
    pub(super) transcript: &'g Transcript,
    /// What the client should know of how it was chosen.
    pub(super) warning: Option<String>,
}

/// Finds the transcript of a description.
///
/// # Errors
///
/// One that is not known, or lies elsewhere than the description says; a gene with several.
pub(super) fn find<'g>(
    genome: &'g Genome,
    assembly: Assembly,
    parsed: &HgvsVariant<'_>,
) -> Result<Named<'g>, LocateError> {
    let genes = &genome.genes;
    if genes.is_empty() {
        return Err(LocateError::NeedsGenes);
    }
    if let (Some(contig), Some(accession)) = (context(parsed.accession, assembly)?, parsed.gene) {
        let named = by_accession(genes, accession)?;
        if named.transcript.contig != contig {
            let there = &named.transcript.contig;
            return Err(invalid(&format!("`{accession}` lies on {there}, not on `{}`", parsed.accession)));
        }
        return Ok(named);
    }
    let is_coding = parsed.reference_type == ReferenceType::C;
    if genes.transcript(parsed.accession).is_none()
        && let Some(gene) = genes.gene(parsed.accession)
        && genes.versions(parsed.accession).is_empty()
    {
        return by_gene(genes, (parsed.accession, &gene.symbol), is_coding);
    }
    let named = by_accession(genes, parsed.accession)?;
    match parsed.gene.and_then(|symbol| Some((symbol, genes.gene(symbol)?))) {
        Some((symbol, gene)) if !gene.symbol.eq_ignore_ascii_case(&named.transcript.gene) => {
            Err(invalid(&format!(
                "`{}` is a transcript of {}, not of `{symbol}`",
                parsed.accession, named.transcript.gene
            )))
        }
        _ => Ok(named),
    }
}

/// The genomic sequence on which a transcript is named: `NC_000001.11(NM_…):c.…`.
fn context(accession: &str, assembly: Assembly) -> Result<Option<Contig>, LocateError> {
    match Contig::resolve(accession, assembly) {
        Ok(contig) => Ok(contig.facts(assembly).is_some().then_some(contig)),
        Err(error @ (InvalidContig::OtherAssembly { .. } | InvalidContig::UnknownVersion { .. })) => {
            Err(invalid(&error.to_string()))
        }
        Err(_) => Ok(None),
    }
}

fn by_accession<'g>(genes: &'g GeneTable, accession: &str) -> Result<Named<'g>, LocateError> {
    if let Some((accession, transcript)) = genes.transcript(accession) {
        return Ok(Named { accession, transcript, warning: None });
    }
    let versions = genes.versions(accession);
    Err(invalid(&match versions.is_empty() {
        true => format!("transcript `{accession}` is not in the table of genes"),
        false => format!(
            "transcript `{accession}` is not in the table of genes, which has {}",
            versions.join(", ")
        ),
    }))
}

/// The one transcript that a gene stands for: that of MANE Select, or the only one.
fn by_gene<'g>(
    genes: &'g GeneTable,
    (written, symbol): (&str, &'g str),
    is_coding: bool,
) -> Result<Named<'g>, LocateError> {
    let fits = |(_, transcript): &(&str, &Transcript)| !is_coding || transcript.coding.is_some();
    let all: Vec<_> = genes.transcripts_of(symbol).filter(fits).collect();
    let mane: Vec<_> = all.iter().filter(|(_, transcript)| transcript.mane_select).collect();
    let chosen = |(accession, transcript): (&'g str, &'g Transcript), because: &str| Named {
        accession,
        transcript,
        warning: Some(format!("`{written}` was read as {accession}, {because}")),
    };
    match (mane.as_slice(), all.as_slice()) {
        ([one], _) => Ok(chosen(**one, "the transcript of MANE Select")),
        ([], [one]) => Ok(chosen(*one, "its only transcript in the table of genes here")),
        (_, []) => Err(invalid(&format!("the table of genes has no transcript of `{written}` that fits"))),
        _ => Err(invalid(&format!("`{written}` has several transcripts: name one of {}", listed(&all)))),
    }
}

fn listed(all: &[(&str, &Transcript)]) -> String {
    let mut names: Vec<String> =
        all.iter().take(LISTED).map(|(accession, _)| (*accession).to_owned()).collect();
    if all.len() > LISTED {
        names.push(format!("and {} more", all.len() - LISTED));
    }
    names.join(", ")
}
