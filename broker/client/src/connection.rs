//! The way to a broker or node: address, certificates, token, deadline.

use std::{fs, path::PathBuf, time::Duration};

use clap::Args;
use fyr_proto::v1::variant_service_client::VariantServiceClient;
use http::{Uri, uri::Scheme};
use tonic::{
    Request,
    metadata::AsciiMetadataValue,
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity},
};

use crate::ClientError;

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
    #[arg(long, value_name = "FILE", requires = "key", requires = "ca")]
    certificate: Option<PathBuf>,
    /// Private key of the own certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "certificate")]
    key: Option<PathBuf>,
    /// Seconds to wait for the answer; a broker waits 10 seconds for its nodes unless configured otherwise
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..))]
    timeout: u64,
}

/// A client that is ready to ask.
pub(crate) struct Connection {
    /// The client; it connects at the first call.
    pub(crate) client: VariantServiceClient<Channel>,
    /// The address, for messages.
    pub(crate) address: String,
    authorization: Option<AsciiMetadataValue>,
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
        Ok(Connection { client, address, authorization: self.authorization()?, timeout })
    }

    fn tls(&self) -> Result<ClientTlsConfig, ClientError> {
        let ca = self.ca.as_ref().ok_or(ClientError::Authority)?;
        let config = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(read(ca)?));
        match (&self.certificate, &self.key) {
            (Some(certificate), Some(key)) => {
                Ok(config.identity(Identity::from_pem(read(certificate)?, read(key)?)))
            }
            _ => Ok(config),
        }
    }

    fn authorization(&self) -> Result<Option<AsciiMetadataValue>, ClientError> {
        let token = match &self.token_file {
            Some(path) => Some(read(path)?),
            None => std::env::var("FYR_TOKEN").ok(),
        };
        let bearer = |token: &str| {
            let mut value: AsciiMetadataValue =
                format!("Bearer {token}").parse().map_err(|_| ClientError::Token)?;
            value.set_sensitive(true);
            Ok(value)
        };
        token.as_deref().map(str::trim).filter(|token| !token.is_empty()).map(bearer).transpose()
    }
}

impl Connection {
    /// Wraps a message with token and deadline.
    pub(crate) fn request<M>(&self, message: M) -> Request<M> {
        let mut request = Request::new(message);
        request.set_timeout(self.timeout);
        if let Some(value) = &self.authorization {
            request.metadata_mut().insert("authorization", value.clone());
        }
        request
    }
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
    fn what_is_no_address_is_refused() {
        for url in ["", "127.0.0.1:8080", "ftp://a:1", "http://user@host:1", "/api"] {
            assert!(matches!(base_address(url), Err(ClientError::Address(_))), "{url}");
        }
    }
}
