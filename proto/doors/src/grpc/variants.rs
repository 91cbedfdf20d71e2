//! `fyr.v1.VariantService`: messages to questions, answers to messages.

use std::{sync::Arc, time::Duration};

use futures::{StreamExt, stream::BoxStream};
use fyr_proto::{status, v1};
use fyr_schemas::{ErrorCode, InvalidQuery, Purpose, Query};
use http::{Extensions, HeaderMap};
use tokio::task::JoinSet;
use tonic::{Request, Response, Status, Streaming};

use super::{deadline, views};
use crate::{
    Credentials, DatasetInfo, DatasetList, Failure, Service, TermSelection,
    credentials::{self, Address},
    gate::Gate,
};

/// Questions of one stream that are evaluated at one time.
const IN_FLIGHT: usize = 64;

/// The variant service over whatever answers.
pub(super) struct Variants<S> {
    service: Arc<S>,
    gate: Gate,
    /// That of requests that state none and are not signed.
    purpose: Option<Purpose>,
}

impl<S> Clone for Variants<S> {
    fn clone(&self) -> Self {
        Self { service: self.service.clone(), gate: self.gate.clone(), purpose: self.purpose.clone() }
    }
}

impl<S: Service> Variants<S> {
    pub(super) fn new(service: Arc<S>, gate: Gate, purpose: Option<Purpose>) -> Self {
        Self { service, gate, purpose }
    }

    /// Reads the credentials of a request; the service hears of those that cannot be read.
    async fn credentials(&self, head: &Head) -> Result<Credentials, Failure> {
        self.heard(head.credentials().and_then(credentials::complete)).await
    }

    async fn heard(&self, credentials: Result<Credentials, Failure>) -> Result<Credentials, Failure> {
        if let Err(failure) = &credentials {
            self.service.refused(&Credentials::default(), failure.code).await?;
        }
        credentials
    }

    /// Returns what a request for a list is made for; the service hears of one that cannot be read.
    async fn list_purpose(
        &self,
        credentials: &Credentials,
        stated: Option<v1::Purpose>,
    ) -> Result<Option<Purpose>, Failure> {
        match fyr_proto::purpose(stated) {
            Ok(purpose) => Ok(purpose.or_else(|| self.purpose.clone())),
            Err(error) => Err(self.unreadable(credentials, error).await),
        }
    }

    /// Tells the service of a request that cannot be read, and returns what the client is told.
    async fn unreadable(&self, credentials: &Credentials, error: InvalidQuery) -> Failure {
        match self.service.refused(credentials, ErrorCode::InvalidRequest).await {
            Ok(()) => Failure::about_request(ErrorCode::InvalidRequest, error),
            Err(failure) => failure,
        }
    }

    /// Answers a question; the service hears of one that cannot be read. A signed one states its own
    /// purpose: a default would make it another question.
    async fn answer(
        &self,
        credentials: &Credentials,
        query: Result<Query, InvalidQuery>,
    ) -> Result<v1::Answer, Failure> {
        match query {
            Ok(mut query) => {
                if query.purpose.is_none() && credentials.proof().is_none() {
                    query.purpose.clone_from(&self.purpose);
                }
                self.service.answer(credentials, query).await.map(Into::into)
            }
            Err(error) => Err(self.unreadable(credentials, error).await),
        }
    }

    /// Answers one question of a stream in a task of its own, so that the questions of one client use all processors.
    async fn one_beside_others(
        self,
        credentials: Arc<Credentials>,
        request: v1::AskManyRequest,
    ) -> v1::AskManyResponse {
        let tag = request.tag;
        // Dropped, as when the client goes, the set takes its task along.
        let mut answering = JoinSet::new();
        answering.spawn(async move { self.one_of_many(&credentials, request).await });
        match answering.join_next().await {
            Some(Ok(answer)) => answer,
            // What a panic says could hold what was asked.
            _ => failed(tag, super::unanswered()),
        }
    }

    /// Answers one question of a stream. Its failure is its own, and so is its proof.
    async fn one_of_many(
        &self,
        credentials: &Credentials,
        request: v1::AskManyRequest,
    ) -> v1::AskManyResponse {
        let tag = request.tag;
        let deadline = request.question.as_ref().and_then(wait);
        let query = request.question.ok_or(InvalidQuery::Missing("question"));
        let credentials = credentials::with_proof(credentials, request.proof);
        let work = async {
            let credentials = self.heard(credentials.and_then(credentials::complete)).await?;
            self.answer(&credentials, query.and_then(TryInto::try_into)).await
        };
        match self.gate.queue("AskMany", deadline, work).await {
            Ok(answer) => {
                let outcome = Some(v1::ask_many_response::Outcome::Answer(answer));
                v1::AskManyResponse { tag, outcome }
            }
            Err(failure) => failed(tag, failure),
        }
    }
}

fn failed(tag: u64, Failure { code, message }: Failure) -> v1::AskManyResponse {
    let failure = v1::Failure { code: code.name().to_owned(), message };
    v1::AskManyResponse { tag, outcome: Some(v1::ask_many_response::Outcome::Failure(failure)) }
}

/// What stands beside a message: metadata, and the address that it came to.
struct Head {
    headers: HeaderMap,
    extensions: Extensions,
}

impl Head {
    fn of<R>(request: Request<R>) -> (Self, R) {
        let (metadata, extensions, message) = request.into_parts();
        (Self { headers: metadata.into_headers(), extensions }, message)
    }

    fn credentials(&self) -> Result<Credentials, Failure> {
        let shown = credentials::of(&self.headers, Address::remembered(&self.extensions)?)?;
        Ok(shown.through(views::remembered(&self.extensions)))
    }

    fn deadline(&self) -> Option<Duration> {
        deadline::of(&self.headers)
    }
}

/// How long the client of a question waits, by its own words.
fn wait(question: &v1::Question) -> Option<Duration> {
    question.wait_milliseconds.map(Duration::from_millis)
}

fn refusal(failure: &Failure) -> Status {
    status(failure.code, &failure.message)
}

#[tonic::async_trait]
impl<S: Service> v1::variant_service_server::VariantService for Variants<S> {
    type AskManyStream = BoxStream<'static, Result<v1::AskManyResponse, Status>>;

    async fn ask(&self, request: Request<v1::Question>) -> Result<Response<v1::Answer>, Status> {
        let (head, question) = Head::of(request);
        let deadline = head.deadline().into_iter().chain(wait(&question)).min();
        // The work of a question is kilobytes of state, which the layers around it would copy from one to the next.
        let work = Box::pin(async {
            let credentials = self.credentials(&head).await?;
            self.answer(&credentials, question.try_into()).await
        });
        let outcome = self.gate.pass("Ask", deadline, work).await;
        outcome.map(Response::new).map_err(|failure| refusal(&failure))
    }

    async fn ask_many(
        &self,
        request: Request<Streaming<v1::AskManyRequest>>,
    ) -> Result<Response<Self::AskManyStream>, Status> {
        let (head, questions) = Head::of(request);
        let credentials = self.heard(head.credentials()).await.map_err(|failure| refusal(&failure))?;
        let deadline = head.deadline().map(|left| tokio::time::Instant::now() + left);
        let (door, credentials) = (self.clone(), Arc::new(credentials));
        let answers = questions.map(move |question| {
            let (door, credentials) = (door.clone(), credentials.clone());
            async move { Ok(door.one_beside_others(credentials, question?).await) }
        });
        Ok(Response::new(until(deadline, answers.buffer_unordered(IN_FLIGHT).boxed())))
    }

    async fn list_filtering_terms(
        &self,
        request: Request<v1::ListFilteringTermsRequest>,
    ) -> Result<Response<v1::ListFilteringTermsResponse>, Status> {
        let (head, mut message) = Head::of(request);
        let work = async {
            let credentials = self.credentials(&head).await?;
            let purpose = self.list_purpose(&credentials, message.purpose.take()).await?;
            match selection(message) {
                Ok(selection) => {
                    self.service.filtering_terms(&credentials, purpose.as_ref(), selection).await
                }
                Err(error) => Err(self.unreadable(&credentials, error).await),
            }
        };
        let known = self.gate.pass("ListFilteringTerms", head.deadline(), work).await;
        let known = known.map_err(|failure| refusal(&failure))?;
        Ok(Response::new(v1::ListFilteringTermsResponse {
            beacon_id: self.service.identity().id.clone(),
            terms: known.terms.into_iter().map(Into::into).collect(),
            vocabularies: known.vocabularies.into_iter().map(Into::into).collect(),
            nodes: known.nodes.into_iter().map(Into::into).collect(),
        }))
    }

    async fn list_entry_types(
        &self,
        request: Request<v1::ListEntryTypesRequest>,
    ) -> Result<Response<v1::ListEntryTypesResponse>, Status> {
        let (head, message) = Head::of(request);
        let work = async {
            let credentials = self.credentials(&head).await?;
            let purpose = self.list_purpose(&credentials, message.purpose).await?;
            self.service.entry_types(&credentials, purpose.as_ref()).await
        };
        let types = self.gate.pass("ListEntryTypes", head.deadline(), work).await;
        let types = types.map_err(|failure| refusal(&failure))?;
        Ok(Response::new(v1::ListEntryTypesResponse {
            beacon_id: self.service.identity().id.clone(),
            entry_types: types.into_iter().map(|kind| kind.id().to_owned()).collect(),
        }))
    }

    async fn list_datasets(
        &self,
        request: Request<v1::ListDatasetsRequest>,
    ) -> Result<Response<v1::ListDatasetsResponse>, Status> {
        let (head, message) = Head::of(request);
        let work = async {
            let credentials = self.credentials(&head).await?;
            let purpose = self.list_purpose(&credentials, message.purpose).await?;
            self.service.datasets(&credentials, purpose.as_ref()).await
        };
        let list = self.gate.pass("ListDatasets", head.deadline(), work).await;
        let list = list.map_err(|failure| refusal(&failure))?;
        Ok(Response::new(listing(self.service.identity().id.clone(), list)))
    }
}

type Answers = BoxStream<'static, Result<v1::AskManyResponse, Status>>;

/// Ends a stream with a status when the client's own deadline passes.
fn until(deadline: Option<tokio::time::Instant>, answers: Answers) -> Answers {
    let Some(deadline) = deadline else { return answers };
    let late = Err(status(ErrorCode::Timeout, ErrorCode::Timeout.text()));
    let timer = futures::stream::once(async move {
        tokio::time::sleep_until(deadline).await;
        late
    });
    let answers = answers.map(Some).chain(futures::stream::iter([None]));
    futures::stream::select(answers, timer.map(Some))
        .scan(false, |late, item| {
            let item = if *late { None } else { item };
            *late |= matches!(item, Some(Err(_)));
            std::future::ready(item)
        })
        .boxed()
}

fn selection(message: v1::ListFilteringTermsRequest) -> Result<TermSelection, InvalidQuery> {
    let entry_type = Some(message.entry_type).filter(|text| !text.is_empty());
    Ok(TermSelection {
        entry_type: entry_type.map(|text| fyr_proto::entry_type(&text)).transpose()?,
        within: message.within.map(TryInto::try_into).transpose()?,
    })
}

fn listing(beacon_id: String, list: DatasetList) -> v1::ListDatasetsResponse {
    v1::ListDatasetsResponse {
        beacon_id,
        datasets: list.datasets.into_iter().map(dataset).collect(),
        nodes: list.nodes.into_iter().map(Into::into).collect(),
    }
}

fn dataset(info: DatasetInfo) -> v1::Dataset {
    v1::Dataset {
        id: info.id,
        name: info.name,
        beacon_id: info.beacon_id,
        assembly_id: info.assembly.name().to_owned(),
        description: info.description.unwrap_or_default(),
        release: v1::Release::from(info.release).into(),
        document: info.document.map(|document| document.to_string()),
    }
}
