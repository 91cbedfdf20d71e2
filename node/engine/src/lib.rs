//! Where a node keeps its variants, and how it counts.
//!
//! The only crate that names DataFusion, Arrow, Parquet, Delta and object_store. It knows nothing of
//! requesters: it counts what a [`fyr_policy::DatasetPermit`] covers and seals the result.

mod carriers;
mod error;
mod metadata;
pub(crate) mod query;
mod segment;
mod store;

pub use carriers::{Call, Carriers};
pub use error::EngineError;
pub use metadata::{MetadataSpec, MetadataSummary, MetadataWriter};
pub use query::{Engine, EngineOptions, Snapshot, TallyStream, View};
pub use segment::{
    Annotation, DuplicateAllele, FrequencyRow, GenotypeRow, SegmentSpec, SegmentSummary, SegmentWriter,
    SourceFile,
};
pub use store::{DatasetKind, DatasetSummary, Store, purge::PurgeSummary};

#[cfg(test)]
mod tests;
