//! The alleles of one contig in one dataset, as a table of DataFusion: a partition is a segment.

use std::{fmt, sync::Arc};

use arrow::{
    array::{ArrayRef, RecordBatch, UInt32Array},
    datatypes::{DataType, Field, Schema, SchemaRef},
};
use datafusion::{
    catalog::{Session, TableProvider},
    common::{ScalarValue, tree_node::TreeNodeRecursion},
    error::{DataFusionError, Result},
    execution::{
        SendableRecordBatchStream, TaskContext,
        memory_pool::{MemoryConsumer, MemoryReservation},
    },
    logical_expr::{BinaryExpr, Expr, Operator, TableProviderFilterPushDown, TableType},
    physical_expr::{EquivalenceProperties, PhysicalExpr, PhysicalSortExpr, expressions::col},
    physical_plan::{
        DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties,
        execution_plan::{Boundedness, EmissionType},
        stream::RecordBatchStreamAdapter,
    },
};
use futures::stream;
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;

use super::{locator::PageRows, part::Part};
use crate::{
    DatasetKind,
    segment::schema::{column, count_schema},
};

/// The table. Its rows say which segment they come from.
#[derive(Debug)]
pub(crate) struct AlleleTable {
    schema: SchemaRef,
    parts: Vec<(u32, Arc<Part>)>,
}

impl AlleleTable {
    /// Creates a table of the files of one contig, with the positions of their segments.
    pub(crate) fn new(kind: DatasetKind, parts: Vec<(u32, Arc<Part>)>) -> Self {
        let mut fields = count_schema(kind).fields().to_vec();
        fields.extend(column::VRS.map(|name| Arc::new(Field::new(name, DataType::Int64, true))));
        fields.push(Arc::new(Field::new(column::SOURCE, DataType::UInt32, false)));
        Self { schema: Arc::new(Schema::new(fields)), parts }
    }
}

#[async_trait::async_trait]
impl TableProvider for AlleleTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = match projection {
            Some(columns) => Arc::new(self.schema.project(columns)?),
            None => self.schema(),
        };
        let bounds = Bounds::of(filters);
        let pages = |part: &Part| part.locator().overlapping(bounds.start_before, bounds.end_after);
        let files = self.parts.iter().map(|(source, part)| FileScan {
            source: *source,
            pages: pages(part),
            part: Arc::clone(part),
        });
        Ok(Arc::new(PageScanExec::new(files.collect(), schema)?))
    }
}

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

/// Reads chosen pages of files in key order.
#[derive(Debug)]
struct PageScanExec {
    files: Vec<FileScan>,
    properties: Arc<PlanProperties>,
}

impl PageScanExec {
    fn new(files: Vec<FileScan>, schema: SchemaRef) -> Result<Self> {
        let key = column::KEY.iter().map_while(|name| col(name, &schema).ok());
        let order: Vec<_> =
            key.map(PhysicalSortExpr::new_default).map(PhysicalSortExpr::nulls_last).collect();
        let equivalence = EquivalenceProperties::new_with_orderings(Arc::clone(&schema), [order]);
        let properties = PlanProperties::new(
            equivalence,
            Partitioning::UnknownPartitioning(files.len()),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Ok(Self { files, properties: Arc::new(properties) })
    }
}

impl DisplayAs for PageScanExec {
    /// Names no coordinate: plans are logged.
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pages: usize = self.files.iter().map(|file| file.pages.len()).sum();
        write!(f, "PageScanExec: files={}, pages={pages}", self.files.len())
    }
}

impl ExecutionPlan for PageScanExec {
    fn name(&self) -> &'static str {
        "PageScanExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let file = self.files.get(partition);
        let file = file.ok_or_else(|| DataFusionError::Internal(format!("no partition {partition}")))?;
        let schema = self.schema();
        let pages = Pages {
            source: file.source,
            reader: file.part.read(&file.pages, file.part.mask(&schema)).map_err(external)?,
            schema: Arc::clone(&schema),
            reservation: MemoryConsumer::new("PageScanExec").register(context.memory_pool()),
        };
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, stream::iter(pages))))
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

fn external(error: crate::EngineError) -> DataFusionError {
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
