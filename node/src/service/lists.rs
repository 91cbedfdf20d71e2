//! Requests that are no question: what there is, and what can be filtered by. Recorded like questions.

use std::collections::BTreeMap;

use fyr_audit::{Action, Entry};
use fyr_doors::{Credentials, DatasetInfo, FilteringTerms, TermSelection};
use fyr_identity::Verified;
use fyr_policy::{Disclosed, VisibleDataset, authorize_terms, disclose_terms, visible_datasets};
use fyr_schemas::{EntryType, ErrorCode, FilteringTerm, FilteringTermKind, Purpose, Query, Release};

use super::{
    Node, ServiceError,
    stage::{Attempts, Stage},
    within,
};

impl Node {
    /// Lists the datasets that the requester may know of.
    ///
    /// # Errors
    ///
    /// Invalid credentials, or a decision that could not be recorded.
    pub async fn list(
        &self,
        credentials: &Credentials,
        purpose: Option<&Purpose>,
    ) -> Result<Vec<DatasetInfo>, ServiceError> {
        let mut entry = self.audit.entry(Action::Datasets);
        let mut attempts = Attempts::new(false);
        let listed = self.visible(credentials, purpose, &mut attempts, &mut entry).await;
        entry.close(listed.as_ref().err().map(ServiceError::code)).await?;
        if attempts.still_hold(self).await { listed } else { Err(ServiceError::Stale) }
    }

    async fn visible(
        &self,
        credentials: &Credentials,
        purpose: Option<&Purpose>,
        attempts: &mut Attempts,
        entry: &mut Entry<'_>,
    ) -> Result<Vec<DatasetInfo>, ServiceError> {
        let verified = self.authenticate(credentials, Some(&Query::listing(purpose)), entry).await?;
        entry.allowed();
        loop {
            let stage = attempts.next(self).await?;
            let mut shown = Vec::new();
            for dataset in self.known(&stage, &verified, purpose, entry) {
                let document = stage.view.document(&dataset.id).await?;
                shown.extend(self.profile.describe(&stage.view, &stage.in_force.policy, &dataset, document));
            }
            if attempts.still_hold(self).await {
                self.authenticator.still_holds(&verified)?;
                return Ok(shown);
            }
        }
    }

    /// Returns the datasets that a requester may know of, and notes what decided.
    fn known(
        &self,
        stage: &Stage,
        verified: &Verified,
        purpose: Option<&Purpose>,
        entry: &mut Entry<'_>,
    ) -> Vec<VisibleDataset> {
        let purpose = stage.purpose(purpose, &verified.requester);
        purpose.iter().for_each(|purpose| entry.purpose(purpose));
        let asker = stage.asker(&verified.requester, purpose.as_ref(), &self.ontologies);
        let (variants, people) = self.decisions.at_most(&asker, stage.view.datasets());
        entry.decided(&stage.in_force.version, stage.version, variants.iter().map(AsRef::as_ref));
        visible_datasets(variants.iter().map(AsRef::as_ref).zip(people.iter().map(AsRef::as_ref)))
    }

    /// Lists the entry types that the requester may know there is something of.
    ///
    /// # Errors
    ///
    /// Invalid credentials, or a decision that could not be recorded.
    pub async fn types(
        &self,
        credentials: &Credentials,
        purpose: Option<&Purpose>,
    ) -> Result<Vec<EntryType>, ServiceError> {
        let mut entry = self.audit.entry(Action::Types);
        let mut attempts = Attempts::new(false);
        let types = self.known_types(credentials, purpose, &mut attempts, &mut entry).await;
        entry.close(types.as_ref().err().map(ServiceError::code)).await?;
        if attempts.still_hold(self).await { types } else { Err(ServiceError::Stale) }
    }

    async fn known_types(
        &self,
        credentials: &Credentials,
        purpose: Option<&Purpose>,
        attempts: &mut Attempts,
        entry: &mut Entry<'_>,
    ) -> Result<Vec<EntryType>, ServiceError> {
        let verified = self.authenticate(credentials, Some(&Query::listing(purpose)), entry).await?;
        entry.allowed();
        let stage = attempts.next(self).await?;
        let datasets = self.known(&stage, &verified, purpose, entry);
        let of_people = datasets.iter().filter(|dataset| dataset.subjects > Release::None);
        let mut types: Vec<_> = of_people.flat_map(|dataset| stage.view.holds(&dataset.id)).collect();
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
        purpose: Option<&Purpose>,
    ) -> Result<FilteringTerms, ServiceError> {
        let mut entry = self.audit.entry(Action::Terms);
        let mut attempts = Attempts::new(false);
        let listing = self.known_terms(credentials, (selection, purpose), &mut attempts, &mut entry);
        let terms = within(self.limits.deadline(), listing).await;
        entry.close(terms.as_ref().err().map(ServiceError::code)).await?;
        if attempts.still_hold(self).await { terms } else { Err(ServiceError::Stale) }
    }

    async fn known_terms(
        &self,
        credentials: &Credentials,
        (selection, purpose): (&TermSelection, Option<&Purpose>),
        attempts: &mut Attempts,
        entry: &mut Entry<'_>,
    ) -> Result<FilteringTerms, ServiceError> {
        let verified = self.authenticate(credentials, Some(&Query::listing(purpose)), entry).await?;
        loop {
            let stage = attempts.next(self).await?;
            let terms = self.terms_of(&stage, &verified, (selection, purpose), entry).await;
            if attempts.still_hold(self).await {
                self.authenticator.still_holds(&verified)?;
                return terms;
            }
        }
    }

    async fn terms_of(
        &self,
        stage: &Stage,
        verified: &Verified,
        (selection, purpose): (&TermSelection, Option<&Purpose>),
        entry: &mut Entry<'_>,
    ) -> Result<FilteringTerms, ServiceError> {
        let purpose = stage.purpose(purpose, &verified.requester);
        purpose.iter().for_each(|purpose| entry.purpose(purpose));
        let within = selection.within.as_ref();
        let of_dataset = within.filter(|within| within.entry_type == EntryType::Dataset);
        let datasets = stage.view.datasets().iter();
        let datasets = datasets.filter(|dataset| of_dataset.is_none_or(|within| within.id == dataset.id));
        let asker = stage.asker(&verified.requester, purpose.as_ref(), &self.ontologies);
        let (_, people) = self.decisions.at_most(&asker, datasets);
        entry.decided(&stage.in_force.version, stage.version, people.iter().map(AsRef::as_ref));
        let of_a_person = within.is_some_and(|within| within.entry_type.is_about_a_person());
        let permits = authorize_terms(of_a_person, people.iter().map(AsRef::as_ref));
        if permits.is_empty() && within.is_some() {
            return Err(ServiceError::UnknownEntry);
        }
        entry.allowed();
        let _slot = self.slot().await?;
        let mut told = Vec::new();
        for permit in &permits {
            let terms = stage.view.terms(permit, selection.entry_type, within).await?;
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
        if code == ErrorCode::Unauthenticated {
            entry.unaccepted("the headers of the credentials cannot be read".to_owned());
        } else if let Err(error) = self.authenticate(credentials, None, &mut entry).await {
            tracing::debug!(
                code = error.code().name(),
                "refused request came with credentials that do not hold"
            );
        }
        Ok(entry.close(Some(code)).await?)
    }
}
