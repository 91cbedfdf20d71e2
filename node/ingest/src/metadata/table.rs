//! Tables: tab-separated files with a header, and a description of what their columns mean.
//!
//! ```toml
//! entry_type = "individual"
//!
//! [columns]
//! "Subject id" = "id"
//! "Sex" = { path = "sex", terms = { male = "NCIT:C20197", female = "NCIT:C16576" } }
//! "ICD-10" = { path = "diseases.diseaseCode", prefix = "ICD10", separator = ";" }
//! "Height" = { path = "measures", assay = "LOINC:8308-9", unit = "NCIT:C49668", missing = ["NA", "#REF!"] }
//! ```

mod cell;

use std::{collections::BTreeMap, io::Read, path::Path};

use fyr_schemas::{
    EntryType,
    model::{Entry, is_term},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{MetadataError, open};

/// What the columns of a table mean.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    entry_type: EntryType,
    columns: BTreeMap<String, Meaning>,
}

/// What one column means: where its values go, and how they are written.
#[derive(Deserialize)]
#[serde(untagged)]
enum Meaning {
    Path(String),
    Column(Column),
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Column {
    /// Path in the model: `diseases.diseaseCode`; `measures` with an assay.
    path: String,
    /// Terms by the words of the table, which become the labels.
    terms: BTreeMap<String, String>,
    /// Prefix of codes that are written without one.
    prefix: Option<String>,
    /// What stands between several values.
    separator: Option<String>,
    /// What is measured, where the values are measures.
    assay: Option<String>,
    /// In what.
    unit: Option<String>,
    /// Words that say nothing, beside the empty one.
    missing: Vec<String>,
}

/// Reads the entries of a table.
pub(super) fn read(path: &Path, description: &Path) -> Result<Vec<Entry>, MetadataError> {
    let described = describe(description)?;
    let mut text = String::new();
    let fault = |source| MetadataError::Read { path: path.to_owned(), source };
    open(path)?.read_to_string(&mut text).map_err(fault)?;
    let rows = text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n");
    let mut rows = (1_u64..).zip(rows.lines()).filter(|(_, row)| !row.trim().is_empty());
    let (top, header) = rows.next().unwrap_or((1, ""));
    let table = Table::of(path, &described, (top, header))?;
    (1_u64..).zip(rows).map(|(record, (line, row))| table.entry(record, line, row)).collect()
}

/// A table whose header has been read.
struct Table<'d> {
    path: &'d Path,
    entry_type: EntryType,
    /// How many columns there are.
    width: usize,
    /// The described columns, by name, with their places.
    columns: Vec<(&'d str, usize, &'d Column)>,
}

impl<'d> Table<'d> {
    fn of(
        path: &'d Path,
        described: &'d Described,
        (row, header): (u64, &str),
    ) -> Result<Self, MetadataError> {
        let plain = |name: &str| cell::plain(name).unwrap_or_else(|_| name.to_owned());
        let header: Vec<String> = header.split('\t').map(plain).collect();
        let mut table =
            Self { path, entry_type: described.entry_type, width: header.len(), columns: Vec::new() };
        for (name, column) in &described.columns {
            let at = place(&header, name).map_err(|reason| table.refused(row, name, reason))?;
            table.columns.push((name, at, column));
        }
        Ok(table)
    }

    fn entry(&self, record: u64, line: u64, row: &str) -> Result<Entry, MetadataError> {
        let cells: Vec<&str> = row.split('\t').collect();
        if let Some(beyond) = cells.iter().skip(self.width).find(|cell| !cell.trim().is_empty()) {
            let reason = format!("`{beyond}` stands behind the last column: is a tab missing in the header?");
            return Err(self.refused(line, "", reason));
        }
        let mut document = json!({});
        for (name, at, column) in &self.columns {
            let values = column.values(self.entry_type, cells.get(*at).copied().unwrap_or_default());
            let values = values.map_err(|reason| self.refused(line, name, reason))?;
            values.into_iter().for_each(|value| put(&mut document, &column.path, value));
        }
        let id = document.get("id").and_then(Value::as_str).map(str::to_owned);
        Entry::new(self.entry_type, document).map_err(|faults| MetadataError::Record {
            path: self.path.to_owned(),
            record,
            id,
            faults,
        })
    }

    fn refused(&self, row: u64, column: &str, reason: String) -> MetadataError {
        MetadataError::Cell { path: self.path.to_owned(), row, column: column.to_owned(), reason }
    }
}

/// Returns where a column is; its name must be there once.
fn place(header: &[String], name: &str) -> Result<usize, String> {
    let mut places = header.iter().enumerate().filter(|(_, column)| *column == name).map(|(at, _)| at);
    match (places.next(), places.next()) {
        (Some(at), None) => Ok(at),
        (None, _) => Err("the table has no such column".to_owned()),
        (Some(_), Some(_)) => Err("the table has two columns of this name: rename one of them".to_owned()),
    }
}

/// A description with every column in its long form.
struct Described {
    entry_type: EntryType,
    columns: BTreeMap<String, Column>,
}

fn describe(path: &Path) -> Result<Described, MetadataError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| MetadataError::Read { path: path.to_owned(), source })?;
    let description: Description = toml::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| MetadataError::Columns { path: path.to_owned(), reason: error.to_string() })?;
    let column = |meaning| match meaning {
        Meaning::Path(path) => Column { path, ..Column::default() },
        Meaning::Column(column) => column,
    };
    let columns = description.columns.into_iter().map(|(name, meaning)| (name, column(meaning)));
    Ok(Described { entry_type: description.entry_type, columns: columns.collect() })
}

impl Column {
    /// Returns the values of a cell.
    fn values(&self, entry_type: EntryType, cell: &str) -> Result<Vec<Value>, String> {
        let texts = cell::split(cell, self.separator.as_deref())?;
        let says = |text: &&String| !text.is_empty() && !self.missing.contains(text);
        texts.iter().filter(says).map(|text| self.value(entry_type, text)).collect()
    }

    fn value(&self, entry_type: EntryType, text: &str) -> Result<Value, String> {
        if let Some(assay) = &self.assay {
            let number = text.parse::<f64>().map_or_else(|_| json!(text), |number| json!(number));
            return Ok(json!({
                "assayCode": { "id": assay },
                "measurementValue": { "value": number, "unit": { "id": self.unit } },
            }));
        }
        if let Some(term) = self.terms.get(text) {
            return Ok(json!({ "id": term, "label": text }));
        }
        if self.prefix.is_none() && !is_term(entry_type, &self.path) {
            return Ok(json!(text));
        }
        Ok(json!({ "id": cell::term(text, self.prefix.as_deref())? }))
    }
}

/// Lists of the model whose items a path goes into.
const LISTS: [&str; 7] = [
    "diseases",
    "phenotypicFeatures",
    "measures",
    "measurements",
    "interventionsOrProcedures",
    "treatments",
    "diagnosticMarkers",
];

/// Puts a value at a path; an item of a list is a new one.
fn put(document: &mut Value, path: &str, value: Value) {
    let Some(members) = document.as_object_mut() else { return };
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let nested = |value| match rest {
        None => value,
        Some(rest) => {
            let mut inner = Value::Object(Map::new());
            put(&mut inner, rest, value);
            inner
        }
    };
    if LISTS.contains(&first) {
        if let Value::Array(items) = members.entry(first).or_insert_with(|| json!([])) {
            items.push(nested(value));
        }
    } else if let (Some(rest), Some(inner)) = (rest, members.get_mut(first)) {
        put(inner, rest, value);
    } else {
        members.insert(first.to_owned(), nested(value));
    }
}
