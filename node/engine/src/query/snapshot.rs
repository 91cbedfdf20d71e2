//! One committed state of a store, opened for counting.

use std::{collections::BTreeMap, io::ErrorKind, path::Path, sync::Arc};

use futures::{StreamExt, TryStreamExt, stream, stream::BoxStream};
use fyr_policy::{Cohort, DatasetPermit, Undisclosed, VariantTally};
use fyr_schemas::{AlleleQuery, Query, VariantQuery};

use super::{
    TallyStream, count,
    dataset::{Dataset, Segment},
    lookup::LookupExec,
    range,
    session::EngineSession,
};
use crate::{
    DatasetSummary, EngineError,
    segment::{batch::decode, schema::count_schema},
    store::catalog::{Catalog, SegmentRecord},
};

/// How often a state is read anew because a removal was faster.
const LOAD_ATTEMPTS: u32 = 5;

/// One committed state of a store.
#[derive(Debug)]
pub struct Snapshot {
    catalog: Catalog,
    datasets: Vec<DatasetSummary>,
    loaded: BTreeMap<String, Arc<Dataset>>,
    session: Arc<EngineSession>,
}

impl Snapshot {
    /// Creates the state of a store that does not exist yet.
    pub(crate) fn empty(session: Arc<EngineSession>) -> Self {
        Self { catalog: Catalog::default(), datasets: Vec::new(), loaded: BTreeMap::new(), session }
    }

    /// Reads the newest state; what a former one has open already is taken from there.
    pub(crate) async fn load(root: &Arc<Path>, former: &Arc<Self>) -> Result<Self, EngineError> {
        let mut attempt = 1;
        loop {
            match Self::try_load(root, former).await {
                Err(error) if is_vanished(&error) && attempt < LOAD_ATTEMPTS => attempt += 1,
                result => return result,
            }
        }
    }

    async fn try_load(root: &Arc<Path>, former: &Arc<Self>) -> Result<Self, EngineError> {
        let catalog = Catalog::load(root, &former.catalog).await?;
        let (root, former) = (Arc::clone(root), Arc::clone(former));
        let opening = tokio::task::spawn_blocking(move || Self::build(&root, catalog, &former));
        opening.await.map_err(|error| EngineError::Corrupt(format!("opening segments: {error}")))?
    }

    fn build(root: &Path, catalog: Catalog, former: &Self) -> Result<Self, EngineError> {
        let mut loaded = BTreeMap::new();
        for (id, records) in catalog.datasets() {
            let known = former.loaded.get(id);
            if let Some(same) = known.filter(|dataset| dataset.consists_of(&records)) {
                loaded.insert(id.to_owned(), Arc::clone(same));
                continue;
            }
            let open = |record: &Arc<SegmentRecord>| match known.and_then(|dataset| dataset.segment(record)) {
                Some(segment) => Ok(segment),
                None => Segment::open(root, Arc::clone(record)).map(Arc::new),
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

    /// Counts the variants that a question is about in one permitted dataset.
    ///
    /// The stream is in order of the variants. An exact question for a sequence yields at most one;
    /// one for a symbolic allele yields each that begins there, with its own end.
    ///
    /// # Errors
    ///
    /// The dataset is gone, has coordinates of another assembly, or cannot be read.
    pub async fn tallies(
        self: &Arc<Self>,
        permit: &DatasetPermit,
        query: &Query,
    ) -> Result<TallyStream, EngineError> {
        match permit.cohort() {
            Cohort::Everyone => {}
            _ => return Err(EngineError::Corrupt("a cohort that this version cannot count".into())),
        }
        let variant = query.variant.as_ref().filter(|_| !query.is_about_people());
        let variant = variant.ok_or_else(|| EngineError::Unsupported("questions about people".into()))?;
        let tallies = self.count(permit.id(), variant).await?;
        Ok(tallies.map_ok(Undisclosed::new).boxed())
    }

    /// Counts unsealed.
    pub(crate) async fn count(
        &self,
        dataset: &str,
        query: &VariantQuery,
    ) -> Result<BoxStream<'static, Result<VariantTally, EngineError>>, EngineError> {
        let found = self.loaded.get(dataset);
        let dataset = found.ok_or_else(|| EngineError::UnknownDataset(dataset.to_owned()))?;
        if dataset.summary.assembly != query.assembly() {
            return Err(EngineError::OtherAssembly(query.assembly()));
        }
        match query {
            VariantQuery::Allele(query) => {
                let tallies = self.look_up(dataset, query).await?;
                Ok(stream::iter(tallies.into_iter().map(Ok)).boxed())
            }
            VariantQuery::Range(query) => range::count(&self.session, dataset, query).await,
        }
    }

    /// Shows the physical plan of a range question.
    #[cfg(test)]
    pub(crate) async fn explain(&self, dataset: &str, query: &fyr_schemas::RangeQuery) -> String {
        let plan = range::plan(&self.session, &self.loaded[dataset], query).unwrap();
        let plan = plan.create_physical_plan().await.unwrap();
        datafusion::physical_plan::displayable(plan.as_ref()).indent(false).to_string()
    }

    async fn look_up(
        &self,
        dataset: &Arc<Dataset>,
        query: &AlleleQuery,
    ) -> Result<Vec<VariantTally>, EngineError> {
        let (sources, parts): (Vec<u32>, Vec<_>) = dataset.parts(query.contig()).unzip();
        let schema = count_schema(dataset.summary.kind);
        let plan = LookupExec::new(parts, query.candidates(), schema);
        let mut rows = Vec::new();
        for (partition, source) in sources.into_iter().enumerate() {
            let mut batches = self.session.execute(&plan, partition)?;
            while let Some(batch) = batches.try_next().await? {
                let decoded = decode(&batch, Some(query.contig()))?;
                rows.extend(decoded.into_iter().map(|row| row.with_source(source)));
            }
        }
        count::count_all(dataset, rows)
    }
}

/// Returns whether a file was deleted between listing and opening it.
fn is_vanished(error: &EngineError) -> bool {
    matches!(error, EngineError::Io { source, .. } if source.kind() == ErrorKind::NotFound)
}
