//! The header of a page: a structure in Thrift's compact protocol.
//!
//! Parquet's own reader makes all of it, the statistics too, which takes longer than to decode the page.

use parquet::basic::Encoding;

use super::varint::{size, take, varint};

/// Structures within structures that a header may have: the statistics of a page are in its second.
const DEPTH: u32 = 4;
/// Members of `PageHeader`, `DataPageHeader` and `DataPageHeaderV2` in Parquet's `parquet.thrift`, each with the
/// member that its structure is of the header.
const KIND: (u64, u64) = (0, 1);
const SIZE: (u64, u64) = (0, 3);
const ENCODING: (u64, u64) = (5, 2);
const ENCODING_V2: (u64, u64) = (8, 4);
const LEVELS_V2: [(u64, u64); 2] = [(8, 5), (8, 6)];
/// Kinds of pages that have values.
const DATA_PAGES: [i64; 2] = [0, 3];
/// Encodings that are decoded in place, by their numbers there.
const ENCODINGS: [(i64, Encoding); 2] =
    [(5, Encoding::DELTA_BINARY_PACKED), (6, Encoding::DELTA_LENGTH_BYTE_ARRAY)];

/// What a page says of itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct PageHeader {
    kind: Option<i64>,
    size: Option<i64>,
    encoding: Option<i64>,
    levels: i64,
}

impl PageHeader {
    /// Reads the header at the beginning of a page; returns it with the bytes behind it, and none where they are no
    /// header.
    pub(crate) fn read(mut page: &[u8]) -> Option<(Self, &[u8])> {
        let mut header = Self::default();
        header.structure(&mut page, 0, DEPTH)?;
        Some((header, page))
    }

    /// Returns the encoding of a page that has nothing but values, and so many bytes of them; none of one that is not
    /// decoded in place.
    pub(crate) fn encoding_of_values(&self, bytes: usize) -> Option<Encoding> {
        let has_values = self.kind.is_some_and(|kind| DATA_PAGES.contains(&kind)) && self.levels == 0;
        let is_whole = self.size.and_then(|size| usize::try_from(size).ok()) == Some(bytes);
        let number = self.encoding.filter(|_| has_values && is_whole)?;
        ENCODINGS.iter().find(|(known, _)| *known == number).map(|(_, encoding)| *encoding)
    }

    /// Reads a structure that is a member of the header, or the header itself. Lists and maps are in none.
    fn structure(&mut self, rest: &mut &[u8], of: u64, depth: u32) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        let mut member = 0u64;
        loop {
            let head = *take(rest, 1)?.first()?;
            let (step, kind) = (head >> 4, head & 0x0f);
            if kind == 0 {
                return Some(());
            }
            member = match step {
                0 => signed(varint(rest)?).try_into().ok()?,
                step => member.checked_add(step.into())?,
            };
            match kind {
                // A truth value is in the kind itself.
                1 | 2 => {}
                // Whole numbers.
                4..=6 => self.note((of, member), signed(varint(rest)?)),
                // Bytes.
                8 => {
                    let length = size(rest)?;
                    take(rest, length)?;
                }
                // A structure. Those within a member of the header have nothing that is looked for.
                12 => self.structure(rest, if of == 0 { member } else { u64::MAX }, depth)?,
                _ => return None,
            }
        }
    }

    fn note(&mut self, member: (u64, u64), number: i64) {
        match member {
            KIND => self.kind = Some(number),
            SIZE => self.size = Some(number),
            ENCODING | ENCODING_V2 => self.encoding = Some(number),
            _ if LEVELS_V2.contains(&member) => self.levels |= number,
            _ => {}
        }
    }
}

fn signed(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::{
        array::{ArrayRef, Int32Array, RecordBatch},
        datatypes::{DataType, Field, Schema},
    };
    use parquet::{
        arrow::ArrowWriter,
        file::{
            metadata::{PageIndexPolicy, ParquetMetaDataReader},
            properties::{WriterProperties, WriterVersion},
        },
    };
    use proptest::prelude::*;

    use super::*;

    /// Has Parquet write a column, in pages of 100 rows with all statistics; returns the pages.
    fn pages(version: WriterVersion, numbers: ArrayRef) -> Vec<Vec<u8>> {
        let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::Int32, numbers.is_nullable())]));
        let properties = WriterProperties::builder()
            .set_writer_version(version)
            .set_dictionary_enabled(false)
            .set_encoding(Encoding::DELTA_BINARY_PACKED)
            .set_data_page_row_count_limit(100)
            .set_write_batch_size(100)
            .set_write_page_header_statistics(true)
            .build();
        let mut file = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut file, Arc::clone(&schema), Some(properties)).unwrap();
        writer.write(&RecordBatch::try_new(schema, vec![numbers]).unwrap()).unwrap();
        writer.close().unwrap();
        let reader = ParquetMetaDataReader::new().with_page_index_policy(PageIndexPolicy::Required);
        let metadata = reader.parse_and_finish(&bytes::Bytes::from(file.clone())).unwrap();
        let page = |page: &parquet::file::page_index::offset_index::PageLocation| {
            let from = page.offset as usize;
            file[from..from + page.compressed_page_size as usize].to_vec()
        };
        metadata.offset_index().unwrap()[0][0].page_locations().iter().map(page).collect()
    }

    #[test]
    fn what_parquet_writes_is_read() {
        for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
            let pages = pages(version, Arc::new((0..950).map(|n| n * 1000).collect::<Int32Array>()));
            assert_eq!(pages.len(), 10);
            for page in pages {
                let (header, values) = PageHeader::read(&page).unwrap();
                assert_eq!(
                    header.encoding_of_values(values.len()),
                    Some(Encoding::DELTA_BINARY_PACKED),
                    "{version:?}"
                );
                assert_eq!(header.encoding_of_values(values.len() - 1), None);
                for length in 0..page.len() - values.len() {
                    assert_eq!(PageHeader::read(&page[..length]), None, "{length}");
                }
            }
        }
    }

    #[test]
    fn a_page_with_levels_is_known() {
        let some: Int32Array = (0..100).map(|n| (n % 2 == 0).then_some(n)).collect();
        let pages = pages(WriterVersion::PARQUET_2_0, Arc::new(some));
        let (header, rest) = PageHeader::read(&pages[0]).unwrap();
        assert_eq!(header.encoding_of_values(rest.len()), None);
    }

    #[test]
    fn structures_within_each_other_have_an_end() {
        assert_eq!(PageHeader::read(&[0x1c; 1 << 20]), None);
    }

    proptest! {
        #[test]
        fn nonsense_is_refused_or_read_as_something(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            if let Some((_, rest)) = PageHeader::read(&bytes) {
                prop_assert!(rest.len() < bytes.len());
            }
        }
    }
}
