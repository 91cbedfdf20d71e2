//! The tables of a node and the list of segments that makes them visible.

pub(crate) mod catalog;
pub(crate) mod clean;
pub(crate) mod entries;
mod ids;
pub(crate) mod layout;
mod lock;
pub(crate) mod log;
pub(crate) mod numbered;
pub(crate) mod people;
pub(crate) mod persons;
pub(crate) mod purge;
pub(crate) mod redact;
pub(crate) mod rows;

use std::{
    collections::{BTreeMap, HashSet},
    path::Path,
    sync::Arc,
};

use fyr_schemas::{Assembly, EntryType};
use serde::{Deserialize, Serialize};

use crate::{EngineError, SegmentSpec, SegmentWriter, SourceFile, segment::write::NewFiles};
use catalog::{Catalog, Content, SegmentRecord};
use layout::{FileRecord, Table, segment_of};
use lock::StoreLock;
use log::TableLog;
use persons::Persons;

/// Where a node that serves a store before its first ingest has begun its log.
const AUDIT: &str = "audit";

/// Where a node has begun to remember what people said.
const STATE: &str = "state";

/// Memory that an ingest takes for sorting unless told otherwise.
const SORT_MEMORY: usize = 256 << 20;

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
    /// Whether all its alleles are left-aligned by a reference sequence.
    pub normalised: bool,
    /// Whether an annotation says of all its alleles what they do.
    pub annotated: bool,
    /// Distinct people; none for frequency data.
    pub individuals: Option<u64>,
    /// Rows over all segments.
    pub variants: u64,
    /// Entries of the Beacon model that were loaded, by type.
    pub entries: BTreeMap<EntryType, u64>,
    /// Number of segments.
    pub segments: u64,
    /// Bytes of its Parquet files.
    pub bytes: u64,
    /// Version of the segments table at which it last changed.
    pub version: u64,
}

impl DatasetKind {
    /// Returns the word for messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Individual => "genotypes",
            Self::Frequency => "frequencies",
        }
    }
}

/// A node's store, opened for writing.
#[derive(Debug)]
pub struct Store {
    pub(crate) path: Arc<Path>,
    sort_memory: usize,
}

impl Store {
    /// Opens the store in a directory, creating it if need be.
    ///
    /// # Errors
    ///
    /// The directory cannot be used, or holds another format.
    pub async fn open(path: &Path) -> Result<Self, EngineError> {
        let context = || format!("opening the store `{}`", path.display());
        std::fs::create_dir_all(path).map_err(EngineError::io(context()))?;
        let path: Arc<Path> = std::fs::canonicalize(path).map_err(EngineError::io(context()))?.into();
        if TableLog::exists(&path, Table::Segments) {
            TableLog::open(&path, Table::Segments).await?;
        } else {
            create(&path).await?;
        }
        Ok(Self { path, sort_memory: SORT_MEMORY })
    }

    /// Sets how many bytes an ingest may take for sorting; beyond that it spills to disk.
    #[must_use]
    pub fn with_sort_memory(self, bytes: usize) -> Self {
        Self { sort_memory: bytes, ..self }
    }

    /// Starts a segment; nothing is visible until it is finished.
    ///
    /// A person whom the dataset has already keeps the number that its bitmaps know.
    ///
    /// # Errors
    ///
    /// The store is being written to, a source was ingested before, or the dataset is of another kind.
    pub async fn begin(&self, spec: SegmentSpec) -> Result<SegmentWriter, EngineError> {
        let mut transaction = Transaction::begin(&self.path).await?;
        if spec.replace {
            transaction.replace(&spec.dataset, Some(Content::Variants));
        }
        transaction.check_kind(&spec.dataset, spec.kind, spec.assembly)?;
        transaction.check_sources(&spec.dataset, &spec.sources)?;
        clean::clean(&self.path, &transaction.catalog).await?;
        SegmentWriter::new(transaction, spec, self.sort_memory)
    }

    /// Lists the datasets.
    ///
    /// # Errors
    ///
    /// The tables cannot be read.
    pub async fn datasets(&self) -> Result<Vec<DatasetSummary>, EngineError> {
        let catalog = Catalog::load(&self.path, &Catalog::default()).await?;
        let mut summaries = Vec::new();
        for segments in catalog.datasets().into_values() {
            let variants = segments.iter().filter(|segment| segment.content == Content::Variants);
            let people = people::read(&self.path, variants.map(|segment| segment.as_ref()))?;
            let distinct: HashSet<u32> = people.iter().map(|person| person.index).collect();
            let entries = entries::read(&self.path, segments.iter().map(|segment| segment.as_ref()))?;
            let entries = entries::count(&entries);
            summaries.extend(catalog::summarise(&segments, distinct.len() as u64, entries));
        }
        Ok(summaries)
    }

    /// Returns all ids under which a person is known in a dataset, of themselves, their samples and their
    /// biosamples; the given one first. Of somebody unknown, and in a dataset that is not there, that is all.
    ///
    /// # Errors
    ///
    /// The tables cannot be read.
    pub async fn aliases(&self, dataset: &str, person: &str) -> Result<Vec<String>, EngineError> {
        let catalog = Catalog::load(&self.path, &Catalog::default()).await?;
        let segments: Vec<_> = catalog.of_dataset(dataset).cloned().collect();
        let (root, person) = (Arc::clone(&self.path), person.to_owned());
        let reading = tokio::task::spawn_blocking(move || {
            let segments = || segments.iter().map(AsRef::as_ref);
            let persons = Persons::new(&people::read(&root, segments())?, &entries::read(&root, segments())?);
            Ok(persons.aliases(&person))
        });
        reading.await.map_err(|error| EngineError::Corrupt(format!("reading people: {error}")))?
    }

    /// Removes a dataset in one commit and then deletes its files.
    ///
    /// # Errors
    ///
    /// No such dataset, or the store is being written to.
    pub async fn remove(&self, dataset: &str) -> Result<(), EngineError> {
        let mut transaction = Transaction::begin(&self.path).await?;
        transaction.replace(dataset, None);
        if transaction.replaced.is_empty() {
            return Err(EngineError::UnknownDataset(dataset.to_owned()));
        }
        transaction.commit(&[]).await?;
        transaction.clean().await
    }
}

/// Creates the tables of a new store.
async fn create(root: &Path) -> Result<(), EngineError> {
    let lock = StoreLock::take(root)?;
    if !is_unused(root)? {
        return Err(EngineError::NotAStore(root.display().to_string()));
    }
    for table in Table::ALL {
        if !TableLog::exists(root, table) {
            TableLog::create(root, table).await?;
        }
    }
    layout::sync_directory(root)?;
    drop(lock);
    Ok(())
}

/// Returns whether a directory has nothing in it but what an interrupted creation left.
fn is_unused(root: &Path) -> Result<bool, EngineError> {
    let entries = std::fs::read_dir(root).map_err(EngineError::io("looking into the store"))?;
    let is_ours = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.map(|entry| entry.path()).unwrap_or_default();
        path == layout::lock(root)
            || path == layout::staging(root)
            || path == root.join(AUDIT)
            || path == root.join(STATE)
            || Table::ALL.iter().any(|table| path == table.path(root))
    };
    Ok(entries.into_iter().all(is_ours))
}

/// The right to change the store, and the state that is being changed.
#[derive(Debug)]
pub(crate) struct Transaction {
    pub(crate) root: Arc<Path>,
    pub(crate) catalog: Catalog,
    log: TableLog,
    replaced: HashSet<String>,
    lock: Arc<StoreLock>,
}

impl Transaction {
    pub(crate) async fn begin(root: &Arc<Path>) -> Result<Self, EngineError> {
        let lock = Arc::new(StoreLock::take(root)?);
        let log = TableLog::open(root, Table::Segments).await?;
        let catalog = Catalog::of(&log, root, &Catalog::default())?;
        Ok(Self { root: Arc::clone(root), catalog, log, replaced: HashSet::new(), lock })
    }

    /// Returns the lock, for work that goes on when the transaction is dropped.
    pub(crate) fn lock(&self) -> Arc<StoreLock> {
        Arc::clone(&self.lock)
    }

    /// Returns the version that the next commit makes.
    pub(crate) fn next_version(&self) -> u64 {
        self.log.version() + 1
    }

    /// Returns the segments that stay, of one dataset.
    pub(crate) fn kept<'a>(&'a self, dataset: &'a str) -> impl Iterator<Item = &'a SegmentRecord> {
        self.catalog
            .of_dataset(dataset)
            .filter(|segment| !self.replaced.contains(&segment.segment))
            .map(|segment| segment.as_ref())
    }

    /// Leaves out the segments of a dataset with some content, or all of them.
    pub(crate) fn replace(&mut self, dataset: &str, content: Option<Content>) {
        let segments = self.catalog.of_dataset(dataset);
        let replaced = segments.filter(|segment| content.is_none_or(|content| segment.content == content));
        self.replaced = replaced.map(|segment| segment.segment.clone()).collect();
    }

    /// Refuses to mix kinds or assemblies with what the dataset keeps.
    pub(crate) fn check_kind(
        &self,
        dataset: &str,
        kind: DatasetKind,
        assembly: Assembly,
    ) -> Result<(), EngineError> {
        let other = self.kept(dataset).find(|segment| (segment.kind, segment.assembly) != (kind, assembly));
        other.map_or(Ok(()), |segment| {
            Err(EngineError::Conflict {
                dataset: dataset.to_owned(),
                found: format!("{} on {}", segment.kind.name(), segment.assembly),
                asked: format!("{} on {assembly}", kind.name()),
            })
        })
    }

    /// Refuses files that the dataset has already.
    pub(crate) fn check_sources(&self, dataset: &str, sources: &[SourceFile]) -> Result<(), EngineError> {
        for segment in self.kept(dataset) {
            let known = |blake3: &str| segment.sources.iter().any(|source| source.blake3 == blake3);
            if let Some(source) = sources.iter().find(|source| known(&source.blake3)) {
                return Err(EngineError::AlreadyIngested {
                    file: source.name.clone(),
                    dataset: dataset.to_owned(),
                    since: segment.created.clone(),
                });
            }
        }
        Ok(())
    }

    /// Lists the data files of a segment in their tables; they stay invisible.
    pub(crate) async fn list(&self, files: &[FileRecord]) -> Result<(), EngineError> {
        for table in Table::DATA {
            let added: Vec<_> = files.iter().filter(|file| file.table == table).cloned().collect();
            if !added.is_empty() {
                TableLog::open(&self.root, table).await?.commit(&self.root, &added, |_| false).await?;
            }
        }
        Ok(())
    }

    /// Makes segments visible, by their files in `segments`, and those that they replace invisible.
    pub(crate) async fn commit(&mut self, files: &[FileRecord]) -> Result<u64, EngineError> {
        let replaced = std::mem::take(&mut self.replaced);
        let is_replaced = |path: &str| segment_of(path).is_some_and(|id| replaced.contains(id));
        let version = self.log.commit(&self.root, files, is_replaced).await;
        let next = Catalog::load(&self.root, &self.catalog).await?;
        // The commit may have come about although something after it failed.
        let is_listed = |file: &FileRecord| segment_of(&file.path).is_some_and(|id| next.lists(id));
        let committed = files.iter().all(is_listed) && !replaced.iter().any(|id| next.lists(id));
        self.catalog = next;
        if committed { Ok(self.catalog.version.unwrap_or_default()) } else { version }
    }

    /// Lists the files of a segment, the last of which is its row of `segments`, and makes it visible.
    pub(crate) async fn publish(&mut self, files: &mut NewFiles, replaces: bool) -> Result<u64, EngineError> {
        let (segment_file, data_files) = match files.records().split_last() {
            Some((last, others)) => (last.clone(), others.to_vec()),
            None => return Err(EngineError::Corrupt("no file was written".into())),
        };
        if let Err(error) = self.list(&data_files).await {
            files.delete();
            self.clean_or_warn().await;
            return Err(error);
        }
        // A commit that fails may have come about. What it does not list, the next writer deletes.
        files.keep();
        let version = self.commit(&[segment_file]).await?;
        if replaces {
            self.clean_or_warn().await;
        }
        Ok(version)
    }

    /// Deletes what is not listed any more. No outcome depends on it, and the next writer does it too.
    async fn clean_or_warn(&self) {
        if let Err(error) = self.clean().await {
            tracing::warn!(%error, "files are left behind");
        }
    }

    /// Deletes what is not listed any more.
    pub(crate) async fn clean(&self) -> Result<(), EngineError> {
        clean::clean(&self.root, &self.catalog).await
    }
}
