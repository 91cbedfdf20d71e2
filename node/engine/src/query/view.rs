//! A committed state of a store as those see it who may be counted: what questions are put to.

mod entries;
mod publishing;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use futures::{StreamExt, TryStreamExt, stream, stream::BoxStream};
use fyr_policy::{Cohort, Consents, DatasetPermit, Needs, Permit, Undisclosed, VariantCount};
use fyr_schemas::{EntryType, Located, Query};
use fyr_store::blocking;
use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    CountStream, Snapshot, alleles, census,
    consented::Consented,
    count::{self, Allele, Counted},
    dataset::Dataset,
    entries::{Selection, documents},
    named::PersonNames,
    reference::{Reference, check_reference},
    session::EngineSession,
    waiting::Waiting,
};
use crate::{DatasetKind, DatasetSummary, EngineError};
use publishing::Publishing;

/// Most views without some people that are kept beside a view. An operator's register names few organisations that have
/// people here.
const MOST_NARROWED: usize = 64;

/// One state of a store under one version of what its people said.
///
/// Whoever withdrew is nowhere in it. A question counts those whom its permit's cohort includes; of the
/// others it is told what a node would tell that never held them.
#[derive(Debug)]
pub struct View {
    snapshot: Arc<Snapshot>,
    consents: Arc<Consents>,
    consented: BTreeMap<String, Arc<Consented>>,
    /// The datasets with everyone who has not withdrawn, those that only price others too.
    present: BTreeMap<String, Arc<Dataset>>,
    datasets: Vec<DatasetSummary>,
    published: Arc<Publishing>,
    /// Who is left out of it for one requester, by their ids.
    left_out: Vec<String>,
    /// The same without some people, by their ids.
    narrowed: Mutex<BTreeMap<Vec<String>, Arc<Self>>>,
}

/// Which view: the versions of what it is made of. Whoever has a copy of both makes the same one; no list of people is
/// needed to say which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ViewVersion {
    /// Version of the store; none where there is none yet.
    pub store: Option<u64>,
    /// Version of what people said.
    pub consents: u64,
}

impl View {
    /// Looks at a state under what its people said. Of a former view, what did not change is taken over.
    pub(super) async fn make(
        snapshot: Arc<Snapshot>,
        consents: Arc<Consents>,
        former: Option<Arc<Self>>,
    ) -> Result<Arc<Self>, EngineError> {
        let making = move || Arc::new(Self::new(snapshot, consents, former.as_deref()));
        Ok(blocking("choosing people", making).await?)
    }

    /// Looks at another state under the same.
    pub(super) async fn on(self: Arc<Self>, snapshot: Arc<Snapshot>) -> Result<Arc<Self>, EngineError> {
        Self::make(snapshot, Arc::clone(&self.consents), Some(self)).await
    }

    /// Blocks.
    fn new(snapshot: Arc<Snapshot>, consents: Arc<Consents>, former: Option<&Self>) -> Self {
        let consented = |(id, base): (&String, &Arc<Dataset>)| {
            let known = former.and_then(|former| former.consented.get(id));
            let same = known.filter(|known| known.is_of(base, &consents)).cloned();
            let known = known.map(AsRef::as_ref);
            let new = || Arc::new(Consented::new(Arc::clone(base), Arc::clone(&consents), known));
            (id.clone(), same.unwrap_or_else(new))
        };
        let consented: BTreeMap<_, _> = snapshot.loaded.iter().map(consented).collect();
        let present =
            consented.iter().map(|(id, dataset)| Some((id.clone(), dataset.make(Cohort::Everyone)?)));
        let present: BTreeMap<_, _> =
            present.flatten().filter(|(_, dataset)| dataset.is_of_somebody()).collect();
        let summaries = present.values().map(|dataset| &dataset.summary);
        let datasets = summaries.filter(|of| of.kind != DatasetKind::Reference).cloned().collect();
        let published = former.map(|former| Arc::clone(&former.published)).unwrap_or_default();
        published.forget_the_gone();
        let (left_out, narrowed) = (Vec::new(), Mutex::default());
        Self { snapshot, consents, consented, present, datasets, published, left_out, narrowed }
    }

    /// Looks at the same as if some people had never been there, by any of their ids.
    ///
    /// Cheap, except for the first call with these people.
    ///
    /// # Errors
    ///
    /// The view cannot be made.
    pub async fn without(self: &Arc<Self>, people: &[String]) -> Result<Arc<Self>, EngineError> {
        if people.is_empty() {
            return Ok(Arc::clone(self));
        }
        let narrowed = || self.narrowed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = narrowed().get(people) {
            return Ok(Arc::clone(known));
        }
        let consents = Arc::new(self.consents.without(people.iter().cloned()));
        let (whole, left_out) = (Arc::clone(self), people.to_vec());
        let making = move || {
            let narrowed = Self::new(Arc::clone(&whole.snapshot), consents, Some(&whole));
            Arc::new(Self { left_out, ..narrowed })
        };
        let made = blocking("choosing people", making).await?;
        let mut kept = narrowed();
        if kept.len() >= MOST_NARROWED {
            kept.clear();
        }
        kept.insert(people.to_vec(), Arc::clone(&made));
        Ok(made)
    }

    /// Returns who is left out of it for one requester, by their ids. The versions are those of the whole.
    pub fn left_out(&self) -> &[String] {
        &self.left_out
    }

    /// Returns whether it is of a state under what its people said.
    pub(crate) fn is_of(&self, snapshot: &Arc<Snapshot>, consents: &Arc<Consents>) -> bool {
        Arc::ptr_eq(&self.snapshot, snapshot)
            && (Arc::ptr_eq(&self.consents, consents) || self.consents == *consents)
    }

    /// Returns which view it is.
    pub fn view_version(&self) -> ViewVersion {
        ViewVersion { store: self.version(), consents: self.consent_version() }
    }

    /// Returns the version of the store; none where there is no store yet.
    pub fn version(&self) -> Option<u64> {
        self.snapshot.version()
    }

    /// Returns the version of what people said.
    pub fn consent_version(&self) -> u64 {
        self.consents.version()
    }

    /// Returns all datasets with those who have not withdrawn, sorted by id. Those of reference frequencies are not there
    /// for anybody.
    pub fn datasets(&self) -> &[DatasetSummary] {
        &self.datasets
    }

    /// Returns one dataset with those who have not withdrawn.
    pub fn dataset(&self, id: &str) -> Option<&DatasetSummary> {
        let place = self.datasets.binary_search_by(|dataset| dataset.id.as_str().cmp(id)).ok();
        place.and_then(|place| self.datasets.get(place))
    }

    /// Returns the datasets of a permit with those who may be counted, in the permit's order. One in which
    /// nobody may be counted is described with all who are there: it must read as one with a few.
    ///
    /// # Errors
    ///
    /// A dataset cannot be made.
    pub async fn asked(&self, permit: &Permit) -> Result<Vec<DatasetSummary>, EngineError> {
        let mut asked = Vec::new();
        for permit in permit.datasets() {
            let Some(consented) = self.consented.get(permit.id()) else { continue };
            let counted = consented.of(permit.cohort()).await?;
            let counted = counted.or_else(|| self.present.get(permit.id()).cloned());
            asked.extend(counted.map(|dataset| dataset.summary.clone()));
        }
        Ok(asked)
    }

    /// Returns a dataset with nobody but a cohort; none where nothing of it is left.
    pub(crate) async fn of(&self, id: &str, cohort: Cohort) -> Result<Option<Arc<Dataset>>, EngineError> {
        match self.consented.get(id).filter(|_| self.present.contains_key(id)) {
            Some(consented) => consented.of(cohort).await,
            None => Err(EngineError::UnknownDataset(id.to_owned())),
        }
    }

    pub(super) fn session(&self) -> &Arc<EngineSession> {
        &self.snapshot.session
    }

    /// Refuses a question that chooses variants by their frequency where a dataset cannot tell it of each. That follows
    /// from the files that were loaded, not from the alleles that are asked for.
    ///
    /// # Errors
    ///
    /// The dataset is gone, or cannot be made, or cannot tell.
    pub async fn must_tell_frequencies(
        &self,
        permit: &DatasetPermit,
        query: &Query,
    ) -> Result<(), EngineError> {
        if query.frequencies.is_empty() {
            return Ok(());
        }
        let dataset = self.of(permit.id(), permit.cohort()).await?;
        dataset.map_or(Ok(()), |dataset| dataset.must_tell_frequencies())
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
    pub async fn counts(
        &self,
        permit: &DatasetPermit,
        (query, located): (&Query, Option<&Located>),
    ) -> Result<CountStream, EngineError> {
        match self.of(permit.id(), permit.cohort()).await? {
            Some(dataset) => {
                let reference = self.reference(permit, &dataset)?;
                let tallies = self.variants(dataset, permit.plan().needs(), (query, located)).await?;
                Ok(match reference {
                    Some(reference) => reference.expect(tallies),
                    None => tallies.map_ok(Undisclosed::new).boxed(),
                })
            }
            None => Ok(stream::empty().boxed()),
        }
    }

    /// Returns the frequencies by which what is told of a dataset is priced; none where nothing is.
    fn reference(&self, permit: &DatasetPermit, priced: &Dataset) -> Result<Option<Reference>, EngineError> {
        let Some(id) = permit.reference() else { return Ok(None) };
        let dataset = self.present.get(id).map(Arc::clone);
        check_reference(&priced.summary, id, dataset.as_ref().map(|dataset| &dataset.summary))?;
        Ok(dataset.map(|dataset| Reference { session: Arc::clone(self.session()), dataset }))
    }

    /// Names the people of a dataset. They are not sealed: who is there is not who carries what.
    pub fn people(&self, dataset: &str) -> Vec<PersonNames> {
        self.present.get(dataset).map(|dataset| dataset.named()).unwrap_or_default()
    }

    /// Counts the variants that [`View::counts`] would yield and somebody carries, without looking at who
    /// carries them; none where that must be known.
    ///
    /// # Errors
    ///
    /// As for the counts.
    pub async fn seen(
        &self,
        permit: &DatasetPermit,
        (query, located): (&Query, Option<&Located>),
    ) -> Result<Option<Undisclosed<u64>>, EngineError> {
        if permit.plan().needs().singly || query.is_about_people() {
            return Ok(None);
        }
        let Some(dataset) = self.of(permit.id(), permit.cohort()).await? else { return Ok(None) };
        let seen = census::seen(&dataset, located, &query.frequencies).await?;
        Ok(seen.map(Undisclosed::new))
    }

    /// Counts unsealed. An allele that is nowhere is counted of nobody where that is needed.
    pub(crate) async fn variants(
        &self,
        dataset: Arc<Dataset>,
        needs: Needs,
        (query, located): (&Query, Option<&Located>),
    ) -> Result<BoxStream<'static, Result<VariantCount, EngineError>>, EngineError> {
        let counted = self.counted(&dataset, needs, (query, located)).await?;
        let asked = located.and_then(Located::as_sequence).filter(|_| needs.nobody);
        let found = count(self.session(), Arc::clone(&dataset), located, counted.clone()).await?;
        let Some(variant) = asked.filter(|_| dataset.summary.kind == DatasetKind::Individual) else {
            return Ok(found);
        };
        let mut found: Vec<_> = found.collect().await;
        if found.is_empty() {
            found.push(count::count(&dataset, Allele::of_nobody(variant), &counted));
        }
        Ok(stream::iter(found).boxed())
    }

    /// Decides whom a question about variants counts.
    async fn counted(
        &self,
        dataset: &Arc<Dataset>,
        needs: Needs,
        (query, located): (&Query, Option<&Located>),
    ) -> Result<Counted, EngineError> {
        let cases = needs.records;
        if !query.is_about_people() {
            return Ok(Counted { cases, ..Counted::default() });
        }
        dataset.must_know_people()?;
        let published = self.published(dataset, needs, query).await?;
        let published = published.as_deref();
        let selection =
            Selection::of(self.session(), dataset, (query, located), needs.margins, published).await?;
        let people = Arc::new(selection.matched & dataset.everyone.as_ref());
        Ok(Counted { people: Some(people), margins: selection.margins, cases })
    }

    /// Returns the entry types that a dataset has entries of, those of the dataset itself aside; of all who are there, or
    /// only of those who were released.
    ///
    /// # Errors
    ///
    /// The dataset cannot be made.
    pub async fn holds(&self, dataset: &str, released: bool) -> Result<Vec<EntryType>, EngineError> {
        if !self.present.contains_key(dataset) {
            return Ok(Vec::new());
        }
        let Some(dataset) = self.of(dataset, Cohort::whole(released)).await? else { return Ok(Vec::new()) };
        let individuals = (!dataset.people.is_empty()).then_some(EntryType::Individual);
        let others = dataset.entries.types();
        let others = others.filter(|kind| !matches!(kind, EntryType::Individual | EntryType::Dataset));
        Ok(individuals.into_iter().chain(others).collect())
    }

    /// Returns how often people of a dataset were released.
    pub fn epoch(&self, dataset: &str) -> u32 {
        self.consents.released(dataset).map_or(0, |released| released.epoch())
    }

    /// Finds those of a dataset who are not released yet, and whom one of some cohorts would count.
    ///
    /// # Errors
    ///
    /// They cannot be looked for.
    pub async fn waiting(&self, dataset: &str, cohorts: Vec<Cohort>) -> Result<Waiting, EngineError> {
        let Some(consented) = self.consented.get(dataset).map(Arc::clone) else {
            return Ok(Waiting::default());
        };
        Ok(blocking("looking for who waits", move || consented.would_count(&cohorts)).await?)
    }

    /// Names the data that a permit lets be counted: loads of which it shows nothing change nothing of it, nor does how
    /// they lie in the store.
    ///
    /// # Errors
    ///
    /// The dataset is gone, or cannot be made.
    pub async fn data_version(&self, permit: &DatasetPermit) -> Result<String, EngineError> {
        let dataset = self.of(permit.id(), permit.cohort()).await?;
        Ok(dataset.map(|dataset| dataset.loads()).unwrap_or_default())
    }

    /// Returns the dataset's own document of the Beacon model: that of its id, else the only one.
    ///
    /// # Errors
    ///
    /// The document cannot be read.
    pub async fn document(&self, dataset: &str) -> Result<Option<Value>, EngineError> {
        let Some(dataset) = self.present.get(dataset) else { return Ok(None) };
        let Some(index) = dataset.entries.of(EntryType::Dataset) else { return Ok(None) };
        let only = index.keys().next().filter(|_| index.keys().count() == 1);
        let Some(key) = index.find(&dataset.summary.id).or(only) else { return Ok(None) };
        let number = RoaringBitmap::from_iter([key.number]);
        let documents = documents::page(self.session(), dataset, EntryType::Dataset, &number).await?;
        Ok(documents.into_iter().next())
    }
}

/// Counts the alleles that a question names, all where there is none.
pub(crate) async fn count(
    session: &Arc<EngineSession>,
    dataset: Arc<Dataset>,
    query: Option<&Located>,
    counted: Counted,
) -> Result<BoxStream<'static, Result<VariantCount, EngineError>>, EngineError> {
    let alleles = alleles::find(session, &dataset, query).await?;
    Ok(alleles.map(move |allele| count::count(&dataset, allele?, &counted)).boxed())
}
