//! Counting: from a permit and a question to sealed tallies.
//!
//! An exact question is a [`lookup`] of one page a segment; a [`range`] is a DataFusion plan. Both end
//! in [`count`], which unites what the segments say of one allele.

mod alleles;
mod assumed;
pub(crate) mod census;
mod consented;
pub(crate) mod count;
pub(crate) mod dataset;
pub(crate) mod entries;
mod entry_index;
mod groups;
mod included;
mod leaf;
mod looked_at;
mod lookup;
mod named;
mod page_scan;
mod range;
mod reference;
mod session;
mod sets;
mod snapshot;
pub(crate) mod view;
mod waiting;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use futures::stream::BoxStream;
use fyr_ontology::Ontologies;
use fyr_policy::{Consents, Undisclosed, VariantCount};
use fyr_store::{
    StoreError,
    log::{StorePlace, Table, newest_version},
};

use crate::EngineError;
pub use named::PersonNames;
pub use reference::check_reference;
use session::EngineSession;
pub use snapshot::Snapshot;
pub use view::{View, ViewVersion};
pub use waiting::Waiting;

/// Limits of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EngineOptions {
    /// Most bytes that running queries may hold together.
    pub memory_limit: usize,
}

/// Sealed tallies in order of the variants.
pub type CountStream = BoxStream<'static, Result<Undisclosed<VariantCount>, EngineError>>;

/// A node's store, opened for counting. Follows what is committed to the store.
#[derive(Debug)]
pub struct Engine {
    place: StorePlace,
    directory: Option<PathBuf>,
    snapshot: arc_swap::ArcSwap<Snapshot>,
    refreshing: tokio::sync::Mutex<()>,
    view: arc_swap::ArcSwapOption<View>,
    viewing: tokio::sync::Mutex<()>,
}

impl Engine {
    /// Opens the store in a directory, before whose path `file://` may stand. No other URL names a store.
    ///
    /// A directory that does not exist, or has no store yet, serves no datasets until it has.
    ///
    /// # Errors
    ///
    /// The store cannot be read, or has another format.
    pub async fn open(
        url: &str,
        options: EngineOptions,
        ontologies: Arc<Ontologies>,
    ) -> Result<Self, EngineError> {
        let path = StorePlace::directory_of(url);
        let path = path.ok_or_else(|| EngineError::UnsupportedStore(url.to_owned()))?;
        let root = std::path::absolute(path).map_err(StoreError::io("opening the store"))?;
        let engine = Self::open_at(StorePlace::directory(root.as_path()), options, ontologies).await?;
        Ok(Self { directory: Some(root), ..engine })
    }

    /// Opens the store that lies somewhere, if there is one.
    ///
    /// # Errors
    ///
    /// The store cannot be read, or has another format.
    pub async fn open_at(
        place: StorePlace,
        options: EngineOptions,
        ontologies: Arc<Ontologies>,
    ) -> Result<Self, EngineError> {
        let session = Arc::new(EngineSession::new(options, ontologies)?);
        let empty = Arc::new(Snapshot::empty(session));
        let snapshot = Snapshot::load(&place, &empty).await?;
        Ok(Self {
            place,
            directory: None,
            snapshot: arc_swap::ArcSwap::from_pointee(snapshot),
            refreshing: tokio::sync::Mutex::default(),
            view: arc_swap::ArcSwapOption::empty(),
            viewing: tokio::sync::Mutex::default(),
        })
    }

    /// Returns the directory of the store, if it lies in one.
    pub fn directory(&self) -> Option<&Path> {
        self.directory.as_deref()
    }

    /// Returns the committed state as those see it who may be counted, under what they said: what questions
    /// are put to. Hold it for one question only.
    ///
    /// Cheap, except for the first call after a change of either, which may take milliseconds.
    ///
    /// # Errors
    ///
    /// The view cannot be made.
    pub async fn view(&self, consents: &Arc<Consents>) -> Result<Arc<View>, EngineError> {
        let known =
            |snapshot: &Arc<Snapshot>| self.view.load_full().filter(|view| view.is_of(snapshot, consents));
        if let Some(view) = known(&self.snapshot()) {
            return Ok(view);
        }
        let _one_at_a_time = self.viewing.lock().await;
        let snapshot = self.snapshot();
        if let Some(view) = known(&snapshot) {
            return Ok(view);
        }
        let view = View::make(snapshot, Arc::clone(consents), self.view.load_full()).await?;
        self.view.store(Some(Arc::clone(&view)));
        Ok(view)
    }

    /// Returns the committed state with everyone in it, for operators. Cheap.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// Looks for a new version of the store and takes it over; returns whether there was one.
    ///
    /// Without one it costs the listing of a directory.
    ///
    /// # Errors
    ///
    /// The store cannot be read; the former snapshot stays.
    pub async fn refresh(&self) -> Result<bool, EngineError> {
        let _one_at_a_time = self.refreshing.lock().await;
        let former = self.snapshot();
        if newest_version(&self.place, Table::Segments).await? == former.version() {
            return Ok(false);
        }
        let next = Arc::new(Snapshot::load(&self.place, &former).await?);
        // Nobody who asks has to wait for this.
        let view = match self.view.load_full() {
            Some(view) => Some(view.on(Arc::clone(&next)).await?),
            None => None,
        };
        self.snapshot.store(next);
        self.view.store(view);
        Ok(true)
    }
}
