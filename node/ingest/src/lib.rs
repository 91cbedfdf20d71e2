//! From the files that cohorts come with to what a store takes: VCF and BCF to rows, metadata to entries.
//!
//! Decides what a file says, and who is left out of it. It knows nothing of who asks, what may be told and how is
//! counted; who withdrew is a list that it is given. Nothing is visible before the last record has been read without
//! fault.

pub mod metadata;
mod vcf;
mod withdrawn;

pub use fyr_genome::InstalledIdentifiers;
pub use vcf::{
    CallRule, CallableStatement, Counts, FilePlace, FilterRule, GenomeFiles, IngestError, IngestOptions,
    IngestReport, KnownGenome, Phase, PloidyReading, Progress, Spooled, StatedRegions, Uncalled, check,
    check_dataset_id, ingest, load_genome,
};
pub use withdrawn::{NotRemembered, WithdrawalMemory, Withdrawn};
