//! Adding to a store: a segment of alleles, or one of what is known of people.

mod intake;
mod metadata;
mod numbering;
mod segment;
mod sort;
mod stream;
mod tables;
mod unite;

pub use metadata::{MetadataSpec, MetadataSummary, MetadataWriter};
pub use segment::{SegmentSpec, SegmentSummary, SegmentWriter};
pub(crate) use tables::write_tables;
pub use unite::DuplicateAllele;
pub(crate) use unite::Shards;
