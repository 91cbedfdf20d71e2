//! Beacon v2 over HTTP: which paths there are, and what protects them.

mod datasets;
mod entries;
mod metadata;
mod monitoring;
mod openapi;
mod reading;
mod reply;

use std::{any::Any, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{Request, State},
    response::Response,
    routing::{MethodFilter, get, on},
};
use fyr_schemas::{ErrorCode, Purpose, beacon::Voice};
use http::{HeaderName, Method, header};
use tower::util::MapRequestLayer;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    cors::{Any as AnyOrigin, CorsLayer},
    normalize_path::NormalizePath,
};

use crate::{
    DPOP, Failure, HttpSettings, QUERY_PROOF, Service, credentials::Place, gate::Gate,
    settings::UnknownFilters,
};

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
    /// What becomes of a question with a filter that is not known.
    pub unknown_filters: UnknownFilters,
    /// What a request is made for that states no purpose and is not signed.
    pub purpose: Option<Purpose>,
    /// Whether clients reach it over TLS of its own.
    pub is_secure: bool,
}

impl From<&HttpSettings> for RestOptions {
    fn from(settings: &HttpSettings) -> Self {
        Self {
            base_path: settings.base_path.clone(),
            timeout: settings.timeout(),
            max_concurrent: settings.max_concurrent,
            max_body_bytes: settings.max_body_bytes,
            unknown_filters: settings.unknown_filters,
            purpose: settings.purpose.clone(),
            is_secure: settings.tls.files().is_some(),
        }
    }
}

/// Header that states what a request is made for.
const PURPOSE: &str = "fyr-purpose";

/// What every handler needs.
struct Door<S> {
    service: Arc<S>,
    gate: Gate,
    base_path: String,
    max_body_bytes: usize,
    unknown_filters: UnknownFilters,
    purpose: Option<Purpose>,
    is_secure: bool,
}

impl<S: Service> Door<S> {
    fn beacon_id(&self) -> &str {
        &self.service.identity().id
    }

    fn voice(&self) -> Voice {
        let identity = self.service.identity();
        let reference = identity.public_url.as_ref().or(identity.organisation.welcome_url.as_ref());
        Voice {
            beacon_id: identity.id.clone(),
            aggregator: identity.aggregator,
            source: identity.name.clone(),
            source_reference: reference.unwrap_or(&identity.id).clone(),
        }
    }
}

type Shared<S> = State<Arc<Door<S>>>;

/// Builds the routes of a Beacon, and of `/health`, `/ready` and `/metrics` beside it.
///
/// A base path that `is_base_path` does not accept is not used: the Beacon then stands at the root.
pub fn rest<S: Service>(service: Arc<S>, options: &RestOptions) -> Router {
    let base_path = options.base_path.trim_end_matches('/');
    let base_path = if is_base_path(base_path) { base_path.to_owned() } else { String::new() };
    let place = Arc::new(Place {
        public_url: service.identity().public_url.clone(),
        base_path: base_path.clone(),
        is_secure: options.is_secure,
    });
    let door = Arc::new(Door {
        service: service.clone(),
        gate: Gate::new("rest", options.max_concurrent, options.timeout),
        base_path,
        max_body_bytes: options.max_body_bytes,
        unknown_filters: options.unknown_filters,
        purpose: options.purpose.clone(),
        is_secure: options.is_secure,
    });
    let routes = monitoring::routes()
        .merge(beacon(&door.base_path))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(door)
        .layer(CatchPanicLayer::custom(move |_: Box<dyn Any + Send>| {
            panicked(service.identity().id.as_str())
        }))
        .layer(CompressionLayer::new().gzip(true))
        .layer(cors());
    // Clients write `/api/info/` too; a redirect would lose the body of a POST.
    Router::new()
        .fallback_service(NormalizePath::trim_trailing_slash(routes))
        .layer(MapRequestLayer::new(move |request: Request| place.remember(request)))
}

/// Returns whether a path can be a base path: empty, or made of plain segments, each after a slash.
pub(crate) fn is_base_path(path: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
    let segment = |text: &str| !text.is_empty() && text.chars().all(plain);
    path.is_empty() || path.strip_prefix('/').is_some_and(|rest| rest.split('/').all(segment))
}

fn beacon<S: Service>(base_path: &str) -> Router<Arc<Door<S>>> {
    let at = |path: &str| format!("{base_path}{path}");
    let root = if base_path.is_empty() { "/" } else { base_path };
    let both = MethodFilter::GET.or(MethodFilter::POST);
    Router::new()
        .route(root, get(metadata::info))
        .route(&at("/info"), get(metadata::info))
        .route(&at("/service-info"), get(metadata::service_info))
        .route(&at("/configuration"), get(metadata::configuration))
        .route(&at("/entry_types"), get(metadata::entry_types))
        .route(&at("/map"), get(metadata::map))
        .route(&at("/filtering_terms"), get(metadata::filtering_terms))
        .route(&at("/datasets"), on(both, datasets::list))
        .route(&at("/datasets/{id}"), on(both, datasets::one))
        .route(&at("/openapi.json"), get(openapi::document))
        .route(&at("/docs"), get(openapi::browse))
        .merge(entries::routes(base_path))
}

fn cors() -> CorsLayer {
    let own = [DPOP, PURPOSE, QUERY_PROOF].map(HeaderName::from_static);
    let headers = [header::AUTHORIZATION, header::CONTENT_TYPE, header::ACCEPT].into_iter().chain(own);
    CorsLayer::new()
        .allow_origin(AnyOrigin)
        .allow_methods([Method::GET, Method::HEAD, Method::POST, Method::OPTIONS])
        .allow_headers(headers.collect::<Vec<_>>())
        .expose_headers([header::WWW_AUTHENTICATE])
}

async fn not_found<S: Service>(State(door): Shared<S>) -> Response {
    reply::failure(door.beacon_id(), &Failure::about_request(ErrorCode::NotFound, "no such path"))
}

async fn method_not_allowed<S: Service>(State(door): Shared<S>) -> Response {
    reply::failure(door.beacon_id(), &Failure::new(ErrorCode::MethodNotAllowed))
}

fn panicked(beacon_id: &str) -> Response {
    let id = uuid::Uuid::now_v7();
    tracing::error!(%id, door = "rest", "request panicked");
    let message = format!("{}: error id {id}", ErrorCode::Internal.text());
    reply::failure(beacon_id, &Failure { code: ErrorCode::Internal, message })
}

#[cfg(test)]
mod tests;
