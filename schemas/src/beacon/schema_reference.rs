//! Schemas by name.

use serde::Serialize;

use super::Definition;
use crate::EntryType;

/// A schema by name, as `returnedSchemas` and `requestedSchemas` list it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SchemaReference {
    /// Entry type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entity_type: Option<String>,
    /// Schema id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
}

impl From<EntryType> for SchemaReference {
    fn from(entry_type: EntryType) -> Self {
        let schema = Definition::of(entry_type).schema_id.to_owned();
        let id = entry_type.id().to_owned();
        Self { entity_type: Some(id), schema: Some(schema) }
    }
}
