//! `/health`, `/ready`, `/metrics`: for those who run the service, outside the Beacon's base path.

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use fyr_schemas::ErrorCode;
use http::header;
use serde_json::json;

use super::{Door, reply};
use crate::{Failure, Service, telemetry};

pub(super) fn routes<S: Service>() -> Router<Arc<Door<S>>> {
    Router::new().route("/health", get(health)).route("/ready", get(ready)).route("/metrics", get(metrics))
}

/// Says that the process lives.
async fn health() -> Response {
    reply::document(&json!({ "status": "ok" }))
}

/// Says whether questions can be answered now.
async fn ready<S: Service>(State(door): State<Arc<Door<S>>>) -> Response {
    if door.service.is_ready() {
        reply::document(&json!({ "status": "ready" }))
    } else {
        reply::failure(door.beacon_id(), &Failure::new(ErrorCode::Unavailable))
    }
}

/// Writes the metrics in Prometheus' text format.
async fn metrics() -> Response {
    let headers = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    (headers, telemetry::metrics().render()).into_response()
}
