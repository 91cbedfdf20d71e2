//! From VCF and BCF files to one segment of a store.
//!
//! Decides what a file says: which files are refused, what an allele is called, what a genotype means.
//! Storing, sorting and uniting equal alleles is the engine's part. Nothing is visible before the last
//! record has been read without fault.
//!
//! ```text
//! input ── header ── cohort
//!   └── pieces of lines ──▶ record ── alleles ── genotypes ──▶ rows ──▶ store
//!       (one thread)        (all cores)                        (in order)
//! ```

mod account;
mod alleles;
mod annotation;
mod bcf;
mod bounds;
mod callable;
mod calls;
mod cohort;
mod error;
mod frequencies;
mod genome;
mod genotypes;
mod header;
pub(crate) mod individuals;
mod info;
pub(crate) mod input;
mod inputs;
mod judge;
mod lines;
mod notes;
mod options;
mod pipeline;
mod progress;
mod record;
mod reference;
mod report;
mod rows;
mod run;
mod sexes;
pub(crate) mod sources;
mod spool;
mod table;
mod values;

pub use callable::CallableStatement;
pub use calls::{CallRule, FilterRule};
pub use error::{FilePlace, IngestError};
pub use genome::{GenomeFiles, KnownGenome, load_genome};
pub use options::{IngestOptions, PloidyReading, check_dataset_id};
pub use progress::{Phase, Progress};
pub use report::{Counts, IngestReport, StatedRegions, Uncalled};
pub use run::{check, ingest};
pub use spool::Spooled;

#[cfg(test)]
mod tests;
