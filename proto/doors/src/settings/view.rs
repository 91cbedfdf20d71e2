//! `[[grpc.views]]`: what holds for some of the clients of the gRPC door.

use serde::{Deserialize, Serialize};

use crate::PolicyView;

/// How far what the policy permits is used for clients that show a certificate of one of these names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientView {
    /// DNS names in their certificates; all clients where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clients: Vec<String>,
    /// How far, as at a mount of `[http]`.
    pub policy_view: PolicyView,
}
