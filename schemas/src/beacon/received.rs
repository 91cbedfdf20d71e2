//! The echo of a request: `receivedRequestSummary`.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{API_VERSION, RequestError, RequestParts, SchemaReference, filters, value};
use crate::{Granularity, IncludeResultsets, Pagination, Purpose};

/// What the service understood, in the specification's form whatever form came.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReceivedRequest {
    api_version: String,
    requested_schemas: Vec<SchemaReference>,
    filters: Vec<String>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    request_parameters: Map<String, Value>,
    include_resultset_responses: IncludeResultsets,
    pagination: Pagination,
    requested_granularity: Granularity,
    test_mode: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<Purpose>,
}

impl ReceivedRequest {
    /// Reads what is common to all requests.
    ///
    /// # Errors
    ///
    /// Values that cannot be read, and parameters that cannot be evaluated.
    pub(super) fn read(parts: &RequestParts) -> Result<Self, RequestError> {
        if let Some(parameter) = parts.unsupported() {
            return Err(RequestError::unsupported(parameter));
        }
        let variant = parts.variant_parameters();
        let nest = |parameters| Map::from_iter([("g_variant".to_owned(), Value::Object(parameters))]);
        Ok(Self {
            api_version: match parts.get("apiVersion") {
                Some(version) => value::text("apiVersion", version)?,
                None => API_VERSION.to_owned(),
            },
            requested_schemas: parts.get("requestedSchemas").map(schemas).unwrap_or_default(),
            filters: parts.get("filters").map(filters::echo).unwrap_or_default(),
            request_parameters: if variant.is_empty() { variant } else { nest(variant) },
            include_resultset_responses: include(parts)?,
            pagination: pagination(parts)?,
            requested_granularity: granularity(parts)?,
            test_mode: match parts.get("testMode") {
                Some(flag) => value::boolean("testMode", flag)?,
                None => false,
            },
            purpose: parts.purpose()?,
        })
    }

    /// Reads what is common to all requests, of one of which the rest may not be readable.
    pub fn of(parts: &RequestParts) -> Option<Self> {
        Self::read(parts).ok()
    }

    /// Stands in the answer to a request that was not read: the schema asks for one.
    pub(super) fn unread() -> Self {
        Self {
            api_version: API_VERSION.to_owned(),
            requested_schemas: Vec::new(),
            filters: Vec::new(),
            request_parameters: Map::new(),
            include_resultset_responses: IncludeResultsets::default(),
            pagination: Pagination::default(),
            requested_granularity: Granularity::default(),
            test_mode: false,
            purpose: None,
        }
    }

    /// Adds as what bounds in filters were read, each once.
    #[must_use]
    pub(super) fn read_as<'a>(mut self, filters: impl Iterator<Item = &'a String>) -> Self {
        for filter in filters {
            if !self.filters.contains(filter) {
                self.filters.push(filter.clone());
            }
        }
        self
    }

    /// Returns which resultSets are to be listed.
    pub fn include(&self) -> IncludeResultsets {
        self.include_resultset_responses
    }

    /// Returns which page is asked for.
    pub fn pagination(&self) -> Pagination {
        self.pagination
    }

    /// Returns what the request is made for.
    pub fn purpose(&self) -> Option<&Purpose> {
        self.purpose.as_ref()
    }

    /// Returns whether only synthetic data may be told.
    pub fn is_test_mode(&self) -> bool {
        self.test_mode
    }

    /// Returns how much is asked for.
    pub fn granularity(&self) -> Granularity {
        self.requested_granularity
    }
}

fn granularity(parts: &RequestParts) -> Result<Granularity, RequestError> {
    let Some(word) = parts.get("requestedGranularity") else { return Ok(Granularity::default()) };
    let granularity = value::text("requestedGranularity", word)?.parse();
    granularity.map_err(|error| RequestError::Invalid(crate::InvalidQuery::Granularity(error)))
}

fn include(parts: &RequestParts) -> Result<IncludeResultsets, RequestError> {
    const NAME: &str = "includeResultsetResponses";
    let Some(word) = parts.get(NAME) else { return Ok(IncludeResultsets::default()) };
    let word = value::text(NAME, word)?;
    let named = |choice: &IncludeResultsets| choice.name().eq_ignore_ascii_case(&word);
    let choices =
        [IncludeResultsets::All, IncludeResultsets::Hit, IncludeResultsets::Miss, IncludeResultsets::None];
    let unknown = || RequestError::parameter(NAME, format!("`{word}` is not ALL, HIT, MISS or NONE"));
    choices.into_iter().find(named).ok_or_else(unknown)
}

fn pagination(parts: &RequestParts) -> Result<Pagination, RequestError> {
    let number = |name: &'static str, default: u32| -> Result<u32, RequestError> {
        let Some(number) = parts.get(name) else { return Ok(default) };
        let number = value::integer(name, number)?;
        u32::try_from(number).map_err(|_| RequestError::parameter(name, format!("`{number}` is too large")))
    };
    let default = Pagination::default();
    Ok(Pagination { skip: number("skip", default.skip)?, limit: number("limit", default.limit)? })
}

/// Reads requested schemas for the echo; what has another form is left out.
fn schemas(value: &Value) -> Vec<SchemaReference> {
    let read = |item: &Value| match item {
        Value::String(schema) => Some(SchemaReference { entity_type: None, schema: Some(schema.clone()) }),
        Value::Object(members) => {
            let text = |name: &str| members.get(name).and_then(Value::as_str).map(str::to_owned);
            Some(SchemaReference { entity_type: text("entityType"), schema: text("schema") })
        }
        _ => None,
    };
    match value {
        Value::Array(items) => items.iter().filter_map(read).collect(),
        one => read(one).into_iter().collect(),
    }
}
