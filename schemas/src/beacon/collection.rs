//! Lists of datasets.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{CollectionRequest, DataMeta, DataResponse, ResponseSummary, int};
use crate::{Assembly, EntryType, Granularity, Release};

/// A dataset as the Beacon model describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetEntry {
    /// Dataset id.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// What it is, for people.
    pub description: Option<String>,
    /// Node that holds it; told where the answer speaks for several.
    pub beacon_id: Option<String>,
    /// Assembly of its coordinates.
    pub assembly: Assembly,
    /// What this requester may learn of it.
    pub release: Release,
    /// The dataset's own document of the Beacon model, if it has one.
    pub document: Option<Value>,
}

/// The `response` member of the collections envelope.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Collections {
    collections: Vec<Value>,
}

/// Writes the datasets that a requester may know of. Datasets are no secret among those who may know
/// them, so the page is of records whatever granularity was asked for.
pub fn datasets_response(
    beacon_id: &str,
    datasets: &[DatasetEntry],
    request: CollectionRequest,
    info: Map<String, Value>,
) -> DataResponse<Collections> {
    let selected = |d: &&DatasetEntry| {
        request.datasets.includes(&d.id)
            && d.beacon_id.as_ref().is_none_or(|node| request.datasets.includes_node(node))
    };
    let selected: Vec<_> = datasets.iter().filter(selected).collect();
    let page = request.received.pagination();
    let limit = if page.limit == 0 { usize::MAX } else { page.limit as usize };
    let rows = selected.iter().skip(limit.saturating_mul(page.skip as usize)).take(limit);
    DataResponse {
        response_summary: ResponseSummary {
            exists: !selected.is_empty(),
            num_total_results: Some(int(selected.len() as u64)),
            count_precision: None,
            count_adjusted_to: Vec::new(),
        },
        response: Some(Collections { collections: rows.map(|dataset| entry(dataset)).collect() }),
        meta: DataMeta::new(beacon_id, EntryType::Dataset, Granularity::Record, request.received),
        info,
    }
}

fn entry(dataset: &DatasetEntry) -> Value {
    let mut info = json!({ "assemblyId": dataset.assembly.name(), "release": dataset.release.name() });
    if let (Some(beacon_id), Some(members)) = (&dataset.beacon_id, info.as_object_mut()) {
        members.insert("beaconId".to_owned(), json!(beacon_id));
    }
    let mut entry = dataset.document.clone().unwrap_or_else(|| json!({}));
    let Some(members) = entry.as_object_mut() else { return entry };
    members.insert("id".to_owned(), json!(dataset.id));
    members.insert("name".to_owned(), json!(dataset.name));
    members.insert("info".to_owned(), info);
    if let Some(description) = &dataset.description {
        members.insert("description".to_owned(), json!(description));
    }
    entry
}
