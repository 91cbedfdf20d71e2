//! The one path of a question through a node. Nothing else calls these steps.

mod error;
mod padding;

use std::{sync::Arc, time::Duration};

use futures::{StreamExt, future::try_join_all};
use fyr_doors::{Credentials, DatasetInfo};
use fyr_engine::{Engine, EngineError, Snapshot};
use fyr_policy::{
    DatasetPermit, Disclosed, Disclosure, Permit, Policy, assemble, authorize, left_out, visible_datasets,
};
use fyr_schemas::{Answer, Assembly, DatasetAnswer, ErrorCode, Query};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    task::consume_budget,
    time::{Instant, timeout},
};

use crate::{
    Authenticator,
    audit::{Action, Audit, Entry},
    config::Limits,
    profile::Profile,
};

pub use error::ServiceError;

/// A node without its doors.
#[derive(Debug)]
pub struct Node {
    pub(crate) profile: Profile,
    pub(crate) authenticator: Authenticator,
    pub(crate) policy: Policy,
    pub(crate) engine: Engine,
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
        let outcome = self.decide(credentials, query, &mut entry).await;
        entry.close(outcome.as_ref().err().map(ServiceError::code)).await?;
        outcome
    }

    /// Authenticates, authorizes, counts and discloses.
    async fn decide(
        &self,
        credentials: &Credentials,
        query: &Query,
        entry: &mut Entry<'_>,
    ) -> Result<Disclosed<Answer>, ServiceError> {
        let snapshot = self.engine.snapshot();
        let ids = || snapshot.datasets().iter().map(|dataset| dataset.id.as_str());
        entry.query(query, ids());
        let requester = self.authenticator.authenticate(credentials)?;
        entry.requester(&requester);
        if !query.datasets.includes_node(&self.profile.identity.id) {
            entry.allowed();
            return Ok(left_out(&self.profile.identity.id));
        }
        let permit = authorize(&self.policy, &requester, query, ids())?;
        entry.permit(&permit);
        let _slot = self.slot().await?;
        let started = Instant::now();
        let answer = within(self.limits.deadline(), self.count(&snapshot, &permit, query)).await;
        padding::pad(&permit, started).await;
        answer
    }

    /// Counts in every permitted dataset of the question's assembly.
    async fn count(
        &self,
        snapshot: &Arc<Snapshot>,
        permit: &Permit,
        query: &Query,
    ) -> Result<Disclosed<Answer>, ServiceError> {
        let variant = query.variant.as_ref();
        let assembly = variant.ok_or_else(|| EngineError::Unsupported("questions about people".into()))?;
        let assembly = assembly.assembly();
        let fits = |id| snapshot.dataset(id).is_some_and(|dataset| dataset.assembly == assembly);
        let (asked, other): (Vec<_>, Vec<_>) =
            permit.datasets().iter().partition(|dataset| fits(dataset.id()));
        if asked.is_empty() && !other.is_empty() {
            return Err(EngineError::OtherAssembly(assembly).into());
        }
        let answers = asked.into_iter().map(|dataset| self.disclose(snapshot, dataset, query, assembly));
        let answers = try_join_all(answers).await?;
        Ok(assemble(&self.profile.identity.id, permit, assembly, answers))
    }

    /// Counts in one dataset and keeps what may be said.
    async fn disclose(
        &self,
        snapshot: &Arc<Snapshot>,
        permit: &DatasetPermit,
        query: &Query,
        assembly: Assembly,
    ) -> Result<Disclosed<DatasetAnswer>, ServiceError> {
        let mut tallies = snapshot.tallies(permit, query).await?;
        let mut disclosure = Disclosure::new(permit, query, self.limits.page_rows);
        while let Some(tally) = tallies.next().await {
            disclosure.push(tally?);
            // A stream that is always ready would otherwise never let the deadline pass.
            consume_budget().await;
        }
        Ok(disclosure.finish(&self.profile.identity.id, assembly))
    }

    async fn slot(&self) -> Result<SemaphorePermit<'_>, ServiceError> {
        let overloaded = ServiceError::Overloaded(self.limits.queue());
        match timeout(self.limits.queue(), self.slots.acquire()).await {
            Ok(Ok(slot)) => Ok(slot),
            _ => Err(overloaded),
        }
    }

    /// Lists the datasets that the requester may know of.
    ///
    /// # Errors
    ///
    /// Invalid credentials, or a decision that could not be recorded.
    pub async fn list(&self, credentials: &Credentials) -> Result<Vec<DatasetInfo>, ServiceError> {
        let mut entry = self.audit.entry(Action::Datasets);
        let listed = self.visible(credentials, &mut entry);
        entry.close(listed.as_ref().err().map(ServiceError::code)).await?;
        listed
    }

    fn visible(
        &self,
        credentials: &Credentials,
        entry: &mut Entry<'_>,
    ) -> Result<Vec<DatasetInfo>, ServiceError> {
        let requester = self.authenticator.authenticate(credentials)?;
        entry.requester(&requester);
        entry.allowed();
        let snapshot = self.engine.snapshot();
        let ids = snapshot.datasets().iter().map(|dataset| dataset.id.as_str());
        let visible = visible_datasets(&self.policy, &requester, ids);
        Ok(visible.iter().filter_map(|dataset| self.profile.describe(&snapshot, dataset)).collect())
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

/// Gives up at the deadline.
async fn within<T>(
    deadline: Duration,
    work: impl Future<Output = Result<T, ServiceError>>,
) -> Result<T, ServiceError> {
    timeout(deadline, work).await.unwrap_or(Err(ServiceError::Timeout(deadline)))
}

#[cfg(test)]
mod tests;
