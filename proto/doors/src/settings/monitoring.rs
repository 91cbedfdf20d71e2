//! The `[monitoring]` table.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// Where `/metrics`, `/health` and `/ready` stand, in plain text and for nobody but who runs the service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MonitoringSettings {
    /// Address and port; port 0 lets the system choose.
    pub listen: SocketAddr,
}

impl Default for MonitoringSettings {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 9180)) }
    }
}
