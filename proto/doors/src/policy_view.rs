//! How far what a policy permits is used at one mount.

use fyr_schemas::Release;
use serde::{Deserialize, Serialize};

/// A named part of what the policy permits. It narrows and never widens: whoever is told less by the policy is told no
/// more by a view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyView {
    /// Its name, for people.
    pub name: String,
    /// The most that is let out of any dataset.
    pub at_most: Release,
}
