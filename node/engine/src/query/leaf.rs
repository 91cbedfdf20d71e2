//! A plan of one operator that reads files.

use std::{fmt, sync::Arc};

use arrow::datatypes::SchemaRef;
use datafusion::{
    common::tree_node::TreeNodeRecursion,
    error::{DataFusionError, Result},
    execution::{SendableRecordBatchStream, TaskContext},
    physical_expr::{EquivalenceProperties, PhysicalExpr},
    physical_plan::{
        DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties,
        execution_plan::{Boundedness, EmissionType},
    },
};

/// What is read; a partition is a file.
pub(crate) trait Leaf: fmt::Debug + Send + Sync + 'static {
    /// Name of the operator.
    const NAME: &'static str;

    /// Returns how many files there are.
    fn partitions(&self) -> usize;

    /// Says what is read without naming alleles or coordinates: plans are logged.
    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;

    /// Reads a file; none where there are fewer.
    fn read(
        &self,
        partition: usize,
        schema: SchemaRef,
        context: &TaskContext,
    ) -> Option<Result<SendableRecordBatchStream>>;
}

/// The plan that reads something.
#[derive(Debug)]
pub(crate) struct LeafExec<L> {
    leaf: L,
    properties: Arc<PlanProperties>,
}

impl<L: Leaf> LeafExec<L> {
    /// Plans to read it, as rows with these columns in this order.
    pub(crate) fn new(leaf: L, rows: EquivalenceProperties) -> Self {
        let properties = PlanProperties::new(
            rows,
            Partitioning::UnknownPartitioning(leaf.partitions()),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self { leaf, properties: Arc::new(properties) }
    }
}

impl<L: Leaf> DisplayAs for LeafExec<L> {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", L::NAME)?;
        self.leaf.describe(f)
    }
}

impl<L: Leaf> ExecutionPlan for LeafExec<L> {
    fn name(&self) -> &'static str {
        L::NAME
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
        let rows = self.leaf.read(partition, self.schema(), &context);
        rows.unwrap_or_else(|| Err(DataFusionError::Internal(format!("no partition {partition}"))))
    }
}
