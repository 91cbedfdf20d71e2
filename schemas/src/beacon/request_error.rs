//! Why a Beacon request is not a question.

use crate::{ErrorCode, InvalidQuery};

/// A request that cannot be evaluated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The body is no JSON object.
    #[error("the body is not a JSON object: {0}")]
    Syntax(String),
    /// A parameter has a wrong value, or a needed one is missing.
    #[error(transparent)]
    Invalid(#[from] InvalidQuery),
    /// Nothing in the request says what is asked.
    #[error("{0}")]
    NoQuestion(String),
    /// A filter names something that is no term and no field of the model.
    #[error("`{0}` is no term and no field that can be filtered by: see /filtering_terms")]
    UnknownFilter(String),
    /// A filter cannot be read.
    #[error("`filters`: {0}")]
    Filter(String),
    /// The id of an entry cannot be one.
    #[error("no such entry")]
    UnknownEntry,
    /// A parameter that Beacon knows and that is not evaluated here. An answer would be to another question.
    #[error("`{parameter}` {reason}")]
    Unsupported {
        /// The parameter, as the specification spells it.
        parameter: &'static str,
        /// Why not.
        reason: &'static str,
    },
}

impl RequestError {
    /// Returns the code that clients see.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Unsupported { .. } => ErrorCode::Unsupported,
            Self::UnknownFilter(_) => ErrorCode::UnknownFilter,
            Self::UnknownEntry => ErrorCode::NotFound,
            Self::Syntax(_) | Self::Invalid(_) | Self::NoQuestion(_) | Self::Filter(_) => {
                ErrorCode::InvalidRequest
            }
        }
    }

    pub(super) fn unsupported(parameter: &'static str) -> Self {
        let reason = match parameter {
            "filter" => "is no parameter of Beacon: write `filters`",
            _ => "is not evaluated here",
        };
        Self::Unsupported { parameter, reason }
    }

    pub(super) fn parameter(name: &'static str, reason: impl Into<String>) -> Self {
        Self::Invalid(InvalidQuery::Parameter { name, reason: reason.into() })
    }
}
