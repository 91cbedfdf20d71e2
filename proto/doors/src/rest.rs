//! Beacon v2 over HTTP: which paths there are, and what protects them.

mod datasets;
mod entries;
mod metadata;
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
use fyr_schemas::{ErrorCode, Granularity, beacon::Voice};
use http::{HeaderName, Method, header};
use tower::util::MapRequestLayer;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    cors::{Any as AnyOrigin, CorsLayer},
    normalize_path::NormalizePath,
};

use crate::{
    DPOP, Failure, HttpSettings, Identity, Mount, QUERY_PROOF, Service, credentials::Place, gate::Gate,
    monitoring, routes::Routes, settings::UnknownFilters,
};

/// How the Beacon is served.
#[derive(Clone, Debug)]
pub struct RestOptions {
    /// Where the Beacon stands; at the first of these, the public address of the service is that of the mount.
    pub mounts: Vec<Mount>,
    /// Time that a request may take.
    pub timeout: Duration,
    /// Requests at one time.
    pub max_concurrent: usize,
    /// Largest request body, bytes.
    pub max_body_bytes: usize,
    /// What becomes of a question with a filter that is not known.
    pub unknown_filters: UnknownFilters,
    /// Whether clients reach it over TLS of its own.
    pub is_secure: bool,
}

impl From<&HttpSettings> for RestOptions {
    fn from(settings: &HttpSettings) -> Self {
        Self {
            mounts: settings.all_mounts(),
            timeout: settings.timeout(),
            max_concurrent: settings.max_concurrent,
            max_body_bytes: settings.max_body_bytes,
            unknown_filters: settings.unknown_filters,
            is_secure: settings.tls.files().is_some(),
        }
    }
}

/// Header that states what a request is made for.
const PURPOSE: &str = "fyr-purpose";

/// What every handler of a mount needs.
pub(crate) struct Door<S> {
    service: Arc<S>,
    /// The same for all mounts, whose requests are limited together.
    gate: Gate,
    mount: Mount,
    /// Who the service is, as this mount shows it.
    identity: Identity,
    max_body_bytes: usize,
    unknown_filters: UnknownFilters,
    is_secure: bool,
}

impl<S: Service> Door<S> {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn beacon_id(&self) -> &str {
        &self.identity.id
    }

    /// Returns how much is asked for where a request does not say: as much as anybody may get.
    fn default_granularity(&self) -> Granularity {
        self.identity.public_release.granularity().unwrap_or_default()
    }

    /// Says where it stands.
    fn place(&self) -> Place {
        Place {
            public_url: self.identity.public_url.clone(),
            base_path: self.mount.path().to_owned(),
            is_secure: self.is_secure,
        }
    }

    fn voice(&self) -> Voice {
        let identity = self.identity();
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

/// Builds the routes of a Beacon at each of its mounts, and of `/health` and `/ready` beside them.
///
/// A path that `is_base_path` does not accept is not used: the Beacon then stands at the root.
pub fn rest<S: Service>(service: Arc<S>, options: &RestOptions) -> Router {
    let doors = doors(&service, options);
    let places: Vec<Place> = doors.iter().map(|door| door.place()).collect();
    let mut routes = Router::new();
    if let Some(first) = doors.first() {
        routes = Router::new()
            .fallback(not_found)
            .method_not_allowed_fallback(method_not_allowed)
            .with_state(Arc::clone(first))
            .merge(monitoring::readiness().into_router().with_state(Arc::clone(&service)));
    }
    for door in doors {
        let beacon = beacon(door.mount.path()).into_router();
        let beacon = beacon.method_not_allowed_fallback(method_not_allowed);
        routes = routes.merge(beacon.with_state(door));
    }
    let routes = routes
        .layer(CatchPanicLayer::custom(move |_: Box<dyn Any + Send>| {
            panicked(service.identity().id.as_str())
        }))
        .layer(CompressionLayer::new().gzip(true))
        .layer(cors());
    // Clients write `/api/info/` too; a redirect would lose the body of a POST.
    Router::new()
        .fallback_service(NormalizePath::trim_trailing_slash(routes))
        .layer(MapRequestLayer::new(move |request: Request| remember(&places, request)))
}

/// Opens a door for each mount.
fn doors<S: Service>(service: &Arc<S>, options: &RestOptions) -> Vec<Arc<Door<S>>> {
    let gate = Gate::new("rest", options.max_concurrent, options.timeout);
    let door = |(at, mount): (usize, &Mount)| {
        let prefix = if is_base_path(mount.path()) { mount.path().to_owned() } else { String::new() };
        Arc::new(Door {
            service: Arc::clone(service),
            gate: gate.clone(),
            identity: shown(service.identity(), mount, at == 0),
            mount: Mount { prefix, ..mount.clone() },
            max_body_bytes: options.max_body_bytes,
            unknown_filters: options.unknown_filters,
            is_secure: options.is_secure,
        })
    };
    options.mounts.iter().enumerate().map(door).collect()
}

/// Says who a service is at a mount: at its address, and no more public than its view of the policy.
fn shown(identity: &Identity, mount: &Mount, is_first: bool) -> Identity {
    let of_service = identity.public_url.clone().filter(|_| is_first);
    let most = mount.policy_view.as_ref().map_or(identity.public_release, |view| view.at_most);
    Identity {
        public_url: mount.public_url.clone().or(of_service),
        public_release: identity.public_release.min(most),
        ..identity.clone()
    }
}

/// Remembers the address of a request, as clients of its mount write it.
fn remember(places: &[Place], request: Request) -> Request {
    let path = request.uri().path();
    match places.iter().find(|place| place.covers(path)).or(places.first()) {
        Some(place) => place.remember(request),
        None => request,
    }
}

/// Returns whether a path can be a base path: empty, or made of plain segments, each after a slash.
pub(crate) fn is_base_path(path: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
    let segment = |text: &str| !text.is_empty() && text.chars().all(plain);
    path.is_empty() || path.strip_prefix('/').is_some_and(|rest| rest.split('/').all(segment))
}

pub(crate) fn beacon<S: Service>(base_path: &str) -> Routes<Arc<Door<S>>> {
    let at = |path: &str| format!("{base_path}{path}");
    let root = if base_path.is_empty() { "/" } else { base_path };
    let both = MethodFilter::GET.or(MethodFilter::POST);
    Routes::new()
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
    reply::failure(beacon_id, &Failure::of(ErrorCode::Internal, message))
}

#[cfg(test)]
mod tests;
