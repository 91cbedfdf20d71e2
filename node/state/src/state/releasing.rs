//! That people of a dataset are released, in one transaction: of several replicas that would, one does.

use super::State;
use crate::{ChangeKind, StateError, releases::Arrivals, writing::Writing};

impl State {
    /// Releases people of a dataset together, as its next epoch, if nobody has changed anything since the version by which
    /// they were chosen: not another replica, and nobody who withdrew. Returns the version that this makes; none where
    /// they have to be chosen anew. Who was released stays it.
    ///
    /// # Errors
    ///
    /// The database failed, or the change could not be kept in mind.
    pub async fn release(&self, actor: &str, arrivals: &Arrivals) -> Result<Option<u64>, StateError> {
        let mut writing = Writing::begin(&self.pool, actor).await?;
        let version = writing.version().unsigned_abs();
        if version != arrivals.chosen + 1 {
            writing.commit().await?;
            return Ok(None);
        }
        let epoch = arrivals.insert(&mut writing, &self.key).await?;
        let words = format!("epoch {epoch}: {} people", arrivals.people.len());
        writing.record(ChangeKind::Release, &arrivals.dataset, "", &words).await?;
        writing.commit().await?;
        self.note_committed().await?;
        Ok(Some(version))
    }
}
