//! The gRPC door.

use std::{sync::Arc, time::Duration};

use tonic::service::Routes;

use crate::{GrpcSettings, Service};

/// How gRPC is served.
#[derive(Clone, Debug)]
pub struct GrpcOptions {
    /// Time that a question may take.
    pub timeout: Duration,
    /// Questions at one time.
    pub max_concurrent: usize,
    /// Largest message, bytes.
    pub max_message_bytes: usize,
}

impl From<&GrpcSettings> for GrpcOptions {
    fn from(settings: &GrpcSettings) -> Self {
        Self {
            timeout: settings.timeout(),
            max_concurrent: settings.max_concurrent,
            max_message_bytes: settings.max_message_bytes,
        }
    }
}

/// Builds the gRPC routes of a service.
pub fn grpc<S: Service>(service: Arc<S>, options: &GrpcOptions) -> Routes {
    let _ = (service, options);
    Routes::default()
}
