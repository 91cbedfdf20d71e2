//! One committed state of a store, opened for counting.

use std::{collections::BTreeMap, io::ErrorKind, sync::Arc};

use fyr_store::{
    StoreError, blocking,
    log::{Catalog, SegmentRecord, StorePlace},
};

use super::{
    dataset::{Dataset, Segment},
    session::EngineSession,
};
use crate::{DatasetSummary, EngineError};

/// How often a state is read anew because a removal was faster.
const LOAD_ATTEMPTS: u32 = 5;

/// One committed state of a store, with everyone in it: what an operator sees. Questions are put to a
/// [`super::View`] of it.
#[derive(Debug)]
pub struct Snapshot {
    catalog: Catalog,
    datasets: Vec<DatasetSummary>,
    pub(crate) loaded: BTreeMap<String, Arc<Dataset>>,
    pub(crate) session: Arc<EngineSession>,
}

impl Snapshot {
    /// Creates the state of a store that does not exist yet.
    pub(crate) fn empty(session: Arc<EngineSession>) -> Self {
        Self { catalog: Catalog::default(), datasets: Vec::new(), loaded: BTreeMap::new(), session }
    }

    /// Reads the newest state; what a former one has open already is taken from there.
    pub(crate) async fn load(place: &StorePlace, former: &Arc<Self>) -> Result<Self, EngineError> {
        let mut attempt = 1;
        loop {
            match Self::try_load(place, former).await {
                Err(error) if is_vanished(&error) && attempt < LOAD_ATTEMPTS => attempt += 1,
                result => return result,
            }
        }
    }

    async fn try_load(place: &StorePlace, former: &Arc<Self>) -> Result<Self, EngineError> {
        let catalog = Catalog::load(place, &former.catalog).await?;
        let (place, former) = (place.clone(), Arc::clone(former));
        blocking("opening segments", move || Self::build(&place, catalog, &former)).await?
    }

    fn build(place: &StorePlace, catalog: Catalog, former: &Self) -> Result<Self, EngineError> {
        let mut loaded = BTreeMap::new();
        for (id, records) in catalog.datasets() {
            let known = former.loaded.get(id);
            if let Some(same) = known.filter(|dataset| dataset.consists_of(&records)) {
                loaded.insert(id.to_owned(), Arc::clone(same));
                continue;
            }
            let open = |record: &Arc<SegmentRecord>| match known.and_then(|dataset| dataset.segment(record)) {
                Some(segment) => Ok(segment),
                None => Segment::open(place, Arc::clone(record)).map(Arc::new),
            };
            let segments = records.into_iter().map(open).collect::<Result<Vec<_>, _>>()?;
            if let Some(dataset) = Dataset::new(segments) {
                loaded.insert(id.to_owned(), Arc::new(dataset));
            }
        }
        let datasets = loaded.values().map(|dataset| dataset.summary.clone()).collect();
        Ok(Self { catalog, datasets, loaded, session: Arc::clone(&former.session) })
    }

    /// Returns the version of the store; none where there is no store yet.
    pub(crate) fn version(&self) -> Option<u64> {
        self.catalog.version
    }

    /// Returns all datasets, sorted by id.
    pub fn datasets(&self) -> &[DatasetSummary] {
        &self.datasets
    }

    /// Returns one dataset.
    pub fn dataset(&self, id: &str) -> Option<&DatasetSummary> {
        self.loaded.get(id).map(|dataset| &dataset.summary)
    }

    /// Shows the physical plan of a range question.
    #[cfg(test)]
    pub(crate) fn explain(&self, dataset: &str, query: &fyr_schemas::RangeQuery) -> String {
        let plan = super::range::plan(
            &self.session,
            &self.loaded[dataset],
            &query.contig,
            super::range::overlapping(query),
        )
        .unwrap();
        datafusion::physical_plan::displayable(plan.unwrap().as_ref()).indent(false).to_string()
    }
}

/// Returns whether a file was deleted between listing and opening it.
fn is_vanished(error: &EngineError) -> bool {
    matches!(error, EngineError::Store(StoreError::Io { source, .. }) if source.kind() == ErrorKind::NotFound)
}
