//! What a node answers: each kind of request is an errand that passes the gate.

mod care;
mod decisions;
mod lists;
mod locate;
mod names;
mod noise;
mod once;
mod people;
mod publishing;
mod questions;
mod quota;
mod reading;

use std::{borrow::Cow, sync::Arc};

use arc_swap::ArcSwap;
use futures::{Stream, StreamExt};
use fyr_audit::Audit;
use fyr_doors::{Credentials, DatasetList, FilteringTerms, TableFormat, TableStream, TermSelection};
use fyr_genome::{Chains, Genomes};
use fyr_ontology::Ontologies;
use fyr_schemas::{Answer, EntryType, ErrorCode, Purpose, Query};
use fyr_state::{Follower, State};
use tokio::time::Instant;

use crate::{
    Authenticator, ServiceError,
    config::Limits,
    gate::{Asked, Attended, Gate, Live, Told},
    policies::Policies,
    profile::Profile,
};
pub(crate) use decisions::Decisions;
pub(crate) use decisions::{held, wider};
use lists::{Datasets, Terms, Types};
pub use publishing::PublishedGroups;
pub(crate) use publishing::{Counted, Counting, Wanted};
use questions::Question;
pub(crate) use quota::{Quotas, end_of_day};
use reading::Reading;

/// A node without its doors. Its data are behind its gate.
#[derive(Debug)]
pub struct Node {
    pub(crate) profile: Profile,
    pub(crate) gate: Gate,
    pub(crate) live: Arc<Live>,
    pub(crate) authenticator: Arc<Authenticator>,
    pub(crate) audit: Arc<Audit>,
    /// What the state calls the audit log.
    pub(crate) audit_place: String,
    pub(crate) policies: Arc<Policies>,
    pub(crate) decisions: Decisions,
    /// What people said, and who is not accepted any more.
    pub(crate) follower: Arc<Follower>,
    pub(crate) state: State,
    pub(crate) ontologies: Arc<Ontologies>,
    /// What is known of genomes, beside the data.
    pub(crate) genomes: ArcSwap<Genomes>,
    pub(crate) chains: ArcSwap<Vec<Arc<Chains>>>,
    pub(crate) limits: Limits,
}

impl Node {
    /// Returns the way to what the node knows.
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Answers one question, and records the decision before the answer leaves.
    ///
    /// # Errors
    ///
    /// Invalid credentials, a denial, a question that cannot be evaluated, or an exhausted limit.
    pub async fn ask(
        &self,
        credentials: &Credentials,
        query: &Query,
    ) -> Result<Attended<Answer>, ServiceError> {
        self.gate.attend(Asked::by(credentials, Question::new(self, Cow::Borrowed(query)))).await
    }

    /// Answers a batch of questions of one client, in their order; each has an outcome of its own. None is told after
    /// the client's own deadline.
    pub fn ask_all(
        &self,
        asked: Vec<(Credentials, Query)>,
        until: Option<Instant>,
    ) -> impl Stream<Item = Told<Answer>> + Send {
        let asked = asked.into_iter().map(|(credentials, query)| {
            let (credentials, query) = (Cow::Owned(credentials), Cow::Owned(query));
            Asked { credentials, errand: Question::new(self, query), until }
        });
        self.gate.attend_all(asked.collect()).boxed()
    }

    /// Reads published tables, or what of them a question is about, in a format for files.
    ///
    /// # Errors
    ///
    /// Invalid credentials, a denial, a question that is about no published table or cannot be evaluated.
    pub async fn table(
        &self,
        credentials: &Credentials,
        query: Query,
        format: TableFormat,
    ) -> Result<Attended<TableStream>, ServiceError> {
        self.gate.attend(Asked::by(credentials, Reading::new(self, query, format))).await
    }

    /// Lists the datasets that the requester may know of.
    ///
    /// # Errors
    ///
    /// Invalid credentials, an exhausted limit, or a decision that could not be recorded.
    pub async fn list(
        &self,
        credentials: &Credentials,
        purpose: Option<&Purpose>,
    ) -> Result<Attended<DatasetList>, ServiceError> {
        self.gate.attend(Asked::by(credentials, Datasets { node: self, purpose })).await
    }

    /// Lists the entry types that the requester may know there is something of.
    ///
    /// # Errors
    ///
    /// Invalid credentials, an exhausted limit, or a decision that could not be recorded.
    pub async fn types(
        &self,
        credentials: &Credentials,
        purpose: Option<&Purpose>,
    ) -> Result<Attended<Vec<EntryType>>, ServiceError> {
        self.gate.attend(Asked::by(credentials, Types { node: self, purpose })).await
    }

    /// Lists what the requester can filter by.
    ///
    /// # Errors
    ///
    /// Invalid credentials, an entry that is not shown, an exhausted limit, or a decision that could not be recorded.
    pub async fn terms(
        &self,
        credentials: &Credentials,
        selection: &TermSelection,
        purpose: Option<&Purpose>,
    ) -> Result<Attended<FilteringTerms>, ServiceError> {
        self.gate.attend(Asked::by(credentials, Terms { node: self, selection, purpose })).await
    }

    /// Records a request that was refused before there was a question.
    ///
    /// # Errors
    ///
    /// The refusal could not be recorded.
    pub async fn refused(&self, credentials: &Credentials, code: ErrorCode) -> Result<(), ServiceError> {
        self.gate.refuse(credentials, code).await
    }
}

#[cfg(test)]
pub(crate) mod tests;
