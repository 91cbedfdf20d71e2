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

use std::{collections::BTreeMap, path::Path};

use fyr_schemas::{
    EntryType,
    model::{Entry, ModelFault},
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
    let mut reader =
        csv::ReaderBuilder::new().delimiter(b'\t').quoting(false).flexible(true).from_reader(open(path)?);
    let refused = |record: u64, field: &str, reason: String| MetadataError::Record {
        path: path.to_owned(),
        record,
        id: None,
        faults: vec![ModelFault { field: field.to_owned(), reason }],
    };
    let header = reader.headers().map_err(|error| refused(0, "header", error.to_string()))?.clone();
    let find = |name: &str| header.iter().position(|column| column.trim() == name);
    let mut columns = Vec::new();
    for (name, column) in &described.columns {
        let at = find(name).ok_or_else(|| refused(0, name, "the table has no such column".to_owned()))?;
        columns.push((at, column.clone()));
    }
    let mut entries = Vec::new();
    for (number, row) in (1_u64..).zip(reader.records()) {
        let row = row.map_err(|error| refused(number, "row", error.to_string()))?;
        let mut document = json!({});
        for (at, column) in &columns {
            column.write(row.get(*at).unwrap_or_default(), &mut document);
        }
        let id = document.get("id").and_then(Value::as_str).map(str::to_owned);
        let entry = Entry::new(described.entry_type, document);
        let refused = |faults| MetadataError::Record { path: path.to_owned(), record: number, id, faults };
        entries.push(entry.map_err(refused)?);
    }
    Ok(entries)
}

/// A description with every column in its long form.
struct Described {
    entry_type: EntryType,
    columns: BTreeMap<String, Column>,
}

fn describe(path: &Path) -> Result<Described, MetadataError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| MetadataError::Read { path: path.to_owned(), source })?;
    let description: Description = toml::from_str(&text)
        .map_err(|error| MetadataError::Columns { path: path.to_owned(), reason: error.to_string() })?;
    let column = |meaning| match meaning {
        Meaning::Path(path) => Column { path, ..Column::default() },
        Meaning::Column(column) => column,
    };
    let columns = description.columns.into_iter().map(|(name, meaning)| (name, column(meaning)));
    Ok(Described { entry_type: description.entry_type, columns: columns.collect() })
}

impl Column {
    /// Writes the values of a cell into a document.
    fn write(&self, cell: &str, document: &mut Value) {
        let separator = self.separator.as_deref().unwrap_or("\u{0}");
        for value in cell.split(separator).map(str::trim) {
            if !value.is_empty() && !self.missing.iter().any(|word| word == value) {
                put(document, &self.path, self.value(value));
            }
        }
    }

    fn value(&self, text: &str) -> Value {
        if let Some(assay) = &self.assay {
            let number = text.parse::<f64>().map_or_else(|_| json!(text), |number| json!(number));
            return json!({
                "assayCode": { "id": assay },
                "measurementValue": { "value": number, "unit": { "id": self.unit } },
            });
        }
        if let Some(term) = self.terms.get(text) {
            return json!({ "id": term, "label": text });
        }
        match &self.prefix {
            Some(prefix) => json!({ "id": format!("{prefix}:{text}") }),
            None => json!(text),
        }
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
