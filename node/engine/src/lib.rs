//! How a node counts what its store holds.
//!
//! The only crate that names DataFusion. It knows nothing of requesters: it counts what a
//! [`fyr_policy::DatasetPermit`] covers and seals the result.

mod error;
pub(crate) mod query;

pub use error::EngineError;
pub use fyr_store::{DatasetKind, DatasetSummary};
pub use query::{
    CountStream, Engine, EngineOptions, PersonNames, Snapshot, View, ViewVersion, Waiting, check_reference,
};

#[cfg(test)]
mod tests;
