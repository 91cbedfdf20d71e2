//! A dataset as it is counted: its segments, and who is in which group.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, OnceLock},
};

use fyr_policy::{Families, TermCount};
use fyr_schemas::{Contig, EntryType, Group, Sex, Variant};
use fyr_store::{
    file::{MappedFile, PackedCarriers, Part, Payload, StoredRow, contig_of},
    log::{Content, FileRecord, SegmentRecord, StorePlace, Table, summarise},
    people::{EntryKey, IndividualRow, Numbered, Persons, read_entries, read_individuals},
};
use rayon::prelude::*;
use roaring::RoaringBitmap;
use tokio::sync::OnceCell;

use super::{
    assumed::{Assumed, Assumptions},
    entry_index::EntryIndex,
    groups::GroupPeople,
    included::Included,
    named::{self, PersonNames},
};
use crate::{DatasetKind, DatasetSummary, EngineError};

/// A segment, as far as it is shown.
#[derive(Debug)]
pub(crate) struct Segment {
    /// Its row of the table `segments`.
    pub(crate) record: Arc<SegmentRecord>,
    /// Bitmap indices of its people.
    pub(crate) people: Arc<RoaringBitmap>,
    /// Whom it shows; all its people where that is not restricted.
    included: Option<Arc<Included>>,
    /// The ingests that it consists of, whoever is shown.
    ingests: Arc<[IngestPeople]>,
    files: Arc<Files>,
}

/// Returns the sequence that a file is about. One that questions would look for under another name is refused: to them
/// its alleles would not be there.
fn sequence_of(record: &SegmentRecord, file: &FileRecord) -> Result<Contig, EngineError> {
    let stored = contig_of(file.contig_name())?;
    match Contig::resolve(stored.name(), record.assembly) {
        Ok(contig) if contig != stored => Err(EngineError::FormerName {
            dataset: record.dataset.clone(),
            name: stored.name().to_owned(),
            contig,
            assembly: record.assembly,
        }),
        _ => Ok(stored),
    }
}

/// Who is in an ingest, one of those that a segment was merged of.
#[derive(Debug)]
struct IngestPeople {
    people: RoaringBitmap,
    /// Whether each of its alleles tells of all of them.
    is_whole: bool,
}

impl IngestPeople {
    /// Finds out who is in which ingest of a segment.
    fn of(record: &SegmentRecord, members: &[IndividualRow]) -> Vec<Self> {
        let mut people: HashMap<&str, RoaringBitmap> = HashMap::new();
        for member in members {
            people.entry(member.ingest()).or_default().insert(member.index);
        }
        let ingests = record.consists_of().into_iter().map(|ingest| Self {
            people: people.remove(ingest.segment.as_str()).unwrap_or_default(),
            is_whole: ingest.whole,
        });
        ingests.collect()
    }

    /// Returns whether each of its alleles tells of everyone who is shown; where none of its people is, it has none.
    fn tells_of(&self, everyone: &RoaringBitmap) -> bool {
        let shown = &self.people & everyone;
        (shown.is_empty() && !self.people.is_empty()) || (self.is_whole && shown == *everyone)
    }
}

/// What the files of a segment hold, whoever is shown.
#[derive(Debug)]
struct Files {
    members: Vec<IndividualRow>,
    assumptions: Option<Assumptions>,
    parts: HashMap<Contig, Arc<Part>>,
    entries: Vec<Arc<EntryKey>>,
    entry_file: Option<MappedFile>,
    fact_file: Option<MappedFile>,
}

impl Segment {
    /// Opens the files of a segment, several at a time. Blocks.
    pub(crate) fn open(place: &StorePlace, record: Arc<SegmentRecord>) -> Result<Self, EngineError> {
        let members = read_individuals(place, [record.as_ref()])?;
        let alleles = record.files.par_iter().filter(|file| file.table == Table::of_kind(record.kind));
        let open = |file: &FileRecord| {
            Ok((sequence_of(&record, file)?, Arc::new(Part::new(place.read(&file.path)?, record.kind)?)))
        };
        let parts = alleles.map(open).collect::<Result<_, EngineError>>()?;
        let mapped = |table: Table| {
            let file = record.files.iter().find(|file| file.table == table);
            file.map(|file| MappedFile::new(place.read(&file.path)?)).transpose()
        };
        let people = in_runs(members.iter().map(|member| member.index).collect());
        let entries = read_entries(place, [record.as_ref()])?.into_iter().map(Arc::new).collect();
        let (entry_file, fact_file) = (mapped(Table::Entries)?, mapped(Table::Facts)?);
        let assumptions = Assumptions::of(place, &record, &members)?;
        let ingests = IngestPeople::of(&record, &members).into();
        let files = Files { members, assumptions, parts, entries, entry_file, fact_file };
        Ok(Self { record, people, included: None, ingests, files: Arc::new(files) })
    }

    /// Returns the segment as if it never held others; none where nothing of it would be left.
    fn restricted(&self, included: &Arc<Included>) -> Option<Self> {
        let segment = Self {
            record: Arc::clone(&self.record),
            people: in_runs(self.people.as_ref() & included.numbers()),
            included: Some(Arc::clone(included)),
            ingests: Arc::clone(&self.ingests),
            files: Arc::clone(&self.files),
        };
        let holds_something =
            |segment: &Self| !segment.people.is_empty() || segment.entries().next().is_some();
        (holds_something(&segment) || !holds_something(self)).then_some(segment)
    }

    /// Returns the file of one contig, if the segment has alleles there.
    pub(crate) fn part(&self, contig: &Contig) -> Option<&Arc<Part>> {
        self.files.parts.get(contig)
    }

    /// Returns whether something is known of its people where it has no record.
    fn assumes(&self) -> bool {
        self.files.assumptions.is_some()
    }

    /// Returns what is known of its people where an allele is, of which its files have no record.
    pub(super) fn assumed(&self, variant: &Variant) -> Assumed {
        let assumptions = self.files.assumptions.as_ref();
        assumptions.map(|assumptions| assumptions.at(variant, &self.people)).unwrap_or_default()
    }

    /// Returns what it says of its people.
    fn members(&self) -> impl Iterator<Item = &IndividualRow> {
        self.files.members.iter().filter(|member| self.people.contains(member.index))
    }

    /// Returns its entries; cohorts list only those who are shown.
    fn entries(&self) -> impl Iterator<Item = Arc<EntryKey>> {
        self.files.entries.iter().filter_map(|key| match &self.included {
            Some(included) => included.shown(key),
            None => Some(Arc::clone(key)),
        })
    }
}

/// A dataset in one version of the store.
#[derive(Debug)]
pub(crate) struct Dataset {
    /// What an operator sees.
    pub(crate) summary: DatasetSummary,
    /// Its segments, oldest first.
    pub(crate) segments: Vec<Arc<Segment>>,
    /// Those of its people who have genotypes.
    pub(crate) everyone: Arc<RoaringBitmap>,
    /// All its people, with genotypes or without.
    pub(crate) people: Arc<RoaringBitmap>,
    /// Its people by population, sex, and sex of each population.
    pub(crate) groups: Vec<(Group, RoaringBitmap)>,
    /// The same of those who have genotypes.
    pub(crate) genotyped: Vec<GroupPeople>,
    /// Who of its people is related to whom.
    pub(crate) families: Arc<Families>,
    /// What is known of its people, and of what belongs to them.
    pub(crate) entries: EntryIndex,
    /// Ids of people by number: that of their own document, else that of their sample.
    names: Numbered<Arc<str>>,
    /// Ids of the first biosample of each person, by the person's number.
    biosamples: Numbered<Arc<str>>,
    /// What all its people can be filtered by, counted when it is first asked for.
    pub(crate) terms: OnceCell<Vec<TermCount>>,
    /// Whom it shows; all its people where that is not restricted.
    included: Option<Arc<Included>>,
    /// Who is who, found out when it is first asked for.
    persons: OnceLock<Arc<Persons>>,
}

impl Dataset {
    /// Puts segments of one dataset together, oldest first.
    pub(crate) fn new(segments: Vec<Arc<Segment>>) -> Option<Self> {
        Self::of(segments, None)
    }

    /// Returns the dataset as if it never held others; none where nothing of it would be left. Made as any
    /// dataset is made, of less.
    pub(crate) fn restricted(&self, included: &Arc<Included>) -> Option<Self> {
        let segments = self.segments.iter().filter_map(|segment| segment.restricted(included).map(Arc::new));
        Self::of(segments.collect(), Some(Arc::clone(included)))
    }

    fn of(segments: Vec<Arc<Segment>>, included: Option<Arc<Included>>) -> Option<Self> {
        let (mut everyone, mut people) = (RoaringBitmap::new(), RoaringBitmap::new());
        for segment in &segments {
            people |= segment.people.as_ref();
            if segment.record.content == Content::Variants {
                everyone |= segment.people.as_ref();
            }
        }
        let entries = EntryIndex::new(segments.iter().map(|segment| segment.entries()));
        let records: Vec<_> = segments.iter().map(|segment| &segment.record).collect();
        let summary = summarise(&records, everyone.len(), entries.counts())?;
        let by_age = members_by_age(&segments);
        let members = || by_age.iter().copied();
        let groups = groups(members());
        let genotyped =
            groups.iter().map(|(group, people)| GroupPeople::new(group.clone(), people & &everyone));
        let genotyped = genotyped.collect();
        let mut names = Numbered::default();
        members().for_each(|row| drop(names.insert(row.index, Arc::clone(&row.id))));
        if let Some(individuals) = entries.of(EntryType::Individual) {
            individuals.keys().for_each(|key| drop(names.insert(key.number, Arc::clone(&key.id))));
        }
        let mut biosamples = Numbered::default();
        for key in entries.of(EntryType::Biosample).into_iter().flat_map(|index| index.keys()) {
            if let Some(person) = key.individual {
                biosamples.get_or_insert_with(person, || Arc::clone(&key.id));
            }
        }
        Some(Self {
            summary,
            everyone: Arc::new(everyone),
            people: Arc::new(people),
            groups,
            genotyped,
            families: Arc::new(families(members())),
            entries,
            names,
            biosamples,
            terms: OnceCell::new(),
            included,
            persons: OnceLock::new(),
            segments,
        })
    }

    /// Returns the dataset as if its segments had been written before they noted whether they are whole.
    #[cfg(test)]
    pub(crate) fn of_before(&self) -> Self {
        let before = |segment: &Arc<Segment>| {
            let record = Arc::new(SegmentRecord { whole: None, ..segment.record.as_ref().clone() });
            let (people, included) = (Arc::clone(&segment.people), segment.included.clone());
            let ingests = IngestPeople::of(&record, &segment.files.members).into();
            Arc::new(Segment { record, people, included, ingests, files: Arc::clone(&segment.files) })
        };
        Self::new(self.segments.iter().map(before).collect()).expect("a dataset has segments")
    }

    /// Returns whether there are data of anybody. Documents of cohorts that nobody is in are none.
    pub(crate) fn is_of_somebody(&self) -> bool {
        self.summary.kind.is_of_counts() || !self.people.is_empty()
    }

    /// Names the loads of which it shows something: how many there are, the newest, and of how many people they show it,
    /// so that a load, a correction and a removal each change the name.
    pub(crate) fn loads(&self) -> String {
        let (mut loads, mut people) = (BTreeSet::new(), 0);
        for segment in &self.segments {
            for (load, of) in segment.record.consists_of().into_iter().zip(segment.ingests.iter()) {
                let shown = of.people.intersection_len(&segment.people);
                if of.people.is_empty() || shown > 0 {
                    loads.insert(load.segment);
                    people += shown;
                }
            }
        }
        format!("{} {} {people}", loads.len(), loads.last().map(String::as_str).unwrap_or_default())
    }

    /// Returns who is who. Blocks when it is first asked for.
    pub(crate) fn persons(&self) -> &Arc<Persons> {
        let members = || self.segments.iter().flat_map(|segment| segment.members());
        let entries =
            || self.segments.iter().flat_map(|segment| segment.files.entries.iter().map(AsRef::as_ref));
        self.persons.get_or_init(|| Arc::new(Persons::new(members(), entries())))
    }

    /// Returns whether an id is that of somebody who is not shown.
    pub(crate) fn hides(&self, id: &str) -> bool {
        self.included.as_ref().is_some_and(|included| included.hides(id))
    }

    /// Returns whether somebody is left out.
    pub(crate) fn is_restricted(&self) -> bool {
        self.included.is_some()
    }

    /// Refuses questions about people where there are only frequencies.
    ///
    /// # Errors
    ///
    /// The dataset holds frequencies.
    pub(crate) fn must_know_people(&self) -> Result<(), EngineError> {
        match self.summary.kind {
            DatasetKind::Individual => Ok(()),
            DatasetKind::Frequency | DatasetKind::Reference => Err(EngineError::Unsupported(
                "a dataset of frequencies knows no people: leave filters and entry types of people out"
                    .into(),
            )),
        }
    }

    /// Refuses what compares frequencies where alleles may be listed of which nothing is known of somebody: a file that
    /// has only what its own people carry says nothing of whoever is in another.
    ///
    /// # Errors
    ///
    /// There may be such alleles.
    pub(crate) fn must_tell_frequencies(&self) -> Result<(), EngineError> {
        let tells = |(_, segment): (_, &Arc<Segment>)| {
            segment.ingests.iter().all(|ingest| ingest.tells_of(&self.everyone))
        };
        // Where something is known without a record, it depends on the allele.
        let is_of_people = self.summary.kind == DatasetKind::Individual;
        if !is_of_people || self.assumes() || self.genotyped_segments().all(tells) {
            return Ok(());
        }
        Err(EngineError::unknown_frequencies(&self.summary.id))
    }

    /// Returns the segments that have alleles, with their positions.
    pub(super) fn genotyped_segments(&self) -> impl Iterator<Item = (u32, &Arc<Segment>)> {
        (0..).zip(&self.segments).filter(|(_, segment)| segment.record.content == Content::Variants)
    }

    /// Returns whether something is known of somebody where no record is.
    pub(super) fn assumes(&self) -> bool {
        self.segments.iter().any(|segment| segment.assumes())
    }

    /// Returns whether a row tells of somebody who is shown. One that does not is of people who are gone, and there would be
    /// none without them.
    pub(crate) fn is_told_of(&self, row: &StoredRow) -> Result<bool, EngineError> {
        match (&row.payload, self.segments.get(row.source as usize)) {
            (Payload::Carriers(packed), Some(segment)) => Ok(!packed.lists_nobody_of(&segment.people)?),
            _ => Ok(true),
        }
    }

    /// Returns the calls of a segment's row with everybody open of whom nobody noted that a file says something.
    pub(crate) fn as_noted(
        &self,
        source: u32,
        packed: PackedCarriers,
    ) -> Result<PackedCarriers, EngineError> {
        match self.segments.get(source as usize) {
            Some(segment) if segment.record.is_vague() => Ok(packed.with_the_missing_open()?),
            _ => Ok(packed),
        }
    }

    /// Returns the id of a person.
    pub(crate) fn name_of(&self, number: u32) -> &str {
        self.names.get(number).map(AsRef::as_ref).unwrap_or_default()
    }

    /// Names everybody.
    pub(crate) fn named(&self) -> Vec<PersonNames> {
        named::named(members_by_age(&self.segments).into_iter(), |number| Arc::from(self.name_of(number)))
    }

    /// Returns the number of a person.
    pub(crate) fn number_of(&self, id: &str) -> Option<u32> {
        self.names.iter().find(|(_, name)| name.as_ref() == id).map(|(number, _)| number)
    }

    /// Returns the id of a biosample of a person; the person's own where none is known.
    pub(crate) fn biosample_of(&self, number: u32) -> &str {
        self.biosamples.get(number).map_or_else(|| self.name_of(number), AsRef::as_ref)
    }

    /// Returns the files of `entries` with the positions of their segments.
    pub(crate) fn entry_files(&self) -> impl Iterator<Item = (u32, MappedFile)> {
        self.files(|segment| segment.files.entry_file.clone())
    }

    /// Returns the files of `facts` with the positions of their segments.
    pub(crate) fn fact_files(&self) -> impl Iterator<Item = (u32, MappedFile)> {
        self.files(|segment| segment.files.fact_file.clone())
    }

    fn files(&self, file: fn(&Segment) -> Option<MappedFile>) -> impl Iterator<Item = (u32, MappedFile)> {
        let files = (0..).zip(&self.segments).map(move |(source, segment)| Some((source, file(segment)?)));
        files.flatten()
    }

    /// Returns the contigs that there are alleles of, in the order of the genome.
    pub(crate) fn contigs(&self) -> BTreeSet<Contig> {
        self.segments.iter().flat_map(|segment| segment.files.parts.keys().cloned()).collect()
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

/// Returns what segments say of their people, oldest ingest first: what was merged need not be side by side.
fn members_by_age(segments: &[Arc<Segment>]) -> Vec<&IndividualRow> {
    let mut members: Vec<_> = segments.iter().flat_map(|segment| segment.members()).collect();
    if !members.is_sorted_by_key(|member| member.ingest()) {
        members.sort_by_key(|member| member.ingest());
    }
    members
}

/// Holds people as runs of numbers, where that is shorter. Most of a cohort are numbered in a row; the carriers of an
/// allele are then cut to them by looking at few bounds instead of at everybody.
fn in_runs(mut people: RoaringBitmap) -> Arc<RoaringBitmap> {
    people.optimize();
    Arc::new(people)
}

/// Sorts people into groups. Of what is said of somebody several times, the last that says something counts.
fn groups<'a>(members: impl Iterator<Item = &'a IndividualRow>) -> Vec<(Group, RoaringBitmap)> {
    let mut known: Numbered<(Sex, &[String])> = Numbered::default();
    for member in members {
        let (sex, populations) = known.get_or_insert_with(member.index, Default::default);
        if member.sex != Sex::Unknown {
            *sex = member.sex;
        }
        if !member.populations.is_empty() {
            *populations = &member.populations;
        }
    }
    // Many people, few kinds of people.
    let mut alike: HashMap<(Sex, &[String]), RoaringBitmap> = HashMap::new();
    for (index, kind) in known.iter() {
        alike.entry(*kind).or_default().insert(index);
    }
    let mut groups: BTreeMap<Group, RoaringBitmap> = BTreeMap::new();
    for ((sex, populations), people) in alike {
        for group in groups_of(sex, populations) {
            *groups.entry(group).or_default() |= &people;
        }
    }
    groups.into_iter().collect()
}

/// Finds families. Of what is said of somebody several times, the last that says something counts.
fn families<'a>(members: impl Iterator<Item = &'a IndividualRow>) -> Families {
    let stated = members.filter_map(|member| Some((member.index, member.family.as_deref()?)));
    let of: BTreeMap<u32, &str> = stated.collect();
    let mut numbers: HashMap<&str, u32> = HashMap::new();
    Families::new(of.into_iter().map(|(person, family)| {
        let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        (person, *numbers.entry(family).or_insert(next))
    }))
}

fn groups_of(sex: Sex, populations: &[String]) -> Vec<Group> {
    let mut groups: Vec<_> = populations.iter().cloned().map(Group::Population).collect();
    if sex != Sex::Unknown {
        let of_sex = |label: &String| Group::PopulationSex(label.clone(), sex);
        groups.extend(populations.iter().map(of_sex));
        groups.push(Group::Sex(sex));
    }
    groups
}
