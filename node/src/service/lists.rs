//! Requests that are no question: what there is, and what can be filtered by. Recorded like questions.

use std::collections::BTreeMap;

use fyr_doors::{Credentials, DatasetInfo, FilteringTerms, TermSelection};
use fyr_policy::{Disclosed, authorize_terms, disclose_terms, visible_datasets};
use fyr_schemas::{EntryType, ErrorCode, FilteringTerm, FilteringTermKind, Release};

use super::{Node, ServiceError, within};
use crate::audit::{Action, Entry};

impl Node {
    /// Lists the datasets that the requester may know of.
    ///
    /// # Errors
    ///
    /// Invalid credentials, or a decision that could not be recorded.
    pub async fn list(&self, credentials: &Credentials) -> Result<Vec<DatasetInfo>, ServiceError> {
        let mut entry = self.audit.entry(Action::Datasets);
        let listed = self.visible(credentials, &mut entry).await;
        entry.close(listed.as_ref().err().map(ServiceError::code)).await?;
        listed
    }

    async fn visible(
        &self,
        credentials: &Credentials,
        entry: &mut Entry<'_>,
    ) -> Result<Vec<DatasetInfo>, ServiceError> {
        let requester = self.authenticator.authenticate(credentials)?;
        entry.requester(&requester);
        entry.allowed();
        let view = self.view().await?;
        let ids = view.datasets().iter().map(|dataset| dataset.id.as_str());
        let mut shown = Vec::new();
        for dataset in visible_datasets(&self.policy, &requester, ids) {
            let document = view.document(&dataset.id).await?;
            shown.extend(self.profile.describe(&view, &dataset, document));
        }
        Ok(shown)
    }

    /// Lists the entry types that the requester may know there is something of.
    ///
    /// # Errors
    ///
    /// Invalid credentials, or a decision that could not be recorded.
    pub async fn types(&self, credentials: &Credentials) -> Result<Vec<EntryType>, ServiceError> {
        let mut entry = self.audit.entry(Action::Types);
        let types = self.known_types(credentials, &mut entry).await;
        entry.close(types.as_ref().err().map(ServiceError::code)).await?;
        types
    }

    async fn known_types(
        &self,
        credentials: &Credentials,
        entry: &mut Entry<'_>,
    ) -> Result<Vec<EntryType>, ServiceError> {
        let requester = self.authenticator.authenticate(credentials)?;
        entry.requester(&requester);
        entry.allowed();
        let view = self.view().await?;
        let ids = view.datasets().iter().map(|dataset| dataset.id.as_str());
        let datasets = visible_datasets(&self.policy, &requester, ids);
        let of_people = datasets.iter().filter(|dataset| dataset.subjects > Release::None);
        let mut types: Vec<_> = of_people.flat_map(|dataset| view.holds(&dataset.id)).collect();
        types.extend([EntryType::Dataset, EntryType::GenomicVariant]);
        types.sort_unstable();
        types.dedup();
        Ok(types)
    }

    /// Lists what the requester can filter by.
    ///
    /// # Errors
    ///
    /// Invalid credentials, an entry that is not shown, or a decision that could not be recorded.
    pub async fn terms(
        &self,
        credentials: &Credentials,
        selection: &TermSelection,
    ) -> Result<FilteringTerms, ServiceError> {
        let mut entry = self.audit.entry(Action::Terms);
        let terms =
            within(self.limits.deadline(), self.known_terms(credentials, selection, &mut entry)).await;
        entry.close(terms.as_ref().err().map(ServiceError::code)).await?;
        terms
    }

    async fn known_terms(
        &self,
        credentials: &Credentials,
        selection: &TermSelection,
        entry: &mut Entry<'_>,
    ) -> Result<FilteringTerms, ServiceError> {
        let requester = self.authenticator.authenticate(credentials)?;
        entry.requester(&requester);
        let view = self.view().await?;
        let within = selection.within.as_ref();
        let of_dataset = within.filter(|within| within.entry_type == EntryType::Dataset);
        let ids = view.datasets().iter().map(|dataset| dataset.id.as_str());
        let ids = ids.filter(|id| of_dataset.is_none_or(|within| within.id == *id));
        let of_a_person = within.is_some_and(|within| within.entry_type.is_about_a_person());
        let permits = authorize_terms(&self.policy, &requester, of_a_person, ids);
        if permits.is_empty() && within.is_some() {
            return Err(ServiceError::UnknownEntry);
        }
        entry.allowed();
        let _slot = self.slot().await?;
        let mut told = Vec::new();
        for permit in &permits {
            let terms = view.terms(permit, selection.entry_type, within).await?;
            told.push(disclose_terms(permit, terms));
        }
        Ok(self.united(told))
    }

    /// Makes one list of those of the datasets.
    fn united(&self, lists: Vec<Disclosed<Vec<FilteringTerm>>>) -> FilteringTerms {
        let mut terms: BTreeMap<(FilteringTermKind, String), FilteringTerm> = BTreeMap::new();
        for term in lists.into_iter().flat_map(Disclosed::into_inner) {
            let label = self.ontologies.label(&term.id).map(str::to_owned);
            let known = terms.entry((term.kind, term.id.clone())).or_insert_with(|| FilteringTerm {
                label: label.or_else(|| term.label.clone()),
                scopes: Vec::new(),
                values: Vec::new(),
                ..term.clone()
            });
            known.scopes.extend(term.scopes);
            known.values.extend(term.values);
        }
        let prefixes =
            |term: &FilteringTerm| term.id.split_once(':').map(|(prefix, _)| prefix.to_ascii_uppercase());
        let used: Vec<String> = terms.values().filter_map(prefixes).collect();
        let vocabularies = self.ontologies.vocabularies().into_iter();
        let tidy = |mut term: FilteringTerm| {
            term.scopes.sort_unstable();
            term.scopes.dedup();
            term.values.sort_unstable();
            term.values.dedup();
            term
        };
        FilteringTerms {
            vocabularies: vocabularies
                .filter(|known| used.contains(&known.prefix.to_ascii_uppercase()))
                .collect(),
            terms: terms.into_values().map(tidy).collect(),
            nodes: Vec::new(),
        }
    }

    /// Records a request that was refused before there was a question.
    ///
    /// # Errors
    ///
    /// The refusal could not be recorded.
    pub async fn refused(&self, credentials: &Credentials, code: ErrorCode) -> Result<(), ServiceError> {
        let mut entry = self.audit.entry(Action::Malformed);
        // Credentials that a door could not even read make nobody public.
        if code != ErrorCode::Unauthenticated
            && let Ok(requester) = self.authenticator.authenticate(credentials)
        {
            entry.requester(&requester);
        }
        Ok(entry.close(Some(code)).await?)
    }
}
