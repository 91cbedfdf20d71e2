//! What can go wrong while counting.

use fyr_schemas::{Assembly, Contig, ErrorCode};
use fyr_store::StoreError;

/// A failure of the engine. Messages are for operators; clients see the code's fixed text.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// None of the permitted datasets has coordinates of this assembly.
    #[error("no dataset that may be asked uses {0}")]
    OtherAssembly(Assembly),
    /// No such dataset.
    #[error("there is no dataset `{0}`")]
    UnknownDataset(String),
    /// Stores of this kind cannot be used.
    #[error("`{0}` cannot be opened: stores are directories")]
    UnsupportedStore(String),
    /// The question needs more memory or rows than allowed.
    #[error("the question needs more than the configured limit of {0}")]
    Limit(String),
    /// The question is well formed, but cannot be evaluated here.
    #[error("{0}")]
    Unsupported(String),
    /// Alleles are kept under a name of a sequence by which no question finds them any more, since it is known to be
    /// another one's synonym.
    #[error(
        "dataset `{dataset}` has alleles of `{name}`, which is {contig} of {assembly}: take it out with \
         `fyr-node remove`, and load its data anew"
    )]
    FormerName {
        /// The dataset.
        dataset: String,
        /// The name as it is stored.
        name: String,
        /// What the name means.
        contig: Contig,
        /// In which assembly.
        assembly: Assembly,
    },
    /// What is told of people cannot be priced as the policy demands.
    #[error(
        "`reference` in the policy of dataset `{dataset}`: `{reference}` {why}: load frequencies of other people in the \
         same assembly under this name, such as a VCF of sites with AC and AN, or name another dataset"
    )]
    Reference {
        /// The dataset of people.
        dataset: String,
        /// The dataset that it names.
        reference: String,
        /// Why it cannot be used.
        why: String,
    },
    /// What was read of the store is nonsense.
    #[error("the store is damaged: {0}")]
    Corrupt(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// DataFusion failed.
    #[error("query: {0}")]
    DataFusion(#[from] datafusion::error::DataFusionError),
    /// Arrow failed.
    #[error("arrow: {0}")]
    Arrow(#[from] arrow::error::ArrowError),
}

impl EngineError {
    /// Says that a dataset cannot tell which variants are as frequent as asked for.
    pub fn unknown_frequencies(dataset: &str) -> Self {
        Self::Unsupported(format!(
            "dataset `{dataset}` has files that list only what their own people carry, so it tells no frequencies that \
             could be compared here: leave alleleFrequency out, or ask other datasets"
        ))
    }

    /// Returns the code that clients see.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::OtherAssembly(_) | Self::Limit(_) | Self::Unsupported(_) => ErrorCode::Unsupported,
            Self::UnknownDataset(_) => ErrorCode::NotFound,
            _ => ErrorCode::Internal,
        }
    }
}
