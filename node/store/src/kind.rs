//! Whether a dataset holds people or only frequencies.

use serde::{Deserialize, Serialize};

/// Whether a dataset holds people or only frequencies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DatasetKind {
    /// Genotypes of individuals.
    Individual,
    /// Allele counts per population and sex.
    Frequency,
    /// Frequencies of other people, by which what is told of people is priced, and of which nothing is told.
    Reference,
}

impl DatasetKind {
    /// Returns the word for messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Individual => "genotypes",
            Self::Frequency => "frequencies",
            Self::Reference => "reference frequencies",
        }
    }

    /// Returns whether it is stored as counts, without people.
    pub fn is_of_counts(self) -> bool {
        match self {
            Self::Individual => false,
            Self::Frequency | Self::Reference => true,
        }
    }
}
