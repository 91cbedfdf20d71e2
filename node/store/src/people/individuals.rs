//! The people of each segment and the numbers under which bitmaps know them.
//!
//! A person keeps the number for as long as the dataset lives, whatever segments come and go.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use fyr_schemas::{Individual, Sex};
use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize, de::IgnoredAny};

use super::entries::{self, EntryKey};
use crate::{
    StoreError,
    file::{rows, text_item},
    log::{FileRecord, NewFiles, SegmentRecord, StorePlace, Table},
    regions::Regions,
};

/// A row of `individuals`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndividualRow {
    segment: String,
    dataset: String,
    /// The ingest that says so, where its segment was merged with others.
    ingest: Option<Arc<str>>,
    /// Position in the dataset's bitmaps.
    pub index: u32,
    /// Id of the person, or of the sample.
    pub id: Arc<str>,
    /// Karyotypic sex.
    pub sex: Sex,
    /// Population labels, narrowest first.
    pub populations: Vec<String>,
    /// Family id of the pedigree.
    pub family: Option<String>,
    /// Where a file says that they have the bases of the reference sequence: blocks of a genome VCF.
    pub called: Option<Regions>,
    /// Where a file says that they were not called, whatever is stated of its regions.
    pub uncalled: Option<Regions>,
}

impl IndividualRow {
    /// Returns the ingest that says so: the segment as which it was committed. Of what several say, they are in order.
    pub fn ingest(&self) -> &str {
        self.ingest.as_deref().unwrap_or(&self.segment)
    }
}

/// Who a row is about, as far as it matters to those who rewrite alleles.
#[derive(Debug, Deserialize)]
pub(crate) struct Member {
    /// Position in the dataset's bitmaps.
    pub(crate) index: u32,
    /// Their id, or that of their sample.
    pub(crate) id: String,
    segment: String,
    ingest: Option<String>,
    called: Option<IgnoredAny>,
}

impl Member {
    /// Returns the ingest that says so.
    pub(crate) fn ingest(&self) -> &str {
        self.ingest.as_deref().unwrap_or(&self.segment)
    }

    /// Returns whether a file says where they have the bases of the reference sequence.
    pub(crate) fn has_blocks(&self) -> bool {
        self.called.is_some()
    }
}

/// What the files of a segment say of a person beside alleles.
#[derive(Clone, Debug, Default)]
pub(crate) struct SeenOf {
    /// Where they have the bases of the reference sequence.
    pub(crate) called: Regions,
    /// Where they were not called.
    pub(crate) uncalled: Regions,
}

impl IndividualRow {
    /// Returns the segment that says it.
    pub(crate) fn segment(&self) -> &str {
        &self.segment
    }

    /// Returns who it is, and nothing else that the segment says of them.
    pub(crate) fn name_alone(&self) -> Self {
        Self {
            sex: Sex::Unknown,
            populations: Vec::new(),
            family: None,
            called: None,
            uncalled: None,
            ingest: None,
            ..self.clone()
        }
    }
}

/// Columns of `individuals`.
pub(crate) fn individuals_schema() -> SchemaRef {
    let text = |name, nullable| Field::new(name, DataType::Utf8, nullable);
    Arc::new(Schema::new(vec![
        text("segment", false),
        text("dataset", false),
        text("ingest", true),
        Field::new("index", DataType::Int32, false),
        text("id", false),
        text("sex", false),
        Field::new("populations", DataType::List(text_item()), false),
        text("family", true),
        Field::new("called", DataType::Binary, true),
        Field::new("uncalled", DataType::Binary, true),
    ]))
}

/// The numbers of people: whom the dataset has already keeps the number, the others come behind.
///
/// A sample id may name a person, or a biosample of one.
#[derive(Debug)]
pub(crate) struct Numbers {
    known: HashMap<String, u32>,
    next: u32,
}

impl Numbers {
    /// Starts with those whom a dataset has.
    pub(crate) fn new(people: &[IndividualRow], entries: &[EntryKey]) -> Self {
        let biosamples = entries::people_of_biosamples(entries).into_iter();
        let mut known: HashMap<String, u32> =
            biosamples.map(|(id, person)| (id.to_owned(), person)).collect();
        known.extend(people.iter().map(|row| (row.id.to_string(), row.index)));
        // A document may be of somebody whose genotypes are gone, and whom nothing else names: nobody else gets the number.
        let of_documents =
            entries.iter().flat_map(|key| key.individual.iter().chain(key.members.iter().flatten()));
        let next = known.values().chain(of_documents).max().map_or(0, |last| last + 1);
        Self { known, next }
    }

    /// Returns the number of somebody who has one.
    pub(crate) fn find(&self, id: &str) -> Option<u32> {
        self.known.get(id).copied()
    }

    /// Returns somebody's number, a new one if need be.
    pub(crate) fn of(&mut self, id: &str) -> u32 {
        if let Some(number) = self.find(id) {
            return number;
        }
        self.next += 1;
        self.alias(id, self.next - 1);
        self.next - 1
    }

    /// Gives a number another name.
    pub(crate) fn alias(&mut self, id: &str, number: u32) {
        self.known.insert(id.to_owned(), number);
    }
}

/// Reads the people of segments; who is in several comes several times, as of the latest last.
///
/// # Errors
///
/// A file cannot be read.
pub fn read<'a>(
    place: &StorePlace,
    segments: impl IntoIterator<Item = &'a SegmentRecord>,
) -> Result<Vec<IndividualRow>, StoreError> {
    let mut people = Vec::new();
    for segment in segments {
        for file in segment.files.iter().filter(|file| file.table == Table::Individuals) {
            people.extend(rows::read::<IndividualRow>(place.read(&file.path)?, &file.path)?);
        }
    }
    Ok(people)
}

/// Reads who is in a segment, without what is said of them.
pub(crate) fn members(place: &StorePlace, segment: &SegmentRecord) -> Result<Vec<Member>, StoreError> {
    let mut members = Vec::new();
    for file in segment.files.iter().filter(|file| file.table == Table::Individuals) {
        let columns = ["index", "id", "segment", "ingest", "called"];
        members.extend(rows::read_columns::<Member>(place.read(&file.path)?, &file.path, &columns)?);
    }
    Ok(members)
}

/// Writes the people of segments as those of one that these are merged into, a segment at a time: what all of them say
/// need not be held at once. Of people who are in no set of `assuming`, nothing is known where no record is, so that
/// where they were not called does not matter; in another company it would.
pub(crate) fn merge(
    files: &mut NewFiles,
    segment: &str,
    place: &StorePlace,
    of: &[(&SegmentRecord, &RoaringBitmap)],
) -> Result<(), StoreError> {
    let file = files.create(FileRecord::of_table(Table::Individuals, segment))?;
    let mut count = 0;
    let people = of.iter().map(|(record, assuming)| {
        let mut people = read(place, [*record])?;
        for row in &mut people {
            row.ingest = Some(row.ingest().into());
            segment.clone_into(&mut row.segment);
            if !assuming.contains(row.index) {
                row.uncalled = None;
            }
        }
        count += people.len() as u64;
        Ok(people)
    });
    let file = rows::write_chunks(file, individuals_schema(), people)?;
    files.close(file, count)
}

/// Writes people again, as those of another segment.
pub(crate) fn rewrite(
    files: &mut NewFiles,
    segment: &str,
    mut people: Vec<IndividualRow>,
) -> Result<(), StoreError> {
    people.iter_mut().for_each(|row| segment.clone_into(&mut row.segment));
    write_rows(files, segment, &people)
}

/// Writes the people of a segment.
pub(crate) fn write(
    files: &mut NewFiles,
    segment: &str,
    dataset: &str,
    (people, indices): (&[Individual], &[u32]),
    mut seen: BTreeMap<u32, SeenOf>,
) -> Result<(), StoreError> {
    let some = |regions: Regions| Some(regions).filter(|regions| !regions.is_empty());
    let row = |(person, &index): (&Individual, &u32)| {
        let SeenOf { called, uncalled } = seen.remove(&index).unwrap_or_default();
        IndividualRow {
            segment: segment.to_owned(),
            dataset: dataset.to_owned(),
            ingest: None,
            index,
            id: person.id.as_str().into(),
            sex: person.sex,
            populations: person.populations.clone(),
            family: person.family.clone(),
            called: some(called),
            uncalled: some(uncalled),
        }
    };
    let people: Vec<_> = people.iter().zip(indices).map(row).collect();
    write_rows(files, segment, &people)
}

fn write_rows(files: &mut NewFiles, segment: &str, people: &[IndividualRow]) -> Result<(), StoreError> {
    let file = files.create(FileRecord::of_table(Table::Individuals, segment))?;
    files.close(rows::write(file, individuals_schema(), people)?, people.len() as u64)
}
