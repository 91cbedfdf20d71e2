//! The model as JSON Schema (2020-12), for descriptions of the service.

use serde_json::{Map, Value, json};

use super::table::{self, Kind, Member, Object};
use crate::EntryType;

/// Returns the schema of an entry type; of a genomic variant, which has no table, only that it is an object.
pub fn json_schema(entry_type: EntryType) -> Value {
    table::of(entry_type).map_or_else(|| json!({ "type": "object" }), object)
}

fn object(object: &Object) -> Value {
    let properties: Map<String, Value> =
        object.members.iter().map(|member| (member.name.to_owned(), self::member(member))).collect();
    let required: Vec<&str> =
        object.members.iter().filter(|member| member.required).map(|member| member.name).collect();
    json!({ "title": object.name, "type": "object", "properties": properties, "required": required })
}

fn member(member: &Member) -> Value {
    let value = kind(member.kind);
    if member.list { json!({ "type": "array", "items": value }) } else { value }
}

fn kind(kind: Kind) -> Value {
    match kind {
        Kind::Id | Kind::Text => json!({ "type": "string" }),
        Kind::Integer => json!({ "type": "integer" }),
        Kind::Number => json!({ "type": "number" }),
        Kind::Boolean => json!({ "type": "boolean" }),
        Kind::Date => json!({ "type": "string", "format": "date" }),
        Kind::DateTime => json!({ "type": "string", "format": "date-time" }),
        Kind::Duration => json!({ "type": "string", "format": "duration" }),
        Kind::Choice(words) => json!({ "type": "string", "enum": words }),
        Kind::Term | Kind::Unit => term(),
        Kind::Object(object) => self::object(object),
        Kind::OneOf(kinds) => {
            json!({ "anyOf": kinds.iter().map(|one| self::kind(*one)).collect::<Vec<_>>() })
        }
        Kind::Any => json!({ "type": "object" }),
    }
}

fn term() -> Value {
    json!({
        "type": "object",
        "properties": { "id": { "type": "string" }, "label": { "type": "string" } },
        "required": ["id"],
    })
}
