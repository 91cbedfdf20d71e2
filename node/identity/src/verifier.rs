//! From what is shown to who asks.

use std::sync::Arc;

use fyr_policy::{Requester, Subject, User};
use fyr_schemas::Query;
use time::OffsetDateTime;

use crate::{
    IdentityConfig, IdentityError, Invalid, Memory, Shown, Verified,
    attributes::attributes,
    binding::{self, Proving},
    clock::Clock,
    fetch::Fetch,
    passport::{Desk, Passport},
    signatures::Signatures,
    times::LEEWAY,
    token::{self, Token},
    trust::{Issuer, Trust},
    verified::{Acting, RestsOn},
    visa::{Counted, Inspector},
};

/// Verifies who asks, against one configuration.
#[derive(Debug)]
pub struct Verifier {
    node_id: String,
    trust: Trust,
    signatures: Signatures,
    desk: Desk,
    clock: Arc<Clock>,
    memory: Arc<dyn Memory>,
}

impl Verifier {
    /// Takes a configuration. Nothing is fetched yet.
    ///
    /// # Errors
    ///
    /// Files that cannot be read, and values that make no sense.
    pub fn new(
        config: &IdentityConfig,
        node_id: &str,
        memory: Arc<dyn Memory>,
    ) -> Result<Self, IdentityError> {
        // Named, because another crate of the same program may bring another implementation.
        let _ = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();
        let fetch = Fetch::new(config.ca_file.as_deref(), config.insecure_loopback)?;
        let clock = Arc::new(Clock::default());
        Ok(Self {
            node_id: node_id.to_owned(),
            trust: Trust::new(config, node_id, &fetch, &clock)?,
            signatures: Signatures::new(),
            desk: Desk::new(fetch),
            clock,
            memory,
        })
    }

    /// Says who shows this. Whoever shows nothing is public; what is shown and does not hold is an error.
    ///
    /// `question` is what is asked, if anything is: a query proof speaks of it. Proofs are spent.
    ///
    /// # Errors
    ///
    /// What is shown does not hold, or cannot be checked now. Clients see one and the same answer.
    pub async fn verify(
        &self,
        shown: &Shown<'_>,
        question: Option<&Query>,
        now: OffsetDateTime,
    ) -> Result<Verified, Invalid> {
        let outcome = self.judge(shown, question, now.unix_timestamp()).await;
        match &outcome {
            Ok(verified) => {
                for fault in &verified.ignored {
                    metrics::counter!("fyr_identity_ignored_visas_total", "reason" => fault.code())
                        .increment(1);
                }
            }
            Err(reason) => {
                metrics::counter!("fyr_identity_rejections_total", "reason" => reason.code()).increment(1);
            }
        }
        outcome
    }

    /// Checks that what was verified before still stands: between two questions of one stream.
    ///
    /// # Errors
    ///
    /// The token or a visa has ended, or it or the person was revoked.
    pub fn still_holds(&self, verified: &Verified, now: OffsetDateTime) -> Result<(), Invalid> {
        let rests_on = &verified.rests_on;
        if rests_on.expires.is_some_and(|expires| now.unix_timestamp() >= expires.saturating_add(LEEWAY)) {
            return Err(Invalid::Expired);
        }
        self.check_revoked(&rests_on.subjects, &rests_on.ids)
    }

    /// Fetches keys that are missing or grow old. Called at the start and once a minute, no request waits for keys.
    pub async fn refresh(&self, now: OffsetDateTime) {
        self.trust.refresh(now.unix_timestamp()).await;
    }

    /// Returns false if this node's clock is ten minutes off those of all identity providers that answered.
    pub fn is_clock_sane(&self) -> bool {
        self.clock.is_sane()
    }

    /// Returns whether no issuer is configured, so that no token can hold.
    pub fn trusts_nobody(&self) -> bool {
        self.trust.is_empty()
    }

    async fn judge(
        &self,
        shown: &Shown<'_>,
        question: Option<&Query>,
        now: i64,
    ) -> Result<Verified, Invalid> {
        let Some(text) = shown.token else {
            let is_nothing = shown.dpop.is_none() && shown.proof.is_none();
            return if is_nothing { Ok(Verified::public()) } else { Err(Invalid::ProofUnexpected) };
        };
        let (issuer, token) = token::shown(&self.trust, &self.signatures, text, now).await?;
        self.check_revoked(std::slice::from_ref(&token.subject), &token.ids)?;
        let key = binding::bound_key(&token.claims)?;
        if issuer.require_dpop && key.is_none() {
            return Err(Invalid::BindingRequired);
        }
        let proving = Proving { shown, token: text, question, node_id: &self.node_id, now };
        let binding = binding::check(&proving, key, self.memory.as_ref()).await?;
        let passport = self.desk.passport(issuer, &self.signatures, (&token, text), now).await?;
        self.check_revoked(&[], &passport.ids)?;
        let counted = self.inspector(now).count(&passport.visas, &token.subject).await;
        self.check_revoked(&counted.linked, &[])?;
        self.check_revoked(&counted.subjects, &[])?;
        Ok(self.verified(issuer, token, binding, &passport, counted))
    }

    fn inspector(&self, now: i64) -> Inspector<'_> {
        let (trust, signatures, memory) = (&self.trust, &self.signatures, self.memory.as_ref());
        Inspector { trust, signatures, memory, now }
    }

    fn check_revoked(&self, subjects: &[Subject], ids: &[[u8; 32]]) -> Result<(), Invalid> {
        let is_revoked = subjects.iter().any(|subject| self.memory.is_revoked(subject))
            || ids.iter().any(|id| self.memory.is_token_revoked(id));
        if is_revoked { Err(Invalid::Revoked) } else { Ok(()) }
    }

    fn verified(
        &self,
        issuer: &Issuer,
        token: Token,
        binding: fyr_policy::Binding,
        passport: &Passport,
        counted: Counted,
    ) -> Verified {
        let sources: Vec<_> = std::iter::once(&token.claims).chain(&passport.claims).collect();
        let attributes = attributes(&issuer.claims, &sources, &counted.visas, &self.trust.register);
        let ends = [Some(token.expires), passport.expires, counted.expires];
        let expires = ends.into_iter().flatten().min().unwrap_or(token.expires);
        let others = counted.linked.iter().chain(&counted.subjects);
        let subjects = std::iter::once(&token.subject).chain(others).cloned().collect();
        let ids = token.ids.into_iter().chain(passport.ids.iter().copied()).chain(counted.ids).collect();
        let acting = token.acting.map(Acting::Client);
        let user = User {
            subject: token.subject,
            linked: counted.linked,
            visas: counted.visas,
            attributes,
            binding,
            audience: token.audience,
            expires,
        };
        Verified {
            requester: Requester::User(Arc::new(user)),
            acting,
            ignored: counted.ignored,
            rests_on: RestsOn { subjects, ids, expires: Some(expires) },
        }
    }
}
