//! What encloses every answer: `meta`, `responseSummary`, `info`.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{API_VERSION, ReceivedRequest, SchemaReference};
use crate::{EntryType, Granularity, Precision};

/// `meta` of an answer with data.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DataMeta {
    beacon_id: String,
    api_version: &'static str,
    returned_schemas: Vec<SchemaReference>,
    returned_granularity: Granularity,
    received_request_summary: ReceivedRequest,
    test_mode: bool,
}

impl DataMeta {
    /// Says who answers, with what, at which granularity, and to which request.
    pub fn new(
        beacon_id: &str,
        entry_type: EntryType,
        returned_granularity: Granularity,
        received: ReceivedRequest,
    ) -> Self {
        Self {
            beacon_id: beacon_id.to_owned(),
            api_version: API_VERSION,
            returned_schemas: vec![entry_type.into()],
            returned_granularity,
            test_mode: received.is_test_mode(),
            received_request_summary: received,
        }
    }

    /// Says who answers that there is nothing to answer, to which request as far as it could be read.
    pub(super) fn of_failure(beacon_id: &str, received: Option<ReceivedRequest>) -> Self {
        let received = received.unwrap_or_else(ReceivedRequest::unread);
        Self {
            beacon_id: beacon_id.to_owned(),
            api_version: API_VERSION,
            returned_schemas: Vec::new(),
            returned_granularity: received.granularity(),
            test_mode: received.is_test_mode(),
            received_request_summary: received,
        }
    }
}

/// `meta` of an answer about the service itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InformationalMeta {
    beacon_id: String,
    api_version: &'static str,
    returned_schemas: Vec<SchemaReference>,
}

impl InformationalMeta {
    /// Says who answers.
    pub fn new(beacon_id: &str) -> Self {
        Self { beacon_id: beacon_id.to_owned(), api_version: API_VERSION, returned_schemas: Vec::new() }
    }
}

/// `responseSummary`. The count envelope alone says how exact its number is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResponseSummary {
    /// Whether anything was found.
    pub exists: bool,
    /// How much was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_total_results: Option<i32>,
    /// How exact that number is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count_precision: Option<Precision>,
    /// Thresholds or buckets that numbers were moved to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub count_adjusted_to: Vec<i32>,
}

/// A boolean, count, resultsets or collections response.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DataResponse<R> {
    /// Who answers what.
    pub meta: DataMeta,
    /// The answer in short.
    pub response_summary: ResponseSummary,
    /// The rows, where the granularity has them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<R>,
    /// What the specification has no place for.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub info: Map<String, Value>,
}
