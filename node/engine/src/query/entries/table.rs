//! Reads rows of `entries` and `facts` of one dataset; a partition of a plan is a segment.

use std::sync::Arc;

use arrow::{
    array::{ArrayRef, AsArray, RecordBatch, UInt32Array},
    datatypes::{DataType, Field, Float64Type, Int32Type, Schema, SchemaRef, UInt32Type},
};
use datafusion::{
    error::DataFusionError,
    execution::{SendableRecordBatchStream, TaskContext},
    logical_expr::Expr,
    physical_plan::{
        stream::RecordBatchStreamAdapter,
        streaming::{PartitionStream, StreamingTableExec},
    },
};
use futures::{TryStreamExt, stream};
use fyr_store::file::MappedFile;

use super::super::session::EngineSession;
use crate::EngineError;

/// The column that says which segment a row comes from.
pub(crate) const SOURCE: &str = "source";

/// The rows of one segment.
#[derive(Debug)]
struct Partition {
    schema: SchemaRef,
    source: u32,
    file: MappedFile,
}

impl Partition {
    fn read(&self) -> Result<SendableRecordBatchStream, EngineError> {
        let reader = self.file.read(self.schema.fields().iter().map(|field| field.name().as_str()))?;
        let (schema, source) = (Arc::clone(&self.schema), self.source);
        let batches = reader.map(move |batch| {
            let batch = batch?;
            let sources: ArrayRef = Arc::new(UInt32Array::from(vec![source; batch.num_rows()]));
            let columns = batch.columns().iter().cloned().chain([sources]).collect();
            Ok(RecordBatch::try_new(Arc::clone(&schema), columns)?)
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), stream::iter(batches))))
    }
}

impl PartitionStream for Partition {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        self.read().unwrap_or_else(|error| {
            let failure = Err(DataFusionError::External(Box::new(error)));
            Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), stream::iter([failure])))
        })
    }
}

/// Selects rows of files, which come with the positions of their segments. Gives the columns asked for and those
/// that the filter looks at.
pub(crate) async fn select(
    session: &EngineSession,
    schema: &SchemaRef,
    files: impl Iterator<Item = (u32, MappedFile)>,
    filter: Expr,
    columns: &[&str],
) -> Result<Vec<RecordBatch>, EngineError> {
    let looked_at = filter.column_refs();
    let is_read = |name: &str| columns.contains(&name) || looked_at.iter().any(|column| column.name == name);
    let mut fields = schema.fields().to_vec();
    fields.retain(|field| is_read(field.name()));
    fields.push(Arc::new(Field::new(SOURCE, DataType::UInt32, false)));
    let schema: SchemaRef = Arc::new(Schema::new(fields));
    let partition = |(source, file)| {
        let partition: Arc<dyn PartitionStream> =
            Arc::new(Partition { schema: Arc::clone(&schema), source, file });
        partition
    };
    let partitions: Vec<_> = files.map(partition).collect();
    let count = partitions.len();
    let scan = StreamingTableExec::try_new(Arc::clone(&schema), partitions, None, [], false, None)?;
    let plan = session.filtered(Arc::new(scan), [filter])?;
    let mut selected = Vec::new();
    for partition in 0..count {
        let rows = session.execute(plan.as_ref(), partition)?;
        selected.extend(rows.try_collect::<Vec<_>>().await.map_err(|error| session.error(error))?);
    }
    Ok(selected)
}

/// Reads the two columns that say which entry of which segment a row is about.
pub(crate) fn rows(batch: &RecordBatch) -> Result<Vec<(u32, u32)>, EngineError> {
    let damaged = || EngineError::Corrupt("a column of entries is not as it was written".into());
    let column = |name| batch.column_by_name(name).ok_or_else(damaged);
    let sources = column(SOURCE)?.as_primitive_opt::<UInt32Type>().ok_or_else(damaged)?;
    let numbers = column("number")?.as_primitive_opt::<Int32Type>().ok_or_else(damaged)?;
    let number = |number: &i32| number.cast_unsigned();
    Ok(sources.values().iter().copied().zip(numbers.values().iter().map(number)).collect())
}

/// Reads a column of numbers.
pub(crate) fn numbers(batch: &RecordBatch, name: &str) -> Result<Vec<Option<f64>>, EngineError> {
    let damaged = || EngineError::Corrupt("a column of entries is not as it was written".into());
    let column = batch.column_by_name(name).ok_or_else(damaged)?;
    Ok(column.as_primitive_opt::<Float64Type>().ok_or_else(damaged)?.iter().collect())
}

/// Reads a column of texts.
pub(crate) fn texts<'a>(batch: &'a RecordBatch, name: &str) -> Result<Vec<Option<&'a str>>, EngineError> {
    let damaged = || EngineError::Corrupt("a column of entries is not as it was written".into());
    let column = batch.column_by_name(name).ok_or_else(damaged)?;
    Ok(column.as_string_opt::<i32>().ok_or_else(damaged)?.iter().collect())
}
