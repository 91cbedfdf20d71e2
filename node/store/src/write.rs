//! Adding to a store: a segment of alleles, or one of what is known of people.

mod held;
mod intake;
mod metadata;
mod numbering;
mod publication;
mod reach;
mod segment;
mod sort;
mod spec;
mod stream;
mod tables;
mod unite;

pub use metadata::{MetadataSpec, MetadataSummary, MetadataWriter};
pub use publication::PublicationWriter;
pub use segment::{SegmentSummary, SegmentWriter};
pub(crate) use sort::{Rows, merge_files};
pub use spec::{Repeated, SegmentSpec};
pub(crate) use tables::write_tables;
pub use unite::DuplicateAllele;
pub(crate) use unite::Shards;
