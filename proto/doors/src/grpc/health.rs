//! `grpc.health.v1`: whether questions can be answered now.

use std::{sync::Arc, time::Duration};

use futures::{StreamExt, stream, stream::BoxStream};
use fyr_schemas::ErrorCode;
use tonic::{Request, Response, Status};
use tonic_health::pb::{
    HealthCheckRequest, HealthCheckResponse, health_check_response::ServingStatus, health_server,
};

use crate::Service;

/// How often a watcher's view is refreshed.
const REFRESH: Duration = Duration::from_secs(1);

/// Health of a service and of its one contract.
pub(super) struct Health<S> {
    service: Arc<S>,
}

impl<S: Service> Health<S> {
    pub(super) fn new(service: Arc<S>) -> Self {
        Self { service }
    }
}

fn status(service: &impl Service) -> ServingStatus {
    if service.is_ready() { ServingStatus::Serving } else { ServingStatus::NotServing }
}

fn is_known(name: &str) -> bool {
    matches!(name, "" | "fyr.v1.VariantService")
}

#[tonic::async_trait]
impl<S: Service> health_server::Health for Health<S> {
    type WatchStream = BoxStream<'static, Result<HealthCheckResponse, Status>>;

    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        if !is_known(&request.get_ref().service) {
            return Err(fyr_proto::status(ErrorCode::NotFound, "no such service"));
        }
        Ok(Response::new(HealthCheckResponse { status: status(&*self.service).into() }))
    }

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let known = is_known(&request.get_ref().service);
        let service = self.service.clone();
        let changes = stream::unfold(None, move |last| {
            let service = service.clone();
            async move {
                let now = next_status(&*service, known, last).await;
                Some((Ok(HealthCheckResponse { status: now.into() }), Some(now)))
            }
        });
        Ok(Response::new(changes.boxed()))
    }
}

/// Waits until the status differs from the last one that was sent.
async fn next_status(service: &impl Service, known: bool, last: Option<ServingStatus>) -> ServingStatus {
    loop {
        let now = if known { status(service) } else { ServingStatus::ServiceUnknown };
        if last != Some(now) {
            return now;
        }
        tokio::time::sleep(REFRESH).await;
    }
}
