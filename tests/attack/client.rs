//! The attacker's clients: JSON over HTTP, and gRPC, as the real doors take them.

use fyr_proto::v1;
use fyr_schemas::{Answer, DatasetSelection, Granularity, Purpose, Query, Use, VariantQuery};
use fyr_tests::{AlleleKey, ask::GrpcClient, compare::question, network::TestNode, tokens::World};
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use tonic::{Request, metadata::MetadataMap};

use crate::{
    population::{MEMBERS, Population},
    requester::Requester,
};

/// Questions of one stream: few enough that no server takes them for a flood.
const STREAM: usize = 250;

/// Somebody's connections with one node.
#[derive(Debug)]
pub(crate) struct Client<'s> {
    beacon: String,
    grpc_url: String,
    grpc: GrpcClient,
    http: reqwest::Client,
    world: &'s World,
    requester: Requester,
}

impl<'s> Client<'s> {
    /// Connects with both doors.
    ///
    /// # Errors
    ///
    /// There is no connection.
    pub(crate) async fn connect(
        node: &TestNode,
        world: &'s World,
        requester: Requester,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            beacon: node.beacon(),
            grpc_url: node.grpc_url(),
            grpc: node.grpc().await?,
            http: reqwest::Client::new(),
            world,
            requester,
        })
    }

    /// Posts a query of the Beacon; none where it is refused.
    ///
    /// # Errors
    ///
    /// There is no connection, or no JSON.
    pub(crate) async fn post(&self, path: &str, query: Value) -> anyhow::Result<Option<Value>> {
        let url = format!("{}{path}", self.beacon);
        let mut headers = match self.requester.token(self.world)? {
            Some(token) => self.requester.headers(self.world, &token, &url)?,
            None => HeaderMap::new(),
        };
        headers.insert("fyr-purpose", HeaderValue::from_static("GRU"));
        let request = self.http.post(&url).headers(headers).json(&json!({ "query": query }));
        let response = request.send().await?;
        let is_answered = response.status().is_success();
        let body = response.json().await?;
        Ok(is_answered.then_some(body))
    }

    /// Returns whether an answer of the Beacon says yes; none where it is refused.
    ///
    /// # Errors
    ///
    /// As for [`post`](Self::post).
    pub(crate) async fn exists(&self, path: &str, query: Value) -> anyhow::Result<Option<bool>> {
        let body = self.post(path, query).await?;
        Ok(body.and_then(|body| body.pointer("/responseSummary/exists")?.as_bool()))
    }

    /// Returns the number of an answer of the Beacon; none where it is refused or not told.
    ///
    /// # Errors
    ///
    /// As for [`post`](Self::post).
    pub(crate) async fn count(&self, path: &str, query: Value) -> anyhow::Result<Option<u64>> {
        let body = self.post(path, query).await?;
        Ok(body.and_then(|body| body.pointer("/responseSummary/numTotalResults")?.as_u64()))
    }

    /// Asks for loci in streams; none where a question is refused.
    ///
    /// # Errors
    ///
    /// A stream breaks, or an answer is none.
    pub(crate) async fn stream(
        &self,
        population: &Population,
        loci: &[usize],
        granularity: Granularity,
        datasets: DatasetSelection,
    ) -> anyhow::Result<Vec<Option<Answer>>> {
        let mut answers = Vec::new();
        for chunk in loci.chunks(STREAM) {
            let questions = chunk
                .iter()
                .map(|locus| asked(population, *locus, granularity, datasets.clone()))
                .collect::<anyhow::Result<Vec<_>>>()?;
            answers.extend(self.many(questions).await?);
        }
        Ok(answers)
    }

    async fn many(&self, questions: Vec<Query>) -> anyhow::Result<Vec<Option<Answer>>> {
        let mut answers: Vec<Option<Answer>> = vec![None; questions.len()];
        let token = self.requester.token(self.world)?;
        let mut messages = Vec::new();
        for (tag, query) in (0u64..).zip(&questions) {
            let proof = match &token {
                Some(token) => self.requester.proof(self.world, token, query)?,
                None => None,
            };
            messages.push(v1::AskManyRequest { tag, question: Some(query.into()), proof });
        }
        let mut request = Request::new(futures::stream::iter(messages));
        if let Some(token) = &token {
            *request.metadata_mut() = MetadataMap::from_headers(self.requester.bare_headers(token)?);
        }
        let mut stream = self.grpc.service().ask_many(request).await?.into_inner();
        while let Some(response) = stream.message().await? {
            if let Some(v1::ask_many_response::Outcome::Answer(answer)) = response.outcome
                && let Some(slot) = answers.get_mut(usize::try_from(response.tag)?)
            {
                *slot = Some(answer.try_into()?);
            }
        }
        Ok(answers)
    }

    /// Asks one question; none where it is refused.
    ///
    /// # Errors
    ///
    /// The answer is none.
    pub(crate) async fn ask(&self, query: &Query) -> anyhow::Result<Option<Answer>> {
        let mut request = Request::new(v1::Question::from(query));
        if let Some(token) = self.requester.token(self.world)? {
            let url = format!("{}/fyr.v1.VariantService/Ask", self.grpc_url);
            let headers = self.requester.headers(self.world, &token, &url)?;
            *request.metadata_mut() = MetadataMap::from_headers(headers);
        }
        match self.grpc.service().ask(request).await {
            Ok(answer) => Ok(Some(answer.into_inner().try_into()?)),
            Err(_) => Ok(None),
        }
    }
}

/// The dataset of the members alone.
pub(crate) fn only_members() -> DatasetSelection {
    DatasetSelection { only: vec![MEMBERS.to_owned()], ..DatasetSelection::default() }
}

/// Writes the question for a locus.
///
/// # Errors
///
/// The locus is no allele.
pub(crate) fn asked(
    population: &Population,
    locus: usize,
    granularity: Granularity,
    datasets: DatasetSelection,
) -> anyhow::Result<Query> {
    let variant = population.loci.get(locus).map(|locus| {
        let (reference, alternate) = (locus.reference.to_string(), locus.alternate.to_string());
        AlleleKey::new(population.contig, locus.position, &reference, &alternate)
    });
    let key = variant.ok_or_else(|| anyhow::anyhow!("no locus {locus}"))?;
    let variant = VariantQuery::Allele(question(population.assembly, &key)?);
    Ok(Query { granularity, datasets, purpose: Some(Purpose::new(Use::Gru)), ..Query::variants(variant) })
}

/// Writes the request parameters of the Beacon for a locus.
pub(crate) fn parameters(population: &Population, locus: usize) -> Value {
    let Some(locus) = population.loci.get(locus) else { return Value::Null };
    json!({
        "assemblyId": population.assembly.to_string(),
        "referenceName": population.contig,
        "start": [locus.position - 1],
        "referenceBases": locus.reference,
        "alternateBases": locus.alternate,
        "datasets": [MEMBERS],
    })
}
