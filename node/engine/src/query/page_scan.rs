//! The scan of the alleles of one contig in one dataset; a partition is a segment.

use std::{collections::HashSet, fmt, sync::Arc};

use arrow::{
    array::{ArrayRef, RecordBatch, UInt32Array},
    datatypes::{DataType, Field, Schema, SchemaRef},
};
use datafusion::{
    common::ScalarValue,
    error::{DataFusionError, Result},
    execution::{
        SendableRecordBatchStream, TaskContext,
        memory_pool::{MemoryConsumer, MemoryReservation},
    },
    logical_expr::{BinaryExpr, Expr, Operator},
    physical_expr::{EquivalenceProperties, PhysicalSortExpr, expressions::col},
    physical_plan::stream::RecordBatchStreamAdapter,
};
use futures::stream;
use fyr_store::{
    StoreError,
    file::{PageRows, Part, column, count_schema},
};
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;

use super::leaf::{Leaf, LeafExec};
use crate::DatasetKind;

/// What filters say about the interval, as far as pages can be chosen by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bounds {
    start_before: i64,
    end_after: i64,
}

impl Bounds {
    /// Reads `start < a` and `end > b`; other filters choose no pages.
    fn of(filters: &[Expr]) -> Self {
        let mut bounds = Self { start_before: i64::MAX, end_after: i64::MIN };
        for filter in filters {
            let Expr::BinaryExpr(BinaryExpr { left, op, right }) = filter else { continue };
            let (Expr::Column(left), Expr::Literal(ScalarValue::Int32(Some(value)), _)) =
                (left.as_ref(), right.as_ref())
            else {
                continue;
            };
            match (left.name.as_str(), op) {
                (column::START, Operator::Lt) => bounds.start_before = i64::from(*value),
                (column::END, Operator::Gt) => bounds.end_after = i64::from(*value),
                _ => {}
            }
        }
        bounds
    }
}

/// The pages of a file that are going to be read.
#[derive(Clone, Debug)]
struct FileScan {
    source: u32,
    part: Arc<Part>,
    pages: Vec<PageRows>,
}

/// Reads the pages of files that can hold what filters let through, in key order. Its rows say which segment
/// they come from.
#[derive(Debug)]
pub(crate) struct PageScan {
    files: Vec<FileScan>,
}

impl PageScan {
    /// Plans a scan of files, which come with the positions of their segments, for what is counted and what the
    /// filters look at.
    pub(crate) fn plan(
        kind: DatasetKind,
        parts: impl Iterator<Item = (u32, Arc<Part>)>,
        filters: &[Expr],
    ) -> Result<LeafExec<Self>> {
        let schema = scanned(kind, filters);
        let bounds = Bounds::of(filters);
        let file = |(source, part): (u32, Arc<Part>)| {
            let pages = part.locator().overlapping(bounds.start_before, bounds.end_after);
            FileScan { source, part, pages }
        };
        let files: Vec<_> = parts.map(file).collect();
        let key = column::KEY.iter().map_while(|name| col(name, &schema).ok());
        let order: Vec<_> =
            key.map(PhysicalSortExpr::new_default).map(PhysicalSortExpr::nulls_last).collect();
        let equivalence = EquivalenceProperties::new_with_orderings(Arc::clone(&schema), [order]);
        Ok(LeafExec::new(Self { files }, equivalence))
    }
}

/// Returns the columns that are read.
fn scanned(kind: DatasetKind, filters: &[Expr]) -> SchemaRef {
    let looked_at: HashSet<_> = filters.iter().flat_map(Expr::column_refs).collect();
    let is_looked_at = |name: &&str| looked_at.iter().any(|column| column.name == **name);
    let mut fields = count_schema(kind).fields().to_vec();
    let vrs = column::VRS.into_iter().filter(is_looked_at);
    fields.extend(vrs.map(|name| Arc::new(Field::new(name, DataType::Int64, true))));
    fields.push(Arc::new(Field::new(column::SOURCE, DataType::UInt32, false)));
    Arc::new(Schema::new(fields))
}

impl Leaf for PageScan {
    const NAME: &'static str = "PageScanExec";

    fn partitions(&self) -> usize {
        self.files.len()
    }

    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pages: usize = self.files.iter().map(|file| file.pages.len()).sum();
        write!(f, "files={}, pages={pages}", self.files.len())
    }

    fn read(
        &self,
        partition: usize,
        schema: SchemaRef,
        context: &TaskContext,
    ) -> Option<Result<SendableRecordBatchStream>> {
        let file = self.files.get(partition)?;
        let pages = |reader| Pages {
            source: file.source,
            reader,
            schema: Arc::clone(&schema),
            reservation: MemoryConsumer::new(Self::NAME).register(context.memory_pool()),
        };
        let reader = file.part.read(&file.pages, file.part.mask(&schema)).map_err(external);
        Some(reader.map(|reader| {
            let rows: SendableRecordBatchStream =
                Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&schema), stream::iter(pages(reader))));
            rows
        }))
    }
}

/// Batches of a file with the column that says where they come from.
struct Pages {
    source: u32,
    reader: ParquetRecordBatchReader,
    schema: SchemaRef,
    /// Memory of the batch that is being worked on.
    reservation: MemoryReservation,
}

impl Pages {
    fn complete(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        self.reservation.try_resize(batch.get_array_memory_size())?;
        let column = |field: &Arc<Field>| -> Result<ArrayRef> {
            if field.name() == column::SOURCE {
                return Ok(Arc::new(UInt32Array::from_value(self.source, batch.num_rows())));
            }
            let found = batch.column_by_name(field.name()).cloned();
            found.ok_or_else(|| DataFusionError::Internal(format!("no column `{}`", field.name())))
        };
        let columns = self.schema.fields().iter().map(column).collect::<Result<Vec<_>>>()?;
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
    }
}

impl Iterator for Pages {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.reader.next()?;
        Some(batch.map_err(DataFusionError::from).and_then(|batch| self.complete(&batch)))
    }
}

fn external(error: StoreError) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

#[cfg(test)]
mod tests {
    use datafusion::logical_expr::{col, lit};

    use super::*;

    #[test]
    fn pages_are_chosen_by_the_interval() {
        let filters = [col("start").lt(lit(9_i32)), col("end").gt(lit(4_i32)), col("end").lt(lit(1_i32))];
        assert_eq!(Bounds::of(&filters), Bounds { start_before: 9, end_after: 4 });
    }
}
