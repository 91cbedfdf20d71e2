//! A data page of a column that has one value in each row, read in place.

use std::ops::Range;

use bytes::Bytes;
use parquet::{
    basic::Compression,
    data_type::ByteArray,
    file::{metadata::ColumnChunkMetaData, page_index::offset_index::PageLocation},
};

use super::{delta, page_header::PageHeader};

/// Number of the encoding DELTA_BINARY_PACKED in Parquet's format.
const DELTA_BINARY_PACKED: i64 = 5;
/// Number of the encoding DELTA_LENGTH_BYTE_ARRAY in Parquet's format.
const DELTA_LENGTH_BYTE_ARRAY: i64 = 6;

/// The values of a page.
#[derive(Debug)]
pub(crate) struct Page {
    encoding: i64,
    values: Bytes,
}

impl Page {
    /// Finds a page of a file; none of a column with nulls or lists, whose values are not one a row, of a compressed
    /// one, and where the file has no such page.
    pub(crate) fn find(file: &Bytes, column: &ColumnChunkMetaData, location: &PageLocation) -> Option<Self> {
        let descriptor = column.column_descr();
        let is_flat = descriptor.max_def_level() == 0 && descriptor.max_rep_level() == 0;
        if !is_flat || column.compression() != Compression::UNCOMPRESSED {
            return None;
        }
        let start = usize::try_from(location.offset).ok()?;
        let end = start.checked_add(usize::try_from(location.compressed_page_size).ok()?)?;
        let (header, values) = PageHeader::read(file.get(start..end)?)?;
        let encoding = header.encoding_of_values(values.len())?;
        Some(Self { encoding, values: file.slice(end - values.len()..end) })
    }

    /// Decodes the numbers of some rows of the page; none where they are encoded in another way.
    pub(crate) fn numbers(&self, rows: Range<usize>) -> Option<Vec<i32>> {
        if self.encoding != DELTA_BINARY_PACKED {
            return None;
        }
        let (mut numbers, _) = delta::decode(&self.values, rows.end)?;
        numbers.drain(..rows.start);
        Some(numbers)
    }

    /// Finds the texts or bytes of some rows of the page; none where they are encoded in another way.
    pub(crate) fn byte_strings(&self, rows: Range<usize>) -> Option<Vec<ByteArray>> {
        if self.encoding != DELTA_LENGTH_BYTE_ARRAY {
            return None;
        }
        let (lengths, data) = delta::decode(&self.values, rows.end)?;
        let (before, lengths) = lengths.split_at_checked(rows.start)?;
        let mut end = self.values.len().checked_sub(data.len())?;
        for length in before {
            end = end.checked_add(usize::try_from(*length).ok()?)?;
        }
        let value = |length: &i32| {
            let start = end;
            end = end.checked_add(usize::try_from(*length).ok()?)?;
            (end <= self.values.len()).then(|| self.values.slice(start..end).into())
        };
        lengths.iter().map(value).collect()
    }
}
