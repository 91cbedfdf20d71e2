//! A change of the store on its way.

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

use fyr_schemas::Assembly;

use super::{
    catalog::{Catalog, Content, SegmentRecord, SourceFile, segments_schema},
    clean,
    layout::{FileRecord, Table, segment_of},
    new_files::NewFiles,
    place::StorePlace,
    table_log::TableLog,
};
use crate::{
    DatasetKind, StoreError,
    blobs::{BlobName, Claim},
};

/// The right to change the store, and the state that is being changed.
#[derive(Debug)]
pub(crate) struct Transaction {
    pub(crate) place: StorePlace,
    pub(crate) catalog: Catalog,
    log: TableLog,
    replaced: HashSet<String>,
    /// Files of segments that were replaced.
    removed: BTreeSet<BlobName>,
    claim: Arc<Claim>,
}

impl Transaction {
    pub(crate) async fn begin(place: &StorePlace) -> Result<Self, StoreError> {
        Self::under(place, place.blobs().claim().await?).await
    }

    /// Begins with files that were made before, and wait to be put.
    pub(crate) async fn begin_for(place: &StorePlace, files: &NewFiles) -> Result<Self, StoreError> {
        Self::under(place, place.blobs().claim_for(files.directory()).await?).await
    }

    async fn under(place: &StorePlace, claim: Claim) -> Result<Self, StoreError> {
        let claim = Arc::new(claim);
        let mut log = TableLog::open(place, Table::Segments).await?;
        log.raise(&segments_schema()).await?;
        let catalog = Catalog::of(&log, place, &Catalog::default())?;
        let (replaced, removed) = (HashSet::new(), BTreeSet::new());
        Ok(Self { place: place.clone(), catalog, log, replaced, removed, claim })
    }

    /// Returns the claim, for work that goes on when the transaction is dropped.
    pub(crate) fn claim(&self) -> Arc<Claim> {
        Arc::clone(&self.claim)
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

    /// Leaves out some segments.
    pub(crate) fn replace_segments(&mut self, segments: HashSet<String>) {
        self.replaced = segments;
    }

    /// Returns whether segments are left out.
    pub(crate) fn replaces_something(&self) -> bool {
        !self.replaced.is_empty()
    }

    /// Refuses to mix kinds or assemblies with what the dataset keeps.
    pub(crate) fn check_kind(
        &self,
        dataset: &str,
        kind: DatasetKind,
        assembly: Assembly,
    ) -> Result<(), StoreError> {
        let other = self.kept(dataset).find(|segment| (segment.kind, segment.assembly) != (kind, assembly));
        other.map_or(Ok(()), |segment| {
            Err(StoreError::Conflict {
                dataset: dataset.to_owned(),
                found: format!("{} on {}", segment.kind.name(), segment.assembly),
                asked: format!("{} on {assembly}", kind.name()),
            })
        })
    }

    /// Refuses to add to a published table: it is what was counted and decided, and nothing else.
    pub(crate) fn check_published(&self, dataset: &str) -> Result<(), StoreError> {
        let is_published = self.kept(dataset).any(|segment| segment.publication.is_some());
        let (is, remedy) = ("is a published table", "fyr-node publish --withdraw");
        if is_published {
            Err(StoreError::Published { dataset: dataset.to_owned(), is, remedy })
        } else {
            Ok(())
        }
    }

    /// Leaves out a published table, or all that is known under its id; refuses an id that something else has.
    pub(crate) fn replace_publication(
        &mut self,
        id: &str,
        content: Option<Content>,
    ) -> Result<(), StoreError> {
        let of_variants = |segment: &&SegmentRecord| segment.content == Content::Variants;
        if self.kept(id).filter(of_variants).any(|segment| segment.publication.is_none()) {
            let (is, remedy) = ("is no published table", "fyr-node remove");
            return Err(StoreError::Published { dataset: id.to_owned(), is, remedy });
        }
        self.replace(id, content);
        Ok(())
    }

    /// Refuses files that the dataset has already.
    pub(crate) fn check_sources(&self, dataset: &str, sources: &[SourceFile]) -> Result<(), StoreError> {
        for segment in self.kept(dataset) {
            let known = |blake3: &str| segment.sources.iter().any(|source| source.blake3 == blake3);
            if let Some(source) = sources.iter().find(|source| known(&source.blake3)) {
                return Err(StoreError::AlreadyIngested {
                    file: source.name.clone(),
                    dataset: dataset.to_owned(),
                    since: segment.since(&source.blake3).to_owned(),
                    again: "--replace",
                });
            }
        }
        Ok(())
    }

    /// Lists the data files of a segment in their tables; they stay invisible.
    pub(crate) async fn list(&self, files: &[FileRecord]) -> Result<(), StoreError> {
        for table in Table::DATA {
            let added: Vec<_> = files.iter().filter(|file| file.table == table).cloned().collect();
            if !added.is_empty() {
                TableLog::open(&self.place, table).await?.commit(&added, |_| false).await?;
            }
        }
        Ok(())
    }

    /// Makes segments visible, by their files in `segments`, and those that they replace invisible.
    pub(crate) async fn commit(&mut self, files: &[FileRecord]) -> Result<u64, StoreError> {
        let replaced = std::mem::take(&mut self.replaced);
        let removed = self.files_of(&replaced)?;
        let is_replaced = |path: &str| segment_of(path).is_some_and(|id| replaced.contains(id));
        let version = self.log.commit(files, is_replaced).await;
        let next = Catalog::load(&self.place, &self.catalog).await?;
        // The commit may have come about although something after it failed.
        let is_listed = |file: &FileRecord| segment_of(&file.path).is_some_and(|id| next.lists(id));
        let committed = files.iter().all(is_listed) && !replaced.iter().any(|id| next.lists(id));
        self.catalog = next;
        if committed {
            self.removed.extend(removed);
        }
        if committed { Ok(self.catalog.version.unwrap_or_default()) } else { version }
    }

    /// Lists the files of segments, their rows of `segments` among them, and makes these segments visible in one commit.
    pub(crate) async fn publish(&mut self, files: &mut NewFiles, replaces: bool) -> Result<u64, StoreError> {
        let is_segment = |file: &FileRecord| file.table == Table::Segments;
        let (segment_files, data_files): (Vec<_>, Vec<_>) =
            files.records().iter().cloned().partition(is_segment);
        if segment_files.is_empty() && !self.replaces_something() {
            return Err(StoreError::Corrupt("no file was written".into()));
        }
        if let Err(error) = self.list(&data_files).await {
            files.delete();
            self.clean_or_warn().await;
            return Err(error);
        }
        // A commit that fails may have come about. What it does not list, the next writer deletes.
        files.keep();
        let version = self.commit(&segment_files).await?;
        if replaces {
            self.clean_or_warn().await;
        }
        Ok(version)
    }

    /// Returns the names of all files of segments.
    fn files_of(&self, segments: &HashSet<String>) -> Result<Vec<BlobName>, StoreError> {
        let records = self.catalog.segments.iter().filter(|record| segments.contains(&record.segment));
        let paths = records.flat_map(|record| {
            let own = FileRecord::of_table(Table::Segments, &record.segment).path;
            record.files.iter().map(|file| file.path.clone()).chain([own])
        });
        paths.map(BlobName::new).collect()
    }

    /// Deletes what is not listed any more. No outcome depends on it, and the next writer does it too.
    async fn clean_or_warn(&self) {
        if let Err(error) = self.clean().await {
            tracing::warn!(%error, "files are left behind");
        }
    }

    /// Deletes what is not listed any more.
    pub(crate) async fn clean(&self) -> Result<(), StoreError> {
        clean::clean(&self.place, &self.catalog, &self.removed).await
    }
}
