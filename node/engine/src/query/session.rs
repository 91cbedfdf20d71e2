//! The DataFusion session that all questions of an engine run in, and its memory limit.

use std::{fmt, sync::Arc};

use datafusion::{
    common::DFSchema,
    error::DataFusionError,
    execution::{SendableRecordBatchStream, TaskContext, runtime_env::RuntimeEnvBuilder},
    logical_expr::Expr,
    physical_plan::{ExecutionPlan, filter::FilterExecBuilder},
    prelude::{SessionConfig, SessionContext},
};
use fyr_ontology::Ontologies;
use fyr_store::file::PAGE_ROWS;

use super::EngineOptions;
use crate::EngineError;

/// A session with one memory pool for all questions.
pub(crate) struct EngineSession {
    context: SessionContext,
    task: Arc<TaskContext>,
    memory_limit: usize,
    /// What terms mean.
    pub(crate) ontologies: Arc<Ontologies>,
}

impl EngineSession {
    /// Creates a session.
    pub(crate) fn new(options: EngineOptions, ontologies: Arc<Ontologies>) -> Result<Self, EngineError> {
        let runtime = RuntimeEnvBuilder::new().with_memory_limit(options.memory_limit, 1.0).build_arc()?;
        let config = SessionConfig::new()
            .with_target_partitions(1)
            .with_batch_size(PAGE_ROWS)
            .with_information_schema(false);
        let context = SessionContext::new_with_config_rt(config, runtime);
        let task = context.task_ctx();
        Ok(Self { context, task, memory_limit: options.memory_limit, ontologies })
    }

    /// Lets through what all filters let through. Plans are put together as they are run: an optimizer would
    /// take longer than most of them.
    pub(crate) fn filtered(
        &self,
        rows: Arc<dyn ExecutionPlan>,
        filters: impl IntoIterator<Item = Expr>,
    ) -> Result<Arc<dyn ExecutionPlan>, EngineError> {
        let Some(filter) = filters.into_iter().reduce(Expr::and) else { return Ok(rows) };
        let schema = DFSchema::try_from(rows.schema())?;
        let filter = self.context.create_physical_expr(filter, &schema)?;
        Ok(Arc::new(FilterExecBuilder::new(filter, rows).with_batch_size(PAGE_ROWS).build()?))
    }

    /// Starts one partition of a plan.
    pub(crate) fn execute(
        &self,
        plan: &dyn ExecutionPlan,
        partition: usize,
    ) -> Result<SendableRecordBatchStream, EngineError> {
        Ok(plan.execute(partition, Arc::clone(&self.task))?)
    }

    /// Names the limit where a question needed more memory than there is.
    pub(crate) fn error(&self, error: DataFusionError) -> EngineError {
        match error.find_root() {
            DataFusionError::ResourcesExhausted(_) => {
                EngineError::Limit(format!("{} bytes of memory", self.memory_limit))
            }
            _ => EngineError::DataFusion(error),
        }
    }
}

impl fmt::Debug for EngineSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EngineSession").field("memory_limit", &self.memory_limit).finish_non_exhaustive()
    }
}
