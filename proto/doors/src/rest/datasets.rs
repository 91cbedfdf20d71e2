//! `/datasets` and `/datasets/{id}`

use std::sync::Arc;

use axum::{
    extract::{Path, Request, State},
    response::Response,
};
use fyr_schemas::{
    DatasetSelection, ErrorCode,
    beacon::{CollectionRequest, DatasetEntry, datasets_response},
};
use serde_json::{Map, json};

use super::{Door, reply};
use crate::{DatasetInfo, DatasetList, Failure, Service};

/// Lists the datasets that the requester may know of.
pub(super) async fn list<S: Service>(State(door): State<Arc<Door<S>>>, request: Request) -> Response {
    let work = async {
        let (credentials, request) = door.read(request, CollectionRequest::try_from).await?;
        let list = S::open(door.service.datasets(&credentials, request.received.purpose()).await?);
        Ok(page(&door, list, request))
    };
    let outcome = door.gate.pass("datasets", None, work).await;
    reply::answer(door.beacon_id(), outcome)
}

/// Shows one dataset. One that the requester may not know of is an unknown id.
pub(super) async fn one<S: Service>(
    State(door): State<Arc<Door<S>>>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let work = async {
        let (credentials, mut request) = door.read(request, CollectionRequest::try_from).await?;
        let list = S::open(door.service.datasets(&credentials, request.received.purpose()).await?);
        if !list.datasets.iter().any(|dataset| dataset.id == id) {
            return Err(Failure::about_request(ErrorCode::NotFound, "no such dataset"));
        }
        request.datasets = DatasetSelection { only: vec![id], ..DatasetSelection::default() };
        Ok(page(&door, list, request))
    };
    let outcome = door.gate.pass("datasets/{id}", None, work).await;
    reply::answer(door.beacon_id(), outcome)
}

fn page<S: Service>(door: &Door<S>, list: DatasetList, request: CollectionRequest) -> impl serde::Serialize {
    let aggregator = door.identity().aggregator;
    let entries: Vec<_> = list.datasets.into_iter().map(|dataset| entry(dataset, aggregator)).collect();
    let mut info = Map::new();
    if !list.nodes.is_empty() {
        info.insert("nodes".to_owned(), json!(list.nodes));
    }
    datasets_response(door.beacon_id(), &entries, request, info)
}

fn entry(dataset: DatasetInfo, aggregator: bool) -> DatasetEntry {
    DatasetEntry {
        id: dataset.id,
        name: dataset.name,
        description: dataset.description,
        beacon_id: aggregator.then_some(dataset.beacon_id),
        assembly: dataset.assembly,
        release: dataset.release,
        document: dataset.document,
    }
}
