//! JSON: documents of the Beacon model (BFF), or Phenopackets; an array, one object, or one object a line.

use std::{io::Read, path::Path};

use fyr_schemas::{EntryType, model::Entry};
use serde_json::Value;

use super::{
    MetadataError, Said, open,
    phenopacket::{self, Parts},
};

/// Reads all entries of a file, and who is said to be of a family.
pub(super) fn read(path: &Path, entry_type: Option<EntryType>) -> Result<Said, MetadataError> {
    let mut said = Said::default();
    for (number, document) in (1_u64..).zip(documents(path)?) {
        let (entries, related) = entries_of(path, number, entry_type, document)?;
        said.0.extend(entries);
        said.1.extend(related);
    }
    Ok(said)
}

fn documents(path: &Path) -> Result<Vec<Value>, MetadataError> {
    let mut text = String::new();
    let fault = |source| MetadataError::Read { path: path.to_owned(), source };
    open(path)?.read_to_string(&mut text).map_err(fault)?;
    // Windows programs begin a file with a mark of its encoding.
    let text = text.trim_start_matches('\u{feff}');
    let mut documents = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        let record = documents.len() as u64 + 1;
        let syntax = |error: serde_json::Error| MetadataError::Syntax {
            path: path.to_owned(),
            record,
            reason: error.to_string(),
        };
        match value.map_err(syntax)? {
            Value::Array(items) => documents.extend(items),
            other => documents.push(other),
        }
    }
    Ok(documents)
}

fn entries_of(
    path: &Path,
    record: u64,
    entry_type: Option<EntryType>,
    document: Value,
) -> Result<Said, MetadataError> {
    let id = document.get("id").and_then(Value::as_str).map(str::to_owned);
    let refused = |faults| MetadataError::Record { path: path.to_owned(), record, id: id.clone(), faults };
    let parts = if phenopacket::is_one(&document) {
        phenopacket::parts(document).map_err(|fault| refused(vec![fault]))?
    } else {
        let entry_type = entry_type.ok_or_else(|| MetadataError::UnknownType(path.to_owned()))?;
        Parts { documents: vec![(entry_type, document)], related: Vec::new() }
    };
    let entry = |(entry_type, document)| Entry::new(entry_type, document).map_err(refused);
    let entries = parts.documents.into_iter().map(entry).collect::<Result<_, _>>()?;
    Ok((entries, parts.related))
}
