//! What the tests and the demo need: synthetic cohorts with their truth, networks of real nodes and
//! brokers in this process, and ways to ask them.
//!
//! Nothing here is part of the product. The counts in [`counts`] and [`naive`] are made on purpose in
//! the slow and obvious way and share no code with ingest or engine.

pub mod ask;
pub mod cohort;
pub mod compare;
pub mod counts;
pub mod inference;
pub mod naive;
pub mod network;
pub mod shared;
pub mod tokens;

pub use cohort::{CohortSpec, SyntheticCohort};
pub use counts::{AlleleCounts, AlleleKey, Truth};
pub use network::{NetworkSpec, NodeSpec, TestNetwork};
