//! What a client reads instead of an answer.

use std::fmt;

use fyr_schemas::{ErrorCode, Remedy};

/// Why there is no answer, in words that a client may read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// The kind of failure.
    pub code: ErrorCode,
    /// The code's fixed text, with what was wrong with the request itself where that is the reason.
    pub message: String,
    /// What can be done about it, for brokers to hand on.
    pub remedy: Option<Remedy>,
}

impl Failure {
    /// Creates a failure that says no more than its code.
    pub fn new(code: ErrorCode) -> Self {
        Self::of(code, code.text().to_owned())
    }

    /// Creates a failure with words of its own.
    pub fn of(code: ErrorCode, message: String) -> Self {
        Self { code, message, remedy: None }
    }

    /// Says what can be done about it.
    #[must_use]
    pub fn with_remedy(self, remedy: Option<Remedy>) -> Self {
        Self { remedy, ..self }
    }

    /// Creates a failure that tells what was wrong with the request.
    pub fn about_request(code: ErrorCode, detail: impl fmt::Display) -> Self {
        if code.is_about_the_request() {
            Self::of(code, format!("{}: {detail}", code.text()))
        } else {
            Self::new(code)
        }
    }
}
