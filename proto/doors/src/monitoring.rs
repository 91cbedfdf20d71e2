//! `/health`, `/ready`, `/metrics`: for those who run the service, on a port of their own.
//!
//! The metrics tell how often others ask and how long they wait, so they are not for whoever asks. That the process lives,
//! and whether it takes questions, shows on the public port too, where it tells nothing else.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{StatusCode, header};
use serde_json::json;

use crate::{Service, routes::Routes, telemetry};

/// Returns what stands on the port of those who run the service.
pub(crate) fn routes<S: Service>() -> Routes<Arc<S>> {
    readiness().route("/metrics", get(metrics))
}

/// Returns what stands on every port over HTTP.
pub(crate) fn readiness<S: Service>() -> Routes<Arc<S>> {
    Routes::new().route("/health", get(health)).route("/ready", get(ready::<S>))
}

/// Says that the process lives.
async fn health() -> Response {
    Json(json!({ "status": "ok" })).into_response()
}

/// Says whether questions can be answered now.
async fn ready<S: Service>(State(service): State<Arc<S>>) -> Response {
    let (status, word) = match service.is_ready() {
        true => (StatusCode::OK, "ready"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "not ready"),
    };
    (status, Json(json!({ "status": word }))).into_response()
}

/// Writes the metrics in Prometheus' text format.
async fn metrics() -> Response {
    let headers = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    (headers, telemetry::metrics().render()).into_response()
}
