//! Writing segments again: without some people, or several as one.

mod alleles;
mod compact;
mod genotypes;
mod grouping;
mod purge;

pub use compact::{CompactSummary, CompactTransaction, Compaction, Merged};
pub(crate) use compact::{due, nothing_done};
pub use genotypes::RemovedSamples;
pub(crate) use genotypes::{leave_out, remove};
pub use purge::{PurgeSummary, PurgeTransaction};
