//! `[[http.mounts]]`: further paths at which the same service answers, each for an audience of its own.

use fyr_schemas::Purpose;
use serde::{Deserialize, Serialize};

use crate::PolicyView;

/// A path under which the Beacon stands, and what holds for requests that come by it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount {
    /// The path, such as `/research`.
    pub prefix: String,
    /// What a request is made for that states no purpose and is not signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_purpose: Option<Purpose>,
    /// How far what the policy permits is used here; all of it where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_view: Option<PolicyView>,
    /// Address under which clients from outside reach it, if it is not the one they used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
}

impl Mount {
    /// Creates a mount that adds nothing to what the service does anywhere.
    pub fn at(prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), ..Self::default() }
    }

    /// Returns the path without a slash at its end.
    pub fn path(&self) -> &str {
        self.prefix.trim_end_matches('/')
    }

    /// Returns whether it can stand beside another one: neither is the other, or lies below it.
    pub(crate) fn is_apart_from(&self, other: &Self) -> bool {
        let below = |one: &str, other: &str| {
            one.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        !below(self.path(), other.path()) && !below(other.path(), self.path())
    }
}
