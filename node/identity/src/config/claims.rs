//! `[identity.issuers.claims]`: where an issuer writes what this node wants to know.

use std::collections::BTreeMap;

use fyr_schemas::Use;
use serde::Deserialize;

/// One JSON pointer into the claims (RFC 6901), or several.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Pointers {
    /// One place.
    One(String),
    /// Several places; what is found at all of them counts.
    Many(Vec<String>),
}

impl Default for Pointers {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl Pointers {
    /// Returns the pointers.
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::One(pointer) => std::slice::from_ref(pointer),
            Self::Many(pointers) => pointers,
        }
    }
}

/// Where the claims of an issuer say what. A claim is a text or a list of texts; anything else is not read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClaimsConfig {
    /// Organisations that the person acts for.
    pub organisations: Pointers,
    /// Licences to practise.
    pub licences: Pointers,
    /// Level of assurance; the first that is found.
    pub assurance: Pointers,
    /// Purposes that the person may act for, in the issuer's words.
    pub purposes: Pointers,
    /// Projects that the person is a member of.
    pub projects: Pointers,
    /// What the issuer's words for purposes mean: `"Vård och behandling" = "CC"`. Other words mean nothing.
    pub purpose_words: BTreeMap<String, Use>,
}
