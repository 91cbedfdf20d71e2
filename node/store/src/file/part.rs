//! One Parquet file of a segment, mapped into memory, with the index that finds its pages.

use std::sync::Arc;

use arrow::{array::RecordBatch, compute::concat_batches, datatypes::SchemaRef};
use bytes::Bytes;
use parquet::{
    arrow::{
        ProjectionMask,
        arrow_reader::{
            ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
            ParquetRecordBatchReaderBuilder, RowSelection, RowSelector,
        },
    },
    file::metadata::{PageIndexPolicy, ParquetMetaDataReader},
};

use super::{
    found::{Candidate, Found},
    leaves::Leaves,
    locator::{Locator, PageRows},
    pages::Pages,
    schema::{PAGE_ROWS, column},
};
use crate::{DatasetKind, StoreError};

/// A file of `variants` or `frequencies`: the alleles of one contig in one segment.
#[derive(Debug)]
pub struct Part {
    bytes: Arc<Bytes>,
    metadata: ArrowReaderMetadata,
    locator: Locator,
    leaves: Leaves,
}

impl Part {
    /// Takes the bytes of a file.
    ///
    /// # Errors
    ///
    /// They are not as they were written.
    pub fn new(bytes: Bytes, kind: DatasetKind) -> Result<Self, StoreError> {
        let metadata = ParquetMetaDataReader::new()
            .with_page_index_policy(PageIndexPolicy::Required)
            .parse_and_finish(&bytes)?;
        let locator = Locator::new(&metadata, kind)?;
        // The locator has taken what it needs of the page statistics.
        let metadata = Arc::new(metadata.into_builder().set_column_index(None).build());
        let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
        let metadata = ArrowReaderMetadata::try_new(metadata, options)?;
        let leaves = Leaves::new(metadata.metadata());
        Ok(Self { bytes: Arc::new(bytes), metadata, locator, leaves })
    }

    /// Returns what finds its pages.
    pub fn locator(&self) -> &Locator {
        &self.locator
    }

    /// Selects the columns of a schema.
    pub fn mask(&self, schema: &SchemaRef) -> ProjectionMask {
        let names = schema.fields().iter().map(|field| field.name().as_str());
        ProjectionMask::columns(self.metadata.parquet_schema(), names)
    }

    /// Reads rows, which come in ascending order, in batches.
    ///
    /// # Errors
    ///
    /// The file is damaged.
    pub fn read(
        &self,
        rows: &[PageRows],
        mask: ProjectionMask,
    ) -> Result<ParquetRecordBatchReader, StoreError> {
        let (row_groups, selection) = self.select(rows);
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(
            self.bytes.as_ref().clone(),
            self.metadata.clone(),
        )
        .with_row_groups(row_groups)
        .with_row_selection(selection)
        .with_batch_size(PAGE_ROWS)
        .with_projection(mask);
        Ok(builder.build()?)
    }

    /// Translates rows within row groups into rows of the chosen row groups together.
    fn select(&self, rows: &[PageRows]) -> (Vec<usize>, RowSelection) {
        let mut row_groups: Vec<usize> = Vec::new();
        let mut selectors = Vec::with_capacity(2 * rows.len() + 1);
        let mut position = 0;
        for run in rows {
            if row_groups.last() != Some(&run.row_group) {
                if let Some(former) = row_groups.last() {
                    selectors.push(RowSelector::skip(self.rows_of(*former).saturating_sub(position)));
                }
                row_groups.push(run.row_group);
                position = 0;
            }
            selectors.push(RowSelector::skip(run.first.saturating_sub(position)));
            selectors.push(RowSelector::select(run.count));
            position = run.first + run.count;
        }
        (row_groups, RowSelection::from(selectors))
    }

    fn rows_of(&self, row_group: usize) -> usize {
        let row_group = self.metadata.metadata().row_groups().get(row_group);
        row_group.and_then(|group| usize::try_from(group.num_rows()).ok()).unwrap_or_default()
    }

    /// Looks alleles up: the key columns of the page where they must be, and the other columns of
    /// those rows only that are found.
    ///
    /// # Errors
    ///
    /// The file is damaged.
    pub fn find(
        &self,
        candidates: &[Candidate],
        schema: &SchemaRef,
    ) -> Result<Option<RecordBatch>, StoreError> {
        let mut found = Vec::new();
        let mut starts: Vec<u32> = candidates.iter().map(|(start, _, _)| *start).collect();
        starts.dedup();
        for start in starts {
            for page in self.locator.starting_at(start) {
                self.find_in_page(page, start, candidates, &mut found)?;
            }
        }
        let rows = found.iter().map(|allele| allele.read(self.pages(), schema));
        let mut rows = rows.collect::<Result<Vec<_>, _>>()?;
        match rows.len() {
            0 | 1 => Ok(rows.pop()),
            _ => Ok(Some(concat_batches(schema, &rows)?)),
        }
    }

    fn find_in_page(
        &self,
        page: PageRows,
        start: u32,
        candidates: &[Candidate],
        found: &mut Vec<Found>,
    ) -> Result<(), StoreError> {
        let start = start.cast_signed();
        // Within a page the starts ascend.
        let starts = self.pages().coordinates(page, column::START)?;
        let first = starts.partition_point(|value| *value < start);
        let count = starts.iter().skip(first).take_while(|value| **value == start).count();
        if count == 0 {
            return Ok(());
        }
        let run = PageRows { first: page.first + first, count, ..page };
        let references = self.pages().texts(run, column::REFERENCE_BASES)?;
        let alternates = self.pages().texts(run, column::ALTERNATE_BASES)?;
        for (index, (reference, alternate)) in references.iter().zip(&alternates).enumerate() {
            let row = PageRows { first: run.first + index, count: 1, ..run };
            let (reference, alternate) = (reference.as_utf8()?.to_owned(), alternate.as_utf8()?.to_owned());
            let allele = Found { row, start, reference, alternate };
            if candidates.iter().any(|candidate| allele.is(candidate)) {
                found.push(allele);
            }
        }
        Ok(())
    }

    /// Returns what reads its pages.
    pub fn pages(&self) -> Pages<'_> {
        Pages { bytes: &self.bytes, metadata: self.metadata.metadata(), leaves: &self.leaves }
    }
}
