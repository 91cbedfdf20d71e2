//! One ingest, written as one segment and committed at once.

use std::collections::BTreeMap;

use fyr_schemas::{Assembly, Contig, Individual, Interbase};
use rayon::prelude::*;
use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    intake::Intake,
    stream::Stream,
    unite::{DuplicateAllele, Shards},
};
use crate::{
    DatasetKind, FrequencyRow, GenotypeRow, SourceFile, StoreError, blocking, clock,
    file::{StoredRow, rows},
    log::{
        Callable, Content, FileRecord, NewFiles, SegmentRecord, StorePlace, Table, Transaction, callable,
        segments_schema,
    },
    people::{Numbers, SeenOf, read_entries, read_individuals, write_individuals},
    regions::Regions,
};

/// What is going to be ingested.
#[derive(Clone, Debug)]
pub struct SegmentSpec {
    /// Dataset id.
    pub dataset: String,
    /// Assembly of the coordinates.
    pub assembly: Assembly,
    /// People or frequencies.
    pub kind: DatasetKind,
    /// Whether the alleles are left-aligned by a reference sequence.
    pub normalised: bool,
    /// Whether an annotation says what the alleles do.
    pub annotated: bool,
    /// Replaces all that the dataset holds, in the same commit.
    pub replace: bool,
    /// The input files.
    pub sources: Vec<SourceFile>,
    /// The people, in the order in which rows are going to number them; empty for frequencies.
    pub individuals: Vec<Individual>,
    /// For each source, the positions in `individuals` of the people that it holds.
    pub shards: Vec<Vec<usize>>,
}

/// What a finished segment holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentSummary {
    /// Segment id.
    pub segment: String,
    /// Rows written.
    pub variants: u64,
    /// People.
    pub individuals: u64,
    /// Bytes of Parquet.
    pub bytes: u64,
    /// Version of the segments table that made it visible.
    pub version: u64,
    /// How many alleles occurred more than once in one file.
    pub duplicates: u64,
    /// The first of them.
    pub first_duplicates: Vec<DuplicateAllele>,
}

/// Takes the rows of a segment, puts them in order, and commits them at once. Dropped before that, it leaves
/// the store as it was.
#[derive(Debug)]
pub struct SegmentWriter {
    /// In front, so that it ends before the transaction does.
    intake: Intake,
    transaction: Transaction,
    segment: String,
    spec: SegmentSpec,
    indices: Vec<u32>,
    callable: Option<(Callable, Option<Regions>)>,
    seen: BTreeMap<u32, SeenOf>,
}

impl SegmentWriter {
    /// Starts a segment under a transaction.
    pub(crate) fn new(
        transaction: Transaction,
        spec: SegmentSpec,
        sort_memory: usize,
    ) -> Result<Self, StoreError> {
        let segment = Uuid::now_v7().to_string();
        let known = read_individuals(&transaction.place, transaction.kept(&spec.dataset))?;
        let entries = read_entries(&transaction.place, transaction.kept(&spec.dataset))?;
        let mut numbers = Numbers::new(&known, &entries);
        let indices: Vec<u32> = spec.individuals.iter().map(|person| numbers.of(&person.id)).collect();
        let scratch = transaction.place.blobs().scratch()?;
        let stream = Stream::new(scratch, &segment, spec.kind, shards(&spec, &indices), sort_memory);
        let (callable, seen) = (None, BTreeMap::new());
        Ok(Self { intake: Intake::new(stream), transaction, segment, spec, indices, callable, seen })
    }

    /// Returns the bitmap index of each of the spec's individuals.
    pub fn indices(&self) -> &[u32] {
        &self.indices
    }

    /// Says whether the alleles are left-aligned by a reference sequence.
    pub fn mark_normalised(&mut self, normalised: bool) {
        self.spec.normalised = normalised;
    }

    /// States where the files would have listed whatever their people carry: in these regions, or everywhere.
    pub fn state_callable(&mut self, callable: Callable, regions: Option<Regions>) {
        self.callable = Some((callable, regions));
    }

    /// Notes where a file says, beside alleles, that a person has the bases of the reference sequence, or was not called.
    /// The person is named by the index that bitmaps know.
    pub fn note(&mut self, person: u32, contig: &Contig, interval: Interbase, is_called: bool) {
        let seen = self.seen.entry(person).or_default();
        let regions = if is_called { &mut seen.called } else { &mut seen.uncalled };
        regions.add(contig, interval);
    }

    /// Adds rows of genotypes, in any order; fastest in the order of the tables. They are written while the
    /// next ones are made.
    ///
    /// # Errors
    ///
    /// The disk is full, or writing failed, of these rows or of earlier ones.
    pub async fn push_genotypes(&mut self, rows: Vec<GenotypeRow>) -> Result<(), StoreError> {
        self.expect(DatasetKind::Individual)?;
        self.intake.push(|| rows.into_par_iter().map(StoredRow::from_genotypes).collect()).await
    }

    /// Adds rows of frequencies, in any order.
    ///
    /// Rows of one allele must not contradict each other. Of two segments, the later one is believed.
    ///
    /// # Errors
    ///
    /// A row has no total, two rows contradict each other, the disk is full, or writing failed.
    pub async fn push_frequencies(&mut self, rows: Vec<FrequencyRow>) -> Result<(), StoreError> {
        self.expect(DatasetKind::Frequency)?;
        let rows = rows.into_iter().map(StoredRow::from_frequencies).collect::<Result<_, _>>()?;
        self.intake.push(|| rows).await
    }

    fn expect(&self, kind: DatasetKind) -> Result<(), StoreError> {
        if self.spec.kind == kind {
            return Ok(());
        }
        Err(StoreError::Conflict {
            dataset: self.spec.dataset.clone(),
            found: self.spec.kind.name().to_owned(),
            asked: kind.name().to_owned(),
        })
    }

    /// Writes the sorted tables and makes the segment visible.
    ///
    /// # Errors
    ///
    /// The disk is full, writing failed, or another process changed the store.
    pub async fn finish(self) -> Result<SegmentSummary, StoreError> {
        let Self { mut intake, mut transaction, segment, spec, indices, callable, seen } = self;
        let replaces = spec.replace;
        let stream = intake.stream().await?;
        let version = transaction.next_version();
        let draft = Draft { segment, spec, indices, callable, seen, version };
        let (place, claim) = (transaction.place.clone(), transaction.claim());
        let writing = move || {
            let mut files = NewFiles::new(&place)?;
            let result = draft.write(&place, &mut files, *stream);
            drop(claim);
            Ok::<_, StoreError>((result?, files))
        };
        let (summary, mut files) = blocking("writing a segment", writing).await??;
        let version = transaction.publish(&mut files, replaces).await?;
        Ok(SegmentSummary { version, ..summary })
    }
}

/// The bitmap indices of the people of each file.
fn shards(spec: &SegmentSpec, indices: &[u32]) -> Shards {
    let index = |position: &usize| indices.get(*position).copied();
    let people = spec.shards.iter().map(|shard| shard.iter().filter_map(index).collect());
    let everyone = indices.iter().copied().collect::<RoaringBitmap>();
    Shards::new(people.collect(), everyone, spec.sources.clone())
}

/// A segment that is complete and not yet written.
struct Draft {
    segment: String,
    spec: SegmentSpec,
    indices: Vec<u32>,
    callable: Option<(Callable, Option<Regions>)>,
    seen: BTreeMap<u32, SeenOf>,
    version: u64,
}

impl Draft {
    /// Writes all files, that of `segments` last. Blocks.
    fn write(
        mut self,
        place: &StorePlace,
        files: &mut NewFiles,
        stream: Stream,
    ) -> Result<SegmentSummary, StoreError> {
        let found = stream.finish(files)?;
        let variants = files.records().iter().map(|file| file.rows).sum();
        if self.spec.kind == DatasetKind::Individual {
            let people = (self.spec.individuals.as_slice(), self.indices.as_slice());
            let seen = std::mem::take(&mut self.seen);
            write_individuals(files, &self.segment, &self.spec.dataset, people, seen)?;
        }
        if let Some((Callable { regions: Some(hash), .. }, Some(regions))) = &self.callable {
            callable::keep(place, hash, regions)?;
        }
        let record = self.record(files.records(), variants, found.open == 0)?;
        let file = files.create(FileRecord::of_table(Table::Segments, &record.segment))?;
        files.close(rows::write(file, segments_schema(), std::slice::from_ref(&record))?, 1)?;
        Ok(SegmentSummary {
            segment: record.segment,
            variants,
            individuals: record.individuals,
            bytes: record.bytes,
            version: record.version,
            duplicates: found.duplicates,
            first_duplicates: found.first,
        })
    }

    fn record(self, files: &[FileRecord], variants: u64, whole: bool) -> Result<SegmentRecord, StoreError> {
        Ok(SegmentRecord {
            segment: self.segment,
            dataset: self.spec.dataset,
            assembly: self.spec.assembly,
            kind: self.spec.kind,
            content: Content::Variants,
            normalised: self.spec.normalised,
            annotated: self.spec.annotated,
            whole: Some(whole),
            callable: self.callable.map(|(callable, _)| callable),
            created: clock::now()?,
            version: self.version,
            individuals: self.indices.len() as u64,
            variants,
            bytes: files.iter().map(|file| file.bytes).sum(),
            sources: self.spec.sources,
            files: files.to_vec(),
        })
    }
}
