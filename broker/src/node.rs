//! One node, as the broker reaches it: a shared connection, a deadline, a bound on questions in flight.
//!
//! Whatever the node does, each call ends within the deadline with one [`NodeOutcome`]. What the answer
//! means beside those of other nodes is decided in [`crate::aggregate`].

mod check;
mod datasets;
mod status;
mod terms;

use std::{panic::AssertUnwindSafe, time::Duration};

use futures::FutureExt;
use fyr_doors::{Credentials, DatasetInfo, FilteringTerms, Link, QUERY_PROOF, TermSelection};
use fyr_proto::v1::{
    ListDatasetsRequest, ListEntryTypesRequest, ListFilteringTermsRequest, Question,
    variant_service_client::VariantServiceClient,
};
use fyr_schemas::{Answer, EntryType, Purpose, Query};
use tokio::sync::Semaphore;
use tonic::{
    Request, Response, Status,
    metadata::{Ascii, MetadataValue},
    transport::Channel,
};

use crate::{Fault, NodeOutcome, naming};

/// A node of the network.
#[derive(Debug)]
pub struct Member {
    id: String,
    link: Link,
    deadline: Duration,
    in_flight: Semaphore,
    max_answer_bytes: usize,
    hidden: bool,
}

impl Member {
    /// Creates a node behind a link that connects when it is used and again when it broke.
    pub fn new(
        id: impl Into<String>,
        link: impl Into<Link>,
        deadline: Duration,
        max_in_flight: usize,
        max_answer_bytes: usize,
    ) -> Self {
        let in_flight = Semaphore::new(max_in_flight);
        Self { id: id.into(), link: link.into(), deadline, in_flight, max_answer_bytes, hidden: false }
    }

    /// Says that the node may not be attributed.
    #[must_use]
    pub fn hidden(mut self) -> Self {
        self.hidden = true;
        self
    }

    /// Returns whether the node may not be attributed.
    pub fn is_hidden(&self) -> bool {
        self.hidden
    }

    fn client(&self) -> VariantServiceClient<Channel> {
        VariantServiceClient::new(self.link.channel()).max_decoding_message_size(self.max_answer_bytes)
    }

    /// Returns the beacon id that the node must answer under.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Puts a question to the node, unless the question leaves it out. The node reads it as the client may have
    /// signed it.
    pub async fn answer(&self, credentials: &Credentials, query: &Query) -> NodeOutcome<Answer> {
        if !query.datasets.includes_node(&self.id) || (self.hidden && !naming::is_for_everybody(query)) {
            return NodeOutcome::Excluded;
        }
        let mut client = self.client();
        let call = |request| async move { client.ask(request).await };
        let outcome = self.call(credentials, Question::from(query), call).await;
        outcome.and_then(|message| self.read(message, query))
    }

    /// Asks which datasets the requester may know of.
    pub async fn datasets(
        &self,
        credentials: &Credentials,
        purpose: Option<&Purpose>,
    ) -> NodeOutcome<Vec<DatasetInfo>> {
        let mut client = self.client();
        let call = |request| async move { client.list_datasets(request).await };
        let request = ListDatasetsRequest { purpose: purpose.map(Into::into) };
        let outcome = self.call(credentials, request, call).await;
        outcome.and_then(|list| match datasets::read(list, &self.id) {
            Ok(datasets) => NodeOutcome::Answered(datasets),
            Err(fault) => NodeOutcome::Failed(fault),
        })
    }

    /// Asks what the requester can filter by.
    pub async fn filtering_terms(
        &self,
        credentials: &Credentials,
        purpose: Option<&Purpose>,
        selection: &TermSelection,
    ) -> NodeOutcome<FilteringTerms> {
        if self.hidden && selection.within.as_ref().is_some_and(|entry| !naming::is_everywhere(entry)) {
            return NodeOutcome::Excluded;
        }
        let mut client = self.client();
        let call = |request| async move { client.list_filtering_terms(request).await };
        let request = ListFilteringTermsRequest {
            entry_type: selection.entry_type.map(|kind| kind.id().to_owned()).unwrap_or_default(),
            within: selection.within.clone().map(Into::into),
            purpose: purpose.map(Into::into),
        };
        let outcome = self.call(credentials, request, call).await;
        outcome.and_then(|list| match terms::read(list, &self.id) {
            Ok(terms) => NodeOutcome::Answered(terms),
            Err(fault) => NodeOutcome::Failed(fault),
        })
    }

    /// Asks which entry types there is something of.
    pub async fn entry_types(
        &self,
        credentials: &Credentials,
        purpose: Option<&Purpose>,
    ) -> NodeOutcome<Vec<EntryType>> {
        let mut client = self.client();
        let call = |request| async move { client.list_entry_types(request).await };
        let request = ListEntryTypesRequest { purpose: purpose.map(Into::into) };
        let outcome = self.call(credentials, request, call).await;
        outcome.and_then(|list| match list.entry_types.iter().map(|text| text.parse()).collect() {
            Ok(types) if list.beacon_id == self.id => NodeOutcome::Answered(types),
            Ok(_) => NodeOutcome::Failed(Fault::OtherNode),
            Err(_) => NodeOutcome::Failed(Fault::Malformed),
        })
    }

    fn read(&self, message: fyr_proto::v1::Answer, query: &Query) -> NodeOutcome<Answer> {
        let Ok(answer) = Answer::try_from(message) else {
            return NodeOutcome::Failed(Fault::Malformed);
        };
        match check::check(&answer, &self.id, query) {
            Err(fault) => NodeOutcome::Failed(fault),
            Ok(()) if answer.datasets.is_empty() => NodeOutcome::Excluded,
            Ok(()) => NodeOutcome::Answered(answer),
        }
    }

    /// Sends a request and waits for the response, both within the deadline.
    async fn call<M, R, F>(
        &self,
        credentials: &Credentials,
        message: M,
        call: impl FnOnce(Request<M>) -> F,
    ) -> NodeOutcome<R>
    where
        F: Future<Output = Result<Response<R>, Status>>,
    {
        let mut request = Request::new(message);
        request.set_timeout(self.deadline);
        if forward(credentials, &mut request).is_none() {
            return NodeOutcome::Unauthenticated;
        }
        let call = async {
            let _place = self.in_flight.acquire().await;
            call(request).await
        };
        // A peer can make the transport panic: tonic expects base64 in `grpc-status-details-bin`.
        let guarded = AssertUnwindSafe(call).catch_unwind();
        match tokio::time::timeout(self.deadline, guarded).await {
            Ok(Ok(Ok(response))) => NodeOutcome::Answered(response.into_inner()),
            Ok(Ok(Err(status))) if self.hidden => status::outcome(&status).unexplained(),
            Ok(Ok(Err(status))) => status::outcome(&status),
            Ok(Err(_panic)) => NodeOutcome::Failed(Fault::Protocol),
            Err(_elapsed) => NodeOutcome::TimedOut,
        }
    }
}

/// Hands the requester's token and query proof on as they came; only the node decides what they are worth. A
/// proof of possession names this broker and nobody else, so it stays here. Of whoever shows nothing, the network is told.
///
/// Returns none where one of them cannot stand in a header, and so cannot be a token or a proof.
fn forward<M>(credentials: &Credentials, request: &mut Request<M>) -> Option<()> {
    let scheme = credentials.scheme().name();
    let shown = [
        ("authorization", credentials.token().map(|token| format!("{scheme} {token}"))),
        (QUERY_PROOF, credentials.proof().map(str::to_owned)),
    ];
    for (name, text) in shown {
        let Some(text) = text else { continue };
        let mut value: MetadataValue<Ascii> = text.parse().ok()?;
        value.set_sensitive(true);
        request.metadata_mut().insert(name, value);
    }
    let network = credentials.network().filter(|_| credentials.token().is_none());
    for (name, text) in network.into_iter().flat_map(|network| network.forwarded()) {
        request.metadata_mut().insert(name, text.parse().ok()?);
    }
    Some(())
}

#[cfg(test)]
mod tests;
