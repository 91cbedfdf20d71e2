//! Synthetic cohorts: seeded, plausible, and with the true counts beside them.
//!
//! Regions of one federation share a `site_seed`, so that they have the same sites with frequencies
//! that drift a little from region to region; people and genotypes come from each region's own `seed`.

mod genotype;
pub mod metadata;
mod people;
mod site;
mod spec;
mod write;

pub use genotype::Genotype;
pub use people::SyntheticPerson;
pub use site::{Site, SiteAllele};
pub use spec::{CohortSpec, Inheritance, Planted, Window};
pub use write::SyntheticCohort;
