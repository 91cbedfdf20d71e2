//! `/g_variants`

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    response::Response,
};
use fyr_schemas::beacon::{VariantRequest, variants_response};

use super::{Door, reply};
use crate::Service;

/// Answers a question about variants.
pub(super) async fn query<S: Service>(State(door): State<Arc<Door<S>>>, request: Request) -> Response {
    let work = async {
        let (credentials, request): (_, VariantRequest) = door.read(request).await?;
        let answer = door.service.answer(&credentials, request.query.clone()).await?;
        Ok(variants_response(&answer, &request, &door.voice()))
    };
    let outcome = door.gate.pass("g_variants", None, work).await;
    reply::answer(door.beacon_id(), outcome)
}
