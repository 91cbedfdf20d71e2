//! What a failed call says about the node.

use std::error::Error;

use fyr_proto::{Unreached, code_of, remedy_of};
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
        _ => NodeOutcome::Unreachable(Unreached::of(status)),
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
        ErrorCode::Unsupported | ErrorCode::UnknownFilter => NodeOutcome::Unsupported(remedy_of(status)),
        ErrorCode::InvalidRequest => NodeOutcome::InvalidRequest(remedy_of(status)),
        ErrorCode::Timeout => NodeOutcome::TimedOut,
        ErrorCode::Unavailable => NodeOutcome::Unreachable(Unreached::NotReady),
        ErrorCode::TooLarge => NodeOutcome::Failed(Fault::TooLarge),
        ErrorCode::Internal | ErrorCode::MethodNotAllowed | ErrorCode::UnsupportedMediaType => {
            NodeOutcome::Failed(Fault::Internal)
        }
    }
}

#[cfg(test)]
mod tests {
    use fyr_proto::{status, with_remedy};
    use fyr_schemas::Remedy;

    use super::*;

    #[test]
    fn what_can_be_done_is_handed_on() {
        for remedy in [None, Some(Remedy::NeedsGenes), Some(Remedy::OneValue)] {
            let from = |code| outcome::<()>(&with_remedy(status(code, "call this number"), remedy));
            assert_eq!(from(ErrorCode::Unsupported), NodeOutcome::Unsupported(remedy));
            assert_eq!(from(ErrorCode::InvalidRequest), NodeOutcome::InvalidRequest(remedy));
        }
    }
}
