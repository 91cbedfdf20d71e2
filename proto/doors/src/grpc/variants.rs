//! `fyr.v1.VariantService`: messages to questions, answers to messages.

use std::{sync::Arc, time::Duration};

use fyr_proto::{status, v1, with_remedy};
use fyr_schemas::InvalidQuery;
use http::{Extensions, HeaderMap};
use tokio::time::Instant;
use tonic::{Request, Response, Status, Streaming};

use super::{
    deadline,
    many::{self, Answers},
    reading::{Reading, wait},
    views,
};
use crate::{
    Credentials, DatasetInfo, DatasetList, Failure, Service, TermSelection,
    credentials::{self, Address},
    tls::ClientCertificate,
};

/// The variant service over whatever answers.
pub(super) struct Variants<S>(pub(super) Arc<Reading<S>>);

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
        let shown = shown.sent_from(self.extensions.get().copied());
        let shown = shown.by_certificate(ClientCertificate::name_in(&self.extensions));
        Ok(shown.through(views::remembered(&self.extensions)))
    }

    fn deadline(&self) -> Option<Duration> {
        deadline::of(&self.headers)
    }
}

fn refusal(failure: &Failure) -> Status {
    with_remedy(status(failure.code, &failure.message), failure.remedy)
}

impl<S: Service> Variants<S> {
    /// Reads the credentials of a request; the service hears of those that cannot be read.
    async fn credentials(&self, head: &Head) -> Result<Credentials, Failure> {
        self.0.heard(head.credentials().and_then(credentials::complete)).await
    }
}

#[tonic::async_trait]
impl<S: Service> v1::variant_service_server::VariantService for Variants<S> {
    type AskManyStream = Answers;

    async fn ask(&self, request: Request<v1::Question>) -> Result<Response<v1::Answer>, Status> {
        let (head, question) = Head::of(request);
        let deadline = head.deadline().into_iter().chain(wait(&question)).min();
        // The work of a question is kilobytes of state, which the layers around it would copy from one to the next.
        let work = Box::pin(async {
            let credentials = self.credentials(&head).await?;
            let query = self.0.question(&credentials, question.try_into()).await?;
            self.0.service.answer(&credentials, query).await.map(|answer| S::open(answer).into())
        });
        let outcome = self.0.gate.pass("Ask", deadline, work).await;
        outcome.map(Response::new).map_err(|failure| refusal(&failure))
    }

    async fn ask_many(
        &self,
        request: Request<Streaming<v1::AskManyRequest>>,
    ) -> Result<Response<Self::AskManyStream>, Status> {
        let (head, questions) = Head::of(request);
        let credentials = self.0.heard(head.credentials()).await.map_err(|failure| refusal(&failure))?;
        let deadline = head.deadline().map(|left| Instant::now() + left);
        let answers = many::answers(Arc::clone(&self.0), Arc::new(credentials), questions);
        Ok(Response::new(many::until(deadline, answers)))
    }

    async fn list_filtering_terms(
        &self,
        request: Request<v1::ListFilteringTermsRequest>,
    ) -> Result<Response<v1::ListFilteringTermsResponse>, Status> {
        let (head, mut message) = Head::of(request);
        let work = async {
            let credentials = self.credentials(&head).await?;
            let purpose = self.0.list_purpose(&credentials, message.purpose.take()).await?;
            match selection(message) {
                Ok(selection) => {
                    self.0.service.filtering_terms(&credentials, purpose.as_ref(), selection).await
                }
                Err(error) => Err(self.0.unreadable(&credentials, error).await),
            }
        };
        let known = self.0.gate.pass("ListFilteringTerms", head.deadline(), work).await;
        let known = S::open(known.map_err(|failure| refusal(&failure))?);
        Ok(Response::new(v1::ListFilteringTermsResponse {
            beacon_id: self.0.service.identity().id.clone(),
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
            let purpose = self.0.list_purpose(&credentials, message.purpose).await?;
            self.0.service.entry_types(&credentials, purpose.as_ref()).await
        };
        let types = self.0.gate.pass("ListEntryTypes", head.deadline(), work).await;
        let types = S::open(types.map_err(|failure| refusal(&failure))?);
        Ok(Response::new(v1::ListEntryTypesResponse {
            beacon_id: self.0.service.identity().id.clone(),
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
            let purpose = self.0.list_purpose(&credentials, message.purpose).await?;
            self.0.service.datasets(&credentials, purpose.as_ref()).await
        };
        let list = self.0.gate.pass("ListDatasets", head.deadline(), work).await;
        let list = S::open(list.map_err(|failure| refusal(&failure))?);
        Ok(Response::new(listing(self.0.service.identity().id.clone(), list)))
    }
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
