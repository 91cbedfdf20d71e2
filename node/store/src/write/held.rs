//! What a dataset has already of people who are in the files of an ingest, and what becomes of it.

mod segments;

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::Arc,
};

use fyr_schemas::Contig;
use roaring::RoaringBitmap;

use super::{
    reach::Reach,
    spec::{Repeated, SegmentSpec},
};
use crate::{
    HeldAlready, StoreError,
    log::{Content, NewFiles, SegmentRecord, StorePlace, Transaction},
    people::{EntryKey, IndividualRow, Leaving, Persons},
};
use segments::{FormerSegment, segments};

/// Writes segments again without the genotypes that leave them, and returns which segments that replaces.
pub(crate) type LeaveOut = fn(
    &StorePlace,
    &mut NewFiles,
    (&[Arc<SegmentRecord>], &Leaving),
    u64,
) -> Result<HashSet<String>, StoreError>;

/// Of the people who are in the files, what the dataset has already.
#[derive(Debug)]
pub(super) struct Former {
    repeated: Repeated,
    dataset: String,
    /// Ids of the samples of the files.
    samples: Vec<String>,
    /// Segments with genotypes that have some of them, oldest first.
    segments: Vec<FormerSegment>,
    leaving: Leaving,
    leave_out: LeaveOut,
}

/// What the files of an ingest have in common with what is there.
#[derive(Debug, Default)]
pub(super) struct Common {
    /// How many samples are united with what stays of the same people.
    pub(super) united: u64,
    /// How many samples had something that goes.
    pub(super) replaced: u64,
    /// Sequences of which something goes, and the files have nothing of these people.
    pub(super) lost: BTreeSet<Contig>,
}

impl Former {
    /// Finds out what a dataset has of the people of a spec, whose numbers are `indices`. `known` are all people of the
    /// dataset, and `entries` its documents.
    ///
    /// # Errors
    ///
    /// A file is there already, with somebody of its people; or somebody cannot be told apart from another sample.
    pub(super) fn find(
        transaction: &Transaction,
        spec: &SegmentSpec,
        indices: &[u32],
        (known, entries): (&[IndividualRow], &[EntryKey]),
        leave_out: LeaveOut,
    ) -> Result<Self, StoreError> {
        let is_kept: HashSet<&str> =
            transaction.kept(&spec.dataset).map(|record| record.segment.as_str()).collect();
        let has_alleles = |record: &&Arc<SegmentRecord>| {
            record.content == Content::Variants && is_kept.contains(record.segment.as_str())
        };
        let records: Vec<_> =
            transaction.catalog.of_dataset(&spec.dataset).filter(has_alleles).cloned().collect();
        let is_of_them: HashSet<&str> = records.iter().map(|record| record.segment.as_str()).collect();
        let members: Vec<_> = known.iter().filter(|row| is_of_them.contains(row.segment())).collect();
        let samples: BTreeSet<&str> = match spec.repeated {
            Repeated::Replaced => spec.individuals.iter().map(|person| person.id.as_str()).collect(),
            Repeated::Refused | Repeated::United => BTreeSet::new(),
        };
        let leaving = Leaving::of(&members, &samples)?;
        check_sources(&records, spec, indices, (&members, &leaving))?;
        Ok(Self {
            repeated: spec.repeated,
            dataset: spec.dataset.clone(),
            samples: spec.individuals.iter().map(|person| person.id.clone()).collect(),
            segments: segments(records, spec, indices, &members, &Persons::new(known, entries)),
            leaving,
            leave_out,
        })
    }

    /// Holds against each other what the files say of each sample, by its position, and what is there.
    ///
    /// # Errors
    ///
    /// There is something of the same sequences that neither goes nor may be united; or the store cannot be read.
    pub(super) fn meet(&self, place: &StorePlace, said: &[Reach]) -> Result<Common, StoreError> {
        let (mut common, mut met) = (Common::default(), BTreeMap::new());
        let mut replaced = BTreeSet::new();
        for segment in &self.segments {
            let stated = segment.stated(place)?;
            for (position, (goes, stays)) in segment.reaches(place, &stated, said)? {
                let Some(said) = said.get(position) else { continue };
                if let Some((_, reach)) = goes {
                    replaced.insert(position);
                    common.lost.extend(reach.beyond(said));
                }
                if let Some((id, reach)) = stays
                    && let Some(sequence) = said.or_everything().shared(&reach)
                {
                    met.entry(position).or_insert((segment, id, sequence));
                }
            }
        }
        (common.replaced, common.united) = (replaced.len() as u64, met.len() as u64);
        let is_refused = |position: &usize| match self.repeated {
            Repeated::United => false,
            Repeated::Refused => true,
            // What stays beside a sample that is replaced was united with it before.
            Repeated::Replaced => !replaced.contains(position),
        };
        let mut refused = met.into_iter().filter(|(position, _)| is_refused(position));
        match refused.next() {
            Some((position, (segment, id, sequence))) => {
                Err(self.held(position, segment, (&id, sequence), refused.count()))
            }
            None => Ok(common),
        }
    }

    fn held(
        &self,
        position: usize,
        segment: &FormerSegment,
        (loaded_as, sequence): (&str, Option<Contig>),
        others: usize,
    ) -> StoreError {
        let ingest = segment.ingest_of(loaded_as);
        let files = ingest.as_ref().map(|ingest| ingest.files.as_slice()).unwrap_or_default();
        let sources = segment.record.sources.iter().filter(|source| files.contains(&source.blake3));
        let sources: Vec<_> = sources.collect();
        StoreError::Held(Box::new(HeldAlready {
            dataset: self.dataset.clone(),
            sample: self.samples.get(position).cloned().unwrap_or_default(),
            loaded_as: loaded_as.to_owned(),
            sequence: sequence.map(|contig| contig.name().to_owned()),
            file: sources.first().map(|source| source.name.clone()).unwrap_or_default(),
            other_files: sources.len().saturating_sub(1),
            since: ingest.map_or_else(|| segment.record.created.clone(), |ingest| ingest.created),
            others,
            replaces: self.repeated == Repeated::Replaced,
        }))
    }

    /// Writes the segments again that lose somebody, and returns which segments that replaces. Blocks.
    pub(super) fn leave_out(
        &self,
        place: &StorePlace,
        files: &mut NewFiles,
        version: u64,
    ) -> Result<HashSet<String>, StoreError> {
        let records: Vec<_> = self.segments.iter().map(|segment| Arc::clone(&segment.record)).collect();
        (self.leave_out)(place, files, (&records, &self.leaving), version)
    }
}

/// Refuses files that are there already, with somebody of their people who does not go.
fn check_sources(
    records: &[Arc<SegmentRecord>],
    spec: &SegmentSpec,
    indices: &[u32],
    (members, leaving): (&[&IndividualRow], &Leaving),
) -> Result<(), StoreError> {
    for (record, ingest) in records.iter().flat_map(|r| r.consists_of().into_iter().map(move |i| (r, i))) {
        let is_here = |blake3: &str| ingest.files.iter().any(|file| file == blake3);
        let is_of_it = |row: &IndividualRow| {
            row.segment() == record.segment && (record.ingests.is_empty() || row.ingest() == ingest.segment)
        };
        for (source, at) in spec.sources.iter().zip(0..).filter(|(source, _)| is_here(&source.blake3)) {
            let positions = spec.shards.get(at).into_iter().flatten();
            let of_file: RoaringBitmap =
                positions.filter_map(|position| indices.get(*position).copied()).collect();
            let of_ingest = members.iter().filter(|row| is_of_it(row));
            let mut stay: RoaringBitmap = of_ingest.map(|row| row.index).collect();
            if let Some(gone) = leaving.numbers(&record.segment) {
                stay -= gone;
            }
            if of_file.is_empty() || !of_file.is_disjoint(&stay) {
                let is_of_people = !spec.individuals.is_empty();
                return Err(StoreError::AlreadyIngested {
                    file: source.name.clone(),
                    dataset: spec.dataset.clone(),
                    since: ingest.created.clone(),
                    again: if is_of_people { "--replace-sample" } else { "--replace" },
                });
            }
        }
    }
    Ok(())
}
