//! A store, opened for writing: each of its methods is a function of one wing.

use std::{
    collections::{BTreeSet, HashSet},
    ops::ControlFlow,
    path::Path,
    sync::Arc,
};

use arrow::datatypes::SchemaRef;
use fyr_schemas::Assembly;

use crate::{
    DatasetKind, DatasetSummary, MetadataSpec, MetadataWriter, PublicationWriter, PurgeSummary,
    RemovedSamples, SegmentSpec, SegmentWriter, StoreError,
    backup::RESTORING,
    blobs::LocalBlobs,
    blocking,
    file::table_schema,
    log::{
        Catalog, Content, NewFiles, SegmentRecord, StorePlace, Table, TableLog, Transaction, newest_version,
        segments_schema, summarise,
    },
    people::{
        EntryKey, Everybody, IndividualRow, Leaving, Persons, count_entries, entry_schema, fact_schema,
        individuals_schema, read_entries, read_individuals,
    },
    rewrite::{self, CompactSummary, Compaction, Merged, PurgeTransaction, due, nothing_done},
};

/// Memory that an ingest takes for sorting unless told otherwise.
const SORT_MEMORY: usize = 256 << 20;

/// A node's store, opened for writing.
#[derive(Debug)]
pub struct Store {
    place: StorePlace,
    sort_memory: usize,
}

impl Store {
    /// Opens the store in a directory, creating it if need be.
    ///
    /// # Errors
    ///
    /// The directory cannot be used, or holds another format.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_beside(path, &[]).await
    }

    /// Opens the store in a directory, creating it if need be, in which things of some names may be already.
    ///
    /// # Errors
    ///
    /// The directory cannot be used, is half restored, has something else in it, or holds another format.
    pub async fn open_beside(path: &Path, others: &[&str]) -> Result<Self, StoreError> {
        let context = || format!("opening the store `{}`", path.display());
        std::fs::create_dir_all(path).map_err(StoreError::io(context()))?;
        let root = std::fs::canonicalize(path).map_err(StoreError::io(context()))?;
        if root.join(RESTORING).exists() {
            return Err(StoreError::Restoring(root.display().to_string()));
        }
        let directory = LocalBlobs::new(root.as_path());
        let is_ours = |name: &String| Table::ALL.iter().any(|table| table.directory() == name);
        let is_known = |name: &String| is_ours(name) || others.contains(&name.as_str());
        let place = StorePlace::new(directory.clone());
        if newest_version(&place, Table::Segments).await?.is_none()
            && !directory.top_names()?.iter().all(is_known)
        {
            return Err(StoreError::NotAStore(root.display().to_string()));
        }
        Self::open_at(place).await
    }

    /// Opens the store that lies somewhere, creating it if need be.
    ///
    /// # Errors
    ///
    /// The place cannot be used, or holds another format.
    pub async fn open_at(place: StorePlace) -> Result<Self, StoreError> {
        if newest_version(&place, Table::Segments).await?.is_some() {
            TableLog::open(&place, Table::Segments).await?;
        } else {
            create(&place).await?;
        }
        Ok(Self { place, sort_memory: SORT_MEMORY })
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
    /// The store is being written to, the dataset is of another kind, or it has a source already with somebody of its
    /// people.
    pub async fn begin(&self, spec: SegmentSpec) -> Result<SegmentWriter, StoreError> {
        let mut transaction = Transaction::begin(&self.place).await?;
        if spec.replace {
            transaction.replace(&spec.dataset, Some(Content::Variants));
        }
        transaction.check_published(&spec.dataset)?;
        transaction.check_kind(&spec.dataset, spec.kind, spec.assembly)?;
        transaction.clean().await?;
        SegmentWriter::new(transaction, spec, self.sort_memory, leave_out)
    }

    /// Starts a table that is published under an id; it takes the place of what was published under it before. Nothing is
    /// visible until it is finished. `annotated` says whether its alleles come with what they do.
    ///
    /// # Errors
    ///
    /// The store is being written to, or has something else under the id.
    pub async fn begin_publication(
        &self,
        id: &str,
        assembly: Assembly,
        annotated: bool,
    ) -> Result<PublicationWriter, StoreError> {
        let mut transaction = Transaction::begin(&self.place).await?;
        transaction.replace_publication(id, Some(Content::Variants))?;
        transaction.check_kind(id, DatasetKind::Frequency, assembly)?;
        transaction.clean().await?;
        PublicationWriter::new(transaction, id, (assembly, annotated), (self.sort_memory, leave_out))
    }

    /// Takes a published table back in one commit, and then deletes its files.
    ///
    /// # Errors
    ///
    /// There is none of this id, or the store is being written to.
    pub async fn remove_publication(&self, id: &str) -> Result<(), StoreError> {
        let mut transaction = Transaction::begin(&self.place).await?;
        transaction.replace_publication(id, None)?;
        if !transaction.replaces_something() {
            return Err(StoreError::UnknownDataset(id.to_owned()));
        }
        transaction.commit(&[]).await?;
        transaction.clean().await
    }

    /// Lists the datasets.
    ///
    /// # Errors
    ///
    /// The tables cannot be read.
    pub async fn datasets(&self) -> Result<Vec<DatasetSummary>, StoreError> {
        let catalog = Catalog::load(&self.place, &Catalog::default()).await?;
        let mut summaries = Vec::new();
        for segments in catalog.datasets().into_values() {
            let variants = segments.iter().filter(|segment| segment.content == Content::Variants);
            let people = read_individuals(&self.place, variants.map(|segment| segment.as_ref()))?;
            let distinct: HashSet<u32> = people.iter().map(|person| person.index).collect();
            let entries = read_entries(&self.place, segments.iter().map(|segment| segment.as_ref()))?;
            let entries = count_entries(&entries);
            summaries.extend(summarise(&segments, distinct.len() as u64, entries));
        }
        Ok(summaries)
    }

    /// Returns all ids under which a person is known in a dataset, of themselves, their samples and their
    /// biosamples; the given one first. Of somebody unknown, and in a dataset that is not there, that is all.
    ///
    /// # Errors
    ///
    /// The tables cannot be read.
    pub async fn aliases(&self, dataset: &str, person: &str) -> Result<Vec<String>, StoreError> {
        let person = person.to_owned();
        self.of_known(dataset, move |people, entries| Persons::new(people, entries).aliases(&person)).await
    }

    /// Returns every id under which people of a dataset are known: of themselves, their samples and their
    /// biosamples. None of a dataset that is not there.
    ///
    /// # Errors
    ///
    /// The tables cannot be read.
    pub async fn ids(&self, dataset: &str) -> Result<BTreeSet<String>, StoreError> {
        let ids = move |people: &[IndividualRow], entries: &[EntryKey]| {
            let entries = entries.iter().filter(|key| key.entry_type.names_a_person()).map(|key| &key.id);
            people.iter().map(|person| &person.id).chain(entries).map(|id| id.to_string()).collect()
        };
        self.of_known(dataset, ids).await
    }

    /// Returns who is who in all datasets, in one committed state.
    ///
    /// # Errors
    ///
    /// The tables cannot be read.
    pub async fn everybody(&self) -> Result<Everybody, StoreError> {
        let catalog = Catalog::load(&self.place, &Catalog::default()).await?;
        let place = self.place.clone();
        let reading = move || {
            let mut everybody = Everybody::default();
            for (dataset, segments) in catalog.datasets() {
                let segments = || segments.iter().map(|segment| segment.as_ref());
                let variants = segments().filter(|segment| segment.content == Content::Variants);
                let genotyped = read_individuals(&place, variants)?;
                let people = read_individuals(&place, segments())?;
                everybody.add(dataset, &genotyped, &people, &read_entries(&place, segments())?);
            }
            Ok(everybody)
        };
        blocking("reading people", reading).await?
    }

    /// Works something out from the people and the entries of a dataset.
    async fn of_known<T: Send + 'static>(
        &self,
        dataset: &str,
        work_out: impl FnOnce(&[IndividualRow], &[EntryKey]) -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        let catalog = Catalog::load(&self.place, &Catalog::default()).await?;
        let segments: Vec<Arc<SegmentRecord>> = catalog.of_dataset(dataset).cloned().collect();
        let place = self.place.clone();
        let reading = move || {
            let segments = || segments.iter().map(AsRef::as_ref);
            Ok(work_out(&read_individuals(&place, segments())?, &read_entries(&place, segments())?))
        };
        blocking("reading people", reading).await?
    }

    /// Removes a dataset in one commit and then deletes its files.
    ///
    /// # Errors
    ///
    /// No such dataset, or the store is being written to.
    pub async fn remove(&self, dataset: &str) -> Result<(), StoreError> {
        let mut transaction = Transaction::begin(&self.place).await?;
        transaction.replace(dataset, None);
        if !transaction.replaces_something() {
            return Err(StoreError::UnknownDataset(dataset.to_owned()));
        }
        transaction.commit(&[]).await?;
        transaction.clean().await
    }

    /// Takes the genotypes of samples out of a dataset in one commit, and then deletes the former files. Documents stay. An
    /// id names the sample that was loaded under it; where there is none, all samples of the person whom it names.
    ///
    /// # Errors
    ///
    /// No such dataset or sample; a sample of the same person was loaded with one of them; or the store is being written to.
    pub async fn remove_samples(
        &self,
        dataset: &str,
        samples: &[String],
    ) -> Result<RemovedSamples, StoreError> {
        rewrite::remove(Transaction::begin(&self.place).await?, dataset, samples).await
    }

    /// Starts a metadata segment; nothing is visible until it is finished.
    ///
    /// # Errors
    ///
    /// The store is being written to, a source was loaded before, or the dataset is new and has no
    /// assembly.
    pub async fn begin_metadata(&self, spec: MetadataSpec) -> Result<MetadataWriter, StoreError> {
        MetadataWriter::new(Transaction::begin(&self.place).await?, spec).await
    }

    /// Takes people out of a dataset for good, by any of their ids. Done twice, it finds nothing more.
    ///
    /// # Errors
    ///
    /// The store is being written to, or cannot be written.
    pub async fn purge(&self, dataset: &str, people: &[String]) -> Result<PurgeSummary, StoreError> {
        self.purge_with(dataset, people, |_, _| {}).await
    }

    /// Like [`Store::purge`]; `progress` is told how many rows are done, of how many.
    ///
    /// # Errors
    ///
    /// The store is being written to, or cannot be written.
    pub async fn purge_with(
        &self,
        dataset: &str,
        people: &[String],
        progress: impl Fn(u64, u64) + Send + 'static,
    ) -> Result<PurgeSummary, StoreError> {
        let mut purge = self.begin_purge().await?;
        purge.write(dataset, people, progress).await?;
        purge.list().await?;
        purge.commit().await?;
        purge.clean().await?;
        purge.forget().await?;
        Ok(purge.summary())
    }

    /// Starts a purge, whose steps the caller takes.
    ///
    /// # Errors
    ///
    /// The store is being written to.
    pub async fn begin_purge(&self) -> Result<PurgeTransaction, StoreError> {
        PurgeTransaction::new(Transaction::begin(&self.place).await?).await
    }

    /// Merges segments of a dataset. Questions are told the same before and after; done twice, it finds nothing more.
    ///
    /// Others may write until all is merged; then this fails, and nothing was changed.
    ///
    /// # Errors
    ///
    /// There is no such dataset; the store is being written to, was written to meanwhile, which is
    /// [`StoreError::Overtaken`], or cannot be written.
    pub async fn compact(&self, dataset: &str, how: Compaction) -> Result<CompactSummary, StoreError> {
        self.compact_with(dataset, how, |_, _| ControlFlow::Continue(())).await
    }

    /// Like [`Store::compact`]; `progress` is told how many rows are done, of how many, and may end it.
    ///
    /// # Errors
    ///
    /// As there; [`StoreError::GivenUp`] where `progress` ends it.
    pub async fn compact_with(
        &self,
        dataset: &str,
        how: Compaction,
        progress: impl Fn(u64, u64) -> ControlFlow<()> + Send + 'static,
    ) -> Result<CompactSummary, StoreError> {
        let merged = self.merge(dataset, how, progress).await?;
        if merged.is_empty() {
            return nothing_done(&self.place, dataset).await;
        }
        let mut compaction = merged.put().await?;
        compaction.list().await?;
        compaction.commit().await?;
        compaction.clean().await?;
        Ok(compaction.summary())
    }

    /// Starts a compaction, whose steps the caller takes: merges segments beside the store.
    ///
    /// # Errors
    ///
    /// As for [`Store::compact`].
    pub async fn merge(
        &self,
        dataset: &str,
        how: Compaction,
        progress: impl Fn(u64, u64) -> ControlFlow<()> + Send + 'static,
    ) -> Result<Merged, StoreError> {
        Merged::write(&self.place, dataset, how, progress).await
    }

    /// Returns the datasets whose segments may have to be merged. Reads only which there are.
    ///
    /// # Errors
    ///
    /// The tables cannot be read.
    pub async fn due_for_compaction(&self, how: Compaction) -> Result<Vec<String>, StoreError> {
        due(&self.place, how).await
    }
}

/// Takes people out of segments that were written before; returns which these replace.
fn leave_out(
    place: &StorePlace,
    files: &mut NewFiles,
    leaving: (&[Arc<SegmentRecord>], &Leaving),
    version: u64,
) -> Result<HashSet<String>, StoreError> {
    rewrite::leave_out(place, files, leaving, version).map(|outcome| outcome.replaced)
}

/// Returns the columns of a table.
fn columns(table: Table) -> SchemaRef {
    match table {
        Table::Segments => segments_schema(),
        Table::Variants => table_schema(DatasetKind::Individual),
        Table::Frequencies => table_schema(DatasetKind::Frequency),
        Table::Individuals => individuals_schema(),
        Table::Entries => entry_schema(),
        Table::Facts => fact_schema(),
    }
}

/// Creates the tables of a new store.
async fn create(place: &StorePlace) -> Result<(), StoreError> {
    let _claim = place.blobs().claim().await?;
    for table in Table::ALL {
        if newest_version(place, table).await?.is_none() {
            TableLog::create(place, table, &columns(table)).await?;
        }
    }
    Ok(())
}
