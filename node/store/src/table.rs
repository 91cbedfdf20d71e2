//! Tables of frequencies as files: a row is one allele in one group of people.

mod parquet;
mod tsv;

use std::sync::Arc;

use ::bytes::Bytes;
use fyr_schemas::{Frequency, VariantAnswer};

use crate::StoreError;
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
pub struct TableRow {
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
    pub fn all(dataset: &Arc<str>, told: VariantAnswer) -> Vec<Self> {
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

/// Writes rows in a format, in pieces that stand one after the other in the file.
pub struct TableEncoder(Encoder);

enum Encoder {
    Tsv { has_header: bool },
    Parquet(Box<ParquetEncoder>),
}

impl TableEncoder {
    /// Writes text with tabs, the names of the columns first.
    pub fn tsv() -> Self {
        Self(Encoder::Tsv { has_header: false })
    }

    /// Writes Apache Parquet.
    ///
    /// # Errors
    ///
    /// The file cannot be begun.
    pub fn parquet() -> Result<Self, StoreError> {
        Ok(Self(Encoder::Parquet(Box::new(ParquetEncoder::new()?))))
    }

    /// Returns the next piece; it can be empty.
    ///
    /// # Errors
    ///
    /// The rows cannot be encoded.
    pub fn write(&mut self, rows: &[TableRow]) -> Result<Bytes, StoreError> {
        match &mut self.0 {
            Encoder::Tsv { has_header } => {
                let header = !std::mem::replace(has_header, true);
                Ok(tsv::lines(header, rows).into())
            }
            Encoder::Parquet(encoder) => encoder.write(rows),
        }
    }

    /// Returns the last piece.
    ///
    /// # Errors
    ///
    /// The file cannot be ended.
    pub fn finish(self) -> Result<Bytes, StoreError> {
        match self.0 {
            Encoder::Tsv { has_header } => Ok(tsv::lines(!has_header, &[]).into()),
            Encoder::Parquet(encoder) => encoder.finish(),
        }
    }
}

#[cfg(test)]
mod tests;
