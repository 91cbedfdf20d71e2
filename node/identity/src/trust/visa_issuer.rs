//! One issuer of visas.

use std::sync::Arc;

use fyr_policy::By;
use jsonwebtoken::Algorithm;

use super::{algorithms, checked_name};
use crate::{IdentityError, VisaIssuerConfig, clock::Clock, fetch::Fetch, keys::Keys};

/// What Passport 1.2 writes as source of what no organisation states.
const NO_ORGANISATION: &str = "https://no.organization";
const DAY: i64 = 86_400;

/// One issuer of visas.
#[derive(Debug)]
pub(crate) struct VisaIssuer {
    pub(crate) iss: String,
    /// The only `jku` that its document visas may name; without it, it issues none.
    pub(crate) jku: Option<String>,
    pub(crate) algorithms: Vec<Algorithm>,
    pub(crate) keys: Keys,
    pub(crate) types: Vec<String>,
    pub(crate) sources: Vec<String>,
    /// Roles that count; all if none.
    pub(crate) by: Option<Vec<By>>,
    /// Oldest statement that counts, seconds.
    pub(crate) oldest: i64,
    /// Issuers of tokens whose ids of people it uses.
    pub(crate) subjects_of: Vec<String>,
}

impl VisaIssuer {
    pub(super) fn new(
        config: &VisaIssuerConfig,
        fetch: &Fetch,
        clock: &Arc<Clock>,
    ) -> Result<Self, IdentityError> {
        checked_name(&config.iss)?;
        if config.types.is_empty() || config.sources.is_empty() {
            return Err(IdentityError::value(&config.iss, "name the `types` and `sources` of its visas"));
        }
        if config.sources.iter().any(|source| source == NO_ORGANISATION) {
            let reason = format!("`{NO_ORGANISATION}` is nobody: leave it out of `sources`");
            return Err(IdentityError::value(&config.iss, reason));
        }
        Ok(Self {
            iss: config.iss.clone(),
            jku: config.jku.clone(),
            algorithms: algorithms(&config.iss, &config.algorithms)?,
            keys: Keys::new(&config.iss, &config.keys(), fetch, clock)?,
            types: config.types.clone(),
            sources: config.sources.clone(),
            by: config.by.as_ref().map(|words| roles(&config.iss, words)).transpose()?,
            oldest: i64::from(config.max_asserted_age_days).saturating_mul(DAY),
            subjects_of: config.subjects_of.clone(),
        })
    }
}

fn roles(iss: &str, words: &[String]) -> Result<Vec<By>, IdentityError> {
    let read = |word: &String| {
        role(word).ok_or_else(|| {
            IdentityError::value(iss, format!("`{word}` is no role: use self, peer, system, so or dac"))
        })
    };
    words.iter().map(read).collect()
}

/// Reads the word that Passport 1.2 uses for a role.
pub(crate) fn role(word: &str) -> Option<By> {
    let all = [By::Itself, By::Peer, By::System, By::SigningOfficial, By::AccessCommittee];
    all.into_iter().find(|by| by.word() == Some(word))
}
