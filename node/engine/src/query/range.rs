//! Range questions.
use super::{dataset::Dataset, session::EngineSession};
use crate::EngineError;
use futures::stream::BoxStream;
use fyr_policy::VariantTally;
use fyr_schemas::RangeQuery;
use std::sync::Arc;

pub(crate) async fn count(
    _session: &Arc<EngineSession>,
    _dataset: &Arc<Dataset>,
    _query: &RangeQuery,
) -> Result<BoxStream<'static, Result<VariantTally, EngineError>>, EngineError> {
    Err(EngineError::Limit("ranges".into()))
}
