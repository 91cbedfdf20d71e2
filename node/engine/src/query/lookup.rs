//! The plan of an exact question: one page of each segment, no SQL and no optimizer.

use std::{fmt, sync::Arc};

use arrow::datatypes::SchemaRef;
use datafusion::{
    error::{DataFusionError, Result},
    execution::{SendableRecordBatchStream, TaskContext},
    physical_expr::EquivalenceProperties,
    physical_plan::stream::RecordBatchStreamAdapter,
};
use futures::{StreamExt, stream};
use fyr_store::file::{Candidate, Part};

use super::leaf::{Leaf, LeafExec};

/// Looks alleles up in the files of one contig.
#[derive(Debug)]
pub(crate) struct Lookup {
    parts: Vec<Arc<Part>>,
    candidates: Arc<[Candidate]>,
}

impl Lookup {
    /// Plans a lookup that reads the columns of a schema.
    pub(crate) fn plan(
        parts: Vec<Arc<Part>>,
        candidates: Vec<Candidate>,
        schema: SchemaRef,
    ) -> LeafExec<Self> {
        LeafExec::new(Self { parts, candidates: candidates.into() }, EquivalenceProperties::new(schema))
    }
}

impl Leaf for Lookup {
    const NAME: &'static str = "LookupExec";

    fn partitions(&self) -> usize {
        self.parts.len()
    }

    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "files={}, candidates={}", self.parts.len(), self.candidates.len())
    }

    fn read(
        &self,
        partition: usize,
        schema: SchemaRef,
        _: &TaskContext,
    ) -> Option<Result<SendableRecordBatchStream>> {
        let (part, candidates) = (Arc::clone(self.parts.get(partition)?), Arc::clone(&self.candidates));
        let columns = Arc::clone(&schema);
        let find =
            move || part.find(&candidates, &columns).map_err(|e| DataFusionError::External(Box::new(e)));
        let found = stream::once(async move { find().transpose() });
        Some(Ok(Box::pin(RecordBatchStreamAdapter::new(schema, found.filter_map(std::future::ready)))))
    }
}
