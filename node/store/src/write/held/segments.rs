//! The segments of a dataset that have people of an ingest, and what they have of them.

use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry},
    sync::Arc,
};

use fyr_schemas::Contig;
use roaring::RoaringBitmap;

use super::super::{
    reach::Reach,
    spec::{Repeated, SegmentSpec},
};
use crate::{
    StoreError,
    file::{Payload, contig_of, each, pages},
    log::{Callable, FileRecord, Ingest, SegmentRecord, StorePlace, Table, read_regions},
    people::{IndividualRow, Person, Persons},
    regions::Regions,
};

/// A segment and who of them is in it.
#[derive(Debug)]
pub(super) struct FormerSegment {
    pub(super) record: Arc<SegmentRecord>,
    members: Vec<FormerMember>,
}

/// Somebody who is in a segment, and in the files.
#[derive(Debug)]
pub(super) struct FormerMember {
    /// Position among the samples of the files.
    position: usize,
    /// Number in bitmaps.
    index: u32,
    /// Id under which they were loaded.
    id: Arc<str>,
    /// The ingest that has them.
    ingest: String,
    /// What is stated of its files.
    stated: Option<Callable>,
    /// Where blocks and uncalled runs of theirs are.
    noted: Reach,
    /// Whether it goes.
    leaves: bool,
}

/// Sorts the people of a spec by the segments that have them.
pub(super) fn segments(
    records: Vec<Arc<SegmentRecord>>,
    spec: &SegmentSpec,
    indices: &[u32],
    members: &[&IndividualRow],
    persons: &Persons,
) -> Vec<FormerSegment> {
    let by_id: HashMap<&str, usize> =
        spec.individuals.iter().zip(0..).map(|(person, position)| (person.id.as_str(), position)).collect();
    let mut by_person: HashMap<Person, usize> = HashMap::new();
    for (index, position) in indices.iter().zip(0..) {
        persons.of_number(*index).map(|person| by_person.entry(person).or_insert(position));
    }
    let stated: HashMap<&str, _> =
        records.iter().map(|record| (record.segment.as_str(), record.stated_of_ingests())).collect();
    let mut of: HashMap<&str, Vec<FormerMember>> = HashMap::new();
    for row in members {
        let own = by_id.get(row.id.as_ref());
        let persons = || by_person.get(&persons.of_number(row.index)?);
        let Some(&position) = own.or_else(persons) else { continue };
        let runs = [&row.called, &row.uncalled].into_iter().flatten();
        of.entry(row.segment()).or_default().push(FormerMember {
            position,
            index: row.index,
            id: Arc::clone(&row.id),
            ingest: row.ingest().to_owned(),
            stated: stated.get(row.segment()).and_then(|stated| stated(row.ingest())).cloned(),
            noted: runs.flat_map(Regions::contigs).cloned().collect(),
            leaves: own.is_some() && spec.repeated == Repeated::Replaced,
        });
    }
    drop(stated);
    let segment = |record: Arc<SegmentRecord>| {
        Some(FormerSegment { members: of.remove(record.segment.as_str())?, record })
    };
    records.into_iter().filter_map(segment).collect()
}

/// What a segment has of somebody under an id.
pub(super) type Had = Option<(Arc<str>, Reach)>;

impl FormerSegment {
    /// Returns where the files of each of its people would have listed whatever they carry.
    pub(super) fn stated(&self, place: &StorePlace) -> Result<Vec<Reach>, StoreError> {
        let mut read: HashMap<&str, Reach> = HashMap::new();
        let mut reaches = Vec::new();
        for member in &self.members {
            reaches.push(match member.stated.as_ref().map(|stated| stated.regions.as_deref()) {
                None => Reach::default(),
                Some(None) => Reach::everywhere(),
                Some(Some(hash)) => match read.entry(hash) {
                    Entry::Occupied(known) => known.get().clone(),
                    Entry::Vacant(new) => {
                        new.insert(read_regions(place, hash)?.contigs().cloned().collect()).clone()
                    }
                },
            });
        }
        Ok(reaches)
    }

    /// Returns the ingest that has somebody under an id.
    pub(super) fn ingest_of(&self, id: &str) -> Option<Ingest> {
        let member = self.members.iter().find(|member| !member.leaves && member.id.as_ref() == id)?;
        self.record.ingest(&member.ingest)
    }

    /// Returns what it has of each of the samples, by position: what goes, and what stays, as far as the files concern it.
    pub(super) fn reaches(
        &self,
        place: &StorePlace,
        stated: &[Reach],
        said: &[Reach],
    ) -> Result<BTreeMap<usize, (Had, Had)>, StoreError> {
        let mut reaches: Vec<Reach> = self
            .members
            .iter()
            .zip(stated)
            .map(|(member, stated)| stated.clone().joined(&member.noted))
            .collect();
        for file in self.record.files.iter().filter(|file| file.table == Table::Variants) {
            let contig = contig_of(file.contig_name())?;
            let matters = |member: &&FormerMember| {
                member.leaves || said.get(member.position).is_some_and(|said| said.concerns(&contig))
            };
            let wanted = self.members.iter().filter(matters).map(|member| member.index).collect();
            let listed = self.listed(place, (file, &contig), &wanted)?;
            for (member, reach) in self.members.iter().zip(&mut reaches) {
                if listed.contains(member.index) {
                    reach.add(&contig);
                }
            }
        }
        let mut had: BTreeMap<usize, (Had, Had)> = BTreeMap::new();
        for (member, reach) in self.members.iter().zip(reaches) {
            let (goes, stays) = had.entry(member.position).or_default();
            let slot = if member.leaves { goes } else { stays };
            let before = slot.take().map(|(_, before)| before).unwrap_or_default();
            *slot = Some((Arc::clone(&member.id), before.joined(&reach)));
        }
        Ok(had)
    }

    /// Returns those of some people of whom an allele of a sequence says something.
    fn listed(
        &self,
        place: &StorePlace,
        (file, contig): (&FileRecord, &Contig),
        wanted: &RoaringBitmap,
    ) -> Result<RoaringBitmap, StoreError> {
        if wanted.is_empty() || self.record.is_whole() {
            return Ok(wanted.clone());
        }
        let mut open = wanted.clone();
        for row in pages(place.read(&file.path), contig.clone()).flat_map(each) {
            let Payload::Carriers(packed) = row?.payload else { continue };
            let packed = if self.record.is_vague() { packed.with_the_missing_open()? } else { packed };
            open &= packed.unpack()?.unlisted;
            if open.is_empty() {
                break;
            }
        }
        Ok(wanted - open)
    }
}
