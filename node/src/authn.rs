//! From unverified credentials to a requester. One file a kind of credential.
//!
//! Decides who asks, never what they may ask. Credentials that are shown and not valid are refused;
//! they never make a requester public.

mod memory;
mod static_token;

use std::sync::Arc;

use arc_swap::ArcSwap;
use fyr_doors::Credentials;
use fyr_identity::{Invalid, Memory, Shown, Verified, Verifier};
use fyr_schemas::{ErrorCode, Query, TokenScheme};
use time::OffsetDateTime;

use crate::{NodeConfig, StartError, config::known};
pub(crate) use memory::StateMemory;
use static_token::StaticTokens;

/// Credentials were shown that this node does not accept. Which, and why, is told to the audit log alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the credentials are not valid here")]
pub struct Unauthenticated(Option<Invalid>);

impl Unauthenticated {
    /// Returns the code that clients see.
    pub fn code(self) -> ErrorCode {
        ErrorCode::Unauthenticated
    }

    /// Returns why, for the audit log. It holds nothing of the credentials.
    pub fn reason(self) -> String {
        self.0.map_or_else(
            || "no issuer is trusted, and no such token is known".to_owned(),
            |why| why.to_string(),
        )
    }
}

/// Knows the credentials that a node accepts.
#[derive(Debug)]
pub struct Authenticator {
    tokens: ArcSwap<StaticTokens>,
    verifier: Verifier,
}

impl Authenticator {
    /// Takes the credentials and issuers of a configuration.
    ///
    /// # Errors
    ///
    /// A token that is too short, is no digest, or is not the only one of its name; issuers that cannot be used.
    pub fn new(config: &NodeConfig, memory: Arc<dyn Memory>) -> Result<Self, StartError> {
        Ok(Self {
            tokens: ArcSwap::from_pointee(StaticTokens::new(known(&config.tokens)?)),
            verifier: Verifier::new(&config.identity, &config.node.id, memory)?,
        })
    }

    /// Knows the tokens of a configuration from now on, and none of those before.
    ///
    /// # Errors
    ///
    /// A token that is too short, is no digest, or is not the only one of its name. Those before hold then.
    pub fn take(&self, config: &NodeConfig) -> Result<(), StartError> {
        self.tokens.store(Arc::new(StaticTokens::new(known(&config.tokens)?)));
        Ok(())
    }

    /// Says who shows these credentials. `question` is what is asked, if anything is.
    ///
    /// # Errors
    ///
    /// Credentials that are not valid here.
    pub async fn authenticate(
        &self,
        credentials: &Credentials,
        question: Option<&Query>,
        now: OffsetDateTime,
    ) -> Result<Verified, Unauthenticated> {
        let verified = self.holder(credentials, question, now).await?;
        Ok(verified.through(credentials.certificate()))
    }

    /// Says who shows a token, whichever way it came.
    async fn holder(
        &self,
        credentials: &Credentials,
        question: Option<&Query>,
        now: OffsetDateTime,
    ) -> Result<Verified, Unauthenticated> {
        let shown = shown(credentials);
        let plain = shown.scheme == TokenScheme::Bearer && shown.dpop.is_none() && shown.proof.is_none();
        if let Some(requester) =
            shown.token.filter(|_| plain).and_then(|token| self.tokens.load().requester(token))
        {
            return Ok(Verified::known(requester));
        }
        if shown.token.is_some() && self.verifier.trusts_nobody() {
            return Err(Unauthenticated(None));
        }
        let verified = self.verifier.verify(&shown, question, now).await;
        verified.map_err(|why| Unauthenticated(Some(why)))
    }

    /// Checks that what was verified before still stands.
    ///
    /// # Errors
    ///
    /// It has ended, or was revoked.
    pub fn still_holds(&self, verified: &Verified, now: OffsetDateTime) -> Result<(), Unauthenticated> {
        let holds = self.verifier.still_holds(verified, now);
        holds.map_err(|why| Unauthenticated(Some(why)))
    }

    /// Fetches keys of issuers that are missing or grow old.
    pub async fn refresh(&self) {
        self.verifier.refresh(OffsetDateTime::now_utc()).await;
    }

    /// Returns false if this node's clock is far off those of all identity providers that answered.
    pub fn is_clock_sane(&self) -> bool {
        self.verifier.is_clock_sane()
    }
}

/// What the door read, as verification takes it.
fn shown(credentials: &Credentials) -> Shown<'_> {
    Shown {
        token: credentials.token(),
        scheme: credentials.scheme(),
        dpop: credentials.dpop(),
        method: credentials.method(),
        url: Some(credentials.url()).filter(|url| !url.is_empty()),
        proof: credentials.proof(),
    }
}
