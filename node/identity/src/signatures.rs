//! Signatures, and a short memory of those that held, so that a passport costs once.

use quick_cache::sync::Cache;

use crate::{
    Invalid,
    jws::{Claims, Compact},
    keys::Keys,
};
use jsonwebtoken::Algorithm;

/// How many signatures are remembered, and for how long in seconds.
const REMEMBERED: usize = 16_384;
const REMEMBERED_FOR: i64 = 300;

/// Checks signatures.
#[derive(Debug)]
pub(crate) struct Signatures {
    /// By digest of the whole token: thumbprint of the key, and until when it counts.
    held: Cache<[u8; 32], (String, i64)>,
}

impl Signatures {
    pub(crate) fn new() -> Self {
        Self { held: Cache::new(REMEMBERED) }
    }

    /// Hands the claims of a token out, if one of the issuer's keys signed it with a permitted algorithm.
    ///
    /// The key is looked up each time: a signature that held does not outlive its key.
    pub(crate) async fn verified(
        &self,
        token: Compact<'_>,
        keys: &Keys,
        algorithms: &[Algorithm],
        now: i64,
    ) -> Result<Claims, Invalid> {
        if !algorithms.contains(&token.algorithm()?) {
            return Err(Invalid::Algorithm);
        }
        let key = keys.key(token.kid()?, now).await?;
        let digest = token.digest();
        let held = self.held.get(&digest);
        if !held.is_some_and(|(thumbprint, until)| now < until && thumbprint == key.thumbprint) {
            token.check_signature(&key)?;
            self.held.insert(digest, (key.thumbprint.clone(), now.saturating_add(REMEMBERED_FOR)));
        }
        Ok(token.into_claims())
    }
}
