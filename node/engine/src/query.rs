//! Counting: from a permit and a question to sealed tallies.

use std::sync::Arc;

use futures::stream::BoxStream;
use fyr_policy::{DatasetPermit, Undisclosed, VariantTally};
use fyr_schemas::Query;

use crate::{DatasetSummary, EngineError};

/// Limits of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EngineOptions {
    /// Most bytes that running queries may hold together.
    pub memory_limit: usize,
}

/// Sealed tallies in order of the variants.
pub type TallyStream = BoxStream<'static, Result<Undisclosed<VariantTally>, EngineError>>;

/// A node's store, opened for counting. Follows what is committed to the store.
#[derive(Debug)]
pub struct Engine {
    snapshot: arc_swap::ArcSwap<Snapshot>,
}

impl Engine {
    /// Opens a store: a directory path, or later a URL of an object store.
    ///
    /// # Errors
    ///
    /// The store cannot be read, or has another format.
    pub async fn open(url: &str, options: EngineOptions) -> Result<Self, EngineError> {
        let _ = (url, options);
        Err(EngineError::Corrupt("not built yet".into()))
    }

    /// Returns the committed state that queries run on. Cheap; hold it for one question only.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// Looks for a new version of the store and takes it over; returns whether there was one.
    ///
    /// # Errors
    ///
    /// The store cannot be read; the former snapshot stays.
    pub async fn refresh(&self) -> Result<bool, EngineError> {
        Ok(false)
    }
}

/// One committed state of a store.
#[derive(Debug)]
pub struct Snapshot {
    datasets: Vec<DatasetSummary>,
}

impl Snapshot {
    /// Returns all datasets, sorted by id.
    pub fn datasets(&self) -> &[DatasetSummary] {
        &self.datasets
    }

    /// Returns one dataset.
    pub fn dataset(&self, id: &str) -> Option<&DatasetSummary> {
        self.datasets.iter().find(|dataset| dataset.id == id)
    }

    /// Counts the variants that a question is about in one permitted dataset.
    ///
    /// The stream is in order of the variants. An exact question yields at most one.
    ///
    /// # Errors
    ///
    /// The dataset is gone, has coordinates of another assembly, or cannot be read.
    pub async fn tallies(
        self: &Arc<Self>,
        permit: &DatasetPermit,
        query: &Query,
    ) -> Result<TallyStream, EngineError> {
        let _ = (permit, query);
        Err(EngineError::Corrupt("not built yet".into()))
    }
}
