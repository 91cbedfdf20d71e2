//! The gRPC door.

use std::{collections::BTreeMap, str::FromStr, time::Duration};

use anyhow::{Context, anyhow};
use fyr_doors::{ClientTlsFiles, Link};
use fyr_proto::v1;
use fyr_schemas::{
    AlleleQuery, Answer, Assembly, DatasetSelection, Granularity, Pagination, Query, RangeQuery, VariantQuery,
};
use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue},
    transport::{Channel, Endpoint},
};
use v1::variant_service_client::VariantServiceClient;

/// How much is asked, and of whom.
#[derive(Clone, Debug)]
pub struct Ask {
    /// How much is asked for.
    pub granularity: Granularity,
    /// Whose data are asked.
    pub datasets: DatasetSelection,
    /// Bearer token.
    pub token: Option<String>,
}

impl Default for Ask {
    /// Everything there is, of everyone, by nobody in particular.
    fn default() -> Self {
        Self { granularity: Granularity::Record, datasets: DatasetSelection::default(), token: None }
    }
}

impl Ask {
    /// Leaves nodes out.
    #[must_use]
    pub fn excluding_node(mut self, id: &str) -> Self {
        self.datasets.exclude_nodes.push(id.to_owned());
        self
    }

    /// Names a dataset.
    #[must_use]
    pub fn only(mut self, id: &str) -> Self {
        self.datasets.only.push(id.to_owned());
        self
    }

    /// Shows a token.
    #[must_use]
    pub fn with_token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// Writes the question for variants.
    pub fn question(&self, variant: VariantQuery) -> Query {
        let (granularity, datasets) = (self.granularity, self.datasets.clone());
        Query { granularity, datasets, ..Query::variants(variant) }
    }

    fn request<T>(&self, message: T) -> anyhow::Result<Request<T>> {
        let mut request = Request::new(message);
        if let Some(token) = &self.token {
            let value: MetadataValue<Ascii> = MetadataValue::from_str(&format!("Bearer {token}"))?;
            request.metadata_mut().insert("authorization", value);
        }
        Ok(request)
    }
}

/// A connection to a gRPC door.
#[derive(Clone, Debug)]
pub struct GrpcClient {
    client: VariantServiceClient<Channel>,
}

impl GrpcClient {
    /// Connects, with certificates where the door asks for them.
    ///
    /// # Errors
    ///
    /// There is no connection (over TLS it is made at the first question), or the certificates cannot be read.
    pub async fn connect(url: &str, tls: Option<&ClientTlsFiles>) -> anyhow::Result<Self> {
        let in_time = |endpoint: Endpoint| endpoint.connect_timeout(Duration::from_secs(5));
        let channel = match tls {
            Some(files) => Link::secure("test", url, files, in_time)?.channel(),
            None => in_time(Endpoint::from_shared(url.to_owned())?)
                .connect()
                .await
                .with_context(|| format!("cannot connect to {url}"))?,
        };
        Ok(Self { client: VariantServiceClient::new(channel) })
    }

    /// Returns the service, for requests of one's own making.
    pub fn service(&self) -> VariantServiceClient<Channel> {
        self.client.clone()
    }

    /// Asks for one allele, named like `7-117559590-ATCT-A`.
    ///
    /// # Errors
    ///
    /// The name cannot be read, the service refuses, or it answers nonsense.
    pub async fn allele(&self, assembly: Assembly, allele: &str, ask: &Ask) -> anyhow::Result<Answer> {
        let query = AlleleQuery::parse(assembly, allele)?;
        Ok(self.lookup(&query, ask).await??)
    }

    /// Asks for one allele; the inner result is the service's own.
    ///
    /// # Errors
    ///
    /// The answer is no answer.
    pub async fn lookup(&self, query: &AlleleQuery, ask: &Ask) -> anyhow::Result<Result<Answer, Status>> {
        self.entries(&ask.question(VariantQuery::Allele(query.clone())), ask).await
    }

    /// Asks for entries of any type; the inner result is the service's own.
    ///
    /// # Errors
    ///
    /// The answer is no answer.
    pub async fn entries(&self, query: &Query, ask: &Ask) -> anyhow::Result<Result<Answer, Status>> {
        let message = v1::Question::from(query);
        match self.client.clone().ask(ask.request(message)?).await {
            Ok(answer) => Ok(Ok(answer.into_inner().try_into()?)),
            Err(status) => Ok(Err(status)),
        }
    }

    /// Asks for all that overlaps an interval; the inner result is the service's own.
    ///
    /// # Errors
    ///
    /// The answer is no answer.
    pub async fn range(
        &self,
        query: &RangeQuery,
        page: Pagination,
        ask: &Ask,
    ) -> anyhow::Result<Result<Answer, Status>> {
        let question = ask.question(VariantQuery::Range(query.clone()));
        self.entries(&Query { pagination: page, ..question }, ask).await
    }

    /// Asks for many alleles in one stream and returns the answers by the position of the question.
    ///
    /// # Errors
    ///
    /// The stream breaks, a question fails, or one is not answered.
    pub async fn alleles(&self, queries: &[AlleleQuery], ask: &Ask) -> anyhow::Result<Vec<Answer>> {
        let question = |(tag, query): (u64, &AlleleQuery)| v1::AskManyRequest {
            tag,
            question: Some((&ask.question(VariantQuery::Allele(query.clone()))).into()),
            proof: None,
        };
        let questions: Vec<_> = (0u64..).zip(queries).map(question).collect();
        let request = ask.request(futures::stream::iter(questions))?;
        let mut stream = self.client.clone().ask_many(request).await?.into_inner();
        let mut answers: BTreeMap<u64, Answer> = BTreeMap::new();
        while let Some(response) = stream.message().await? {
            let index = usize::try_from(response.tag)?;
            anyhow::ensure!(index < queries.len(), "an answer to no question");
            match response.outcome.context("neither answer nor failure")? {
                v1::ask_many_response::Outcome::Answer(answer) => {
                    answers.insert(response.tag, answer.try_into()?);
                }
                v1::ask_many_response::Outcome::Failure(failure) => {
                    return Err(anyhow!("question {index}: {} {}", failure.code, failure.message));
                }
            }
        }
        anyhow::ensure!(answers.len() == queries.len(), "{} of {} answered", answers.len(), queries.len());
        Ok(answers.into_values().collect())
    }

    /// Lists the datasets.
    ///
    /// # Errors
    ///
    /// The service refuses.
    pub async fn datasets(&self, ask: &Ask) -> anyhow::Result<v1::ListDatasetsResponse> {
        let request = ask.request(v1::ListDatasetsRequest::default())?;
        Ok(self.client.clone().list_datasets(request).await?.into_inner())
    }
}
