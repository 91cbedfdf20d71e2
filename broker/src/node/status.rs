//! What a failed call says about the node.

use std::error::Error;

use fyr_proto::code_of;
use fyr_schemas::ErrorCode;
use tonic::{Code, Status, TimeoutExpired};

use crate::{Fault, NodeOutcome};

/// Reads the status of a failed call.
///
/// A status with a source was made on this side, by the transport; one without came from the node.
pub(super) fn outcome<T>(status: &Status) -> NodeOutcome<T> {
    if status.source().is_some() { of_transport(status) } else { of_node(status) }
}

fn of_transport<T>(status: &Status) -> NodeOutcome<T> {
    let causes = || std::iter::successors(status.source(), |&error| error.source());
    if causes().any(|error| error.is::<TimeoutExpired>()) {
        return NodeOutcome::TimedOut;
    }
    match status.code() {
        Code::Internal => NodeOutcome::Failed(Fault::Protocol),
        _ => NodeOutcome::Unreachable,
    }
}

fn of_node<T>(status: &Status) -> NodeOutcome<T> {
    // No answer of the contract ends so: the server has no such service, or is none of ours.
    if matches!(status.code(), Code::Unknown | Code::Unimplemented) {
        return NodeOutcome::Failed(Fault::Protocol);
    }
    match code_of(status) {
        ErrorCode::Unauthenticated => NodeOutcome::Unauthenticated,
        ErrorCode::PermissionDenied => NodeOutcome::Denied,
        ErrorCode::NotFound => NodeOutcome::UnknownDataset,
        ErrorCode::TooManyRequests => NodeOutcome::TooManyRequests,
        ErrorCode::Unsupported | ErrorCode::UnknownFilter => NodeOutcome::Unsupported,
        ErrorCode::InvalidRequest => NodeOutcome::InvalidRequest,
        ErrorCode::Timeout => NodeOutcome::TimedOut,
        ErrorCode::Unavailable => NodeOutcome::Unreachable,
        ErrorCode::TooLarge => NodeOutcome::Failed(Fault::TooLarge),
        ErrorCode::Internal | ErrorCode::MethodNotAllowed | ErrorCode::UnsupportedMediaType => {
            NodeOutcome::Failed(Fault::Internal)
        }
    }
}
