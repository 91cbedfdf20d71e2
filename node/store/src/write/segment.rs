//! One ingest, written as one segment and committed at once.

use std::collections::{BTreeMap, HashSet};

use fyr_schemas::{Contig, Interbase};
use rayon::prelude::*;
use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    held::{Common, Former, LeaveOut},
    intake::Intake,
    reach::Reach,
    spec::SegmentSpec,
    stream::Stream,
    unite::{DuplicateAllele, Shards},
};
use crate::{
    DatasetKind, FrequencyRow, GenotypeRow, Publication, StoreError, blocking, clock,
    file::{StoredRow, rows},
    log::{
        Callable, Content, FileRecord, NewFiles, SegmentRecord, StorePlace, Table, Transaction, callable,
        segments_schema,
    },
    people::{Numbers, SeenOf, read_entries, read_individuals, write_individuals},
    regions::Regions,
};

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
    /// Samples of which the dataset has something of the same sequences beside, which is united with it.
    pub united: u64,
    /// Samples of which it had something that went.
    pub replaced: u64,
    /// Sequences of which something of these went, and nothing came.
    pub lost: Vec<Contig>,
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
    former: Former,
    /// Of each source, the sequences of its alleles.
    said: Vec<Reach>,
    publication: Option<Publication>,
}

impl SegmentWriter {
    /// Starts a segment under a transaction.
    pub(crate) fn new(
        transaction: Transaction,
        spec: SegmentSpec,
        sort_memory: usize,
        leave_out: LeaveOut,
    ) -> Result<Self, StoreError> {
        let segment = Uuid::now_v7().to_string();
        let known = read_individuals(&transaction.place, transaction.kept(&spec.dataset))?;
        let entries = read_entries(&transaction.place, transaction.kept(&spec.dataset))?;
        let mut numbers = Numbers::new(&known, &entries);
        let indices: Vec<u32> = spec.individuals.iter().map(|person| numbers.of(&person.id)).collect();
        let former = Former::find(&transaction, &spec, &indices, (&known, &entries), leave_out)?;
        let scratch = transaction.place.blobs().scratch()?;
        let stream = Stream::new(scratch, &segment, spec.kind, shards(&spec, &indices), sort_memory);
        let (callable, seen, said) = (None, BTreeMap::new(), vec![Reach::default(); spec.sources.len()]);
        let intake = Intake::new(stream);
        let publication = None;
        Ok(Self { intake, transaction, segment, spec, indices, callable, seen, former, said, publication })
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

    /// Says that it is a published table.
    pub(super) fn mark_published(&mut self, publication: Publication) {
        self.publication = Some(publication);
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
        self.expect(DatasetKind::Individual, !self.spec.kind.is_of_counts())?;
        for row in &rows {
            if let Some(said) = self.said.get_mut(row.shard as usize) {
                said.add(&row.variant.contig);
            }
        }
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
        self.expect(DatasetKind::Frequency, self.spec.kind.is_of_counts())?;
        let rows = rows.into_iter().map(StoredRow::from_frequencies).collect::<Result<_, _>>()?;
        self.intake.push(|| rows).await
    }

    fn expect(&self, kind: DatasetKind, is_taken: bool) -> Result<(), StoreError> {
        if is_taken {
            return Ok(());
        }
        Err(StoreError::Conflict {
            dataset: self.spec.dataset.clone(),
            found: self.spec.kind.name().to_owned(),
            asked: kind.name().to_owned(),
        })
    }

    /// Writes the sorted tables and makes the segment visible; in the same commit goes what it replaces.
    ///
    /// # Errors
    ///
    /// The dataset has something of a sample and a sequence already, which neither goes nor may be united; the disk is full,
    /// writing failed, or another process changed the store.
    pub async fn finish(self) -> Result<SegmentSummary, StoreError> {
        let Self {
            mut intake,
            mut transaction,
            segment,
            spec,
            indices,
            callable,
            seen,
            former,
            said,
            publication,
        } = self;
        let replaces = spec.replace;
        let stream = intake.stream().await?;
        let version = transaction.next_version();
        let draft = Draft { segment, spec, indices, callable, seen, said, publication, version };
        let (place, claim) = (transaction.place.clone(), transaction.claim());
        let writing = move || {
            let mut files = NewFiles::new(&place)?;
            let result = draft.write(&place, &mut files, *stream, &former);
            drop(claim);
            Ok::<_, StoreError>((result?, files))
        };
        let ((summary, rewritten), mut files) = blocking("writing a segment", writing).await??;
        let replaces = replaces || !rewritten.is_empty();
        if !rewritten.is_empty() {
            transaction.replace_segments(rewritten);
        }
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
    said: Vec<Reach>,
    publication: Option<Publication>,
    version: u64,
}

impl Draft {
    /// Writes all files, and those of segments that lose somebody to it; returns which segments these replace. Blocks.
    fn write(
        self,
        place: &StorePlace,
        files: &mut NewFiles,
        stream: Stream,
        former: &Former,
    ) -> Result<(SegmentSummary, HashSet<String>), StoreError> {
        let Common { united, replaced, lost } = former.meet(place, &self.reaches())?;
        let version = self.version;
        let summary = self.write_own(place, files, stream)?;
        let summary = SegmentSummary { united, replaced, lost: lost.into_iter().collect(), ..summary };
        Ok((summary, former.leave_out(place, files, version)?))
    }

    /// Returns what is said of each of the people, by position.
    fn reaches(&self) -> Vec<Reach> {
        let stated = match &self.callable {
            None => Reach::default(),
            Some((_, None)) => Reach::everywhere(),
            Some((_, Some(regions))) => regions.contigs().cloned().collect(),
        };
        let noted = |index: &u32| {
            let runs = self.seen.get(index).into_iter().flat_map(|seen| [&seen.called, &seen.uncalled]);
            runs.flat_map(Regions::contigs).cloned().collect::<Reach>()
        };
        let mut reaches: Vec<Reach> =
            self.indices.iter().map(|index| stated.clone().joined(&noted(index))).collect();
        for (said, shard) in self.said.iter().zip(&self.spec.shards) {
            for position in shard {
                if let Some(reach) = reaches.get_mut(*position) {
                    *reach = std::mem::take(reach).joined(said);
                }
            }
        }
        reaches
    }

    /// Writes the files of the segment itself, that of `segments` last.
    fn write_own(
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
            united: 0,
            replaced: 0,
            lost: Vec::new(),
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
            ingests: Vec::new(),
            publication: self.publication,
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
