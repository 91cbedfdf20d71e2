//! The way to a broker or node: address, certificates, token, signature, deadline.

use std::{fs, path::PathBuf, time::Duration};

use clap::Args;
use fyr_proto::v1::{
    ListDatasetsRequest, ListDatasetsResponse, variant_service_client::VariantServiceClient,
};
use fyr_schemas::{Purpose, Query};
use http::{Uri, uri::Scheme};
use tonic::{
    Request,
    metadata::AsciiMetadataValue,
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity},
};

use crate::{ClientError, signing::SigningKey};

/// Largest answer, bytes.
const MAX_ANSWER: usize = 64 << 20;

/// Where and as whom to ask.
#[derive(Args, Clone, Debug)]
pub(crate) struct ConnectionArgs {
    /// Address of a broker or node; a path such as /api is ignored
    #[arg(long, value_name = "URL", env = "FYR_BROKER")]
    broker: String,
    /// File with a bearer token; FYR_TOKEN is used otherwise
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Authority of the broker's certificate (PEM), for https
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Own certificate (PEM), where the other side asks for one
    #[arg(long, value_name = "FILE", requires = "certificate_key", requires = "ca")]
    certificate: Option<PathBuf>,
    /// Private key of the own certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "certificate")]
    certificate_key: Option<PathBuf>,
    /// What you ask for: GRU, HMB, POA, "DS; disease=MONDO:0005105" or "care; case=ID", each with methods,
    /// commercial, project=ID where they are true
    #[arg(long, value_name = "PURPOSE")]
    pub(crate) purpose: Option<Purpose>,
    /// Seconds to wait for the answer; a broker waits 10 seconds for its nodes unless configured otherwise
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..))]
    timeout: u64,
}

/// With which key to sign, and for whom.
#[derive(Args, Clone, Debug)]
pub(crate) struct SigningArgs {
    /// Sign the question with this key (PEM), which the token is bound to, so that nobody on the way can ask
    /// another in your name; `fyr key new` makes one
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// A node that may answer the signed question (may be repeated); without it, all that the broker lists
    #[arg(long, value_name = "ID", requires = "key")]
    node: Vec<String>,
}

/// A client that is ready to ask.
pub(crate) struct Connection {
    /// The client; it connects at the first call.
    pub(crate) client: VariantServiceClient<Channel>,
    /// The address, for messages.
    pub(crate) address: String,
    token: Option<String>,
    timeout: Duration,
}

impl ConnectionArgs {
    /// Reads token and certificates. Nothing is sent yet.
    pub(crate) fn open(&self) -> Result<Connection, ClientError> {
        let timeout = Duration::from_secs(self.timeout);
        let address = base_address(&self.broker)?;
        let invalid = |_| ClientError::Address(self.broker.clone());
        let mut endpoint = Endpoint::from_shared(address.clone())
            .map_err(invalid)?
            .connect_timeout(timeout)
            .tcp_nodelay(true);
        if address.starts_with("https:") {
            endpoint = endpoint.tls_config(self.tls()?).map_err(|e| ClientError::Tls(e.to_string()))?;
        }
        let client = VariantServiceClient::new(endpoint.connect_lazy()).max_decoding_message_size(MAX_ANSWER);
        Ok(Connection { client, address, token: self.token()?, timeout })
    }

    fn tls(&self) -> Result<ClientTlsConfig, ClientError> {
        let ca = self.ca.as_ref().ok_or(ClientError::Authority)?;
        let config = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(read(ca)?));
        match (&self.certificate, &self.certificate_key) {
            (Some(certificate), Some(key)) => {
                Ok(config.identity(Identity::from_pem(read(certificate)?, read(key)?)))
            }
            _ => Ok(config),
        }
    }

    fn token(&self) -> Result<Option<String>, ClientError> {
        let token = match &self.token_file {
            Some(path) => Some(read(path)?),
            None => std::env::var("FYR_TOKEN").ok(),
        };
        Ok(token.map(|token| token.trim().to_owned()).filter(|token| !token.is_empty()))
    }
}

impl Connection {
    /// Wraps a message with token and deadline.
    pub(crate) fn request<M>(&self, message: M) -> Result<Request<M>, ClientError> {
        let mut request = self.anonymous(message);
        if let Some(token) = &self.token {
            show(&mut request, "Bearer", token)?;
        }
        Ok(request)
    }

    /// Wraps the message of a question like [`Self::request`], with a signature if there is a key.
    pub(crate) async fn question<M>(
        &self,
        query: &Query,
        message: M,
        signing: &SigningArgs,
    ) -> Result<Request<M>, ClientError> {
        let mut request = self.request(message)?;
        if let Some(path) = &signing.key {
            let key = SigningKey::read(path)?;
            let token = self.token.as_deref().ok_or(ClientError::Unsigned)?;
            let nodes = if signing.node.is_empty() { self.nodes(query).await? } else { signing.node.clone() };
            let proof = key.sign(query, token, &nodes)?;
            // A token that is bound to a key is of this scheme, whichever proof shows the key (RFC 9449).
            show(&mut request, "DPoP", token)?;
            request.metadata_mut().insert("fyr-query-proof", sensitive(&proof)?);
        }
        Ok(request)
    }

    /// Asks, as nobody in particular, which nodes there are for a question.
    async fn nodes(&self, query: &Query) -> Result<Vec<String>, ClientError> {
        let request = self.anonymous(ListDatasetsRequest::default());
        let response = self.client.clone().list_datasets(request).await;
        let list = response.map_err(|status| ClientError::of_call(&status, &self.address))?.into_inner();
        let asked = asked(list, query);
        if asked.is_empty() { Err(ClientError::NoNodes(self.address.clone())) } else { Ok(asked) }
    }

    fn anonymous<M>(&self, message: M) -> Request<M> {
        let mut request = Request::new(message);
        request.set_timeout(self.timeout);
        request
    }
}

/// Returns the nodes that a question is for. A broker lists its nodes, a node itself alone.
fn asked(list: ListDatasetsResponse, query: &Query) -> Vec<String> {
    let all = if list.nodes.is_empty() {
        vec![list.beacon_id]
    } else {
        list.nodes.into_iter().map(|node| node.id).collect()
    };
    all.into_iter().filter(|node| query.datasets.includes_node(node)).collect()
}

fn show<M>(request: &mut Request<M>, scheme: &str, token: &str) -> Result<(), ClientError> {
    request.metadata_mut().insert("authorization", sensitive(&format!("{scheme} {token}"))?);
    Ok(())
}

fn sensitive(text: &str) -> Result<AsciiMetadataValue, ClientError> {
    let mut value: AsciiMetadataValue = text.parse().map_err(|_| ClientError::Token)?;
    value.set_sensitive(true);
    Ok(value)
}

fn read(path: &PathBuf) -> Result<String, ClientError> {
    fs::read_to_string(path).map_err(|source| ClientError::File { path: path.clone(), source })
}

/// Keeps scheme, host and port: a Beacon's path says nothing to gRPC.
fn base_address(url: &str) -> Result<String, ClientError> {
    let invalid = || ClientError::Address(url.to_owned());
    let uri: Uri = url.trim().parse().map_err(|_| invalid())?;
    let scheme = uri.scheme().filter(|&s| *s == Scheme::HTTP || *s == Scheme::HTTPS).ok_or_else(invalid)?;
    let authority = uri.authority().filter(|authority| !authority.as_str().contains('@'));
    Ok(format!("{scheme}://{}", authority.ok_or_else(invalid)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_ignored() {
        for url in ["http://127.0.0.1:8080/api", "http://127.0.0.1:8080", " http://127.0.0.1:8080/a/b?c=d"] {
            assert_eq!(base_address(url).unwrap(), "http://127.0.0.1:8080", "{url}");
        }
        assert_eq!(base_address("https://[::1]:9080/api").unwrap(), "https://[::1]:9080");
    }

    #[test]
    fn a_signed_question_is_for_the_nodes_that_it_does_not_leave_out() {
        let report = |id: &str| fyr_proto::v1::NodeReport { id: id.into(), ..Default::default() };
        let list = |nodes: &[&str]| ListDatasetsResponse {
            beacon_id: "own".into(),
            nodes: nodes.iter().copied().map(report).collect(),
            ..Default::default()
        };
        let mut query = Query::entries(fyr_schemas::EntryType::GenomicVariant);
        assert_eq!(asked(list(&[]), &query), ["own"]);
        assert_eq!(asked(list(&["fi", "se"]), &query), ["fi", "se"]);
        query.datasets.exclude_nodes.push("se".into());
        assert_eq!(asked(list(&["fi", "se"]), &query), ["fi"]);
    }

    #[tokio::test]
    async fn a_signed_question_shows_its_token_as_bound_and_another_as_it_is() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key.pem");
        SigningKey::create(&path).unwrap();
        let endpoint = Endpoint::from_static("http://127.0.0.1:1");
        let connection = Connection {
            client: VariantServiceClient::new(endpoint.connect_lazy()),
            address: "http://127.0.0.1:1".into(),
            token: Some("token".into()),
            timeout: Duration::from_secs(1),
        };
        let query = Query::entries(fyr_schemas::EntryType::GenomicVariant);
        for (key, scheme, proofs) in [(Some(path), "DPoP token", 1), (None, "Bearer token", 0)] {
            let signing = SigningArgs { key, node: vec!["se".into()] };
            let request = connection.question(&query, (), &signing).await.unwrap();
            let metadata = request.metadata();
            assert_eq!(metadata.get("authorization").unwrap().to_str().unwrap(), scheme);
            assert_eq!(metadata.get_all("fyr-query-proof").iter().count(), proofs);
            assert!(!format!("{metadata:?}").contains("token\""), "{metadata:?}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for url in ["", "127.0.0.1:8080", "ftp://a:1", "http://user@host:1", "/api"] {
            assert!(matches!(base_address(url), Err(ClientError::Address(_))), "{url}");
        }
    }
}
