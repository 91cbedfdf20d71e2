//! The `[grpc]` table.

use std::{net::SocketAddr, time::Duration};

use fyr_schemas::Purpose;
use serde::{Deserialize, Serialize};

use super::{ClientView, ServerTlsFiles, Tls};

/// Where and how gRPC is served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GrpcSettings {
    /// Address and port; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// Seconds that a question may take; a shorter `grpc-timeout` of the client counts.
    pub timeout_seconds: u64,
    /// Questions at one time; the next is answered with UNAVAILABLE, or waits its turn in a stream. Those of streams are
    /// at most half of them.
    pub max_concurrent: usize,
    /// Connections at one time, as far as the system lets the process have so many.
    pub max_connections: usize,
    /// Largest message, bytes.
    pub max_message_bytes: usize,
    /// What a request is made for that states no purpose and is not signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// How far what the policy permits is used for which clients; the first that is for a client counts, and all of it
    /// where there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub views: Vec<ClientView>,
    /// Address under which clients reach gRPC, if it is not the one they use: proofs of possession name it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
    /// Certificates, or `"off"`.
    #[serde(skip_serializing_if = "Tls::is_unset")]
    pub tls: Tls<ServerTlsFiles>,
}

impl Default for GrpcSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 9080)),
            timeout_seconds: 30,
            max_concurrent: 256,
            max_connections: 2048,
            max_message_bytes: 4 << 20,
            purpose: None,
            views: Vec::new(),
            public_url: None,
            tls: Tls::Unset,
        }
    }
}

impl GrpcSettings {
    /// Returns the time that a question may take.
    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_seconds)
    }
}
