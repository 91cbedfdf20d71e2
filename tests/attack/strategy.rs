//! What a way to attack is.

use futures::future::LocalBoxFuture;
use rand_chacha::ChaCha8Rng;

use crate::{finding::Finding, posture::Posture, stand::Stand};

/// A way to attack.
pub(crate) trait Strategy {
    /// Attacks in one posture.
    ///
    /// # Errors
    ///
    /// Something does not answer at all. A refusal is none: it is what the attacker learns.
    fn attack<'a>(
        &'a self,
        stand: &'a Stand,
        posture: Posture,
        chance: &'a mut ChaCha8Rng,
    ) -> LocalBoxFuture<'a, anyhow::Result<Finding>>;
}
