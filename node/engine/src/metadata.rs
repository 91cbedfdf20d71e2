//! Writing what is known of people, samples, runs, analyses and cohorts.

use std::collections::BTreeMap;

use fyr_schemas::{Assembly, EntryType, model::Entry};

use crate::{EngineError, SourceFile, Store};

/// What a metadata segment is to be.
#[derive(Clone, Debug)]
pub struct MetadataSpec {
    /// Dataset id.
    pub dataset: String,
    /// Assembly of the dataset's coordinates; needed only where the dataset is new.
    pub assembly: Option<Assembly>,
    /// The files that the entries come from.
    pub sources: Vec<SourceFile>,
    /// Replaces the metadata that the dataset has; its variants stay.
    pub replace: bool,
}

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetadataSummary {
    /// Version of the store in which it is visible.
    pub version: u64,
    /// Entries by type.
    pub entries: BTreeMap<EntryType, u64>,
    /// People with genotypes and metadata.
    pub joined: u64,
    /// Ids of individuals with metadata that no sample of the dataset has, sorted.
    pub without_genotypes: Vec<String>,
    /// Sample ids of the dataset without metadata, sorted.
    pub without_metadata: Vec<String>,
}

/// A metadata segment that is being written; invisible until it is finished.
#[derive(Debug)]
pub struct MetadataWriter {}

impl Store {
    /// Starts a metadata segment; nothing is visible until it is finished.
    ///
    /// # Errors
    ///
    /// The store is being written to, a source was ingested before, or the dataset is new and has no
    /// assembly.
    pub async fn begin_metadata(&self, spec: MetadataSpec) -> Result<MetadataWriter, EngineError> {
        let _ = (self, spec);
        Err(EngineError::Unsupported("metadata".into()))
    }
}

impl MetadataWriter {
    /// Adds an entry. One that the dataset has already is replaced when the segment is finished.
    ///
    /// # Errors
    ///
    /// The segment has an entry of this type and id already, or cannot be written.
    pub fn push(&mut self, entry: Entry) -> Result<(), EngineError> {
        let _ = entry;
        Err(EngineError::Unsupported("metadata".into()))
    }

    /// Commits the segment.
    ///
    /// # Errors
    ///
    /// The store cannot be written.
    pub async fn finish(self) -> Result<MetadataSummary, EngineError> {
        Err(EngineError::Unsupported("metadata".into()))
    }
}
