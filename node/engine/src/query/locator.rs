//! Which data pages of a file can hold what is asked for, from a few bytes a page in memory.

use parquet::file::{
    metadata::ParquetMetaData,
    page_index::{column_index::ColumnIndexMetaData, offset_index::PageLocation},
};

use crate::{EngineError, segment::schema::column};

/// Rows of one row group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PageRows {
    /// The row group.
    pub(crate) row_group: usize,
    /// First row within it.
    pub(crate) first: usize,
    /// Number of rows.
    pub(crate) count: usize,
}

/// The pages of a file, in the order of its rows, which are sorted by start.
#[derive(Debug)]
pub(crate) struct Locator {
    pages: Vec<Page>,
}

#[derive(Clone, Copy, Debug)]
struct Page {
    row_group: u32,
    first: u32,
    count: u32,
    min_start: i32,
    max_start: i32,
    /// Ends are not sorted: a deletion may reach over many pages.
    max_end: i32,
}

impl Locator {
    /// Takes what it needs from a file's page index.
    pub(crate) fn new(metadata: &ParquetMetaData) -> Result<Self, EngineError> {
        let mut pages = Vec::new();
        for (row_group, group) in metadata.row_groups().iter().enumerate() {
            let rows = u32::try_from(group.num_rows()).map_err(|_| damaged())?;
            let (starts, locations) = page_index(metadata, row_group, column::START)?;
            let (ends, end_locations) = page_index(metadata, row_group, column::END)?;
            if !locations.iter().map(first_row).eq(end_locations.iter().map(first_row)) {
                return Err(damaged());
            }
            let next = locations.iter().skip(1).map(first_row).chain(std::iter::once(i64::from(rows)));
            for (index, (location, next)) in locations.iter().zip(next).enumerate() {
                let first = first_row(location);
                pages.push(Page {
                    row_group: u32::try_from(row_group).map_err(|_| damaged())?,
                    first: u32::try_from(first).map_err(|_| damaged())?,
                    count: u32::try_from(next - first).map_err(|_| damaged())?,
                    min_start: bounds(starts, index)?.0,
                    max_start: bounds(starts, index)?.1,
                    max_end: bounds(ends, index)?.1,
                });
            }
        }
        Ok(Self { pages })
    }

    /// Returns the pages that can hold alleles with a start: one, or a few where an allele more
    /// begins there than a page ends with.
    pub(crate) fn starting_at(&self, start: u32) -> impl Iterator<Item = PageRows> {
        let start = start.cast_signed();
        let first = self.pages.partition_point(|page| page.max_start < start);
        let pages = self.pages.get(first..).unwrap_or_default().iter();
        pages.take_while(move |page| page.min_start <= start).map(Page::rows)
    }

    /// Returns the pages that can hold alleles with `start < before` and `end > after`.
    pub(crate) fn overlapping(&self, before: i64, after: i64) -> Vec<PageRows> {
        let last = self.pages.partition_point(|page| i64::from(page.min_start) < before);
        let pages = self.pages.get(..last).unwrap_or_default().iter();
        pages.filter(|page| i64::from(page.max_end) > after).map(Page::rows).collect()
    }
}

impl Page {
    fn rows(&self) -> PageRows {
        PageRows {
            row_group: self.row_group as usize,
            first: self.first as usize,
            count: self.count as usize,
        }
    }
}

fn first_row(location: &PageLocation) -> i64 {
    location.first_row_index
}

fn page_index<'a>(
    metadata: &'a ParquetMetaData,
    row_group: usize,
    name: &str,
) -> Result<(&'a ColumnIndexMetaData, &'a [PageLocation]), EngineError> {
    let columns = metadata.file_metadata().schema_descr().columns();
    let position = columns.iter().position(|leaf| leaf.path().string() == name).ok_or_else(damaged)?;
    let statistics = metadata.column_index().and_then(|index| index.get(row_group)?.get(position));
    let locations = metadata.offset_index().and_then(|index| index.get(row_group)?.get(position));
    match (statistics, locations) {
        (Some(statistics), Some(locations)) => Ok((statistics, locations.page_locations())),
        _ => Err(damaged()),
    }
}

fn bounds(statistics: &ColumnIndexMetaData, page: usize) -> Result<(i32, i32), EngineError> {
    let ColumnIndexMetaData::INT32(statistics) = statistics else { return Err(damaged()) };
    match (statistics.min_value(page), statistics.max_value(page)) {
        (Some(min), Some(max)) => Ok((*min, *max)),
        _ => Err(damaged()),
    }
}

fn damaged() -> EngineError {
    EngineError::Corrupt("a data file has no usable page index".into())
}
