//! What stands behind the doors.

use std::{future::Future, panic::AssertUnwindSafe};

use futures::{FutureExt, Stream, stream::FuturesUnordered};
use fyr_schemas::{
    Answer, Assembly, EntryRef, EntryType, ErrorCode, FilteringTerm, NodeReport, Purpose, Query, Release,
    Vocabulary,
};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use crate::{
    credentials::Credentials,
    failure::Failure,
    table::{TableFormat, TableStream},
};

/// Who runs a service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Organisation {
    /// Short id.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Web page.
    pub welcome_url: Option<String>,
    /// Address for questions, `mailto:` or web page.
    pub contact_url: Option<String>,
    /// Logo, which some Beacon networks require.
    pub logo_url: Option<String>,
}

/// What a service says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Beacon id, `<cc>.<institution>.<af-beacon|sl-beacon>.<environment>`.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// One of prod, test, dev, staging.
    pub environment: String,
    /// Who runs it.
    pub organisation: Organisation,
    /// What it is, for people.
    pub description: Option<String>,
    /// Address under which clients from outside reach the Beacon, if it is not the one they used.
    pub public_url: Option<String>,
    /// The most that somebody without credentials may get of any dataset.
    pub public_release: Release,
    /// Whether this is a broker: it then says who took part, and attributes results.
    pub aggregator: bool,
}

/// A dataset that a requester may know of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetInfo {
    /// Dataset id.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// What it is, for people.
    pub description: Option<String>,
    /// Node that holds it.
    pub beacon_id: String,
    /// Assembly of its coordinates.
    pub assembly: Assembly,
    /// What this requester may learn of it; `None` where it is only listed.
    pub release: Release,
    /// The dataset's own document of the Beacon model, such as its data use conditions, if it has one.
    pub document: Option<Value>,
}

/// Which filtering terms are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TermSelection {
    /// Those of one entry type; of all where there is none.
    pub entry_type: Option<EntryType>,
    /// Those of the people of one dataset or cohort, or of one person.
    pub within: Option<EntryRef>,
}

/// What can be filtered by, as far as the requester may know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilteringTerms {
    /// Sorted, each once.
    pub terms: Vec<FilteringTerm>,
    /// The vocabularies that the terms are from.
    pub vocabularies: Vec<Vocabulary>,
    /// Who took part, at a broker.
    pub nodes: Vec<NodeReport>,
}

/// The datasets that a requester may know of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DatasetList {
    /// Sorted by node and id.
    pub datasets: Vec<DatasetInfo>,
    /// Who took part, at a broker.
    pub nodes: Vec<NodeReport>,
}

/// A node or a broker, as its doors see it.
///
/// Whatever a service tells of data it hands out as a [`Service::Told`]. A service whose `Told` only its gate can make
/// has no method that goes around the gate.
pub trait Service: Send + Sync + 'static {
    /// What it tells, with the proof that it may, where it has a gate.
    type Told<T: Send + 'static>: Send + 'static;

    /// Takes out what is told.
    fn open<T: Send + 'static>(told: Self::Told<T>) -> T;

    /// Says who it is.
    fn identity(&self) -> &Identity;

    /// Answers one question, which says itself what it is asked for.
    ///
    /// # Errors
    ///
    /// A failure in words that a client may read.
    fn answer(
        &self,
        credentials: &Credentials,
        query: Query,
    ) -> impl Future<Output = Result<Self::Told<Answer>, Failure>> + Send;

    /// Answers a batch of questions of one client, each with what was shown for it, and yields what becomes of each
    /// with its number, in any order. A question that is not answered until the client's own deadline fails by
    /// itself, and so does one that panics.
    ///
    /// Unless a service can answer them together, each is answered for itself.
    fn answer_all(
        &self,
        batch: Vec<(Credentials, Query)>,
        until: Option<Instant>,
    ) -> impl Stream<Item = (usize, Result<Self::Told<Answer>, Failure>)> + Send {
        each_for_itself(self, batch, until)
    }

    /// Lists the datasets that the requester may know of, for a purpose.
    ///
    /// # Errors
    ///
    /// A failure in words that a client may read.
    fn datasets(
        &self,
        credentials: &Credentials,
        purpose: Option<&Purpose>,
    ) -> impl Future<Output = Result<Self::Told<DatasetList>, Failure>> + Send;

    /// Lists what can be filtered by, for a purpose.
    ///
    /// # Errors
    ///
    /// A failure in words that a client may read.
    fn filtering_terms(
        &self,
        credentials: &Credentials,
        purpose: Option<&Purpose>,
        selection: TermSelection,
    ) -> impl Future<Output = Result<Self::Told<FilteringTerms>, Failure>> + Send;

    /// Lists the entry types that there is something of, as far as the requester may know, for a purpose.
    ///
    /// # Errors
    ///
    /// A failure in words that a client may read.
    fn entry_types(
        &self,
        credentials: &Credentials,
        purpose: Option<&Purpose>,
    ) -> impl Future<Output = Result<Self::Told<Vec<EntryType>>, Failure>> + Send;

    /// Reads published tables, or a part of one, in a format for files. Unless a service has such tables, it says so.
    ///
    /// # Errors
    ///
    /// A failure in words that a client may read.
    fn table(
        &self,
        credentials: &Credentials,
        query: Query,
        format: TableFormat,
    ) -> impl Future<Output = Result<Self::Told<TableStream>, Failure>> + Send {
        let _ = (credentials, query, format);
        let elsewhere = "`Accept`: tables are read at the node that published them: ask for application/json";
        std::future::ready(Err(Failure::about_request(ErrorCode::Unsupported, elsewhere)))
    }

    /// Hears of a request that a door refused before there was a question, and records it where the
    /// service must. Doors await it before they answer.
    ///
    /// # Errors
    ///
    /// The refusal could not be recorded; the client then sees this failure instead.
    fn refused(
        &self,
        credentials: &Credentials,
        code: ErrorCode,
    ) -> impl Future<Output = Result<(), Failure>> + Send {
        let _ = (credentials, code);
        std::future::ready(Ok(()))
    }

    /// Says in plain words what each kind of requester may learn, as a JSON object. The Beacon shows it in
    /// `/info` as `info.disclosure`.
    fn statement(&self) -> Option<Value> {
        None
    }

    /// Says whether questions can be answered now.
    fn is_ready(&self) -> bool;
}

/// Answers the questions of a batch beside each other, each as if it were alone.
pub(crate) fn each_for_itself<S: Service + ?Sized>(
    service: &S,
    batch: Vec<(Credentials, Query)>,
    until: Option<Instant>,
) -> impl Stream<Item = (usize, Result<S::Told<Answer>, Failure>)> + Send {
    let answer = move |(number, (credentials, query)): (usize, (Credentials, Query))| async move {
        let answering = AssertUnwindSafe(service.answer(&credentials, query)).catch_unwind();
        let outcome = match until {
            Some(until) => timeout_at(until, answering).await,
            None => Ok(answering.await),
        };
        let outcome = match outcome {
            Ok(Ok(outcome)) => outcome,
            // What a panic says could hold what was asked.
            Ok(Err(_)) => Err(Failure::new(ErrorCode::Internal)),
            Err(_) => Err(Failure::new(ErrorCode::Timeout)),
        };
        (number, outcome)
    };
    batch.into_iter().enumerate().map(answer).collect::<FuturesUnordered<_>>()
}
