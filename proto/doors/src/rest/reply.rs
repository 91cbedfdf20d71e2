//! From an outcome to an HTTP response.

use std::io;

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use futures::TryStreamExt;
use fyr_schemas::{
    ErrorCode,
    beacon::{ReceivedRequest, error_response},
};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::{Failure, TableFormat, TableStream};

/// Writes a document about the service itself.
pub(super) fn document(document: &impl Serialize) -> Response {
    json(StatusCode::OK, document)
}

/// Writes an answer, or why there is none. Neither may be cached: permissions change.
pub(super) fn answer(beacon_id: &str, outcome: Result<impl Serialize, Failure>) -> Response {
    answer_to(beacon_id, None, outcome)
}

/// The same, to a request that is echoed in errors too.
pub(super) fn answer_to(
    beacon_id: &str,
    received: Option<ReceivedRequest>,
    outcome: Result<impl Serialize, Failure>,
) -> Response {
    match outcome {
        Ok(answer) => uncached(json(StatusCode::OK, &answer)),
        Err(reason) => failure_to(beacon_id, received, &reason),
    }
}

/// Writes a table as it comes. One that fails breaks off the connection, so that no part is taken for the whole.
pub(super) fn table(format: TableFormat, table: TableStream) -> Response {
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(format.media_type()))];
    let body = Body::from_stream(table.map_err(|failure| io::Error::other(failure.message)));
    uncached((StatusCode::OK, headers, body).into_response())
}

/// Writes the Beacon error envelope.
pub(super) fn failure(beacon_id: &str, reason: &Failure) -> Response {
    failure_to(beacon_id, None, reason)
}

fn failure_to(beacon_id: &str, received: Option<ReceivedRequest>, reason: &Failure) -> Response {
    let status = StatusCode::from_u16(reason.code.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response =
        uncached(json(status, &error_response(beacon_id, received, reason.code, &reason.message)));
    match reason.code {
        ErrorCode::Unauthenticated => {
            // The same for every token: what is wrong with one is told to nobody.
            for challenge in ["Bearer", "DPoP algs=\"ES256 RS256\""] {
                let challenge = HeaderValue::from_static(challenge);
                response.headers_mut().append(header::WWW_AUTHENTICATE, challenge);
            }
        }
        ErrorCode::Unavailable => {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        _ => {}
    }
    response
}

fn uncached(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn json(status: StatusCode, document: &impl Serialize) -> Response {
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    match serde_json::to_vec(document) {
        Ok(bytes) => (status, headers, Body::from(bytes)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a response could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
