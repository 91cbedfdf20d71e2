//! Why a question was not answered.

use std::time::Duration;

use fyr_audit::Unrecorded;
use fyr_engine::EngineError;
use fyr_genome::LocateError;
use fyr_ontology::UnknownTerm;
use fyr_policy::{Denial, NotFixed};
use fyr_schemas::{ErrorCode, Remedy};
use fyr_state::{Stale, StateError};
use fyr_store::StoreError;

use crate::{Unauthenticated, test_mode::SyntheticError};

/// Why a question was not answered. Messages are for operators; the door decides what clients see.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The credentials are not valid.
    #[error(transparent)]
    Unauthenticated(#[from] Unauthenticated),
    /// The policy denies.
    #[error(transparent)]
    Denied(#[from] Denial),
    /// A filter names a term that is not known here.
    #[error(transparent)]
    UnknownTerm(#[from] UnknownTerm),
    /// A filter names a field that the model does not have.
    #[error("`{0}` is no field of the Beacon model that can be filtered by: see /filtering_terms")]
    UnknownField(String),
    /// The question says something that this node does not do.
    #[error("`{0}`: {1}: leave it out")]
    NotHere(&'static str, &'static str),
    /// There is nothing that the owner could ask.
    #[error("the store has no dataset that anybody is in: load one with `fyr-node ingest`")]
    NoDataset,
    /// The owner names a dataset that is not here.
    #[error("there is no dataset `{name}`: the store has {}", .known.join(", "))]
    UnknownDataset {
        /// The name.
        name: String,
        /// Those that are here.
        known: Vec<String>,
    },
    /// What is published are counts of people.
    #[error(
        "`{0}` has frequencies and no people that could be counted: give it rules of its own in [policy.datasets]"
    )]
    NotOfPeople(String),
    /// A table that is to be published, or read as a file, cannot be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is asked is no table that is read whole.
    #[error(
        "only published tables are read as files, or by their owner any frequencies: ask for application/json, or name one \
         in `datasets`"
    )]
    NoTable,
    /// The entry that the question names is not here, or is not shown.
    #[error("no such entry")]
    UnknownEntry,
    /// The question cannot be put in the coordinates of any dataset that may be asked.
    #[error(transparent)]
    Unlocated(#[from] LocateError),
    /// A dataset was decided on that the data do not have.
    #[error("`{0}` is not among the data that the question was put to, so its assembly is not known")]
    NoCoordinates(String),
    /// The question names too large a place.
    #[error(
        "`start`, `end`: {span} bases are named, of which records are not listed: name at most {most}, or ask for \
         granularity count"
    )]
    TooBroad {
        /// Bases that are named.
        span: u64,
        /// Most that may be.
        most: u64,
    },
    /// The synthetic data could not be made.
    #[error("synthetic data: {0}")]
    Synthetic(String),
    /// The profile's budget of questions is spent. It does not depend on data.
    #[error("{most} {what} are the most in this profile: ask about those of before again, or later")]
    Quota {
        /// How many may be asked.
        most: u64,
        /// Of what: questions or cases, in which time.
        what: &'static str,
    },
    /// What people said, or what was spent, cannot be looked at.
    #[error(transparent)]
    State(#[from] StateError),
    /// Counting failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The deadline passed.
    #[error("the deadline of {0:?} passed")]
    Timeout(Duration),
    /// Too many questions are being evaluated.
    #[error("no slot became free within {0:?}")]
    Overloaded(Duration),
    /// What people said is not known to be current, or changed faster than the question was evaluated.
    #[error("the consents are not known to be current: is the database of the state reachable?")]
    Stale,
    /// What a batch of questions was to be put to cannot be had.
    #[error("{reason}")]
    Batch {
        /// Why.
        reason: String,
        /// The code that clients see.
        code: ErrorCode,
    },
    /// A fault of the program.
    #[error("the evaluation panicked: the log says where, further up")]
    Panicked,
    /// The decision could not be recorded.
    #[error(transparent)]
    Unrecorded(#[from] Unrecorded),
}

impl ServiceError {
    /// Returns the code that clients see.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Unauthenticated(error) => error.code(),
            Self::Denied(denial) => denial.code(),
            Self::UnknownTerm(_) | Self::UnknownField(_) => ErrorCode::UnknownFilter,
            Self::UnknownEntry | Self::UnknownDataset { .. } | Self::NoDataset => ErrorCode::NotFound,
            Self::Unlocated(_) | Self::NotHere(..) | Self::NotOfPeople(_) | Self::NoTable => {
                ErrorCode::Unsupported
            }
            Self::TooBroad { .. } => ErrorCode::InvalidRequest,
            Self::Quota { .. } => ErrorCode::TooManyRequests,
            Self::Synthetic(_) | Self::NoCoordinates(_) | Self::Store(_) => ErrorCode::Internal,
            Self::State(_) => ErrorCode::Unavailable,
            Self::Engine(error) => error.code(),
            Self::Timeout(_) => ErrorCode::Timeout,
            Self::Overloaded(_) | Self::Stale => ErrorCode::Unavailable,
            Self::Batch { code, .. } => *code,
            Self::Panicked | Self::Unrecorded(_) => ErrorCode::Internal,
        }
    }
}

impl ServiceError {
    /// Returns what can be done about it, for brokers to hand on; none where they know by the code.
    pub fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Denied(Denial::NotFixed(NotFixed::Alternatives(_))) => Some(Remedy::OneValue),
            Self::Denied(Denial::NotFixed(NotFixed::Range)) => Some(Remedy::AlleleOrGene),
            Self::UnknownTerm(_) => Some(Remedy::UnknownTerm),
            Self::UnknownField(_) => Some(Remedy::UnknownField),
            Self::TooBroad { .. } => Some(Remedy::SmallerPlace),
            Self::Unlocated(error) => Some(match error {
                LocateError::Invalid { .. } => Remedy::Impossible,
                LocateError::SeveralAlleles { .. } => Remedy::OneAllele,
                LocateError::OtherAssembly(_) => Remedy::OtherAssembly,
                LocateError::Unlifted { .. } => Remedy::NotLifted,
                LocateError::NeedsSequence => Remedy::NeedsSequence,
                LocateError::NeedsAnnotation => Remedy::NeedsAnnotation,
                LocateError::NeedsGenes => Remedy::NeedsGenes,
                LocateError::NeedsIdentifiers => Remedy::NeedsIdentifiers,
            }),
            _ => None,
        }
    }

    /// Returns the same for another question of a batch, all of which it concerns.
    pub(crate) fn again(&self) -> Self {
        match self {
            Self::Stale => Self::Stale,
            other => Self::Batch { reason: other.to_string(), code: other.code() },
        }
    }
}

impl From<SyntheticError> for ServiceError {
    fn from(error: SyntheticError) -> Self {
        match error {
            SyntheticError::Made(why) => Self::Synthetic(why),
            SyntheticError::Engine(error) => Self::Engine(error),
        }
    }
}

impl From<Stale> for ServiceError {
    fn from(_: Stale) -> Self {
        Self::Stale
    }
}
