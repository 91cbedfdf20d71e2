//! Beacon v2 over HTTP.

use std::{sync::Arc, time::Duration};

use axum::Router;

use crate::{HttpSettings, Service};

/// How the Beacon is served.
#[derive(Clone, Debug)]
pub struct RestOptions {
    /// Path under which the Beacon is mounted, such as `/api`.
    pub base_path: String,
    /// Time that a request may take.
    pub timeout: Duration,
    /// Requests at one time.
    pub max_concurrent: usize,
    /// Largest request body, bytes.
    pub max_body_bytes: usize,
}

impl From<&HttpSettings> for RestOptions {
    fn from(settings: &HttpSettings) -> Self {
        Self {
            base_path: settings.base_path.clone(),
            timeout: settings.timeout(),
            max_concurrent: settings.max_concurrent,
            max_body_bytes: settings.max_body_bytes,
        }
    }
}

/// Builds the routes of a Beacon.
pub fn rest<S: Service>(service: Arc<S>, options: &RestOptions) -> Router {
    let _ = (service, options);
    Router::new()
}
