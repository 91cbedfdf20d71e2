//! Which data pages of a file can hold what is asked for, from a few bytes a page in memory.

use parquet::file::{
    metadata::ParquetMetaData,
    page_index::{column_index::ColumnIndexMetaData, offset_index::PageLocation},
};

use super::schema::column;
use crate::{DatasetKind, StoreError};

/// Rows of one row group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRows {
    /// The row group.
    pub row_group: usize,
    /// First row within it.
    pub first: usize,
    /// Number of rows.
    pub count: usize,
}

/// The pages of a file, in the order of its rows, which are sorted by start.
#[derive(Debug)]
pub struct Locator {
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
    /// Whether somebody carries each of its alleles.
    all_seen: bool,
}

impl Locator {
    /// Takes what it needs from a file's page index.
    pub(crate) fn new(metadata: &ParquetMetaData, kind: DatasetKind) -> Result<Self, StoreError> {
        let mut pages = Vec::new();
        for (row_group, group) in metadata.row_groups().iter().enumerate() {
            let rows = u32::try_from(group.num_rows()).map_err(|_| damaged())?;
            let (starts, locations) = page_index(metadata, row_group, column::START)?;
            let (ends, end_locations) = page_index(metadata, row_group, column::END)?;
            let (sums, sum_locations) = page_index(metadata, row_group, column::sum(kind))?;
            let is_as_starts =
                |others: &[PageLocation]| locations.iter().map(first_row).eq(others.iter().map(first_row));
            if !is_as_starts(end_locations) || !is_as_starts(sum_locations) {
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
                    all_seen: least(sums, index)? > 0,
                });
            }
        }
        Ok(Self { pages })
    }

    /// Returns the pages that can hold alleles with a start: one, or a few where an allele more
    /// begins there than a page ends with.
    pub fn starting_at(&self, start: u32) -> impl Iterator<Item = PageRows> {
        let start = start.cast_signed();
        let first = self.pages.partition_point(|page| page.max_start < start);
        let pages = self.pages.get(first..).unwrap_or_default().iter();
        pages.take_while(move |page| page.min_start <= start).map(Page::rows)
    }

    /// Returns the pages that can hold alleles with `start < before` and `end > after`.
    pub fn overlapping(&self, before: i64, after: i64) -> Vec<PageRows> {
        let last = self.pages.partition_point(|page| i64::from(page.min_start) < before);
        let pages = self.pages.get(..last).unwrap_or_default().iter();
        pages.filter(|page| i64::from(page.max_end) > after).map(Page::rows).collect()
    }

    /// Counts the alleles of pages all of which have `start < before` and `end > after` and are carried by
    /// somebody; returns it with the other pages that can hold such.
    pub fn seen(&self, before: i64, after: i64) -> (u64, Vec<PageRows>) {
        let is_known = |page: &&Page| {
            page.all_seen && i64::from(page.min_start) > after && i64::from(page.max_start) < before
        };
        let last = self.pages.partition_point(|page| i64::from(page.min_start) < before);
        let pages = self.pages.get(..last).unwrap_or_default().iter();
        let pages = pages.filter(|page| i64::from(page.max_end) > after);
        let (known, others): (Vec<&Page>, Vec<&Page>) = pages.partition(is_known);
        (known.iter().map(|page| u64::from(page.count)).sum(), others.into_iter().map(Page::rows).collect())
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
) -> Result<(&'a ColumnIndexMetaData, &'a [PageLocation]), StoreError> {
    let columns = metadata.file_metadata().schema_descr().columns();
    let position = columns.iter().position(|leaf| leaf.path().string() == name).ok_or_else(damaged)?;
    let statistics = metadata.column_index().and_then(|index| index.get(row_group)?.get(position));
    let locations = metadata.offset_index().and_then(|index| index.get(row_group)?.get(position));
    match (statistics, locations) {
        (Some(statistics), Some(locations)) => Ok((statistics, locations.page_locations())),
        _ => Err(damaged()),
    }
}

fn bounds(statistics: &ColumnIndexMetaData, page: usize) -> Result<(i32, i32), StoreError> {
    let ColumnIndexMetaData::INT32(statistics) = statistics else { return Err(damaged()) };
    match (statistics.min_value(page), statistics.max_value(page)) {
        (Some(min), Some(max)) => Ok((*min, *max)),
        _ => Err(damaged()),
    }
}

/// Returns the smallest sum of a page.
fn least(statistics: &ColumnIndexMetaData, page: usize) -> Result<i64, StoreError> {
    let least = match statistics {
        ColumnIndexMetaData::INT32(statistics) => statistics.min_value(page).map(|min| i64::from(*min)),
        ColumnIndexMetaData::INT64(statistics) => statistics.min_value(page).copied(),
        _ => None,
    };
    least.ok_or_else(damaged)
}

fn damaged() -> StoreError {
    StoreError::Corrupt("a data file has no usable page index".into())
}

#[cfg(test)]
mod tests;
