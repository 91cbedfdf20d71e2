//! Requests that are no question: what there is, and what can be filtered by.

use std::borrow::Cow;

use futures::future::try_join_all;
use fyr_audit::{Action, AuditEntry};
use fyr_doors::{DatasetList, FilteringTerms, TermSelection};
use fyr_policy::{
    DatasetPermit, Decision, Disclosed, VisibleDataset, authorize_terms, cost_of_terms, disclose_terms,
    visible_datasets,
};
use fyr_schemas::{EntryType, FilteringTerm, Purpose, Query, Release};

use super::Node;
use crate::{
    ServiceError,
    gate::{Accounts, Chain, Errand, Stage},
};

/// A list of the datasets that the requester may know of.
pub(super) struct Datasets<'a> {
    pub(super) node: &'a Node,
    pub(super) purpose: Option<&'a Purpose>,
}

/// A list of the entry types that the requester may know there is something of.
pub(super) struct Types<'a> {
    pub(super) node: &'a Node,
    pub(super) purpose: Option<&'a Purpose>,
}

/// A list of what the requester can filter by.
pub(super) struct Terms<'a> {
    pub(super) node: &'a Node,
    pub(super) selection: &'a TermSelection,
    pub(super) purpose: Option<&'a Purpose>,
}

/// The datasets that a requester may know of.
pub(super) struct Known {
    datasets: Vec<VisibleDataset>,
    hides: bool,
}

impl Known {
    /// Decides about all datasets, and notes what decided.
    fn of(node: &Node, stage: &Stage, chain: &Chain, entry: &mut AuditEntry<'_>) -> Self {
        let (variants, people) =
            node.decisions.at_most(stage, chain, &node.ontologies, stage.view().datasets());
        entry.decided(stage.policy_version(), stage.consent_version(), variants.iter().map(AsRef::as_ref));
        entry.allowed();
        let both = variants.iter().map(AsRef::as_ref).zip(people.iter().map(AsRef::as_ref));
        let hides = variants.iter().chain(&people).any(|decision| hides(decision));
        Self { datasets: visible_datasets(both), hides }
    }
}

fn hides(decision: &Decision) -> bool {
    decision.is_visible() && decision.plan().is_some_and(|plan| plan.needs().hides)
}

impl Errand for Datasets<'_> {
    type Permit = Known;
    type Located = ();
    type Told = DatasetList;

    fn action(&self) -> Action {
        Action::Datasets
    }

    fn signed(&self) -> Cow<'_, Query> {
        Cow::Owned(Query::listing(self.purpose))
    }

    fn purpose(&self) -> Option<&Purpose> {
        self.purpose
    }

    fn decide(
        &self,
        stage: &Stage,
        chain: &Chain,
        entry: &mut AuditEntry<'_>,
    ) -> Result<Known, ServiceError> {
        Ok(Known::of(self.node, stage, chain, entry))
    }

    fn hides(&self, known: &Known) -> bool {
        known.hides
    }

    async fn locate(&self, _: &Stage, _: &Known) -> Result<(), ServiceError> {
        Ok(())
    }

    async fn tell(
        &self,
        stage: &Stage,
        _: Accounts<'_>,
        known: Known,
        (): (),
    ) -> Result<DatasetList, ServiceError> {
        let mut shown = DatasetList::default();
        for dataset in &known.datasets {
            let document = stage.view().document(&dataset.id).await?;
            shown.datasets.extend(self.node.profile.describe(
                stage.view(),
                stage.policy(),
                dataset,
                document,
            ));
        }
        Ok(shown)
    }
}

impl Errand for Types<'_> {
    type Permit = Known;
    type Located = ();
    type Told = Vec<EntryType>;

    fn action(&self) -> Action {
        Action::Types
    }

    fn signed(&self) -> Cow<'_, Query> {
        Cow::Owned(Query::listing(self.purpose))
    }

    fn purpose(&self) -> Option<&Purpose> {
        self.purpose
    }

    fn decide(
        &self,
        stage: &Stage,
        chain: &Chain,
        entry: &mut AuditEntry<'_>,
    ) -> Result<Known, ServiceError> {
        Ok(Known::of(self.node, stage, chain, entry))
    }

    fn hides(&self, known: &Known) -> bool {
        known.hides
    }

    async fn locate(&self, _: &Stage, _: &Known) -> Result<(), ServiceError> {
        Ok(())
    }

    async fn tell(
        &self,
        stage: &Stage,
        _: Accounts<'_>,
        known: Known,
        (): (),
    ) -> Result<Vec<EntryType>, ServiceError> {
        let of_people = known.datasets.iter().filter(|dataset| dataset.subjects > Release::None);
        let held = of_people.map(|dataset| stage.view().holds(&dataset.id, dataset.released));
        let mut types: Vec<_> = try_join_all(held).await?.concat();
        types.extend([EntryType::Dataset, EntryType::GenomicVariant]);
        types.sort_unstable();
        types.dedup();
        Ok(types)
    }
}

impl Errand for Terms<'_> {
    type Permit = Vec<DatasetPermit>;
    type Located = ();
    type Told = FilteringTerms;

    fn action(&self) -> Action {
        Action::Terms
    }

    fn signed(&self) -> Cow<'_, Query> {
        Cow::Owned(Query::listing(self.purpose))
    }

    fn purpose(&self) -> Option<&Purpose> {
        self.purpose
    }

    fn decide(
        &self,
        stage: &Stage,
        chain: &Chain,
        entry: &mut AuditEntry<'_>,
    ) -> Result<Vec<DatasetPermit>, ServiceError> {
        let within = self.selection.within.as_ref();
        let of_dataset = within.filter(|within| within.entry_type == EntryType::Dataset);
        let datasets = stage.view().datasets().iter();
        let datasets = datasets.filter(|dataset| of_dataset.is_none_or(|within| within.id == dataset.id));
        let (_, people) = self.node.decisions.at_most(stage, chain, &self.node.ontologies, datasets);
        entry.decided(stage.policy_version(), stage.consent_version(), people.iter().map(AsRef::as_ref));
        let of_a_person = within.is_some_and(|within| within.entry_type.is_about_a_person());
        let permits = authorize_terms(of_a_person, people.iter().map(AsRef::as_ref));
        if permits.is_empty() && within.is_some() {
            return Err(ServiceError::UnknownEntry);
        }
        entry.allowed();
        Ok(permits)
    }

    fn hides(&self, permits: &Vec<DatasetPermit>) -> bool {
        permits.iter().any(|permit| permit.plan().needs().hides)
    }

    async fn locate(&self, _: &Stage, _: &Vec<DatasetPermit>) -> Result<(), ServiceError> {
        Ok(())
    }

    async fn tell(
        &self,
        stage: &Stage,
        accounts: Accounts<'_>,
        permits: Vec<DatasetPermit>,
        (): (),
    ) -> Result<FilteringTerms, ServiceError> {
        let TermSelection { entry_type, within } = self.selection;
        let mut found = Vec::with_capacity(permits.len());
        for permit in &permits {
            let terms = stage.view().terms(permit, *entry_type, within.as_ref()).await?;
            let charged = accounts.bear(permit, String::new, &cost_of_terms(permit, &terms)).await?;
            found.push((permit, terms, charged.bearers));
        }
        let label_of = |id: &str| self.node.ontologies.label(id).map(str::to_owned);
        Ok(self.with_vocabularies(disclose_terms(found, label_of)))
    }
}

impl Terms<'_> {
    /// Names the vocabularies that the terms are of.
    fn with_vocabularies(&self, terms: Disclosed<Vec<FilteringTerm>>) -> FilteringTerms {
        let terms = terms.into_inner();
        let prefixes =
            |term: &FilteringTerm| term.id.split_once(':').map(|(prefix, _)| prefix.to_ascii_uppercase());
        let used: Vec<String> = terms.iter().filter_map(prefixes).collect();
        let vocabularies = self.node.ontologies.vocabularies().into_iter();
        let vocabularies = vocabularies.filter(|known| used.contains(&known.prefix.to_ascii_uppercase()));
        FilteringTerms { vocabularies: vocabularies.collect(), terms, nodes: Vec::new() }
    }
}
