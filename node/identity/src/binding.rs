//! How firmly a token is tied to who shows it: by the key that it names (`cnf`), and proofs made with it.

mod dpop;
mod proof;
mod question;

use fyr_policy::{Binding, ProofUse};
use fyr_schemas::{Query, TokenScheme};
use serde_json::Value;

use crate::{Invalid, Memory, Shown, jws::Claims};
use proof::Proof;

pub use proof::LONGEST_PROOF;

/// Length of a SHA-256 thumbprint in base64url.
const THUMBPRINT: usize = 43;

/// What proofs are held against.
pub(crate) struct Proving<'a> {
    pub(crate) shown: &'a Shown<'a>,
    pub(crate) token: &'a str,
    pub(crate) question: Option<&'a Query>,
    pub(crate) node_id: &'a str,
    pub(crate) now: i64,
}

/// Returns the thumbprint of the key that a token is bound to.
pub(crate) fn bound_key(claims: &Claims) -> Result<Option<&str>, Invalid> {
    let Some(confirmation) = claims.get("cnf") else { return Ok(None) };
    let members = confirmation.as_object().ok_or(Invalid::BindingUnsupported)?;
    match (members.len(), members.get("jkt").and_then(Value::as_str)) {
        (1, Some(thumbprint)) if thumbprint.len() == THUMBPRINT => Ok(Some(thumbprint)),
        _ => Err(Invalid::BindingUnsupported),
    }
}

/// Says how firmly the token is bound, and spends the proofs that say so.
pub(crate) async fn check(
    proving: &Proving<'_>,
    key: Option<&str>,
    memory: &dyn Memory,
) -> Result<Binding, Invalid> {
    let shown = proving.shown;
    let Some(key) = key else {
        let proofs = shown.dpop.is_some() || shown.proof.is_some();
        return match (shown.scheme, proofs) {
            (_, true) => Err(Invalid::ProofUnexpected),
            (TokenScheme::Dpop, _) => Err(Invalid::Scheme),
            (TokenScheme::Bearer, false) => Ok(Binding::Bearer),
        };
    };
    if shown.scheme != TokenScheme::Dpop {
        return Err(Invalid::Scheme);
    }
    let sender = shown.dpop.map(|text| dpop::check(proving, text, key)).transpose()?;
    let question = shown.proof.map(|text| question::check(proving, text, key)).transpose()?;
    let binding = match (&sender, &question) {
        (None, None) => return Err(Invalid::ProofMissing),
        (Some(_), None) => Binding::Sender,
        (_, Some(_)) => Binding::Question,
    };
    for proof in sender.iter().chain(&question) {
        spend(proof, memory).await?;
    }
    Ok(binding)
}

/// Only a proof that holds is spent, and only once. One that speaks of a question may be shown again with the very
/// same one for as long as it counts: the answer was lost, and tells nothing new.
async fn spend(proof: &Proof, memory: &dyn Memory) -> Result<(), Invalid> {
    match memory.use_proof(proof.once, proof.question, proof.until).await {
        Ok(ProofUse::First | ProofUse::SameQuestion) => Ok(()),
        Ok(ProofUse::Spent) => Err(Invalid::ProofReplayed),
        Err(_) => Err(Invalid::MemoryUnavailable),
    }
}
