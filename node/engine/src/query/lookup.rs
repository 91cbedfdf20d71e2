//! The plan of an exact question: one page of each segment, no SQL and no optimizer.

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
        stream::RecordBatchStreamAdapter,
    },
};
use futures::{StreamExt, stream};
use fyr_store::file::{Candidate, Part};

/// Looks alleles up in the files of one contig; a partition of the plan is a file.
#[derive(Debug)]
pub(crate) struct LookupExec {
    parts: Vec<Arc<Part>>,
    candidates: Arc<[Candidate]>,
    properties: Arc<PlanProperties>,
}

impl LookupExec {
    /// Plans a lookup that reads the columns of a schema.
    pub(crate) fn new(parts: Vec<Arc<Part>>, candidates: Vec<Candidate>, schema: SchemaRef) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(parts.len()),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self { parts, candidates: candidates.into(), properties: Arc::new(properties) }
    }
}

impl DisplayAs for LookupExec {
    /// Names no allele: plans are logged.
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LookupExec: files={}, candidates={}", self.parts.len(), self.candidates.len())
    }
}

impl ExecutionPlan for LookupExec {
    fn name(&self) -> &'static str {
        "LookupExec"
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

    fn execute(&self, partition: usize, _: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let part = self.parts.get(partition).cloned();
        let part = part.ok_or_else(|| DataFusionError::Internal(format!("no partition {partition}")))?;
        let (schema, candidates) = (self.schema(), Arc::clone(&self.candidates));
        let columns = Arc::clone(&schema);
        let find =
            move || part.find(&candidates, &columns).map_err(|e| DataFusionError::External(Box::new(e)));
        let found = stream::once(async move { find().transpose() });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, found.filter_map(std::future::ready))))
    }
}
