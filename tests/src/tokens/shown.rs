//! What a request shows.

use fyr_identity::Shown;
use fyr_schemas::{Query, TokenScheme};

/// What a request shows, to be put into its headers.
#[derive(Clone, Debug)]
pub struct TestCredentials {
    /// The token of `Authorization`.
    pub token: Option<String>,
    /// The scheme of `Authorization`.
    pub scheme: TokenScheme,
    /// The `DPoP` header.
    pub dpop: Option<String>,
    /// The query proof.
    pub proof: Option<String>,
}

impl TestCredentials {
    /// Shows a bearer token.
    pub fn bearer(token: impl Into<String>) -> Self {
        Self { token: Some(token.into()), scheme: TokenScheme::Bearer, dpop: None, proof: None }
    }

    /// Returns what the verifier is given of them.
    pub fn shown<'a>(&'a self, ask: &'a Occasion<'_>) -> Shown<'a> {
        Shown {
            token: self.token.as_deref(),
            scheme: self.scheme,
            dpop: self.dpop.as_deref(),
            method: ask.method,
            url: Some(ask.url),
            proof: self.proof.as_deref(),
        }
    }
}

/// The request that credentials are made for.
#[derive(Clone, Copy, Debug)]
pub struct Occasion<'a> {
    /// Seconds since 1970.
    pub now: i64,
    /// HTTP method.
    pub method: &'a str,
    /// Address, as the client calls it.
    pub url: &'a str,
    /// The question in it.
    pub question: &'a Query,
}
