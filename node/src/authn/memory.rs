//! What verification remembers, kept in the state that all replicas share.

use std::sync::Arc;

use fyr_identity::{Memory, MemoryUnavailable, ShownBefore};
use fyr_policy::Subject;
use fyr_state::{Follower, State};

/// The state, as verification sees it.
#[derive(Debug)]
pub(crate) struct StateMemory {
    pub(crate) state: State,
    pub(crate) follower: Arc<Follower>,
}

impl Memory for StateMemory {
    fn use_proof(&self, id: [u8; 32], question: Option<[u8; 32]>, until: i64) -> ShownBefore<'_> {
        Box::pin(async move {
            self.state.use_proof(&id, question.as_ref(), until).await.map_err(|error| {
                tracing::error!(%error, "a proof cannot be remembered");
                MemoryUnavailable
            })
        })
    }

    /// Before an answer leaves, this is asked again of a state that is known to be current.
    fn is_revoked(&self, subject: &Subject) -> bool {
        self.follower.latest().revoked.has_subject(subject)
    }

    fn is_token_revoked(&self, id: &[u8; 32]) -> bool {
        self.follower.latest().revoked.has_token(id)
    }
}
