//! One committed state of a store, opened for counting.

use std::{collections::BTreeMap, io::ErrorKind, path::Path, sync::Arc};

use futures::{StreamExt, TryStreamExt, stream, stream::BoxStream};
use fyr_policy::{Cohort, DatasetPermit, Undisclosed, VariantTally};
use fyr_schemas::{AlleleForm, AlleleQuery, EntryType, Interbase, Located, Query, Release};
use roaring::RoaringBitmap;
use serde_json::Value;

use super::{
    TallyStream,
    count::{self, Allele, Counted},
    dataset::{Dataset, Segment},
    entries::{Selection, documents},
    lookup::LookupExec,
    range,
    session::EngineSession,
};
use crate::{
    DatasetSummary, EngineError,
    segment::{batch::decode, row::StoredRow, schema::count_schema},
    store::catalog::{Catalog, SegmentRecord},
};

/// How often a state is read anew because a removal was faster.
const LOAD_ATTEMPTS: u32 = 5;

/// One committed state of a store.
#[derive(Debug)]
pub struct Snapshot {
    catalog: Catalog,
    datasets: Vec<DatasetSummary>,
    pub(crate) loaded: BTreeMap<String, Arc<Dataset>>,
    pub(super) session: Arc<EngineSession>,
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

    /// Counts the variants that a question is about in one permitted dataset, in whose coordinates the
    /// question is located.
    ///
    /// The stream is in order of the variants. An exact question for a sequence yields at most one;
    /// one for a symbolic allele yields each that begins there, with its own end. A question without
    /// variants yields all that there are.
    ///
    /// # Errors
    ///
    /// The dataset is gone, has coordinates of another assembly, cannot tell what is asked, or cannot be
    /// read.
    pub async fn tallies(
        self: &Arc<Self>,
        permit: &DatasetPermit,
        (query, located): (&Query, Option<&Located>),
    ) -> Result<TallyStream, EngineError> {
        match permit.cohort() {
            Cohort::Everyone => {}
            Cohort::Consenting { .. } => {
                return Err(EngineError::Corrupt("a cohort that this version cannot count".into()));
            }
        }
        let found = self.loaded.get(permit.id());
        let dataset = found.ok_or_else(|| EngineError::UnknownDataset(permit.id().to_owned()))?;
        let counted = self.counted(permit, dataset, (query, located)).await?;
        let tallies = self.count(permit.id(), located, counted).await?;
        Ok(tallies.map_ok(Undisclosed::new).boxed())
    }

    /// Decides whom a question about variants counts.
    async fn counted(
        &self,
        permit: &DatasetPermit,
        dataset: &Arc<Dataset>,
        (query, located): (&Query, Option<&Located>),
    ) -> Result<Counted, EngineError> {
        let cases = permit.plan().release >= Release::Record;
        if !query.is_about_people() {
            return Ok(Counted { people: None, margins: Vec::new(), cases });
        }
        self.permitted(permit)?;
        let selection =
            Selection::of(self, dataset, (query, located), permit.plan().minimum_carriers > 0).await?;
        Ok(Counted { people: Some(selection.matched), margins: selection.margins, cases })
    }

    /// Counts unsealed.
    pub(crate) async fn count(
        &self,
        dataset: &str,
        query: Option<&Located>,
        counted: Counted,
    ) -> Result<BoxStream<'static, Result<VariantTally, EngineError>>, EngineError> {
        let found = self.loaded.get(dataset);
        let dataset = found.ok_or_else(|| EngineError::UnknownDataset(dataset.to_owned()))?;
        let alleles = self.alleles(dataset, query).await?;
        let dataset = Arc::clone(dataset);
        Ok(alleles.map(move |allele| count::tally(&dataset, allele?, &counted)).boxed())
    }

    /// Returns the alleles that a question is about, in order; all where there is no question.
    pub(crate) async fn alleles(
        &self,
        dataset: &Arc<Dataset>,
        query: Option<&Located>,
    ) -> Result<BoxStream<'static, Result<Allele, EngineError>>, EngineError> {
        if let Some(asked) = query.and_then(Located::assembly)
            && asked != dataset.summary.assembly
        {
            return Err(EngineError::OtherAssembly(asked));
        }
        match query {
            Some(Located::Allele { query, forms }) => {
                let alleles = self.look_up(dataset, query, forms).await?;
                Ok(stream::iter(alleles.into_iter().map(Ok)).boxed())
            }
            Some(located) => range::located(&self.session, dataset, located).await,
            None => range::everywhere(&self.session, dataset, None).await,
        }
    }

    /// Returns the entry types that a dataset has entries of, those of the dataset itself aside.
    pub fn holds(&self, dataset: &str) -> Vec<EntryType> {
        let Some(dataset) = self.loaded.get(dataset) else { return Vec::new() };
        let individuals = (!dataset.people.is_empty()).then_some(EntryType::Individual);
        let others = dataset.entries.types();
        let others = others.filter(|kind| !matches!(kind, EntryType::Individual | EntryType::Dataset));
        individuals.into_iter().chain(others).collect()
    }

    /// Returns the dataset's own document of the Beacon model: that of its id, else the only one.
    ///
    /// # Errors
    ///
    /// The document cannot be read.
    pub async fn document(&self, dataset: &str) -> Result<Option<Value>, EngineError> {
        let Some(dataset) = self.loaded.get(dataset) else { return Ok(None) };
        let Some(index) = dataset.entries.of(EntryType::Dataset) else { return Ok(None) };
        let only = index.keys().next().filter(|_| index.keys().count() == 1);
        let Some(key) = index.find(&dataset.summary.id).or(only) else { return Ok(None) };
        let number = RoaringBitmap::from_iter([key.number]);
        let documents = documents::page(&self.session, dataset, EntryType::Dataset, &number).await?;
        Ok(documents.into_iter().next())
    }

    /// Shows the physical plan of a range question.
    #[cfg(test)]
    pub(crate) async fn explain(&self, dataset: &str, query: &fyr_schemas::RangeQuery) -> String {
        let plan =
            range::plan(&self.session, &self.loaded[dataset], &query.contig, range::overlapping(query))
                .unwrap();
        let plan = plan.create_physical_plan().await.unwrap();
        datafusion::physical_plan::displayable(plan.as_ref()).indent(false).to_string()
    }

    async fn look_up(
        &self,
        dataset: &Arc<Dataset>,
        query: &AlleleQuery,
        forms: &[AlleleForm],
    ) -> Result<Vec<Allele>, EngineError> {
        let (sources, parts): (Vec<u32>, Vec<_>) = dataset.parts(query.contig()).unzip();
        let schema = count_schema(dataset.summary.kind);
        // In data that were aligned, only the normal form can be there.
        let forms = if dataset.summary.normalised { forms.get(..1).unwrap_or_default() } else { forms };
        let candidates = if forms.is_empty() { query.candidates() } else { forms.to_vec() };
        let plan = LookupExec::new(parts, candidates, schema);
        let mut rows = Vec::new();
        for (partition, source) in sources.into_iter().enumerate() {
            let mut batches = self.session.execute(&plan, partition)?;
            while let Some(batch) = batches.try_next().await? {
                let decoded = decode(&batch, Some(query.contig()))?;
                rows.extend(decoded.into_iter().map(|row| as_normal(row, forms).with_source(source)));
            }
        }
        count::unite_all(dataset, rows)
    }
}

/// Rows of one allele in other notations are rows of its normal form.
fn as_normal(mut row: StoredRow, forms: &[AlleleForm]) -> StoredRow {
    if let [(start, reference_bases, alternate_bases), _, ..] = forms
        && let Ok(interval) =
            Interbase::new((*start).into(), u64::from(*start) + reference_bases.len() as u64)
    {
        row.variant.interval = interval;
        row.variant.reference_bases.clone_from(reference_bases);
        row.variant.alternate_bases.clone_from(alternate_bases);
    }
    row
}

/// Returns whether a file was deleted between listing and opening it.
fn is_vanished(error: &EngineError) -> bool {
    matches!(error, EngineError::Io { source, .. } if source.kind() == ErrorKind::NotFound)
}
