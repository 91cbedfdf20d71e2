//! What a client shows to prove who asks, unverified.
//!
//! Decides where credentials may stand: in headers, each of them once. What cannot be read is an invalid
//! credential, never "nobody": a client must be able to tell a broken token from a missing permission.
//! What credentials are worth is decided by whoever answers.

mod address;
mod reading;

use std::{fmt, sync::Arc};

use fyr_schemas::TokenScheme;

use crate::{ClientNetwork, PolicyView};

pub(crate) use address::{Address, Place, is_token};
pub(crate) use reading::{complete, of, with_proof};

/// Header and gRPC metadata of a question that the client signed.
pub const QUERY_PROOF: &str = "fyr-query-proof";
/// Header and gRPC metadata of a proof of possession (RFC 9449).
pub const DPOP: &str = "dpop";

/// What a client showed to prove who it is, unverified. Never printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    scheme: TokenScheme,
    token: Option<String>,
    dpop: Option<String>,
    proof: Option<String>,
    method: String,
    url: String,
    view: Option<PolicyView>,
    certificate: Option<Arc<str>>,
    network: Option<ClientNetwork>,
}

impl Credentials {
    /// Takes the value of an `Authorization: Bearer` header.
    pub fn bearer(token: impl Into<String>) -> Self {
        Self { token: Some(token.into()), ..Self::default() }
    }

    /// Takes the token of an `Authorization: DPoP` header, and the proof of the `DPoP` header.
    pub fn dpop_bound(token: impl Into<String>, dpop: Option<String>) -> Self {
        Self { scheme: TokenScheme::Dpop, dpop, ..Self::bearer(token) }
    }

    /// Adds a query proof, or takes it away.
    #[must_use]
    pub fn with_proof(self, proof: Option<String>) -> Self {
        Self { proof, ..self }
    }

    /// Says how and where they were shown: the HTTP method, and the URL without query.
    #[must_use]
    pub fn shown_at(self, method: impl Into<String>, url: impl Into<String>) -> Self {
        Self { method: method.into(), url: url.into(), ..self }
    }

    /// Says by which view of the policy they came: that of the mount at which they were shown.
    #[must_use]
    pub fn through(self, view: Option<PolicyView>) -> Self {
        Self { view, ..self }
    }

    /// Says by which TLS certificate of a client they came: its DNS name.
    #[must_use]
    pub fn by_certificate(self, name: Option<Arc<str>>) -> Self {
        Self { certificate: name, ..self }
    }

    /// Says from which network they came, where that is known.
    #[must_use]
    pub fn sent_from(self, network: Option<ClientNetwork>) -> Self {
        Self { network, ..self }
    }

    /// Returns the network of the client that sent them, as far as a door knows it: that of its connection, or of whom a
    /// trusted proxy asks for.
    pub fn network(&self) -> Option<ClientNetwork> {
        self.network
    }

    /// Returns the DNS name in the TLS certificate of the client that sent them, which the door has verified; none where
    /// it asked for no certificate.
    pub fn certificate(&self) -> Option<&str> {
        self.certificate.as_deref()
    }

    /// Returns the view of the policy beyond which nothing is told to whoever shows them.
    pub fn view(&self) -> Option<&PolicyView> {
        self.view.as_ref()
    }

    /// Returns how the token was shown.
    pub fn scheme(&self) -> TokenScheme {
        self.scheme
    }

    /// Returns the token to verify or to forward.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Returns the proof of possession, a JWS of RFC 9449 that names [`Self::method`] and [`Self::url`].
    pub fn dpop(&self) -> Option<&str> {
        self.dpop.as_deref()
    }

    /// Returns the query proof: a JWS of the client over the question and this token.
    pub fn proof(&self) -> Option<&str> {
        self.proof.as_deref()
    }

    /// Returns the HTTP method by which they were shown; `POST` for gRPC.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// Returns the URL at which they were shown, as the client wrote it: without query and fragment.
    pub fn url(&self) -> &str {
        &self.url
    }

    fn are_complete(&self) -> bool {
        self.scheme == TokenScheme::Bearer || self.dpop.is_some() || self.proof.is_some()
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.token.is_some() { "Credentials(token)" } else { "Credentials(none)" })
    }
}

#[cfg(test)]
mod tests;
