//! What verification remembers, kept in the state that all replicas share.

use std::sync::Arc;

use fyr_identity::{FirstTime, Memory, MemoryUnavailable};
use fyr_policy::Subject;
use fyr_state::{Follower, State};

/// The state, as verification sees it.
#[derive(Debug)]
pub(crate) struct StateMemory {
    pub(crate) state: State,
    pub(crate) follower: Arc<Follower>,
}

impl Memory for StateMemory {
    fn first_time(&self, id: [u8; 32], until: i64) -> FirstTime<'_> {
        Box::pin(async move {
            self.state.first_time(&id, until).await.map_err(|error| {
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
