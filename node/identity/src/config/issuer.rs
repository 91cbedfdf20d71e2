//! `[[identity.issuers]]`: whose access tokens count, and where their passports come from.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{ClaimsConfig, KeysConfig};

/// Whom tokens of an issuer must be meant for (`aud`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum AudienceConfig {
    /// This name, or with `none` whoever has the token: then it gets the research profile at most.
    One(String),
    /// Any of these.
    Any(Vec<String>),
}

/// Where the passport of a token's holder comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PassportSource {
    /// Nowhere: there are no visas.
    #[default]
    None,
    /// The client shows a passport instead of an access token, with the visas in it.
    Embedded,
    /// The issuer's userinfo endpoint.
    Userinfo,
    /// Token exchange (RFC 8693) at the issuer's token endpoint.
    Exchange,
}

/// An issuer whose access tokens, and passports if so configured, count.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IssuerConfig {
    /// `iss`, compared as a whole: a slash more or less is another issuer.
    pub iss: String,
    /// Whom tokens must be meant for; this node's id where it is left out.
    pub audience: Option<AudienceConfig>,
    /// Algorithms of signatures: of `RS256` and `ES256`.
    pub algorithms: Vec<String>,
    /// Address of the issuer's JSON Web Key Set.
    pub jwks_uri: Option<String>,
    /// File with the issuer's JSON Web Key Set.
    pub jwks_file: Option<PathBuf>,
    /// Media types of access tokens (`typ`).
    pub types: Vec<String>,
    /// Whether each token must be bound to a key of the client.
    pub require_dpop: bool,
    /// Where visas come from.
    pub passport: PassportSource,
    /// For `passport = "userinfo"`. Also gives claims that the token does not have.
    pub userinfo_endpoint: Option<String>,
    /// For `passport = "exchange"`.
    pub token_endpoint: Option<String>,
    /// Who this node is at the token endpoint.
    pub client_id: Option<String>,
    /// File with the secret of the client.
    pub client_secret_file: Option<PathBuf>,
    /// Where the issuer's claims say what.
    pub claims: ClaimsConfig,
}

impl IssuerConfig {
    pub(super) fn relative_to(mut self, directory: &Path) -> Self {
        self.jwks_file = self.jwks_file.map(|path| directory.join(path));
        self.client_secret_file = self.client_secret_file.map(|path| directory.join(path));
        self
    }

    /// Returns where the keys come from.
    pub fn keys(&self) -> KeysConfig {
        KeysConfig { jwks_uri: self.jwks_uri.clone(), jwks_file: self.jwks_file.clone() }
    }
}
