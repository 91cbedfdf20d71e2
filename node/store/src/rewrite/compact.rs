//! Merging the segments of a dataset: many small ones, such as of a patient a day, into one or few.
//!
//! Questions are told the same before and after. Rows of an allele are united as questions unite them; whoever is in a
//! segment that has no row of it is unlisted there. What was looked at stays with each ingest ([`crate::log::Ingest`]).
//!
//! The work is done without a claim, in a scratch directory: who wants to write need not wait for it. Whoever claims the
//! store meanwhile has that directory deleted, and nothing was changed. With a claim the files are put, and take the place of
//! the former ones in one commit, as those of a purge do; who dies in between leaves the store as it was or as it is to be.

use std::{collections::HashSet, io::ErrorKind, ops::ControlFlow, sync::Arc};

use roaring::RoaringBitmap;
use serde::Serialize;

use super::{
    alleles,
    grouping::{Mergeable, groups},
    purge::next_name,
};
use crate::{
    StoreError, blocking, clock,
    file::rows,
    log::{
        Catalog, Content, FileRecord, NewFiles, SegmentRecord, StorePlace, Table, Transaction,
        newest_version, segments_schema,
    },
    people::merge_individuals,
};

pub use super::grouping::Compaction;

/// What a compaction did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CompactSummary {
    /// Version of the store after it.
    pub version: u64,
    /// Segments that were merged.
    pub merged: u64,
    /// Segments that were made of them.
    pub made: u64,
    /// Segments of alleles that the dataset has now.
    pub segments: u64,
}

/// Segments that were merged, and are not in the store yet.
#[derive(Debug)]
pub struct Merged {
    place: StorePlace,
    files: NewFiles,
    made: Vec<SegmentRecord>,
    replaced: HashSet<String>,
}

/// Returns the datasets of which segments may have to be merged, by their number and size.
pub(crate) async fn due(place: &StorePlace, how: Compaction) -> Result<Vec<String>, StoreError> {
    let catalog = Catalog::load(place, &Catalog::default()).await?;
    let datasets = catalog.datasets().into_iter();
    let due = datasets.filter(|(_, segments)| {
        let segments: Vec<_> = segments.iter().map(|segment| Arc::clone(segment)).collect();
        !groups(Mergeable::all(&segments), how).is_empty()
    });
    Ok(due.map(|(dataset, _)| dataset.to_owned()).collect())
}

impl Merged {
    /// Merges segments of a dataset beside the store. `progress` is told how many rows are done, of how many, and
    /// may end it.
    pub(crate) async fn write(
        place: &StorePlace,
        dataset: &str,
        how: Compaction,
        progress: impl Fn(u64, u64) -> ControlFlow<()> + Send + 'static,
    ) -> Result<Self, StoreError> {
        // Whoever is writing is not disturbed.
        let transaction = Transaction::begin(place).await?;
        transaction.clean().await?;
        let catalog = transaction.catalog.clone();
        drop(transaction);
        let segments: Vec<_> = catalog.of_dataset(dataset).cloned().collect();
        if segments.is_empty() {
            return Err(StoreError::UnknownDataset(dataset.to_owned()));
        }
        let at = place.clone();
        let merging = move || Self::merge(at, &segments, how, &progress);
        match blocking("merging segments", merging).await? {
            Err(error) if newest_version(place, Table::Segments).await? != catalog.version => {
                Err(overtaken(error))
            }
            merged => merged,
        }
    }

    fn merge(
        place: StorePlace,
        segments: &[Arc<SegmentRecord>],
        how: Compaction,
        progress: &impl Fn(u64, u64) -> ControlFlow<()>,
    ) -> Result<Self, StoreError> {
        let mergeable = Mergeable::all(segments).map(|segment| segment.with_people(&place));
        let groups = groups(mergeable.collect::<Result<Vec<_>, _>>()?.into_iter(), how);
        let files = NewFiles::waiting(&place)?;
        let mut merged = Self { place, files, made: Vec::new(), replaced: HashSet::new() };
        let total = groups.iter().flatten().map(|segment| segment.record.variants).sum();
        let step = |done| match progress(done, total) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(StoreError::GivenUp),
        };
        let mut done = 0;
        for group in groups {
            let made = merged.merge_group(&group, &|rows| step(done + rows));
            // Somebody has claimed the store.
            made.map_err(|error| if merged.files.directory().exists() { error } else { overtaken(error) })?;
            done += group.iter().map(|segment| segment.record.variants).sum::<u64>();
        }
        Ok(merged)
    }

    fn merge_group(
        &mut self,
        group: &[Mergeable],
        step: &impl Fn(u64) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let Some(oldest) = group.first() else { return Ok(()) };
        let (name, first) = (next_name(&oldest.record.segment), self.files.records().len());
        let of = |people: fn(&Mergeable) -> &RoaringBitmap| -> Vec<(&SegmentRecord, &RoaringBitmap)> {
            group.iter().map(|segment| (segment.record.as_ref(), people(segment))).collect()
        };
        let people = of(|segment| &segment.people);
        let is_whole = alleles::merge(&self.place, &people, (&mut self.files, &name), step)?;
        if people.iter().any(|(record, _)| record.individuals > 0) {
            let assuming = of(|segment| &segment.assuming);
            merge_individuals(&mut self.files, &name, &self.place, &assuming)?;
        }
        let written = self.files.records().get(first..).unwrap_or_default();
        self.made.push(record(group, &oldest.record, (name, is_whole), written)?);
        self.replaced.extend(group.iter().map(|segment| segment.record.segment.clone()));
        Ok(())
    }

    /// Returns whether there is nothing to put.
    pub fn is_empty(&self) -> bool {
        self.made.is_empty()
    }

    /// Claims the store and puts the files; nothing of it is visible.
    ///
    /// # Errors
    ///
    /// The store is being written to, was written to since, which is [`StoreError::Overtaken`], or cannot be written.
    pub async fn put(mut self) -> Result<CompactTransaction, StoreError> {
        let transaction = Transaction::begin_for(&self.place, &self.files).await?;
        let is_there = |segment: &String| transaction.catalog.lists(segment);
        if !self.files.directory().exists() || !self.replaced.iter().all(is_there) {
            return Err(StoreError::Overtaken);
        }
        transaction.clean().await?;
        let (claim, version) = (transaction.claim(), transaction.next_version());
        let merged = self.replaced.len() as u64;
        let dataset = self.made.first().map(|record| record.dataset.clone()).unwrap_or_default();
        let putting = move || {
            self.files.put_all()?;
            for mut record in std::mem::take(&mut self.made) {
                record.version = version;
                let file = self.files.create(FileRecord::of_table(Table::Segments, &record.segment))?;
                self.files.close(rows::write(file, segments_schema(), std::slice::from_ref(&record))?, 1)?;
            }
            drop(claim);
            Ok::<_, StoreError>(self)
        };
        let Self { files, replaced, .. } = blocking("putting segments", putting).await??;
        let mut transaction = transaction;
        transaction.replace_segments(replaced);
        let summary = CompactSummary { merged, ..CompactSummary::default() };
        Ok(CompactTransaction { transaction, files, dataset, summary })
    }

    /// Ends as a process does that is killed.
    pub fn abandon(self) {
        std::mem::forget(self);
    }
}

/// Merged segments that take the place of the former. Its steps are called in the order in which they stand here;
/// [`crate::Store::compact`] calls all.
#[derive(Debug)]
pub struct CompactTransaction {
    transaction: Transaction,
    files: NewFiles,
    dataset: String,
    summary: CompactSummary,
}

impl CompactTransaction {
    /// Lists the new files in their tables; their segments stay invisible.
    ///
    /// # Errors
    ///
    /// The store cannot be written.
    pub async fn list(&mut self) -> Result<(), StoreError> {
        self.transaction.list(self.files.records()).await
    }

    /// Puts the new segments into the place of the former.
    ///
    /// # Errors
    ///
    /// The store cannot be written.
    pub async fn commit(&mut self) -> Result<(), StoreError> {
        let is_segment = |file: &&FileRecord| file.table == Table::Segments;
        let segments: Vec<_> = self.files.records().iter().filter(is_segment).cloned().collect();
        // A commit that fails may have come about. What it does not list, the next writer deletes.
        self.files.keep();
        self.summary.version = self.transaction.commit(&segments).await?;
        self.summary.made = segments.len() as u64;
        self.summary.segments = segments_of(&self.transaction.catalog, &self.dataset);
        Ok(())
    }

    /// Deletes the former files. Who reads them has them mapped and goes on.
    ///
    /// # Errors
    ///
    /// The store cannot be written.
    pub async fn clean(&self) -> Result<(), StoreError> {
        self.transaction.clean().await
    }

    /// Returns what was done so far.
    pub fn summary(&self) -> CompactSummary {
        self.summary
    }

    /// Ends as a process does that is killed: what was written stays where it is, for the next writer to clear.
    pub fn abandon(mut self) {
        self.files.keep();
    }
}

/// Describes a dataset in which nothing is to be merged.
pub(crate) async fn nothing_done(place: &StorePlace, dataset: &str) -> Result<CompactSummary, StoreError> {
    let catalog = Catalog::load(place, &Catalog::default()).await?;
    let (version, segments) = (catalog.version.unwrap_or_default(), segments_of(&catalog, dataset));
    Ok(CompactSummary { version, segments, ..CompactSummary::default() })
}

fn segments_of(catalog: &Catalog, dataset: &str) -> u64 {
    catalog.of_dataset(dataset).filter(|segment| segment.content == Content::Variants).count() as u64
}

fn overtaken(error: StoreError) -> StoreError {
    match error {
        StoreError::Io { source, .. } if source.kind() == ErrorKind::NotFound => StoreError::Overtaken,
        other => other,
    }
}

/// Describes a merged segment; the version is not known yet.
fn record(
    group: &[Mergeable],
    oldest: &SegmentRecord,
    (segment, is_whole): (String, bool),
    files: &[FileRecord],
) -> Result<SegmentRecord, StoreError> {
    let is_of_alleles = |file: &&FileRecord| file.table == Table::of_kind(oldest.kind);
    let mut ingests: Vec<_> = group.iter().flat_map(|segment| segment.record.consists_of()).collect();
    ingests.sort_by(|a, b| a.segment.cmp(&b.segment));
    let people = group.iter().fold(RoaringBitmap::new(), |all, segment| all | &segment.people);
    Ok(SegmentRecord {
        segment,
        dataset: oldest.dataset.clone(),
        assembly: oldest.assembly,
        kind: oldest.kind,
        content: Content::Variants,
        normalised: oldest.normalised,
        annotated: oldest.annotated,
        whole: Some(is_whole && group.iter().all(|segment| segment.record.is_whole())),
        callable: None,
        ingests,
        publication: None,
        created: clock::now()?,
        version: 0,
        individuals: people.len(),
        variants: files.iter().filter(is_of_alleles).map(|file| file.rows).sum(),
        bytes: files.iter().map(|file| file.bytes).sum(),
        sources: group.iter().flat_map(|segment| segment.record.sources.iter().cloned()).collect(),
        files: files.to_vec(),
    })
}
