//! The files of a store: Parquet, the writer of each form beside what reads it.
//!
//! Alleles lie in files of one contig each ([`PartWriter`], [`Part`]), in an order, in pages and in encodings by which
//! one of them is found by reading one page of each column that is asked for. People and documents are rows of small
//! tables (`rows`).

mod batch;
mod delta;
mod found;
mod leaves;
mod locator;
mod mapped;
mod packed_carriers;
mod packed_set;
mod page;
mod pages;
mod part;
mod part_writer;
mod read;
mod row;
pub(crate) mod rows;
mod schema;
#[cfg(test)]
pub(crate) mod test_alleles;
#[cfg(test)]
mod test_law;
mod varint;

pub use batch::{contig_of, decode, encode};
pub use found::Candidate;
pub use locator::{Locator, PageRows};
pub use mapped::MappedFile;
pub use packed_carriers::{PackedCarriers, unite};
pub use pages::Pages;
pub use part::Part;
pub use part_writer::PartWriter;
pub(crate) use read::{Chunk, each, pages, staged};
pub use row::{Annotation, FrequencyRow, GenotypeRow, Payload, StoredRow, extend};
pub use schema::{PAGE_ROWS, column, count_schema, file_schema, writer_properties};
pub(crate) use schema::{run_schema, table_schema, text_item};
pub(crate) use varint::varint;
