//! From unverified credentials to a requester. One file a kind of credential.
//!
//! Decides who asks, never what they may ask. Credentials that are shown and not valid are refused;
//! they never make a requester public.

mod static_token;

use fyr_doors::Credentials;
use fyr_policy::Requester;
use fyr_schemas::ErrorCode;

use crate::config::{InvalidConfig, TokenConfig};
use static_token::StaticTokens;

/// Credentials were shown that this node does not accept. Which, and why, is not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the credentials are not valid here")]
pub struct Unauthenticated;

impl Unauthenticated {
    /// Returns the code that clients see.
    pub fn code(self) -> ErrorCode {
        ErrorCode::Unauthenticated
    }
}

/// Knows the credentials that a node accepts.
#[derive(Debug)]
pub struct Authenticator {
    tokens: StaticTokens,
}

impl Authenticator {
    /// Takes the credentials of a configuration.
    ///
    /// # Errors
    ///
    /// A token that is too short, is no digest, or is not the only one of its name.
    pub fn new(tokens: &[TokenConfig]) -> Result<Self, InvalidConfig> {
        Ok(Self { tokens: StaticTokens::new(tokens)? })
    }

    /// Says who shows these credentials.
    ///
    /// # Errors
    ///
    /// Credentials that are not valid here.
    pub fn authenticate(&self, credentials: &Credentials) -> Result<Requester, Unauthenticated> {
        match credentials.token() {
            None => Ok(Requester::Public),
            Some(token) => self.tokens.requester(token).ok_or(Unauthenticated),
        }
    }
}
