//! One client of a gRPC door.

use std::{path::Path, str::FromStr};

use anyhow::ensure;
use futures::TryStreamExt;
use fyr_doors::{ClientTlsFiles, Link};
use fyr_proto::v1::{self, variant_service_client::VariantServiceClient};
use tonic::{
    Request,
    metadata::{Ascii, MetadataValue},
    transport::{Channel, Endpoint},
};

use crate::{process::Service, questions::Question};

/// Largest answer that is taken, bytes: all alleles of a region in one page.
const LARGEST_ANSWER: usize = 1 << 28;

/// What an answer must say.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Expected {
    /// Anything: it comes from an echo.
    Anything,
    /// The truth, from a node.
    Truth,
    /// The truth so many times, from a broker over nodes that all have it.
    Sum(u64),
}

/// A connection to a service, and what is expected of it.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    client: VariantServiceClient<Channel>,
    token: Option<MetadataValue<Ascii>>,
    expected: Expected,
    /// Keeps the connection over TLS.
    _link: Option<Link>,
}

impl Door {
    /// Connects in plain text.
    ///
    /// # Errors
    ///
    /// There is no connection.
    pub(crate) async fn open(service: &Service, expected: Expected) -> anyhow::Result<Self> {
        let url = format!("http://{}", service.addresses.grpc);
        let channel = Endpoint::from_shared(url)?.connect().await?;
        Ok(Self { client: client(channel), token: None, expected, _link: None })
    }

    /// Connects over TLS at the first question.
    ///
    /// # Errors
    ///
    /// The certificates cannot be read.
    pub(crate) fn secure(service: &Service, certificates: &Path, expected: Expected) -> anyhow::Result<Self> {
        let files = ClientTlsFiles {
            ca: certificates.join("ca.pem"),
            certificate: None,
            key: None,
            server_crl: None,
            domain: Some("localhost".to_owned()),
        };
        let url = format!("https://{}", service.addresses.grpc);
        let link = Link::secure("benchmark", &url, &files, |endpoint| endpoint)?;
        Ok(Self { client: client(link.channel()), token: None, expected, _link: Some(link) })
    }

    /// Shows a token with every question.
    ///
    /// # Errors
    ///
    /// The token cannot be sent.
    pub(crate) fn with_token(self, token: &str) -> anyhow::Result<Self> {
        Ok(Self { token: Some(MetadataValue::from_str(&format!("Bearer {token}"))?), ..self })
    }

    /// Puts a question.
    ///
    /// # Errors
    ///
    /// The service refuses.
    pub(crate) async fn ask(&mut self, question: v1::Question) -> anyhow::Result<v1::Answer> {
        let mut request = Request::new(question);
        if let Some(token) = &self.token {
            request.metadata_mut().insert("authorization", token.clone());
        }
        Ok(self.client.ask(request).await?.into_inner())
    }

    /// Puts many questions in one stream; returns the answers with the places of their questions.
    ///
    /// # Errors
    ///
    /// The service refuses one of them.
    pub(crate) async fn ask_many(
        &mut self,
        questions: impl Iterator<Item = v1::Question>,
    ) -> anyhow::Result<Vec<(usize, v1::Answer)>> {
        let request = |(tag, question)| v1::AskManyRequest { tag, question: Some(question), proof: None };
        let requests: Vec<_> = (0..).zip(questions).map(request).collect();
        let responses = self.client.ask_many(futures::stream::iter(requests)).await?.into_inner();
        let read = |response: v1::AskManyResponse| match response.outcome {
            Some(v1::ask_many_response::Outcome::Answer(answer)) => {
                anyhow::Ok((usize::try_from(response.tag)?, answer))
            }
            other => anyhow::bail!("no answer: {other:?}"),
        };
        responses.map_err(anyhow::Error::from).and_then(async |response| read(response)).try_collect().await
    }

    /// Holds an answer against the truth.
    ///
    /// # Errors
    ///
    /// It is another one.
    pub(crate) fn check(&self, question: &Question, answer: &v1::Answer) -> anyhow::Result<()> {
        self.expected.check(question, answer)
    }
}

impl Expected {
    /// Holds an answer against the truth.
    ///
    /// # Errors
    ///
    /// It is another one.
    pub(crate) fn check(self, question: &Question, answer: &v1::Answer) -> anyhow::Result<()> {
        let of_dataset = || answer.datasets.first().and_then(|dataset| dataset.variants.first());
        let (told, times) = match self {
            Self::Anything => return Ok(()),
            Self::Truth => (of_dataset(), 1),
            Self::Sum(nodes) => (answer.totals.first(), nodes),
        };
        ensure!(answer.exists == question.truth.is_some(), "{question}: `exists` is {}", answer.exists);
        match &question.truth {
            Some(truth) => question.compare(truth, told, times),
            None => Ok(()),
        }
    }
}

fn client(channel: Channel) -> VariantServiceClient<Channel> {
    VariantServiceClient::new(channel).max_decoding_message_size(LARGEST_ANSWER)
}
