//! A `[[nodes]]` table: where a node is and how the two show each other who they are.

use std::{net::IpAddr, time::Duration};

use fyr_doors::{ClientTlsFiles, Link, Tls};
use http::Uri;
use serde::Deserialize;
use tonic::transport::Endpoint;

use super::{BrokerConfigError, InvalidBrokerConfig};

/// A connection that does not come about in this time will not.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How often a connection with questions under way is asked whether it still stands.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// A node of the network.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct MemberConfig {
    /// The beacon id that the node answers under.
    pub id: String,
    /// `https://host:port`, or `http://host:port` where plain text is allowed.
    pub grpc: String,
    /// Certificates, or `"off"`.
    #[serde(default)]
    pub tls: Tls<ClientTlsFiles>,
    /// Whether answers may be told as this node's own. Otherwise they enter sums only, with those of other such nodes.
    #[serde(default = "yes")]
    pub attributable: bool,
}

fn yes() -> bool {
    true
}

impl MemberConfig {
    /// Creates a node that is reached in plain text.
    pub fn plain(id: impl Into<String>, grpc: impl Into<String>) -> Self {
        Self { id: id.into(), grpc: grpc.into(), tls: Tls::Off, attributable: true }
    }

    pub(super) fn validate(&self) -> Result<(), InvalidBrokerConfig> {
        let address = || InvalidBrokerConfig::Address { id: self.id.clone(), address: self.grpc.clone() };
        let uri: Uri = self.grpc.parse().map_err(|_| address())?;
        let host = uri.host().filter(|_| matches!(uri.path(), "" | "/")).ok_or_else(address)?;
        match (uri.scheme_str(), &self.tls) {
            (Some("https"), Tls::On(_)) | (Some("http"), Tls::Off) => Ok(()),
            (Some("http"), Tls::Unset) if is_loopback(host) => Ok(()),
            (Some("http"), Tls::Unset) => Err(InvalidBrokerConfig::PlainText(self.id.clone())),
            (Some("http"), Tls::On(_)) => Err(InvalidBrokerConfig::TlsUnused(self.id.clone())),
            (Some("https"), _) => Err(InvalidBrokerConfig::TlsMissing(self.id.clone())),
            _ => Err(address()),
        }
    }

    /// Opens the way to the node, within a runtime. It connects at the first question, and again when it
    /// broke or its certificates changed.
    ///
    /// # Errors
    ///
    /// An address that is none, and certificates that cannot be used.
    pub fn link(&self) -> Result<Link, BrokerConfigError> {
        let address = |_| InvalidBrokerConfig::Address { id: self.id.clone(), address: self.grpc.clone() };
        match self.tls.files() {
            Some(files) => Link::secure(&self.id, &self.grpc, files, adjusted)
                .map_err(|source| BrokerConfigError::Tls { id: self.id.clone(), source }),
            None => {
                let endpoint = Endpoint::from_shared(self.grpc.clone()).map_err(address)?;
                Ok(adjusted(endpoint).connect_lazy().into())
            }
        }
    }
}

fn adjusted(endpoint: Endpoint) -> Endpoint {
    endpoint
        .connect_timeout(CONNECT_TIMEOUT)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(KEEP_ALIVE)
        .tcp_nodelay(true)
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
