//! The documents of a page of entries.

use std::collections::BTreeMap;

use datafusion::logical_expr::{col, lit};
use fyr_schemas::{EntryType, Group};
use fyr_store::people::{COHORT_SIZE, entry_schema, redact};
use roaring::RoaringBitmap;
use serde_json::{Value, json};

use super::{
    super::{dataset::Dataset, session::EngineSession},
    table,
};
use crate::EngineError;

/// Reads documents, in the order of their numbers.
///
/// A person without a document of their own has one made of what ingest knows.
pub(crate) async fn page(
    session: &EngineSession,
    dataset: &Dataset,
    kind: EntryType,
    numbers: &RoaringBitmap,
) -> Result<Vec<Value>, EngineError> {
    let mut documents = read(session, dataset, kind, numbers).await?;
    if kind != EntryType::Individual {
        return Ok(documents.into_values().collect());
    }
    let person = |number: u32| person(dataset, number, documents.remove(&number));
    Ok(numbers.iter().map(person).collect())
}

async fn read(
    session: &EngineSession,
    dataset: &Dataset,
    kind: EntryType,
    numbers: &RoaringBitmap,
) -> Result<BTreeMap<u32, Value>, EngineError> {
    let wanted = numbers.iter().map(|number| lit(number.cast_signed())).collect();
    let filter = col("entry_type").eq(lit(kind.id())).and(col("number").in_list(wanted, false));
    let columns = [table::SOURCE, "number", "document"];
    let batches = table::select(session, &entry_schema(), dataset.entry_files(), filter, &columns).await?;
    let mut documents = BTreeMap::new();
    for batch in &batches {
        for ((segment, number), text) in table::rows(batch)?.into_iter().zip(table::texts(batch, "document")?)
        {
            let is_current = !dataset
                .entries
                .current(kind, segment as usize, RoaringBitmap::from_iter([number]))
                .is_empty();
            if is_current {
                let document = serde_json::from_str(text.unwrap_or_default());
                let damaged = |error| EngineError::Corrupt(format!("a document of {kind}: {error}"));
                let mut document = document.map_err(damaged)?;
                redact(&mut document, &|id| dataset.hides(id));
                count_members(&mut document, dataset, kind, number);
                documents.insert(number, document);
            }
        }
    }
    Ok(documents)
}

/// Says of a cohort that lists its people how many of them are here.
fn count_members(document: &mut Value, dataset: &Dataset, kind: EntryType, number: u32) {
    let key = dataset.entries.of(kind).and_then(|index| index.get(number));
    let members = key.filter(|_| kind == EntryType::Cohort).and_then(|key| key.members.as_ref());
    if let (Some(members), Some(cohort)) = (members, document.as_object_mut()) {
        cohort.insert(COHORT_SIZE.to_owned(), json!(members.len()));
    }
}

fn person(dataset: &Dataset, number: u32, document: Option<Value>) -> Value {
    let is_theirs = |(_, people): &&(Group, RoaringBitmap)| people.contains(number);
    let (mut populations, mut sex) = (Vec::new(), fyr_schemas::Sex::Unknown);
    for (group, _) in dataset.groups.iter().filter(is_theirs) {
        match group {
            Group::Population(label) => populations.push(label.clone()),
            Group::Sex(known) => sex = *known,
            Group::Total | Group::PopulationSex(..) => {}
        }
    }
    let (id, label) = sex.term();
    let made = || json!({ "id": dataset.name_of(number), "sex": { "id": id, "label": label } });
    let mut document = document.unwrap_or_else(made);
    if let (false, Some(members)) = (populations.is_empty(), document.as_object_mut()) {
        let info = members.entry("info").or_insert_with(|| json!({}));
        if let Some(info) = info.as_object_mut() {
            info.insert("populations".to_owned(), json!(populations));
        }
    }
    document
}
