//! The node as its doors see it: here a disclosed answer is unwrapped, and an error loses its detail.

use fyr_doors::{Credentials, DatasetList, Failure, FilteringTerms, Identity, Service, TermSelection};
use fyr_policy::Disclosed;
use fyr_schemas::{Answer, EntryType, ErrorCode, Purpose, Query};
use serde_json::Value;

use crate::{Node, ServiceError, service};

impl Service for Node {
    fn identity(&self) -> &Identity {
        &self.profile.identity
    }

    async fn answer(&self, credentials: &Credentials, query: Query) -> Result<Answer, Failure> {
        let answer = self.ask(credentials, &query).await.map(Disclosed::into_inner);
        let mut answer = answer.map_err(|error| failure(&error))?;
        service::names::add(&self.genomes.load(), &mut answer);
        Ok(answer)
    }

    async fn datasets(
        &self,
        credentials: &Credentials,
        purpose: Option<&Purpose>,
    ) -> Result<DatasetList, Failure> {
        let datasets = self.list(credentials, purpose).await.map_err(|error| failure(&error))?;
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
        self.terms(credentials, &selection, purpose).await.map_err(|error| failure(&error))
    }

    async fn entry_types(
        &self,
        credentials: &Credentials,
        purpose: Option<&Purpose>,
    ) -> Result<Vec<EntryType>, Failure> {
        self.types(credentials, purpose).await.map_err(|error| failure(&error))
    }

    fn statement(&self) -> Option<Value> {
        Some(self.profile.statement(&self.policies.get()))
    }

    fn is_ready(&self) -> bool {
        self.audit.is_healthy() && self.follower.snapshot().is_ok() && self.authenticator.is_clock_sane()
    }
}

fn failure(error: &ServiceError) -> Failure {
    let code = error.code();
    if code == ErrorCode::Internal {
        tracing::error!(%error, "question not answered");
    }
    Failure::about_request(code, error)
}
