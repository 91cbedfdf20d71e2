//! What is known of people, samples, runs, analyses and cohorts: the tables `entries` and `facts`.
//!
//! An entry has a number among those of its type in its dataset; an individual's number is the one that
//! bitmaps know. Of two segments that have an entry, the later one's counts.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use fyr_schemas::EntryType;
use serde::{Deserialize, Serialize};

use crate::{
    StoreError,
    file::rows,
    log::{FileRecord, NewFiles, SegmentRecord, StorePlace, Table},
};

/// A row of `entries`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct EntryRow {
    pub(crate) segment: String,
    pub(crate) dataset: String,
    pub(crate) entry_type: EntryType,
    /// Number among the entries of its type.
    pub(crate) number: u32,
    pub(crate) id: String,
    /// Number of the person.
    pub(crate) individual: Option<u32>,
    /// Number of the biosample.
    pub(crate) biosample: Option<u32>,
    /// Number of the run.
    pub(crate) run: Option<u32>,
    /// Numbers of the members of a cohort; none where it holds everyone.
    pub(crate) members: Option<Vec<u32>>,
    /// The document, as JSON.
    pub(crate) document: String,
}

impl EntryRow {
    /// Returns what stays in memory.
    pub(crate) fn key(&self) -> EntryKey {
        EntryKey {
            entry_type: self.entry_type,
            number: self.number,
            id: self.id.as_str().into(),
            individual: self.individual,
            biosample: self.biosample,
            run: self.run,
            members: self.members.clone(),
            links: None,
        }
    }
}

/// A row of `facts`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct FactRow {
    pub(crate) segment: String,
    pub(crate) dataset: String,
    pub(crate) entry_type: EntryType,
    pub(crate) number: u32,
    pub(crate) field: String,
    pub(crate) term: Option<String>,
    pub(crate) label: Option<String>,
    pub(crate) text: Option<String>,
    pub(crate) value: Option<f64>,
    pub(crate) absent: bool,
}

/// What of an entry stays in memory.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct EntryKey {
    /// Its type.
    pub entry_type: EntryType,
    /// Number among the entries of its type; an individual's is the person's.
    pub number: u32,
    /// Its id.
    pub id: Arc<str>,
    /// Number of the person.
    #[serde(default)]
    pub individual: Option<u32>,
    /// Number of the biosample.
    #[serde(default)]
    pub biosample: Option<u32>,
    /// Number of the run.
    #[serde(default)]
    pub run: Option<u32>,
    /// Numbers of the members of a cohort; none where it holds everyone.
    #[serde(default)]
    pub members: Option<Vec<u32>>,
    /// What a run or an analysis names instead of a person.
    #[serde(skip)]
    pub links: Option<Links>,
}

/// Ids in the document of an entry that names no person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Links {
    /// Id of a biosample, whether or not there is one.
    #[serde(default, rename = "biosampleId")]
    pub biosample: Option<String>,
    /// Id of a run, whether or not there is one.
    #[serde(default, rename = "runId")]
    pub run: Option<String>,
}

/// What tells the links of an entry.
#[derive(Deserialize)]
struct LinkRow {
    entry_type: EntryType,
    number: u32,
    #[serde(default)]
    individual: Option<u32>,
    document: String,
}

/// The member of a cohort's document that says how many people it has. Where they are listed it is not stored.
pub const COHORT_SIZE: &str = "cohortSize";

/// Columns of `entries` that [`EntryKey`] needs.
const KEY: [&str; 7] = ["entry_type", "number", "id", "individual", "biosample", "run", "members"];

fn text(name: &str, nullable: bool) -> Field {
    Field::new(name, DataType::Utf8, nullable)
}

fn number(name: &str, nullable: bool) -> Field {
    Field::new(name, DataType::Int32, nullable)
}

/// Columns of `entries`.
pub fn entry_schema() -> SchemaRef {
    let element = Arc::new(Field::new("element", DataType::Int32, false));
    Arc::new(Schema::new(vec![
        text("segment", false),
        text("dataset", false),
        text("entry_type", false),
        number("number", false),
        text("id", false),
        number("individual", true),
        number("biosample", true),
        number("run", true),
        Field::new("members", DataType::List(element), true),
        text("document", false),
    ]))
}

/// Columns of `facts`.
pub fn fact_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        text("segment", false),
        text("dataset", false),
        text("entry_type", false),
        number("number", false),
        text("field", false),
        text("term", true),
        text("label", true),
        text("text", true),
        Field::new("value", DataType::Float64, true),
        Field::new("absent", DataType::Boolean, false),
    ]))
}

/// Reads the entries of segments without their documents, oldest segment first.
///
/// # Errors
///
/// A file cannot be read.
pub fn read<'a>(
    place: &StorePlace,
    segments: impl IntoIterator<Item = &'a SegmentRecord>,
) -> Result<Vec<EntryKey>, StoreError> {
    let mut keys = Vec::new();
    for segment in segments {
        for file in segment.files.iter().filter(|file| file.table == Table::Entries) {
            keys.extend(read_keys(place, &file.path)?);
        }
    }
    Ok(keys)
}

fn read_keys(place: &StorePlace, path: &str) -> Result<Vec<EntryKey>, StoreError> {
    let file = place.read(path)?;
    let mut keys = rows::read_columns::<EntryKey>(file.clone(), path, &KEY)?;
    if !keys.iter().any(|key| is_loose(key.entry_type, key.individual)) {
        return Ok(keys);
    }
    let rows =
        rows::read_columns::<LinkRow>(file, path, &["entry_type", "number", "individual", "document"])?;
    let loose = rows.into_iter().filter(|row| is_loose(row.entry_type, row.individual));
    let links: HashMap<_, Links> = loose
        .map(|row| ((row.entry_type, row.number), serde_json::from_str(&row.document).unwrap_or_default()))
        .collect();
    for key in &mut keys {
        key.links = links.get(&(key.entry_type, key.number)).cloned();
    }
    Ok(keys)
}

/// Returns whether an entry that is about a person may tell whom only by what it comes from.
fn is_loose(entry_type: EntryType, individual: Option<u32>) -> bool {
    individual.is_none() && entry_type.may_name_only_its_source()
}

/// Counts the distinct entries of each type.
pub(crate) fn count(keys: &[EntryKey]) -> BTreeMap<EntryType, u64> {
    let distinct: BTreeSet<_> = keys.iter().map(|key| (key.entry_type, key.number)).collect();
    let mut counts = BTreeMap::new();
    for (entry_type, _) in distinct {
        *counts.entry(entry_type).or_default() += 1;
    }
    counts
}

/// Returns the numbers of people by the ids of their biosamples.
pub(crate) fn people_of_biosamples(keys: &[EntryKey]) -> HashMap<&str, u32> {
    let biosamples = keys.iter().filter(|key| key.entry_type == EntryType::Biosample);
    biosamples.filter_map(|key| Some((key.id.as_ref(), key.individual?))).collect()
}

/// Writes both tables of a segment; facts in the order in which filters look for them.
pub(crate) fn write(
    files: &mut NewFiles,
    segment: &str,
    entries: &[EntryRow],
    mut facts: Vec<FactRow>,
) -> Result<(), StoreError> {
    let file = files.create(FileRecord::of_table(Table::Entries, segment))?;
    files.close(rows::write(file, entry_schema(), entries)?, entries.len() as u64)?;
    facts.sort_by(|a, b| {
        (a.entry_type, &a.field, &a.term, a.number).cmp(&(b.entry_type, &b.field, &b.term, b.number))
    });
    let file = files.create(FileRecord::of_table(Table::Facts, segment))?;
    files.close(rows::write(file, fact_schema(), &facts)?, facts.len() as u64)
}
