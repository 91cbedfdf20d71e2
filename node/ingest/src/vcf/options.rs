//! What the caller of an ingest decides.

use std::{path::PathBuf, time::Duration};

use fyr_schemas::Assembly;
use fyr_store::Repeated;

use super::{CallRule, CallableStatement, IngestError};
use crate::Withdrawn;

/// How genotypes on X, Y and MT are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PloidyReading {
    /// By the individual's sex and the pseudo-autosomal regions: `1/1` of a male on X is one allele.
    #[default]
    BySex,
    /// As many copies as the genotype has alleles.
    AsWritten,
}

/// One ingest: where to, from what, and how to read it.
#[derive(Clone, Debug)]
pub struct IngestOptions {
    /// Directory of the store.
    pub store: PathBuf,
    /// What else may be in that directory before there is a store.
    pub beside: &'static [&'static str],
    /// Dataset id.
    pub dataset: String,
    /// Assembly of the coordinates.
    pub assembly: Assembly,
    /// VCF or BCF files.
    pub inputs: Vec<PathBuf>,
    /// FASTA file to check REF against and to left-align with. The store keeps its sequences.
    pub reference: Option<PathBuf>,
    /// Table of genes and transcripts, which the store keeps.
    pub genes: Option<PathBuf>,
    /// Sex, populations and family of the samples: panel TSV, PED or Beacon `individuals.json`.
    pub individuals: Option<PathBuf>,
    /// File with the sample ids to take, one a line.
    pub samples: Option<PathBuf>,
    /// Takes samples that `individuals` does not list, with unknown sex and no population.
    pub allow_unlisted: bool,
    /// How genotypes on X, Y and MT are read.
    pub ploidy: PloidyReading,
    /// Which genotypes are calls; the others read as `./.`.
    pub calls: CallRule,
    /// Samples whose sex is taken as stated, whatever X and Y say.
    pub accept_sex: Vec<String>,
    /// Replaces what the dataset holds.
    pub replace: bool,
    /// What becomes of what the dataset has already of the samples.
    pub repeated: Repeated,
    /// Where the files would have listed whatever their people carry; none where nobody states it.
    pub callable: Option<CallableStatement>,
    /// Whether the files are frequencies by which what is told of others is priced: nobody is told of them.
    pub as_reference: bool,
    /// TOML file that names the INFO fields of a frequency dataset.
    pub frequency_fields: Option<PathBuf>,
    /// How long to wait for somebody else who is writing to the store.
    pub wait: Duration,
    /// Whose samples are read as if their columns were not there.
    pub withdrawn: Withdrawn,
}

impl IngestOptions {
    /// Returns the options of an ingest that leaves everything else as usual.
    pub fn new(
        store: impl Into<PathBuf>,
        dataset: impl Into<String>,
        assembly: Assembly,
        inputs: Vec<PathBuf>,
    ) -> Self {
        Self {
            store: store.into(),
            beside: &[],
            dataset: dataset.into(),
            assembly,
            inputs,
            reference: None,
            genes: None,
            individuals: None,
            samples: None,
            allow_unlisted: false,
            ploidy: PloidyReading::default(),
            calls: CallRule::default(),
            accept_sex: Vec::new(),
            replace: false,
            repeated: Repeated::default(),
            callable: None,
            as_reference: false,
            frequency_fields: None,
            wait: Duration::ZERO,
            withdrawn: Withdrawn::default(),
        }
    }

    /// Checks what can be checked before a file is opened.
    pub(crate) fn validate(&self) -> Result<(), IngestError> {
        check_dataset_id(&self.dataset)?;
        if self.inputs.is_empty() {
            return Err(IngestError::Options("no input: name at least one VCF or BCF file".into()));
        }
        if self.callable.is_some() && self.ploidy == PloidyReading::AsWritten {
            let message = "--callable counts people of whom nothing is written, so their copies cannot be read as written: \
                           leave --ploidy out, and state sexes with --individuals";
            return Err(IngestError::Options(message.into()));
        }
        Ok(())
    }
}

/// Checks a dataset id.
///
/// # Errors
///
/// An empty id, one of more than 128 characters, and any character but letters, digits and `._:-`.
pub fn check_dataset_id(id: &str) -> Result<(), IngestError> {
    let legal = |c: char| c.is_ascii_alphanumeric() || "._:-".contains(c);
    if !id.is_empty() && id.len() <= 128 && id.chars().all(legal) {
        return Ok(());
    }
    Err(IngestError::Options(format!(
        "`{id}` is not a dataset id: use up to 128 letters, digits and the characters . _ : -"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dataset_ids_are_plain() {
        for (id, legal) in [("DS-1", true), ("a.b_c:1", true), ("", false), ("a b", false), ("å", false)] {
            assert_eq!(check_dataset_id(id).is_ok(), legal, "{id}");
        }
    }
}
