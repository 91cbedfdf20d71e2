//! What a client reads instead of an answer.

use std::fmt;

use fyr_schemas::ErrorCode;

/// Why there is no answer, in words that a client may read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// The kind of failure.
    pub code: ErrorCode,
    /// The code's fixed text, with what was wrong with the request itself where that is the reason.
    pub message: String,
}

impl Failure {
    /// Creates a failure that says no more than its code.
    pub fn new(code: ErrorCode) -> Self {
        Self { code, message: code.text().to_owned() }
    }

    /// Creates a failure that tells what was wrong with the request.
    pub fn about_request(code: ErrorCode, detail: impl fmt::Display) -> Self {
        if code.is_about_the_request() {
            Self { code, message: format!("{}: {detail}", code.text()) }
        } else {
            Self::new(code)
        }
    }
}
