//! The `[http]` table.

use std::{net::SocketAddr, time::Duration};

use fyr_schemas::Purpose;
use serde::{Deserialize, Serialize};

use super::{Mount, ServerTlsFiles, Tls};

/// Where and how Beacon REST is served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HttpSettings {
    /// Address and port; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// Path under which the Beacon is mounted.
    pub base_path: String,
    /// Seconds after which a request is answered with 408.
    pub timeout_seconds: u64,
    /// Requests at one time; the next is answered with 503.
    pub max_concurrent: usize,
    /// Connections at one time, as far as the system lets the process have so many.
    pub max_connections: usize,
    /// Largest request body, bytes.
    pub max_body_bytes: usize,
    /// What becomes of a question with a filter that is not known.
    pub unknown_filters: UnknownFilters,
    /// What a request is made for that states no purpose and is not signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// Further paths, each with a default purpose and a view of the policy of its own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mounts: Vec<Mount>,
    /// Certificates, or `"off"`; plain text, for a proxy before it, where it is left out.
    #[serde(skip_serializing_if = "Tls::is_unset")]
    pub tls: Tls<ServerTlsFiles>,
}

/// What becomes of a question with a filter term or field that is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UnknownFilters {
    /// It is refused with status 400.
    #[default]
    Refuse,
    /// It is answered with nothing, and a warning: for clients that cannot take a refusal.
    Empty,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            base_path: "/api".to_owned(),
            timeout_seconds: 30,
            max_concurrent: 256,
            max_connections: 2048,
            max_body_bytes: 1 << 20,
            unknown_filters: UnknownFilters::Refuse,
            purpose: None,
            mounts: Vec::new(),
            tls: Tls::Unset,
        }
    }
}

impl HttpSettings {
    /// Returns the time that a request may take.
    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_seconds)
    }

    /// Returns all paths at which the Beacon stands; the first is that of `base_path`.
    pub fn all_mounts(&self) -> Vec<Mount> {
        let first = Mount { default_purpose: self.purpose.clone(), ..Mount::at(self.base_path.clone()) };
        std::iter::once(first).chain(self.mounts.iter().cloned()).collect()
    }
}
