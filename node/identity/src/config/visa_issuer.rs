//! `[[identity.visa_issuers]]`: whose visas count, and which.

use std::path::PathBuf;

use serde::Deserialize;

use super::KeysConfig;

/// Oldest statement that counts by default, days.
const OLDEST: u32 = 90;

/// An issuer whose visas count.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VisaIssuerConfig {
    /// `iss`, compared as a whole.
    pub iss: String,
    /// `jku` that document visas must name, compared as a whole. It is never fetched because a visa names it.
    pub jku: Option<String>,
    /// Algorithms of signatures: of `RS256` and `ES256`.
    pub algorithms: Vec<String>,
    /// Address of the issuer's JSON Web Key Set; the same as `jku` where both are left out.
    pub jwks_uri: Option<String>,
    /// File with the issuer's JSON Web Key Set.
    pub jwks_file: Option<PathBuf>,
    /// Types of visas that count from this issuer.
    pub types: Vec<String>,
    /// Organisations (`source`) for which this issuer may speak, compared as a whole.
    pub sources: Vec<String>,
    /// Roles (`by`) that count, of `self`, `peer`, `system`, `so`, `dac`; all where it is left out.
    pub by: Option<Vec<String>>,
    /// How long ago a visa may have been stated (`asserted`), days. Its own expiry counts besides.
    pub max_asserted_age_days: u32,
    /// Issuers of access tokens whose ids of people (`sub`) this issuer uses as its own.
    pub subjects_of: Vec<String>,
}

impl Default for VisaIssuerConfig {
    fn default() -> Self {
        Self {
            iss: String::new(),
            jku: None,
            algorithms: Vec::new(),
            jwks_uri: None,
            jwks_file: None,
            types: Vec::new(),
            sources: Vec::new(),
            by: None,
            max_asserted_age_days: OLDEST,
            subjects_of: Vec::new(),
        }
    }
}

impl VisaIssuerConfig {
    /// Returns where the keys come from: the pinned `jku`, unless another place is named.
    pub fn keys(&self) -> KeysConfig {
        let uri = self.jwks_uri.clone().or_else(|| self.jku.clone().filter(|_| self.jwks_file.is_none()));
        KeysConfig { jwks_uri: uri, jwks_file: self.jwks_file.clone() }
    }
}
