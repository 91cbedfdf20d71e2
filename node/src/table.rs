//! Tables of frequencies as files: a row is one allele in one group of people.

mod parquet;
mod tsv;

use std::sync::Arc;

use ::bytes::Bytes;
use fyr_doors::TableFormat;
use fyr_schemas::{Frequency, VariantAnswer};

use parquet::ParquetEncoder;

/// The names of the columns, in their order. Positions are 1-based and inclusive, as in VCF.
const COLUMNS: [&str; 12] = [
    "dataset",
    "sequence",
    "position",
    "end",
    "reference",
    "alternate",
    "group",
    "ac",
    "an",
    "heterozygous",
    "homozygous",
    "hemizygous",
];

/// What is told of one allele in one group.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TableRow {
    dataset: Arc<str>,
    sequence: Arc<str>,
    position: u64,
    end: u64,
    reference: Arc<str>,
    alternate: Arc<str>,
    counts: Frequency,
}

impl TableRow {
    /// Returns the rows of an allele, those of everybody first.
    pub(crate) fn all(dataset: &Arc<str>, told: VariantAnswer) -> Vec<Self> {
        let variant = told.variant;
        let sequence: Arc<str> = variant.contig.name().into();
        let (reference, alternate): (Arc<str>, Arc<str>) =
            (variant.reference_bases.into(), variant.alternate_bases.into());
        let row = |counts| Self {
            dataset: Arc::clone(dataset),
            sequence: Arc::clone(&sequence),
            position: u64::from(variant.interval.start()) + 1,
            end: u64::from(variant.interval.end()),
            reference: Arc::clone(&reference),
            alternate: Arc::clone(&alternate),
            counts,
        };
        told.frequencies.into_iter().map(row).collect()
    }
}

/// A table could not be written.
#[derive(Debug, thiserror::Error)]
#[error("writing a table as Parquet: {0}")]
pub(crate) struct Unwritten(String);

/// Writes rows in a format, in pieces that stand one after the other in the file.
pub(crate) enum Encoder {
    Tsv { has_header: bool },
    Parquet(Box<ParquetEncoder>),
}

impl Encoder {
    pub(crate) fn new(format: TableFormat) -> Result<Self, Unwritten> {
        Ok(match format {
            TableFormat::Tsv => Self::Tsv { has_header: false },
            TableFormat::Parquet => Self::Parquet(Box::new(ParquetEncoder::new()?)),
        })
    }

    /// Returns the next piece; it can be empty.
    pub(crate) fn write(&mut self, rows: &[TableRow]) -> Result<Bytes, Unwritten> {
        match self {
            Self::Tsv { has_header } => {
                let header = !std::mem::replace(has_header, true);
                Ok(tsv::lines(header, rows).into())
            }
            Self::Parquet(encoder) => encoder.write(rows),
        }
    }

    /// Returns the last piece.
    pub(crate) fn finish(self) -> Result<Bytes, Unwritten> {
        match self {
            Self::Tsv { has_header } => Ok(tsv::lines(!has_header, &[]).into()),
            Self::Parquet(encoder) => encoder.finish(),
        }
    }
}

#[cfg(test)]
mod tests;
