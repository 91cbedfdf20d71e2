//! A data page of a column that has one value in each row, read in place.

use std::{
    ops::Range,
    sync::{Arc, LazyLock},
};

use bytes::Bytes;
use parquet::{
    basic::{Compression, Encoding},
    column::page::PageReader,
    data_type::ByteArray,
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

/// The values of a page.
#[derive(Debug)]
pub(crate) struct Page {
    encoding: Encoding,
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
        let (file, pages) = (Arc::new(file.clone()), Some(vec![location.clone()]));
        let properties = Arc::clone(&PROPERTIES);
        let mut reader =
            SerializedPageReader::new_with_properties(file, column, 0, pages, properties).ok()?;
        // What lies before the first page that it is told of, it takes for a dictionary.
        if u64::try_from(location.offset) != Ok(column.byte_range().0) {
            reader.skip_next_page().ok()?;
        }
        let page = reader.get_next_page().ok()??;
        Some(Self { encoding: page.encoding(), values: page.buffer().clone() })
    }

    /// Decodes the numbers of some rows of the page; none where they are encoded in another way.
    pub(crate) fn numbers(&self, rows: Range<usize>) -> Option<Vec<i32>> {
        if self.encoding != Encoding::DELTA_BINARY_PACKED {
            return None;
        }
        let (mut numbers, _) = delta::decode(&self.values, rows.end)?;
        numbers.drain(..rows.start);
        Some(numbers)
    }

    /// Finds the texts or bytes of some rows of the page; none where they are encoded in another way.
    pub(crate) fn byte_strings(&self, rows: Range<usize>) -> Option<Vec<ByteArray>> {
        if self.encoding != Encoding::DELTA_LENGTH_BYTE_ARRAY {
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int32Array, RecordBatch, StringArray};
    use parquet::{
        arrow::ArrowWriter,
        file::{
            metadata::{PageIndexPolicy, ParquetMetaDataReader},
            properties::WriterProperties,
        },
    };

    use super::*;

    const ROWS: usize = 950;

    fn text(row: usize) -> String {
        "ACGT".repeat(row % 7)
    }

    /// Writes a column of numbers and one of texts, in pages of 100 rows.
    fn written(compression: Compression) -> Bytes {
        let numbers: ArrayRef = Arc::new(Int32Array::from_iter_values((0..ROWS).map(|row| row as i32 * 3)));
        let texts: ArrayRef = Arc::new(StringArray::from_iter_values((0..ROWS).map(text)));
        let rows = RecordBatch::try_from_iter([("numbers", numbers), ("texts", texts)]).unwrap();
        let properties = WriterProperties::builder()
            .set_dictionary_enabled(false)
            .set_column_encoding("numbers".into(), Encoding::DELTA_BINARY_PACKED)
            .set_column_encoding("texts".into(), Encoding::DELTA_LENGTH_BYTE_ARRAY)
            .set_compression(compression)
            .set_data_page_row_count_limit(100)
            .set_write_batch_size(100)
            .build();
        let mut file = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut file, rows.schema(), Some(properties)).unwrap();
        writer.write(&rows).unwrap();
        writer.close().unwrap();
        file.into()
    }

    /// Finds all pages of a column.
    fn pages(file: &Bytes, column: usize) -> Vec<Option<Page>> {
        let reader = ParquetMetaDataReader::new().with_page_index_policy(PageIndexPolicy::Required);
        let metadata = reader.parse_and_finish(file).unwrap();
        let locations = metadata.offset_index().unwrap()[0][column].page_locations();
        let column = metadata.row_group(0).column(column);
        locations.iter().map(|location| Page::find(file, column, location)).collect()
    }

    #[test]
    fn each_page_is_found_and_decoded() {
        let file = written(Compression::UNCOMPRESSED);
        let (numbers, texts) = (pages(&file, 0), pages(&file, 1));
        assert_eq!((numbers.len(), texts.len()), (10, 10));
        for (first, (numbers, texts)) in (0..).step_by(100).zip(numbers.iter().zip(&texts)) {
            let (numbers, texts) = (numbers.as_ref().unwrap(), texts.as_ref().unwrap());
            let expected: Vec<i32> = (first + 7..first + 40).map(|row| row as i32 * 3).collect();
            assert_eq!(numbers.numbers(7..40).unwrap(), expected);
            let told = texts.byte_strings(7..40).unwrap();
            let told: Vec<_> = told.iter().map(|text| text.as_utf8().unwrap().to_owned()).collect();
            assert_eq!(told, (first + 7..first + 40).map(text).collect::<Vec<_>>());
            assert!(numbers.byte_strings(0..1).is_none() && texts.numbers(0..1).is_none());
        }
    }

    #[test]
    fn a_compressed_page_is_left_to_parquet() {
        let file = written(Compression::ZSTD(Default::default()));
        assert!(pages(&file, 0).iter().all(Option::is_none));
    }
}
