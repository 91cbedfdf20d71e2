//! A data page of a column that has one value in each row, read in place.

use std::{
    ops::Range,
    sync::{Arc, LazyLock},
};

use bytes::Bytes;
use parquet::{
    basic::Encoding,
    column::page::{Page as ParquetPage, PageReader},
    data_type::ByteArray,
    errors::Result,
    file::{
        metadata::ColumnChunkMetaData,
        page_index::offset_index::PageLocation,
        properties::{ReaderProperties, ReaderPropertiesPtr},
        serialized_reader::SerializedPageReader,
    },
};

use super::delta;

static PROPERTIES: LazyLock<ReaderPropertiesPtr> =
    LazyLock::new(|| Arc::new(ReaderProperties::builder().build()));

/// A page, decompressed.
#[derive(Debug)]
pub(crate) struct Page(ParquetPage);

impl Page {
    /// Reads a page of a file; none of a column with nulls or lists, whose values are not one a row.
    pub(crate) fn read(
        file: &Arc<Bytes>,
        column: &ColumnChunkMetaData,
        location: &PageLocation,
    ) -> Result<Option<Self>> {
        let descriptor = column.column_descr();
        if descriptor.max_def_level() > 0 || descriptor.max_rep_level() > 0 {
            return Ok(None);
        }
        let (file, pages) = (Arc::clone(file), Some(vec![location.clone()]));
        let properties = Arc::clone(&PROPERTIES);
        let mut reader = SerializedPageReader::new_with_properties(file, column, 0, pages, properties)?;
        // What lies before the first page that it is told of, it takes for a dictionary.
        if u64::try_from(location.offset) != Ok(column.byte_range().0) {
            reader.skip_next_page()?;
        }
        Ok(reader.get_next_page()?.map(Self))
    }

    /// Decodes the numbers of some rows of the page; none where they are encoded in another way.
    pub(crate) fn numbers(&self, rows: Range<usize>) -> Option<Vec<i32>> {
        if self.0.encoding() != Encoding::DELTA_BINARY_PACKED {
            return None;
        }
        let (mut numbers, _) = delta::decode(self.0.buffer(), rows.end)?;
        numbers.drain(..rows.start);
        Some(numbers)
    }

    /// Finds the texts or bytes of some rows of the page; none where they are encoded in another way.
    pub(crate) fn byte_strings(&self, rows: Range<usize>) -> Option<Vec<ByteArray>> {
        if self.0.encoding() != Encoding::DELTA_LENGTH_BYTE_ARRAY {
            return None;
        }
        let (lengths, data) = delta::decode(self.0.buffer(), rows.end)?;
        let (before, lengths) = lengths.split_at_checked(rows.start)?;
        let mut end = self.0.buffer().len().checked_sub(data.len())?;
        for length in before {
            end = end.checked_add(usize::try_from(*length).ok()?)?;
        }
        let value = |length: &i32| {
            let start = end;
            end = end.checked_add(usize::try_from(*length).ok()?)?;
            (end <= self.0.buffer().len()).then(|| self.0.buffer().slice(start..end).into())
        };
        lengths.iter().map(value).collect()
    }
}
