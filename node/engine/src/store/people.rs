//! The people of each segment and the numbers under which bitmaps know them.
//!
//! A person keeps the number for as long as the dataset lives, whatever segments come and go.

use std::{collections::HashMap, path::Path, sync::Arc};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use fyr_schemas::{Individual, Sex};
use serde::{Deserialize, Serialize};

use super::{
    catalog::SegmentRecord,
    layout::{FileRecord, Table},
    rows,
};
use crate::{
    EngineError,
    segment::{schema::text_item, write::NewFiles},
};

/// A row of `individuals`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct IndividualRow {
    segment: String,
    dataset: String,
    /// Position in the dataset's bitmaps.
    pub(crate) index: u32,
    id: String,
    /// Karyotypic sex.
    pub(crate) sex: Sex,
    /// Population labels, narrowest first.
    pub(crate) populations: Vec<String>,
    family: Option<String>,
}

/// Columns of `individuals`.
pub(crate) fn schema() -> SchemaRef {
    let text = |name, nullable| Field::new(name, DataType::Utf8, nullable);
    Arc::new(Schema::new(vec![
        text("segment", false),
        text("dataset", false),
        Field::new("index", DataType::Int32, false),
        text("id", false),
        text("sex", false),
        Field::new("populations", DataType::List(text_item()), false),
        text("family", true),
    ]))
}

/// Numbers people: whom the dataset has already keeps the number, the others come behind.
pub(crate) fn number(known: &[IndividualRow], people: &[Individual]) -> Vec<u32> {
    let mut numbers: HashMap<&str, u32> = known.iter().map(|row| (row.id.as_str(), row.index)).collect();
    let mut next = known.iter().map(|row| row.index + 1).max().unwrap_or(0);
    let mut number = |person| {
        *numbers.entry(person).or_insert_with(|| {
            next += 1;
            next - 1
        })
    };
    people.iter().map(|person| number(person.id.as_str())).collect()
}

/// Reads the people of segments; who is in several comes several times, as of the latest last.
pub(crate) fn read<'a>(
    root: &Path,
    segments: impl IntoIterator<Item = &'a SegmentRecord>,
) -> Result<Vec<IndividualRow>, EngineError> {
    let mut people = Vec::new();
    for segment in segments {
        for file in segment.files.iter().filter(|file| file.table == Table::Individuals) {
            people.extend(rows::read::<IndividualRow>(&root.join(&file.path))?);
        }
    }
    Ok(people)
}

/// Writes the people of a segment.
pub(crate) fn write(
    files: &mut NewFiles,
    segment: &str,
    dataset: &str,
    people: &[Individual],
    indices: &[u32],
) -> Result<(), EngineError> {
    let row = |(person, &index): (&Individual, &u32)| IndividualRow {
        segment: segment.to_owned(),
        dataset: dataset.to_owned(),
        index,
        id: person.id.clone(),
        sex: person.sex,
        populations: person.populations.clone(),
        family: person.family.clone(),
    };
    let people: Vec<_> = people.iter().zip(indices).map(row).collect();
    let file = files.create(FileRecord::of_table(Table::Individuals, segment))?;
    files.close(rows::write(file, schema(), &people)?, people.len() as u64)
}
