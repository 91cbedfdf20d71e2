//! A dataset as it is counted: its segments, and who is in which group.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::Arc,
};

use fyr_schemas::{Contig, Group, Sex};
use roaring::RoaringBitmap;

use super::part::Part;
use crate::{
    DatasetSummary, EngineError,
    segment::batch::contig_of,
    store::{
        catalog::{SegmentRecord, summarise},
        layout::Table,
        people::{self, IndividualRow},
    },
};

/// A segment with its files open.
#[derive(Debug)]
pub(crate) struct Segment {
    /// Its row of the table `segments`.
    pub(crate) record: Arc<SegmentRecord>,
    /// Bitmap indices of its people.
    pub(crate) people: RoaringBitmap,
    members: Vec<IndividualRow>,
    parts: HashMap<Contig, Arc<Part>>,
}

impl Segment {
    /// Opens the files of a segment. Blocks.
    pub(crate) fn open(root: &Path, record: Arc<SegmentRecord>) -> Result<Self, EngineError> {
        let members = people::read(root, [record.as_ref()])?;
        let mut parts = HashMap::new();
        for file in record.files.iter().filter(|file| file.table == Table::of_kind(record.kind)) {
            let contig = contig_of(file.contig.as_deref().unwrap_or_default())?;
            parts.insert(contig, Arc::new(Part::open(&root.join(&file.path))?));
        }
        let people = members.iter().map(|member| member.index).collect();
        Ok(Self { record, people, members, parts })
    }

    /// Returns the file of one contig, if the segment has alleles there.
    pub(crate) fn part(&self, contig: &Contig) -> Option<&Arc<Part>> {
        self.parts.get(contig)
    }
}

/// A dataset in one version of the store.
#[derive(Debug)]
pub(crate) struct Dataset {
    /// What an operator sees.
    pub(crate) summary: DatasetSummary,
    /// Its segments, oldest first.
    pub(crate) segments: Vec<Arc<Segment>>,
    /// All its people.
    pub(crate) everyone: RoaringBitmap,
    /// Its people by population, sex, and sex of each population.
    pub(crate) groups: Vec<(Group, RoaringBitmap)>,
}

impl Dataset {
    /// Puts segments of one dataset together, oldest first.
    pub(crate) fn new(segments: Vec<Arc<Segment>>) -> Option<Self> {
        let mut everyone = RoaringBitmap::new();
        segments.iter().for_each(|segment| everyone |= &segment.people);
        let records: Vec<_> = segments.iter().map(|segment| &segment.record).collect();
        let summary = summarise(&records, everyone.len())?;
        let groups = groups(segments.iter().flat_map(|segment| &segment.members));
        Some(Self { summary, segments, everyone, groups })
    }

    /// Returns whether these are its segments.
    pub(crate) fn consists_of(&self, records: &[&Arc<SegmentRecord>]) -> bool {
        let ids = records.iter().map(|record| &record.segment);
        self.segments.iter().map(|segment| &segment.record.segment).eq(ids)
    }

    /// Returns a segment, if the dataset has it.
    pub(crate) fn segment(&self, record: &SegmentRecord) -> Option<Arc<Segment>> {
        self.segments.iter().find(|segment| segment.record.segment == record.segment).cloned()
    }

    /// Returns the files of one contig with the positions of their segments.
    pub(crate) fn parts(&self, contig: &Contig) -> impl Iterator<Item = (u32, Arc<Part>)> {
        let parts =
            (0..).zip(&self.segments).map(|(source, segment)| Some((source, segment.part(contig)?.clone())));
        parts.flatten()
    }
}

/// Sorts people into groups. Who is described several times counts as described last.
fn groups<'a>(members: impl Iterator<Item = &'a IndividualRow>) -> Vec<(Group, RoaringBitmap)> {
    let latest: BTreeMap<u32, &IndividualRow> = members.map(|member| (member.index, member)).collect();
    let mut groups: BTreeMap<Group, RoaringBitmap> = BTreeMap::new();
    for (index, member) in latest {
        for group in groups_of(member) {
            groups.entry(group).or_default().insert(index);
        }
    }
    groups.into_iter().collect()
}

fn groups_of(member: &IndividualRow) -> Vec<Group> {
    let mut groups: Vec<_> = member.populations.iter().cloned().map(Group::Population).collect();
    if member.sex != Sex::Unknown {
        let of_sex = |label: &String| Group::PopulationSex(label.clone(), member.sex);
        groups.extend(member.populations.iter().map(of_sex));
        groups.push(Group::Sex(member.sex));
    }
    groups
}
