//! What whoever ingests decides.

use fyr_schemas::{Assembly, Individual};

use crate::{DatasetKind, SourceFile};

/// What becomes of what a dataset has already of people who are in the files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Repeated {
    /// Nobody may have anything of the sequences of the files: a corrected file would be united with the wrong one.
    #[default]
    Refused,
    /// What is said of a person is united, as of two technologies.
    United,
    /// All that was loaded under the ids of the samples goes, in the commit that makes the new segment visible.
    Replaced,
}

/// What is going to be ingested.
#[derive(Clone, Debug)]
pub struct SegmentSpec {
    /// Dataset id.
    pub dataset: String,
    /// Assembly of the coordinates.
    pub assembly: Assembly,
    /// People or frequencies.
    pub kind: DatasetKind,
    /// Whether the alleles are left-aligned by a reference sequence.
    pub normalised: bool,
    /// Whether an annotation says what the alleles do.
    pub annotated: bool,
    /// Replaces all that the dataset holds, in the same commit.
    pub replace: bool,
    /// What becomes of what the dataset has already of the people.
    pub repeated: Repeated,
    /// The input files.
    pub sources: Vec<SourceFile>,
    /// The people, in the order in which rows are going to number them; empty for frequencies.
    pub individuals: Vec<Individual>,
    /// For each source, the positions in `individuals` of the people that it holds.
    pub shards: Vec<Vec<usize>>,
}
