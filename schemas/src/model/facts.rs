//! What a document states, by the table: one fact a term, text, date, number, duration, yes or no.

use serde_json::Value;

use super::{
    Fact, canonical_curie,
    table::{self, Kind, MEASUREMENT, Object, PEDIGREE},
};
use crate::{EntryType, duration};

/// Returns the facts of a checked document.
pub(super) fn of(entry_type: EntryType, document: &Value) -> Vec<Fact> {
    let mut walk = Walk::default();
    if let Some(object) = table::of(entry_type) {
        walk.object(object, document, "", false);
    }
    walk.facts
}

#[derive(Default)]
struct Walk {
    facts: Vec<Fact>,
}

impl Walk {
    fn object(&mut self, object: &'static Object, value: &Value, path: &str, absent: bool) {
        // What a pedigree tells is about others.
        if std::ptr::eq(object, &raw const PEDIGREE) {
            return;
        }
        let absent = absent || value.get("excluded").and_then(Value::as_bool).unwrap_or(false);
        if std::ptr::eq(object, &raw const MEASUREMENT) {
            self.measure(value, path, absent);
        }
        for member in object.members.iter().filter(|member| member.name != "excluded") {
            let Some(value) = value.get(member.name) else { continue };
            let path =
                if path.is_empty() { member.name.to_owned() } else { format!("{path}.{}", member.name) };
            match value {
                Value::Array(items) => {
                    items.iter().for_each(|item| self.value(member.kind, item, &path, absent))
                }
                value => self.value(member.kind, value, &path, absent),
            }
        }
    }

    fn value(&mut self, kind: Kind, value: &Value, path: &str, absent: bool) {
        match kind {
            Kind::Id | Kind::Unit | Kind::Any => {}
            Kind::Object(object) => self.object(object, value, path, absent),
            Kind::Term => self.facts.extend(term(value, path, absent)),
            Kind::OneOf(kinds) => {
                if let Some(kind) = kinds.iter().find(|kind| fits(**kind, value)) {
                    self.value(*kind, value, path, absent);
                }
            }
            _ => self.facts.push(plain(kind, value, path, absent)),
        }
    }

    /// A measure is asked for by its assay and compared by its value: both stand in one fact.
    fn measure(&mut self, value: &Value, path: &str, absent: bool) {
        let assay = value.get("assayCode").and_then(|assay| term(assay, path, absent));
        let number = value.pointer("/measurementValue/value").and_then(Value::as_f64);
        if let (Some(assay), Some(_)) = (assay, number) {
            self.facts.push(Fact { number, ..assay });
        }
    }
}

fn term(value: &Value, path: &str, absent: bool) -> Option<Fact> {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let term = Some(canonical_curie(text("id")?)?);
    Some(Fact {
        field: path.to_owned(),
        term,
        label: text("label").map(str::to_owned),
        absent,
        ..Fact::default()
    })
}

fn plain(kind: Kind, value: &Value, path: &str, absent: bool) -> Fact {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let number = match kind {
        Kind::Duration => duration::years(&text),
        _ => value.as_f64(),
    };
    Fact { field: path.to_owned(), text: Some(text), number, absent, ..Fact::default() }
}

/// Returns whether a checked value is of one kind among several.
fn fits(kind: Kind, value: &Value) -> bool {
    match kind {
        Kind::Object(object) => {
            let has_required =
                |member: &super::table::Member| !member.required || value.get(member.name).is_some();
            value.is_object() && object.members.iter().all(has_required)
        }
        Kind::Term => value.get("id").is_some(),
        _ => value.is_string(),
    }
}
