//! One ingest, written as one segment and committed at once.

use fyr_schemas::{Assembly, Group, Individual, Tally, Variant};
use serde::{Deserialize, Serialize};

use crate::{Carriers, DatasetKind, EngineError};

/// A file that went into a segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    /// File name without its directories.
    pub name: String,
    /// BLAKE3 of its bytes, in hexadecimal.
    pub blake3: String,
    /// Size in bytes.
    pub bytes: u64,
}

/// What is going to be ingested.
#[derive(Clone, Debug)]
pub struct SegmentSpec {
    /// Dataset id.
    pub dataset: String,
    /// Assembly of the coordinates.
    pub assembly: Assembly,
    /// People or frequencies.
    pub kind: DatasetKind,
    /// Replaces all that the dataset holds, in the same commit.
    pub replace: bool,
    /// The input files.
    pub sources: Vec<SourceFile>,
    /// The people, in the order in which rows are going to number them; empty for frequencies.
    pub individuals: Vec<Individual>,
    /// For each source, the positions in `individuals` of the people that it holds.
    pub shards: Vec<Vec<usize>>,
}

/// One allele of one input file with everyone's calls.
#[derive(Clone, Debug)]
pub struct GenotypeRow {
    /// The allele in normal form.
    pub variant: Variant,
    /// VCF ID values.
    pub ids: Vec<String>,
    /// VCF FILTER values; empty when not applied.
    pub filters: Vec<String>,
    /// Which source it comes from.
    pub shard: u32,
    /// The calls, by the indices of [`SegmentWriter::indices`].
    pub carriers: Carriers,
}

/// One allele of a sites-only file.
#[derive(Clone, Debug)]
pub struct FrequencyRow {
    /// The allele in normal form.
    pub variant: Variant,
    /// VCF ID values.
    pub ids: Vec<String>,
    /// VCF FILTER values; empty when not applied.
    pub filters: Vec<String>,
    /// Which source it comes from.
    pub shard: u32,
    /// Counts per group, the total among them.
    pub tallies: Vec<(Group, Tally)>,
}

/// An allele that one file has more than once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DuplicateAllele {
    /// The allele.
    pub variant: Variant,
    /// In how many records.
    pub records: u32,
    /// Which source.
    pub shard: u32,
}

/// What a finished segment holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentSummary {
    /// Segment id.
    pub segment: String,
    /// Rows written.
    pub variants: u64,
    /// People.
    pub individuals: u64,
    /// Bytes of Parquet.
    pub bytes: u64,
    /// Version of the segments table that made it visible.
    pub version: u64,
    /// How many alleles occurred more than once in one file.
    pub duplicates: u64,
    /// The first of them.
    pub first_duplicates: Vec<DuplicateAllele>,
}

/// Takes the rows of a segment, sorts them, and commits them at once. Dropped before that, it leaves
/// the store as it was.
#[derive(Debug)]
pub struct SegmentWriter {
    indices: Vec<u32>,
}

impl SegmentWriter {
    /// Returns the bitmap index of each of the spec's individuals.
    pub fn indices(&self) -> &[u32] {
        &self.indices
    }

    /// Adds rows of genotypes, in any order.
    ///
    /// # Errors
    ///
    /// The disk is full, or writing failed.
    pub async fn push_genotypes(&mut self, rows: Vec<GenotypeRow>) -> Result<(), EngineError> {
        let _ = rows;
        Err(EngineError::Corrupt("not built yet".into()))
    }

    /// Adds rows of frequencies, in any order.
    ///
    /// # Errors
    ///
    /// The disk is full, or writing failed.
    pub async fn push_frequencies(&mut self, rows: Vec<FrequencyRow>) -> Result<(), EngineError> {
        let _ = rows;
        Err(EngineError::Corrupt("not built yet".into()))
    }

    /// Writes the sorted tables and makes the segment visible.
    ///
    /// # Errors
    ///
    /// The disk is full, writing failed, or another process changed the store.
    pub async fn finish(self) -> Result<SegmentSummary, EngineError> {
        Err(EngineError::Corrupt("not built yet".into()))
    }
}
