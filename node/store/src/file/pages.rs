//! Reads a few rows of a file: of each column the page that has them, and nothing else.
//!
//! Arrow's reader sets up a tree of readers and buffers for whole batches, which costs more than a lookup
//! itself. Here a column is read by Parquet's own page and column reader, and where one page has all rows, as in
//! a lookup, in [`Page`] without them.

use std::{
    ops::Range,
    sync::{Arc, LazyLock},
};

use arrow::{
    array::{
        ArrayRef, BinaryArray, BinaryBuilder, Int32Array, Int64Array, ListArray, StringBuilder, StructArray,
        new_empty_array, new_null_array,
    },
    buffer::OffsetBuffer,
    datatypes::{DataType, Field},
};
use bytes::Bytes;
use parquet::{
    column::reader::ColumnReaderImpl,
    data_type::{ByteArray, ByteArrayType, DataType as ParquetType, Int32Type, Int64Type},
    file::{
        metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData},
        page_index::offset_index::PageLocation,
        serialized_reader::SerializedPageReader,
    },
};

use super::{
    leaves::Leaves,
    locator::PageRows,
    page::Page,
    schema::{PAGE_ROWS, column, effect_item},
};
use crate::StoreError;

/// A file whose rows are read.
#[derive(Clone, Copy, Debug)]
pub struct Pages<'a> {
    /// The bytes of the file.
    pub(crate) bytes: &'a Arc<Bytes>,
    /// Its footer, with the places of all pages.
    pub(crate) metadata: &'a ParquetMetaData,
    /// Its columns.
    pub(crate) leaves: &'a Leaves,
}

/// The values of some rows of one leaf column, without nulls, and the levels that say where they belong.
struct Leaf<T> {
    values: Vec<T>,
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
}

impl<'a> Pages<'a> {
    /// Reads coordinates, or other small numbers without nulls.
    ///
    /// # Errors
    ///
    /// There is no such column, or it is damaged.
    pub fn coordinates(self, run: PageRows, name: &str) -> Result<Vec<i32>, StoreError> {
        self.integers(run, self.only(name)?)
    }

    /// Reads numbers without nulls.
    ///
    /// # Errors
    ///
    /// There is no such column, or it is damaged.
    pub fn numbers(self, run: PageRows, name: &str) -> Result<Vec<i64>, StoreError> {
        Ok(self.leaf::<Int64Type>(run, self.only(name)?)?.values)
    }

    /// Reads the texts of a column without nulls.
    pub(crate) fn texts(self, run: PageRows, name: &str) -> Result<Vec<ByteArray>, StoreError> {
        self.byte_strings(run, self.only(name)?)
    }

    fn integers(self, run: PageRows, leaf: usize) -> Result<Vec<i32>, StoreError> {
        match self.in_place(run, leaf, Page::numbers)? {
            Some(numbers) => Ok(numbers),
            None => Ok(self.leaf::<Int32Type>(run, leaf)?.values),
        }
    }

    fn byte_strings(self, run: PageRows, leaf: usize) -> Result<Vec<ByteArray>, StoreError> {
        match self.in_place(run, leaf, Page::byte_strings)? {
            Some(values) => Ok(values),
            None => Ok(self.leaf::<ByteArrayType>(run, leaf)?.values),
        }
    }

    /// Reads rows that one page has all of; none where there is no such page, or it is not made for that.
    fn in_place<T>(
        self,
        run: PageRows,
        leaf: usize,
        read: impl FnOnce(&Page, Range<usize>) -> Option<T>,
    ) -> Result<Option<T>, StoreError> {
        let (column, all) = self.column(run, leaf)?;
        let (from, to) = rows_of(run)?;
        let Some(position) = page_of(all, from) else { return Ok(None) };
        let has_all = all.get(position + 1).is_none_or(|next| to <= next.first_row_index);
        let Some(location) = all.get(position).filter(|_| has_all) else { return Ok(None) };
        let first = usize::try_from(from - location.first_row_index).map_err(|_| damaged())?;
        let page = Page::find(self.bytes, column, location);
        Ok(page.and_then(|page| read(&page, first..first + run.count)))
    }

    /// Returns whether rows of a column of numbers, texts or bytes are read in place.
    #[cfg(test)]
    pub(super) fn is_read_in_place(self, run: PageRows, name: &str) -> bool {
        let leaf = self.only(name).unwrap();
        let numbers = self.in_place(run, leaf, Page::numbers).unwrap().map(|numbers| numbers.len());
        let texts = || self.in_place(run, leaf, Page::byte_strings).unwrap().map(|texts| texts.len());
        numbers.or_else(texts) == Some(run.count)
    }

    /// Reads a column.
    pub(crate) fn array(self, run: PageRows, field: &Field) -> Result<ArrayRef, StoreError> {
        let leaves = self.leaves.of(field.name()).ok_or_else(damaged)?;
        if self.leaves.are_empty(run.row_group, &leaves) {
            return Ok(no_values(field, run.count));
        }
        match field.data_type() {
            DataType::List(item) => self.list(run, item, leaves),
            _ => self.values(run, field, leaves.start),
        }
    }

    fn values(self, run: PageRows, field: &Field, leaf: usize) -> Result<ArrayRef, StoreError> {
        Ok(match field.data_type() {
            DataType::Int32 => Arc::new(Int32Array::from(self.integers(run, leaf)?)),
            DataType::Int64 => {
                Arc::new(self.leaf::<Int64Type>(run, leaf)?.nullable(field).collect::<Int64Array>())
            }
            DataType::Utf8 => text_array(self.leaf::<ByteArrayType>(run, leaf)?.nullable(field))?,
            DataType::Binary if !field.is_nullable() => Arc::new(BinaryArray::from_iter_values(
                self.byte_strings(run, leaf)?.iter().map(ByteArray::data),
            )),
            DataType::Binary => binary_array(self.leaf::<ByteArrayType>(run, leaf)?.nullable(field)),
            other => return Err(StoreError::Corrupt(format!("a column of {other} is never looked up"))),
        })
    }

    /// Reads a list of structs; neither a list nor an element is null.
    fn list(self, run: PageRows, item: &Arc<Field>, leaves: Range<usize>) -> Result<ArrayRef, StoreError> {
        let DataType::Struct(fields) = item.data_type() else { return Err(damaged()) };
        let offsets = self.offsets(run, leaves.start)?;
        if offsets.last() == Some(&0) {
            return Ok(nothing(item, offsets));
        }
        let columns = fields.iter().zip(leaves).map(|(field, leaf)| self.values(run, field, leaf));
        let structs = StructArray::try_new(fields.clone(), columns.collect::<Result<_, _>>()?, None)?;
        Ok(Arc::new(ListArray::try_new(Arc::clone(item), offsets, Arc::new(structs), None)?))
    }

    /// Counts the elements of each list by the levels of its first leaf, which is of texts.
    fn offsets(self, run: PageRows, first: usize) -> Result<OffsetBuffer<i32>, StoreError> {
        let leaf = self.leaf::<ByteArrayType>(run, first)?;
        let mut lengths: Vec<usize> = Vec::with_capacity(run.count);
        for (definition, repetition) in leaf.definitions.iter().zip(&leaf.repetitions) {
            match (repetition, lengths.last_mut()) {
                (1.., Some(length)) => *length += 1,
                _ => lengths.push(usize::from(*definition > 0)),
            }
        }
        Ok(OffsetBuffer::from_lengths(lengths))
    }

    fn only(self, name: &str) -> Result<usize, StoreError> {
        self.leaves.of(name).map(|leaves| leaves.start).ok_or_else(damaged)
    }

    /// Returns a column of a row group, with its pages.
    fn column(
        self,
        run: PageRows,
        leaf: usize,
    ) -> Result<(&'a ColumnChunkMetaData, &'a [PageLocation]), StoreError> {
        let group = self.metadata.row_groups().get(run.row_group);
        let column = group.and_then(|group| group.columns().get(leaf)).ok_or_else(damaged)?;
        let index = self.metadata.offset_index().and_then(|index| index.get(run.row_group)?.get(leaf));
        Ok((column, index.ok_or_else(damaged)?.page_locations()))
    }

    fn leaf<T: ParquetType>(self, run: PageRows, position: usize) -> Result<Leaf<T::T>, StoreError> {
        let (column, all) = self.column(run, position)?;
        let rows = self.metadata.row_groups().get(run.row_group).map(RowGroupMetaData::num_rows);
        let (locations, end) = chosen(all, run, rows.ok_or_else(damaged)?)?;
        let pages = SerializedPageReader::new(Arc::clone(self.bytes), column, end, Some(locations))?;
        let mut reader = ColumnReaderImpl::<T>::new(column.column_descr_ptr(), Box::new(pages));
        // What lies before the pages of the run is skipped without reading it.
        reader.skip_records(run.first)?;
        let values = Vec::with_capacity(run.count);
        let mut leaf = Leaf { values, definitions: Vec::new(), repetitions: Vec::new() };
        let levels = (Some(&mut leaf.definitions), Some(&mut leaf.repetitions));
        let (records, _, _) = reader.read_records(run.count, levels.0, levels.1, &mut leaf.values)?;
        if records == run.count { Ok(leaf) } else { Err(damaged()) }
    }
}

impl<T> Leaf<T> {
    /// Returns a value for each row, or for each element of its list.
    fn nullable(self, field: &Field) -> impl Iterator<Item = Option<T>> {
        let is_list = !self.repetitions.is_empty();
        let present = i16::from(is_list) + i16::from(field.is_nullable());
        let without_levels = if present == 0 { self.values.len() } else { 0 };
        let mut values = self.values.into_iter();
        let levels = self.definitions.into_iter().filter(move |level| !is_list || *level > 0);
        let levels = levels.chain(std::iter::repeat_n(0, without_levels));
        levels.map(move |level| if level == present { values.next() } else { None })
    }
}

/// Chooses the pages of some rows. The first page of the column is always there: where it is not needed,
/// it stands for all before those that are. Returns the row at which the last one ends.
fn chosen(all: &[PageLocation], run: PageRows, rows: i64) -> Result<(Vec<PageLocation>, usize), StoreError> {
    let (first, end) = rows_of(run)?;
    let from = page_of(all, first).ok_or_else(damaged)?;
    let pages = all.get(from + 1..).unwrap_or_default().iter();
    let to = from + 1 + pages.take_while(|page| page.first_row_index < end).count();
    let last = all.get(to).map_or(rows, |page| page.first_row_index);
    let needed = all.get(from..to).ok_or_else(damaged)?;
    let skipped = if from == 0 { &[] } else { all.get(..1).unwrap_or_default() };
    Ok(([skipped, needed].concat(), usize::try_from(last).map_err(|_| damaged())?))
}

/// Returns the first row of a run and the one behind its last.
fn rows_of(run: PageRows) -> Result<(i64, i64), StoreError> {
    let row = |row: usize| i64::try_from(row).map_err(|_| damaged());
    Ok((row(run.first)?, row(run.first + run.count)?))
}

/// Returns the page of a row. Most pages are full, so the first guess is right; a search would look at places all
/// over memory.
fn page_of(all: &[PageLocation], row: i64) -> Option<usize> {
    let begins = |page: usize| all.get(page).map(|page| page.first_row_index);
    let guess = usize::try_from(row).ok()? / PAGE_ROWS;
    if begins(guess).is_some_and(|first| first <= row) && begins(guess + 1).is_none_or(|next| next > row) {
        return Some(guess);
    }
    all.partition_point(|page| page.first_row_index <= row).checked_sub(1)
}

/// Rows of a column that has nothing. Of one row they are made once: nearly every lookup needs them.
fn no_values(field: &Field, rows: usize) -> ArrayRef {
    static NO_EFFECTS: LazyLock<ArrayRef> =
        LazyLock::new(|| nothing(&effect_item(), OffsetBuffer::from_lengths([0])));
    static NO_SET: LazyLock<ArrayRef> = LazyLock::new(|| new_null_array(&DataType::Binary, 1));
    match (field.name().as_str(), field.data_type(), rows) {
        (column::EFFECTS, _, 1) => Arc::clone(&NO_EFFECTS),
        (_, DataType::Binary, 1) => Arc::clone(&NO_SET),
        (_, DataType::List(item), _) => nothing(item, OffsetBuffer::from_lengths(vec![0; rows])),
        (_, other, _) => new_null_array(other, rows),
    }
}

/// Empty lists.
fn nothing(item: &Arc<Field>, offsets: OffsetBuffer<i32>) -> ArrayRef {
    Arc::new(ListArray::new(Arc::clone(item), offsets, new_empty_array(item.data_type()), None))
}

fn text_array(values: impl Iterator<Item = Option<ByteArray>>) -> Result<ArrayRef, StoreError> {
    let mut builder = StringBuilder::new();
    for value in values {
        match &value {
            Some(value) => builder.append_value(value.as_utf8()?),
            None => builder.append_null(),
        }
    }
    Ok(Arc::new(builder.finish()))
}

fn binary_array(values: impl Iterator<Item = Option<ByteArray>>) -> ArrayRef {
    let mut builder = BinaryBuilder::new();
    values.for_each(|value| builder.append_option(value.as_ref().map(ByteArray::data)));
    Arc::new(builder.finish())
}

fn damaged() -> StoreError {
    StoreError::Corrupt("a column is not as it was written".into())
}
