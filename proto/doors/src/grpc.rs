//! The gRPC door: which services it offers and what protects them.

mod deadline;
mod health;
mod many;
mod reading;
mod variants;
mod views;

use std::{any::Any, sync::Arc, time::Duration};

use axum::{Router, extract::Request};
use fyr_proto::v1::variant_service_server::VariantServiceServer;
use fyr_schemas::{ErrorCode, Purpose};
use tonic::service::Routes;
use tonic_health::pb::health_server::HealthServer;
use tower::{ServiceBuilder, util::MapRequestLayer};
use tower_http::catch_panic::CatchPanicLayer;

use crate::{ClientView, Failure, GrpcSettings, Service, credentials::Place, gate::Gate};
use health::Health;
use reading::Reading;
use variants::Variants;
use views::Views;
pub(crate) use views::check as check_views;

/// How gRPC is served.
#[derive(Clone, Debug)]
pub struct GrpcOptions {
    /// Time that a question may take.
    pub timeout: Duration,
    /// Questions at one time.
    pub max_concurrent: usize,
    /// Largest message, bytes.
    pub max_message_bytes: usize,
    /// What a request is made for that states no purpose and is not signed.
    pub purpose: Option<Purpose>,
    /// How far what the policy permits is used for which clients.
    pub views: Vec<ClientView>,
    /// Address under which clients reach it, if it is not the one they use.
    pub public_url: Option<String>,
    /// Whether clients reach it over TLS of its own.
    pub is_secure: bool,
}

impl From<&GrpcSettings> for GrpcOptions {
    fn from(settings: &GrpcSettings) -> Self {
        Self {
            timeout: settings.timeout(),
            max_concurrent: settings.max_concurrent,
            max_message_bytes: settings.max_message_bytes,
            purpose: settings.purpose.clone(),
            views: settings.views.clone(),
            public_url: settings.public_url.clone(),
            is_secure: settings.tls.files().is_some(),
        }
    }
}

/// Builds the gRPC routes of a service: `fyr.v1.VariantService`, health and reflection.
pub fn grpc<S: Service>(service: Arc<S>, options: &GrpcOptions) -> Router {
    let gate = Gate::new("grpc", options.max_concurrent, options.timeout);
    let reading = Reading { service: Arc::clone(&service), gate, purpose: options.purpose.clone() };
    let variants = VariantServiceServer::new(Variants(Arc::new(reading)))
        .max_decoding_message_size(options.max_message_bytes)
        .max_encoding_message_size(options.max_message_bytes);
    let mut routes = Routes::new(variants).add_service(HealthServer::new(Health::new(service)));
    let descriptors = [fyr_proto::DESCRIPTORS, tonic_health::pb::FILE_DESCRIPTOR_SET];
    let reflection = || {
        let builder = tonic_reflection::server::Builder::configure();
        descriptors.iter().fold(builder, |b, set| b.register_encoded_file_descriptor_set(set))
    };
    match (reflection().build_v1(), reflection().build_v1alpha()) {
        (Ok(v1), Ok(v1alpha)) => routes = routes.add_service(v1).add_service(v1alpha),
        (Err(error), _) | (_, Err(error)) => tracing::error!(%error, "no gRPC reflection"),
    }
    let (public_url, is_secure) = (options.public_url.clone(), options.is_secure);
    let place = Arc::new(Place { public_url, base_path: String::new(), is_secure });
    let views = Views::new(&options.views);
    // As one layer: a router puts each in a box of its own, and takes a copy of it for each request.
    routes.into_axum_router().layer(
        ServiceBuilder::new()
            .layer(CatchPanicLayer::custom(panicked))
            .layer(MapRequestLayer::new(move |request: Request| views.remember(place.remember(request)))),
    )
}

fn panicked(_: Box<dyn Any + Send>) -> http::Response<axum::body::Body> {
    let failure = unanswered();
    fyr_proto::status(failure.code, &failure.message).into_http()
}

/// Logs that a request panicked; the client is told the id under which the log has it.
fn unanswered() -> Failure {
    let id = uuid::Uuid::now_v7();
    tracing::error!(%id, door = "grpc", "request panicked");
    let code = ErrorCode::Internal;
    Failure::of(code, format!("{}: error id {id}", code.text()))
}

#[cfg(test)]
pub(crate) mod tests;
