//! The node as its doors see it: what passed the gate is handed out as it is, and an error loses its detail.
//!
//! What a node tells is [`Attended`], so a method that answers without having been at the gate does not compile:
//!
//! ```
//! use fyr_doors::{Credentials, Failure, Service};
//! use fyr_node::{Node, gate::Attended};
//! use fyr_schemas::{Answer, ErrorCode, Query};
//! async fn answer(node: &Node, who: &Credentials, query: Query) -> Result<<Node as Service>::Told<Answer>, Failure> {
//!     node.ask(who, &query).await.map_err(|error| Failure::new(error.code()))
//! }
//! ```
//!
//! ```compile_fail
//! use fyr_doors::{Credentials, Failure, Service};
//! use fyr_node::Node;
//! use fyr_schemas::{Answer, Query};
//! async fn answer(node: &Node, who: &Credentials, query: Query) -> Result<<Node as Service>::Told<Answer>, Failure> {
//!     Ok(Answer::of(&node.identity().id))
//! }
//! ```

use futures::{Stream, StreamExt};
use fyr_doors::{
    Credentials, DatasetList, Failure, FilteringTerms, Identity, Service, TableFormat, TableStream,
    TermSelection,
};
use fyr_schemas::{Answer, EntryType, ErrorCode, Purpose, Query};
use serde_json::Value;
use tokio::time::Instant;

use crate::{
    Node, ServiceError,
    gate::{Attended, Told},
};

impl Service for Node {
    type Told<T: Send + 'static> = Attended<T>;

    fn open<T: Send + 'static>(told: Attended<T>) -> T {
        told.into_inner()
    }

    fn identity(&self) -> &Identity {
        &self.profile.identity
    }

    async fn answer(&self, credentials: &Credentials, query: Query) -> Result<Attended<Answer>, Failure> {
        told(self.ask(credentials, &query).await)
    }

    /// A batch passes the gate as one, in chunks.
    fn answer_all(
        &self,
        batch: Vec<(Credentials, Query)>,
        until: Option<Instant>,
    ) -> impl Stream<Item = (usize, Result<Attended<Answer>, Failure>)> + Send {
        self.ask_all(batch, until).map(told).enumerate()
    }

    async fn table(
        &self,
        credentials: &Credentials,
        query: Query,
        format: TableFormat,
    ) -> Result<Attended<TableStream>, Failure> {
        told(Node::table(self, credentials, query, format).await)
    }

    async fn datasets(
        &self,
        credentials: &Credentials,
        purpose: Option<&Purpose>,
    ) -> Result<Attended<DatasetList>, Failure> {
        told(self.list(credentials, purpose).await)
    }

    async fn refused(&self, credentials: &Credentials, code: ErrorCode) -> Result<(), Failure> {
        Node::refused(self, credentials, code).await.map_err(|error| failure(&error))
    }

    async fn filtering_terms(
        &self,
        credentials: &Credentials,
        purpose: Option<&Purpose>,
        selection: TermSelection,
    ) -> Result<Attended<FilteringTerms>, Failure> {
        told(self.terms(credentials, &selection, purpose).await)
    }

    async fn entry_types(
        &self,
        credentials: &Credentials,
        purpose: Option<&Purpose>,
    ) -> Result<Attended<Vec<EntryType>>, Failure> {
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
fn told<T>(outcome: Told<T>) -> Result<Attended<T>, Failure> {
    outcome.map_err(|error| failure(&error))
}

fn failure(error: &ServiceError) -> Failure {
    let code = error.code();
    if code == ErrorCode::Internal {
        tracing::error!(%error, "question not answered");
    }
    Failure::about_request(code, error).with_remedy(error.remedy())
}
