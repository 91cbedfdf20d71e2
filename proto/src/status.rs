//! The one mapping between error codes and gRPC status.

use fyr_schemas::{ErrorCode, Remedy};
use tonic::{Code, Status, metadata::MetadataValue};

/// The header that says what can be done about a question that was not evaluated.
const REMEDY: &str = "fyr-remedy";

/// Returns the gRPC code of an error code.
pub fn grpc_code(code: ErrorCode) -> Code {
    match code {
        ErrorCode::InvalidRequest | ErrorCode::UnsupportedMediaType => Code::InvalidArgument,
        ErrorCode::Unauthenticated => Code::Unauthenticated,
        ErrorCode::PermissionDenied => Code::PermissionDenied,
        ErrorCode::NotFound => Code::NotFound,
        ErrorCode::MethodNotAllowed => Code::Unimplemented,
        // A broker tells its clients which node cannot evaluate a question, whatever the reason.
        ErrorCode::Unsupported | ErrorCode::UnknownFilter => Code::FailedPrecondition,
        ErrorCode::Timeout => Code::DeadlineExceeded,
        ErrorCode::TooLarge => Code::OutOfRange,
        ErrorCode::TooManyRequests => Code::ResourceExhausted,
        ErrorCode::Unavailable => Code::Unavailable,
        ErrorCode::Internal => Code::Internal,
    }
}

/// Creates the status that a client sees.
pub fn status(code: ErrorCode, message: &str) -> Status {
    Status::new(grpc_code(code), message)
}

/// Says in a status what can be done, so that a broker can hand it on.
#[must_use]
pub fn with_remedy(mut status: Status, remedy: Option<Remedy>) -> Status {
    if let Some(remedy) = remedy {
        status.metadata_mut().insert(REMEDY, MetadataValue::from_static(remedy.name()));
    }
    status
}

/// Returns what can be done, as a peer's status says it.
pub fn remedy_of(status: &Status) -> Option<Remedy> {
    Remedy::read(status.metadata().get(REMEDY)?.to_str().ok()?)
}

/// Returns the error code that a peer's status stands for.
pub fn code_of(status: &Status) -> ErrorCode {
    match status.code() {
        Code::InvalidArgument => ErrorCode::InvalidRequest,
        Code::Unauthenticated => ErrorCode::Unauthenticated,
        Code::PermissionDenied => ErrorCode::PermissionDenied,
        Code::NotFound => ErrorCode::NotFound,
        Code::Unimplemented => ErrorCode::MethodNotAllowed,
        Code::FailedPrecondition => ErrorCode::Unsupported,
        Code::DeadlineExceeded | Code::Cancelled => ErrorCode::Timeout,
        Code::OutOfRange => ErrorCode::TooLarge,
        Code::ResourceExhausted => ErrorCode::TooManyRequests,
        Code::Unavailable => ErrorCode::Unavailable,
        _ => ErrorCode::Internal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_survive_the_wire() {
        for code in [
            ErrorCode::InvalidRequest,
            ErrorCode::Unauthenticated,
            ErrorCode::PermissionDenied,
            ErrorCode::NotFound,
            ErrorCode::MethodNotAllowed,
            ErrorCode::Unsupported,
            ErrorCode::Timeout,
            ErrorCode::TooLarge,
            ErrorCode::TooManyRequests,
            ErrorCode::Unavailable,
            ErrorCode::Internal,
        ] {
            assert_eq!(code_of(&status(code, "")), code);
        }
    }

    #[test]
    fn a_remedy_is_one_of_those_that_are_known() {
        let bare = || status(ErrorCode::Unsupported, "");
        assert_eq!(remedy_of(&with_remedy(bare(), Some(Remedy::NeedsGenes))), Some(Remedy::NeedsGenes));
        assert_eq!(remedy_of(&with_remedy(bare(), None)), None);
        let mut other = bare();
        other.metadata_mut().insert(REMEDY, MetadataValue::from_static("call this number"));
        assert_eq!(remedy_of(&other), None);
    }
}
