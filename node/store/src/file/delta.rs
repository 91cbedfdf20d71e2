//! Numbers in Parquet's encoding DELTA_BINARY_PACKED.
//!
//! Parquet's own decoder is made for whole columns: setting it up takes longer than a page of a lookup.

use super::varint::{size, take, varint};

/// Numbers that are unpacked together; the format packs multiples of them.
const TOGETHER: usize = 32;
/// Most bytes that they take, and what a word may reach beyond.
const PADDED: usize = TOGETHER * 4 + 8;

/// Decodes the first numbers of a run of `i32`, as many as are wanted. Returns them with the bytes behind the whole
/// run; none where the bytes are no such run, or a shorter one.
pub(crate) fn decode(bytes: &[u8], wanted: usize) -> Option<(Vec<i32>, &[u8])> {
    let mut rest = bytes;
    let block = size(&mut rest)?;
    let miniblocks = size(&mut rest)?;
    let mut left = size(&mut rest)?;
    let mut value = signed(varint(&mut rest)?);
    let in_miniblock = block.checked_div(miniblocks)?;
    if left < wanted || in_miniblock == 0 || in_miniblock % TOGETHER != 0 {
        return None;
    }
    let mut numbers = Vec::with_capacity(wanted);
    numbers.extend((wanted > 0).then_some(value));
    left = left.saturating_sub(1);
    while left > 0 {
        let least = signed(varint(&mut rest)?);
        let widths = take(&mut rest, miniblocks)?;
        for width in widths {
            if left == 0 {
                break;
            }
            let packed = take(&mut rest, in_miniblock / 8 * usize::from(*width))?;
            let needed = in_miniblock.min(left).min(wanted - numbers.len());
            if needed > 0 {
                unpack(packed, *width, needed, |delta| {
                    value = value.wrapping_add(least).wrapping_add(delta.cast_signed());
                    numbers.push(value);
                })?;
            }
            left = left.saturating_sub(in_miniblock);
        }
    }
    Some((numbers, rest))
}

/// Hands on numbers of some bits each, the lowest first.
fn unpack(packed: &[u8], width: u8, count: usize, mut each: impl FnMut(u32)) -> Option<()> {
    if width == 0 {
        (0..count).for_each(|_| each(0));
        return Some(());
    }
    let width = usize::from(width);
    let mask = 1u64.checked_shl(u32::try_from(width).ok()?)? - 1;
    let mut left = count;
    for packed in packed.chunks(TOGETHER / 8 * width) {
        let mut padded = [0; PADDED];
        padded.get_mut(..packed.len())?.copy_from_slice(packed);
        for index in 0..left.min(TOGETHER) {
            let bit = index * width;
            let word = padded.get(bit / 8..)?.first_chunk()?;
            each(u32::try_from(u64::from_le_bytes(*word) >> (bit % 8) & mask).ok()?);
        }
        left = left.saturating_sub(TOGETHER);
    }
    Some(())
}

/// Reads the sign from the lowest bit. Numbers of 32 bits may be written with their 64-bit differences, which
/// wrap around to the same.
#[expect(clippy::cast_possible_truncation, reason = "numbers wrap around at 32 bits")]
fn signed(number: u64) -> i32 {
    ((number >> 1).cast_signed() ^ -(number & 1).cast_signed()) as i32
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
        basic::Encoding,
        file::{
            properties::WriterProperties,
            reader::{FileReader, SerializedFileReader},
        },
    };
    use proptest::prelude::*;

    use super::*;

    /// Has Parquet write one page of numbers.
    fn written(numbers: &[i32]) -> Vec<u8> {
        let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::Int32, false)]));
        let properties = WriterProperties::builder()
            .set_dictionary_enabled(false)
            .set_encoding(Encoding::DELTA_BINARY_PACKED)
            .build();
        let mut file = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut file, Arc::clone(&schema), Some(properties)).unwrap();
        let column: ArrayRef = Arc::new(Int32Array::from(numbers.to_vec()));
        writer.write(&RecordBatch::try_new(schema, vec![column]).unwrap()).unwrap();
        writer.close().unwrap();
        let file = SerializedFileReader::new(bytes::Bytes::from(file)).unwrap();
        let mut pages = file.get_row_group(0).unwrap().get_column_page_reader(0).unwrap();
        let page = pages.get_next_page().unwrap().unwrap();
        assert_eq!(page.encoding(), Encoding::DELTA_BINARY_PACKED);
        page.buffer().to_vec()
    }

    fn numbers() -> impl Strategy<Value = Vec<i32>> {
        let of = |one: BoxedStrategy<i32>| prop::collection::vec(one, 1..600);
        prop_oneof![
            of(any::<i32>().boxed()),
            of((0..4).boxed()),
            of(Just(1).boxed()),
            of((-900..900).boxed())
        ]
    }

    proptest! {
        #[test]
        fn what_parquet_writes_is_read(numbers in numbers(), share in 0.0..=1.0) {
            let mut page = written(&numbers);
            page.extend([7, 7]);
            let wanted = (numbers.len() as f64 * share) as usize;
            let (read, rest) = decode(&page, wanted).unwrap();
            prop_assert_eq!(read, &numbers[..wanted]);
            prop_assert_eq!(rest, &[7, 7]);
            prop_assert!(decode(&page, numbers.len() + 1).is_none());
        }

        #[test]
        fn nonsense_is_refused_or_read_as_something(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            if let Some((read, rest)) = decode(&bytes, 5) {
                prop_assert!(read.len() == 5 && rest.len() < bytes.len());
            }
        }
    }

    #[test]
    fn a_page_that_is_cut_off_is_refused() {
        let page = written(&(0..512).map(|n| n * n).collect::<Vec<_>>());
        for length in 0..page.len() {
            assert!(decode(&page[..length], 512).is_none(), "{length}");
        }
    }
}
