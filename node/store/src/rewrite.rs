//! Writing segments again, without some people.

mod alleles;
mod genotypes;
mod purge;

pub use genotypes::RemovedSamples;
pub(crate) use genotypes::{leave_out, remove};
pub use purge::{PurgeSummary, PurgeTransaction};
