//! Generated data, and their truth.

pub(crate) mod cohort;
pub(crate) mod frequencies;
pub(crate) mod genome;
pub(crate) mod genotypes;
pub(crate) mod lookups;
pub(crate) mod people;
pub(crate) mod segment;
