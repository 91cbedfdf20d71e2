//! What the engine counts, before disclosure.

use std::fmt;

use fyr_schemas::{Group, Tally, Variant};

/// The counts of one variant per group, made only when they are going to be released.
pub trait GroupTallies: Send {
    /// Counts the carriers of each population, each sex, and each sex of each population.
    fn tallies(&self) -> Vec<(Group, Tally)>;
}

/// The true counts of one variant in the permitted cohort of one dataset.
pub struct VariantTally {
    /// The variant in normal form.
    pub variant: Variant,
    /// Counts over the whole cohort.
    pub total: Tally,
    /// People in the cohort, assayed here or not; none for frequency data.
    pub cohort_size: Option<u64>,
    /// Counts per group.
    pub groups: Box<dyn GroupTallies>,
}

impl fmt::Debug for VariantTally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VariantTally").finish_non_exhaustive()
    }
}
