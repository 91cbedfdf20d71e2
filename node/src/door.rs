//! The node as its doors see it: what passed the gate is handed out as it is, and an error loses its detail.

use fyr_doors::{Credentials, DatasetList, Failure, FilteringTerms, Identity, Service, TermSelection};
use fyr_schemas::{Answer, EntryType, ErrorCode, Purpose, Query};
use serde_json::Value;

use crate::{
    Node, ServiceError,
    gate::{Attended, Told},
};

impl Service for Node {
    fn identity(&self) -> &Identity {
        &self.profile.identity
    }

    async fn answer(&self, credentials: &Credentials, query: Query) -> Result<Answer, Failure> {
        told(self.ask(credentials, &query).await)
    }

    async fn datasets(
        &self,
        credentials: &Credentials,
        purpose: Option<&Purpose>,
    ) -> Result<DatasetList, Failure> {
        let datasets = told(self.list(credentials, purpose).await)?;
        Ok(DatasetList { datasets, nodes: Vec::new() })
    }

    async fn refused(&self, credentials: &Credentials, code: ErrorCode) -> Result<(), Failure> {
        Node::refused(self, credentials, code).await.map_err(|error| failure(&error))
    }

    async fn filtering_terms(
        &self,
        credentials: &Credentials,
        purpose: Option<&Purpose>,
        selection: TermSelection,
    ) -> Result<FilteringTerms, Failure> {
        told(self.terms(credentials, &selection, purpose).await)
    }

    async fn entry_types(
        &self,
        credentials: &Credentials,
        purpose: Option<&Purpose>,
    ) -> Result<Vec<EntryType>, Failure> {
        told(self.types(credentials, purpose).await)
    }

    fn statement(&self) -> Option<Value> {
        Some(self.profile.statement(&self.policies.get()))
    }

    fn is_ready(&self) -> bool {
        self.audit.is_healthy() && self.follower.snapshot().is_ok() && self.authenticator.is_clock_sane()
    }
}

/// Hands out what passed the gate.
fn told<T>(outcome: Told<T>) -> Result<T, Failure> {
    outcome.map(Attended::into_inner).map_err(|error| failure(&error))
}

fn failure(error: &ServiceError) -> Failure {
    let code = error.code();
    if code == ErrorCode::Internal {
        tracing::error!(%error, "question not answered");
    }
    Failure::about_request(code, error)
}
