//! Why a question was not answered: one table for every door.
//!
//! A code maps to an HTTP status here and to a gRPC status in `fyr-proto`. Clients see the code's fixed
//! text and, for faults of their own request, what was wrong with it; internal detail stays in the log.

use serde::{Deserialize, Serialize};

/// The kind of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ErrorCode {
    /// The request is malformed.
    InvalidRequest,
    /// The credentials are missing where they are needed, or invalid.
    Unauthenticated,
    /// The requester is known, and may not ask this.
    PermissionDenied,
    /// No such path, entry or dataset, or one that the requester may not know of.
    NotFound,
    /// The path exists, the method does not.
    MethodNotAllowed,
    /// The question is well formed, but this node cannot evaluate it.
    Unsupported,
    /// A filter names a term or a field that is not known here.
    UnknownFilter,
    /// The deadline passed.
    Timeout,
    /// The request body is too large.
    TooLarge,
    /// The request body is of a type that is not read here.
    UnsupportedMediaType,
    /// Too many requests, or a budget is spent.
    TooManyRequests,
    /// The service is starting, stopping or overloaded.
    Unavailable,
    /// A fault of the service.
    Internal,
}

impl ErrorCode {
    /// Returns the name that messages and metrics carry, such as `INVALID_REQUEST`.
    pub fn name(self) -> &'static str {
        match self {
            Self::InvalidRequest => "INVALID_REQUEST",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::PermissionDenied => "PERMISSION_DENIED",
            Self::NotFound => "NOT_FOUND",
            Self::MethodNotAllowed => "METHOD_NOT_ALLOWED",
            Self::Unsupported => "UNSUPPORTED",
            Self::UnknownFilter => "UNKNOWN_FILTER",
            Self::Timeout => "TIMEOUT",
            Self::TooLarge => "TOO_LARGE",
            Self::UnsupportedMediaType => "UNSUPPORTED_MEDIA_TYPE",
            Self::TooManyRequests => "TOO_MANY_REQUESTS",
            Self::Unavailable => "UNAVAILABLE",
            Self::Internal => "INTERNAL",
        }
    }

    /// Returns the HTTP status, which is also Beacon's `errorCode`.
    pub fn http_status(self) -> u16 {
        match self {
            Self::InvalidRequest | Self::Unsupported | Self::UnknownFilter => 400,
            Self::Unauthenticated => 401,
            Self::PermissionDenied => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::Timeout => 408,
            Self::TooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::TooManyRequests => 429,
            Self::Unavailable => 503,
            Self::Internal => 500,
        }
    }

    /// Returns the fixed text that a client may see.
    pub fn text(self) -> &'static str {
        match self {
            Self::InvalidRequest => "the request is not valid",
            Self::Unauthenticated => "the credentials are missing or not valid",
            Self::PermissionDenied => "this may not be asked with these credentials",
            Self::NotFound => "not found",
            Self::MethodNotAllowed => "this method is not supported here",
            Self::Unsupported => "this question cannot be evaluated here",
            Self::UnknownFilter => "a filter is not known here",
            Self::Timeout => "the deadline passed before the answer was ready",
            Self::TooLarge => "the request is too large",
            Self::UnsupportedMediaType => "this content type is not supported: send application/json",
            Self::TooManyRequests => "too many requests",
            Self::Unavailable => "the service is not available at the moment",
            Self::Internal => "the service failed",
        }
    }

    /// Returns whether a message about the request itself may be added to the fixed text.
    pub fn is_about_the_request(self) -> bool {
        matches!(
            self,
            Self::InvalidRequest
                | Self::Unsupported
                | Self::UnknownFilter
                | Self::NotFound
                | Self::TooLarge
                | Self::TooManyRequests
        )
    }
}
