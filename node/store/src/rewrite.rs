//! Writing segments again, without some people.

mod alleles;
mod purge;

pub use purge::{PurgeSummary, PurgeTransaction};
