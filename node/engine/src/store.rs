//! The tables of a node and the list of segments that makes them visible.

use std::{path::Path, sync::Arc};

use fyr_schemas::Assembly;
use serde::{Deserialize, Serialize};

use crate::{EngineError, SegmentSpec, SegmentWriter};

/// Whether a dataset holds people or only frequencies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DatasetKind {
    /// Genotypes of individuals.
    Individual,
    /// Allele counts per population and sex.
    Frequency,
}

/// What an operator wants to know of a dataset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetSummary {
    /// Dataset id.
    pub id: String,
    /// Assembly of its coordinates.
    pub assembly: Assembly,
    /// What it holds.
    pub kind: DatasetKind,
    /// Distinct people; none for frequency data.
    pub individuals: Option<u64>,
    /// Rows over all segments.
    pub variants: u64,
    /// Number of segments.
    pub segments: u64,
    /// Bytes of its Parquet files.
    pub bytes: u64,
    /// Version of the segments table at which it last changed.
    pub version: u64,
}

/// A node's store, opened for writing.
#[derive(Debug)]
pub struct Store {
    path: Arc<Path>,
}

impl Store {
    /// Opens the store in a directory, creating it if need be.
    ///
    /// # Errors
    ///
    /// The directory cannot be used, or holds another format.
    pub async fn open(path: &Path) -> Result<Self, EngineError> {
        Ok(Self { path: path.into() })
    }

    /// Starts a segment; nothing is visible until it is finished.
    ///
    /// # Errors
    ///
    /// The store is being written to, a source was ingested before, or the dataset is of another kind.
    pub async fn begin(&self, spec: SegmentSpec) -> Result<SegmentWriter, EngineError> {
        let _ = (spec, &self.path);
        Err(EngineError::Corrupt("not built yet".into()))
    }

    /// Lists the datasets.
    ///
    /// # Errors
    ///
    /// The tables cannot be read.
    pub async fn datasets(&self) -> Result<Vec<DatasetSummary>, EngineError> {
        Err(EngineError::Corrupt("not built yet".into()))
    }

    /// Removes a dataset in one commit and then deletes its files.
    ///
    /// # Errors
    ///
    /// No such dataset, or the store is being written to.
    pub async fn remove(&self, dataset: &str) -> Result<(), EngineError> {
        Err(EngineError::UnknownDataset(dataset.to_owned()))
    }
}
