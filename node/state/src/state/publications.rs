//! That tables were published and taken back, in the history.

use super::State;
use crate::{ChangeKind, StateError, writing::Writing};

impl State {
    /// Notes that a table is published under an id, and `words` of what and why, if nobody has changed anything since the
    /// version by which its people were counted: whoever withdraws from here on does so after it was decided. Returns
    /// whether it was noted.
    ///
    /// # Errors
    ///
    /// The database failed, or the change could not be kept in mind.
    pub async fn publish(
        &self,
        actor: &str,
        (id, words): (&str, &str),
        counted: u64,
    ) -> Result<bool, StateError> {
        let mut writing = Writing::begin(&self.pool, actor).await?;
        if writing.version().unsigned_abs() != counted + 1 {
            writing.commit().await?;
            return Ok(false);
        }
        writing.record(ChangeKind::Publish, id, "", words).await?;
        writing.commit().await?;
        self.note_committed().await?;
        Ok(true)
    }

    /// Notes that a published table is taken back, and why.
    ///
    /// # Errors
    ///
    /// The database failed, or the change could not be kept in mind.
    pub async fn unpublish(&self, actor: &str, id: &str, reason: &str) -> Result<(), StateError> {
        let mut writing = Writing::begin(&self.pool, actor).await?;
        writing.record(ChangeKind::Unpublish, id, "", reason).await?;
        writing.commit().await?;
        self.note_committed().await
    }
}
