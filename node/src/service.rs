//! The one path of a question through a node. Nothing else calls these steps.

mod decisions;
mod error;
mod lists;
mod locate;
pub(crate) mod names;
mod padding;
mod quota;
mod stage;

use std::{sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use futures::{StreamExt, future::try_join_all};
use fyr_audit::{Action, Audit, Entry};
use fyr_doors::Credentials;
use fyr_engine::{Engine, View};
use fyr_genome::{Chains, Genomes, Location};
use fyr_identity::Verified;
use fyr_ontology::Ontologies;
use fyr_policy::{
    DatasetPermit, Disclosed, Disclosure, Permit, Speaker, assemble, authorize, disclose_entries, left_out,
};
use fyr_schemas::{Answer, Assembly, Condition, DatasetAnswer, EntryType, Query, model};
use fyr_state::{Follower, State};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    task::consume_budget,
    time::{Instant, timeout},
};

use crate::{Authenticator, config::Limits, policies::Policies, profile::Profile, test_mode::Synthetic};
pub(crate) use decisions::Decisions;
pub use decisions::{held, wider};
use stage::{Attempts, Stage};

pub use error::ServiceError;

/// A node without its doors.
#[derive(Debug)]
pub struct Node {
    pub(crate) profile: Profile,
    pub(crate) authenticator: Authenticator,
    pub(crate) policies: Policies,
    pub(crate) decisions: Decisions,
    /// What people said, and who is not accepted any more.
    pub(crate) follower: Arc<Follower>,
    pub(crate) state: State,
    pub(crate) ontologies: Arc<Ontologies>,
    pub(crate) engine: Engine,
    /// What is known of genomes, beside the data.
    pub(crate) genomes: ArcSwap<Genomes>,
    pub(crate) chains: Vec<Arc<Chains>>,
    /// What questions in test mode are put to, instead of the engine.
    pub(crate) synthetic: Synthetic,
    pub(crate) audit: Audit,
    pub(crate) limits: Limits,
    pub(crate) slots: Semaphore,
}

impl Node {
    /// Answers one question, and records the decision before the answer leaves.
    ///
    /// # Errors
    ///
    /// Invalid credentials, a denial, a question that cannot be evaluated, or an exhausted limit.
    pub async fn ask(
        &self,
        credentials: &Credentials,
        query: &Query,
    ) -> Result<Disclosed<Answer>, ServiceError> {
        let mut entry = self.audit.entry(Action::from(query));
        let mut attempts = Attempts::new(query.test_mode);
        let outcome = self.decide(credentials, query, &mut attempts, &mut entry).await;
        entry.close(outcome.as_ref().err().map(ServiceError::code)).await?;
        // To record it may have taken longer than what it was counted with is known to be true.
        if attempts.still_hold(self).await { outcome } else { Err(ServiceError::Stale) }
    }

    /// Authenticates, and evaluates with the newest data and consents; again, if they changed meanwhile.
    async fn decide(
        &self,
        credentials: &Credentials,
        query: &Query,
        attempts: &mut Attempts,
        entry: &mut Entry<'_>,
    ) -> Result<Disclosed<Answer>, ServiceError> {
        let stage = attempts.next(self).await?;
        entry.query(query, stage.view.datasets().iter().map(|dataset| dataset.id.as_str()));
        let verified = self.authenticate(credentials, Some(query), entry).await?;
        if !query.datasets.includes_node(&self.profile.identity.id) {
            entry.allowed();
            return Ok(left_out(&self.profile.identity.id));
        }
        let warnings = self.understand(query)?;
        let mut stage = stage;
        loop {
            let outcome = self.evaluate(&stage, &verified, query, warnings.clone(), entry).await;
            if attempts.still_hold(self).await {
                self.authenticator.still_holds(&verified)?;
                return outcome;
            }
            stage = attempts.next(self).await?;
        }
    }

    /// Finds out who asks, and notes it.
    async fn authenticate(
        &self,
        credentials: &Credentials,
        question: Option<&Query>,
        entry: &mut Entry<'_>,
    ) -> Result<Verified, ServiceError> {
        match self.authenticator.authenticate(credentials, question).await {
            Ok(verified) => {
                entry.requester(&verified.requester);
                entry.ignored_visas(verified.ignored.iter().map(ToString::to_string).collect());
                Ok(verified)
            }
            Err(unauthenticated) => {
                entry.unaccepted(unauthenticated.reason());
                Err(unauthenticated.into())
            }
        }
    }

    /// Authorizes, counts and discloses, all with one state of data, consents and policy.
    async fn evaluate(
        &self,
        stage: &Stage,
        verified: &Verified,
        query: &Query,
        warnings: Vec<String>,
        entry: &mut Entry<'_>,
    ) -> Result<Disclosed<Answer>, ServiceError> {
        let purpose = stage.purpose(query.purpose.as_ref(), &verified.requester);
        purpose.iter().for_each(|purpose| entry.purpose(purpose));
        let asker = stage.asker(&verified.requester, purpose.as_ref(), &self.ontologies);
        let decisions = self.decisions.about(&asker, query, stage.view.datasets());
        let decided = || decisions.iter().map(AsRef::as_ref);
        entry.decided(&stage.in_force.version, stage.version, decided());
        let permit = authorize(query, decided())?;
        entry.permit(&permit);
        self.spend(&permit, &verified.requester, purpose.as_ref(), query).await?;
        let _slot = self.slot().await?;
        let started = Instant::now();
        let counting = self.count(&stage.view, &permit, query, warnings);
        let answer = within(self.limits.deadline(), counting).await;
        padding::pad(&permit, started).await;
        answer
    }

    /// Refuses filters that nobody could evaluate; returns what the client should know of the others.
    /// Neither depends on data.
    fn understand(&self, query: &Query) -> Result<Vec<String>, ServiceError> {
        for filter in query.filters.0.iter().flat_map(|clause| &clause.0) {
            for condition in &filter.any_of {
                let Condition::Value { field, .. } = condition else { continue };
                let is_field = model::resolve_field(field, filter.scope).is_some();
                if !is_field && model::canonical_curie(field).is_none() {
                    return Err(ServiceError::UnknownField(field.clone()));
                }
            }
        }
        Ok(self.ontologies.check(&query.filters)?)
    }

    /// Counts in every permitted dataset that the question can be put to.
    async fn count(
        &self,
        view: &View,
        permit: &Permit,
        query: &Query,
        warnings: Vec<String>,
    ) -> Result<Disclosed<Answer>, ServiceError> {
        let genomes = if query.test_mode { Arc::default() } else { self.genomes.load_full() };
        let asked = view.asked(permit).await?;
        let located = locate::locate(&genomes, &asked, permit, query, &self.limits)?;
        let warnings = warnings.into_iter().chain(located.warnings()).collect();
        let answers =
            permit.datasets().iter().filter_map(|dataset| Some((dataset, located.of(dataset.id())?)));
        let answers = answers.map(|(dataset, location)| self.disclose(view, dataset, query, location));
        let answers = try_join_all(answers).await?;
        let place = |id: &str| assembly_of(view, id);
        let answer = assemble(&self.profile.identity.id, permit, place, answers, warnings)?;
        // Who asks for one entry by its id is told the same of one that is not here and of one that is
        // not shown.
        let names_an_entry =
            query.within.as_ref().is_some_and(|within| within.entry_type.is_about_a_person());
        if names_an_entry && !answer.get().exists { Err(ServiceError::UnknownEntry) } else { Ok(answer) }
    }

    /// Counts in one dataset and keeps what may be said.
    async fn disclose(
        &self,
        view: &View,
        permit: &DatasetPermit,
        query: &Query,
        location: Option<&Location>,
    ) -> Result<Disclosed<DatasetAnswer>, ServiceError> {
        let speaker = Speaker {
            beacon_id: &self.profile.identity.id,
            assembly: assembly_of(view, permit.id())?,
            lift: location.and_then(|location| location.lift),
            handovers: self.profile.handovers(permit.id()),
            versions: None,
        };
        let question = (query, location.map(|location| &location.query));
        if query.entry_type != EntryType::GenomicVariant {
            let tally = view.entries(permit, question, self.limits.page_rows).await?;
            return Ok(disclose_entries(permit, query, tally, speaker));
        }
        let seen = view.seen(permit, question).await?;
        let mut disclosure = Disclosure::new(permit, query, self.limits.page_rows).whole(seen);
        let mut tallies = view.tallies(permit, question).await?;
        while !disclosure.is_complete()
            && let Some(tally) = tallies.next().await
        {
            disclosure.push(tally?);
            // A stream that is always ready would otherwise never let the deadline pass.
            consume_budget().await;
        }
        Ok(disclosure.finish(speaker))
    }

    async fn slot(&self) -> Result<SemaphorePermit<'_>, ServiceError> {
        let overloaded = ServiceError::Overloaded(self.limits.queue());
        match timeout(self.limits.queue(), self.slots.acquire()).await {
            Ok(Ok(slot)) => Ok(slot),
            _ => Err(overloaded),
        }
    }
}

fn assembly_of(view: &View, id: &str) -> Result<Assembly, ServiceError> {
    let dataset = view.dataset(id).ok_or_else(|| ServiceError::NoCoordinates(id.to_owned()))?;
    Ok(dataset.assembly)
}

/// Gives up at the deadline.
async fn within<T>(
    deadline: Duration,
    work: impl Future<Output = Result<T, ServiceError>>,
) -> Result<T, ServiceError> {
    timeout(deadline, work).await.unwrap_or(Err(ServiceError::Timeout(deadline)))
}

#[cfg(test)]
mod tests;
