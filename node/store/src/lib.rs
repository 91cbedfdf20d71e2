//! Where a node keeps its variants and what it knows of people: a directory of Delta tables.
//!
//! Six wings, each of which knows those before it: [`mod@file`] is the format, writer and reader together; [`log`] says
//! which files there are; [`people`] who is who; [`mod@write`] adds segments; [`rewrite`] takes people out of them, and makes one of
//! several; [`backup`] copies them elsewhere, and back.
//! Beside them, `table` writes frequencies that were told as files. What is asked, by whom, and what may be told is not known here, and nothing is counted.

// Test support that other crates share names this crate as they do.
#[cfg(test)]
extern crate self as fyr_store;

pub mod backup;
pub mod blobs;
mod carriers;
mod clock;
mod error;
pub mod file;
mod kind;
pub mod log;
pub mod people;
mod regions;
pub mod rewrite;
mod store;
mod table;
mod task;
#[cfg(test)]
mod test_golden;
#[cfg(test)]
mod test_publication;
#[cfg(test)]
mod test_samples;
pub mod write;

pub use carriers::{Call, Carriers};
pub use error::{HeldAlready, StoreError};
pub use file::{Annotation, FrequencyRow, GenotypeRow};
pub use kind::DatasetKind;
pub use log::{DatasetSummary, Publication, SourceFile};
pub use regions::Regions;
pub use rewrite::{CompactSummary, Compaction, PurgeSummary, RemovedSamples};
pub use store::Store;
pub use table::{TableEncoder, TableRow};
pub use task::blocking;
pub use write::{
    DuplicateAllele, MetadataSpec, MetadataSummary, MetadataWriter, PublicationWriter, Repeated, SegmentSpec,
    SegmentSummary, SegmentWriter,
};
