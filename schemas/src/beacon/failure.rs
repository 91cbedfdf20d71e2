//! The error envelope: one for every status.

use serde::Serialize;

use super::{DataMeta, ReceivedRequest};
use crate::ErrorCode;

/// `beaconErrorResponse`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ErrorResponse {
    meta: DataMeta,
    error: BeaconError,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct BeaconError {
    error_code: u16,
    error_message: String,
}

/// Writes why there is no answer to a request, which is echoed as far as it could be read. `errorCode` is the HTTP status.
pub fn error_response(
    beacon_id: &str,
    received: Option<ReceivedRequest>,
    code: ErrorCode,
    message: &str,
) -> ErrorResponse {
    let error = BeaconError { error_code: code.http_status(), error_message: message.to_owned() };
    ErrorResponse { meta: DataMeta::of_failure(beacon_id, received), error }
}
