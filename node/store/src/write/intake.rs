//! Rows are written while the next ones are made.

use tokio::task::JoinHandle;

use super::stream::Stream;
use crate::{StoreError, file::StoredRow};

/// A stream that takes rows on a thread of its own.
pub(crate) struct Intake(State);

enum State {
    Idle(Box<Stream>),
    Busy(JoinHandle<Result<Box<Stream>, StoreError>>),
    /// Rows are missing: nothing can be made of the others.
    Failed,
}

impl Intake {
    pub(crate) fn new(stream: Stream) -> Self {
        Self(State::Idle(Box::new(stream)))
    }

    /// Gives rows to the stream as soon as it is done with the last ones. Their faults are told by the next
    /// call.
    pub(crate) async fn push(
        &mut self,
        rows: impl FnOnce() -> Vec<StoredRow> + Send + 'static,
    ) -> Result<(), StoreError> {
        let mut stream = self.stream().await?;
        self.0 = State::Busy(tokio::task::spawn_blocking(move || {
            stream.take(rows())?;
            Ok(stream)
        }));
        Ok(())
    }

    /// Waits until all rows are taken, and ends the intake.
    pub(crate) async fn stream(&mut self) -> Result<Box<Stream>, StoreError> {
        match std::mem::replace(&mut self.0, State::Failed) {
            State::Idle(stream) => Ok(stream),
            State::Busy(task) => {
                task.await.map_err(|source| StoreError::Task { what: "writing rows", source })?
            }
            State::Failed => Err(StoreError::Incomplete),
        }
    }
}

impl Drop for Intake {
    /// Waits, so that nothing is written to the store when its lock is free.
    fn drop(&mut self) {
        if let State::Busy(task) = std::mem::replace(&mut self.0, State::Failed) {
            drop(futures::executor::block_on(task));
        }
    }
}

impl std::fmt::Debug for Intake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Intake").finish_non_exhaustive()
    }
}
