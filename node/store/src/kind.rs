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
}

impl DatasetKind {
    /// Returns the word for messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Individual => "genotypes",
            Self::Frequency => "frequencies",
        }
    }
}
