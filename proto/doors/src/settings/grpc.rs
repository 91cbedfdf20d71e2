//! The `[grpc]` table.

use std::{net::SocketAddr, time::Duration};

use serde::{Deserialize, Serialize};

use super::{ServerTlsFiles, Tls};

/// Where and how gRPC is served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GrpcSettings {
    /// Address and port; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// Seconds that a question may take; a shorter `grpc-timeout` of the client counts.
    pub timeout_seconds: u64,
    /// Questions at one time; the next is answered with UNAVAILABLE, or waits its turn in a stream.
    pub max_concurrent: usize,
    /// Largest message, bytes.
    pub max_message_bytes: usize,
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
            max_message_bytes: 4 << 20,
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
