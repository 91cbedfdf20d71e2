//! What the engine counts, before disclosure.

use std::fmt;

use fyr_schemas::{Case, Effect, FilteringTerm, Group, Tally, Variant};
use serde_json::Value;

/// The counts of one variant per group, made only when they are going to be released.
pub trait GroupTallies: Send {
    /// Counts the carriers of each population, each sex, and each sex of each population.
    fn tallies(&self) -> Vec<(Group, Tally)>;
}

/// The true counts of one variant in the permitted cohort of one dataset.
pub struct VariantTally {
    /// The variant in normal form.
    pub variant: Variant,
    /// What an annotation says that it does. It is about the variant, not about who carries it.
    pub effects: Vec<Effect>,
    /// Counts over the whole cohort.
    pub total: Tally,
    /// People in the cohort, assayed here or not; none for frequency data.
    pub cohort_size: Option<u64>,
    /// People in the cohort whose consent covers the question, before filters; none for frequency data.
    pub consented: Option<u64>,
    /// For each filter of the question: counts over the people for whom all the *other* filters hold.
    /// Counted only where there is a floor, and only for filters that do not hold for everyone.
    pub margins: Vec<Tally>,
    /// The carriers; only where the permit releases records.
    pub cases: Vec<Case>,
    /// Counts per group.
    pub groups: Box<dyn GroupTallies>,
}

/// The true counts of the entries that a question is about, in the permitted cohort of one dataset.
#[derive(Debug, Default)]
pub struct EntryTally {
    /// Entries for which everything holds.
    pub entries: u64,
    /// Distinct people behind them.
    pub people: u64,
    /// People in the cohort, whether or not anything holds for them.
    pub cohort: u64,
    /// For each constraint of the question: people for whom all the *other* constraints hold. Counted only
    /// where there is a floor, and only for constraints that do not hold for everyone.
    pub margins: Vec<u64>,
    /// The documents of the asked page; only where the permit releases records.
    pub documents: Vec<Value>,
}

/// A filtering term with the number of people for whom it is stated.
#[derive(Clone, Debug)]
pub struct TermTally {
    /// The term.
    pub term: FilteringTerm,
    /// Distinct people.
    pub people: u64,
    /// People in the cohort.
    pub cohort: u64,
    /// The values of a field, where they are few, each with the number of people for whom it is stated.
    pub values: Vec<(String, u64)>,
}

impl fmt::Debug for VariantTally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VariantTally").finish_non_exhaustive()
    }
}
