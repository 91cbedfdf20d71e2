//! What every request passes, whichever door it came by: a limit, a deadline, a line in the metrics.
//!
//! Decides when a request is turned away for want of room or time, and what of a fault is told to the
//! client: an id, under which the log has the detail.

use std::{
    collections::BTreeMap,
    future::Future,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use fyr_schemas::ErrorCode;
use tokio::{sync::Semaphore, time::timeout};
use tracing::Instrument;
use uuid::Uuid;

use crate::{
    Failure,
    telemetry::{ANSWERED, Meters, Observed},
};

/// The entrance of one door.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    door: &'static str,
    room: Arc<Semaphore>,
    patience: Duration,
    /// Those of the endpoints that were asked already: to register them takes as long as to count a few groups.
    meters: Arc<RwLock<BTreeMap<&'static str, Arc<Meters>>>>,
}

impl Gate {
    /// Creates an entrance for so many requests at one time, each of which may take so long.
    pub(crate) fn new(door: &'static str, max_concurrent: usize, patience: Duration) -> Self {
        let room = Arc::new(Semaphore::new(max_concurrent.clamp(1, Semaphore::MAX_PERMITS)));
        Self { door, room, patience, meters: Arc::default() }
    }

    /// Does the work if there is room for it now. `deadline` is the client's own, which can only be
    /// shorter than the door's.
    pub(crate) async fn pass<T>(
        &self,
        endpoint: &'static str,
        deadline: Option<Duration>,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let observed = Observed::start(self.meters(endpoint));
        let outcome = match self.room.try_acquire() {
            Ok(_room) => self.in_time(endpoint, deadline, work).await,
            Err(_) => Err(Failure::new(ErrorCode::Unavailable)),
        };
        observed.end(name(&outcome));
        outcome
    }

    /// Does the work as soon as there is room for it. The client's own deadline counts while it waits, the door's
    /// from when there is room.
    pub(crate) async fn queue<T>(
        &self,
        endpoint: &'static str,
        deadline: Option<Duration>,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let observed = Observed::start(self.meters(endpoint));
        let queued = async {
            match self.room.acquire().await {
                Ok(_room) => self.in_time(endpoint, None, work).await,
                Err(_) => Err(Failure::new(ErrorCode::Unavailable)),
            }
        };
        let outcome = match deadline {
            Some(deadline) => {
                timeout(deadline, queued).await.unwrap_or(Err(Failure::new(ErrorCode::Timeout)))
            }
            None => queued.await,
        };
        observed.end(name(&outcome));
        outcome
    }

    fn meters(&self, endpoint: &'static str) -> Arc<Meters> {
        let known = self.meters.read().unwrap_or_else(PoisonError::into_inner).get(endpoint).cloned();
        known.unwrap_or_else(|| {
            let mut meters = self.meters.write().unwrap_or_else(PoisonError::into_inner);
            let new = || Arc::new(Meters::new(self.door, endpoint));
            Arc::clone(meters.entry(endpoint).or_insert_with(new))
        })
    }

    async fn in_time<T>(
        &self,
        endpoint: &'static str,
        deadline: Option<Duration>,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        // Only at `debug`: a span costs each request more than the lookup of an allele.
        let span = tracing::debug_span!("request", door = self.door, endpoint);
        let patience = deadline.map_or(self.patience, |deadline| deadline.min(self.patience));
        match timeout(patience, work.instrument(span)).await {
            Ok(Err(failure)) if failure.code == ErrorCode::Internal => Err(self.fault(endpoint, &failure)),
            Ok(outcome) => outcome,
            Err(_) => Err(Failure::new(ErrorCode::Timeout)),
        }
    }

    /// Leaves the detail in the log and tells the client where to find it.
    fn fault(&self, endpoint: &'static str, failure: &Failure) -> Failure {
        let id = Uuid::now_v7();
        tracing::error!(%id, door = self.door, endpoint, detail = failure.message, "request failed");
        let message = format!("{}: error id {id}", ErrorCode::Internal.text());
        Failure { code: ErrorCode::Internal, message }
    }
}

fn name<T>(outcome: &Result<T, Failure>) -> &'static str {
    match outcome {
        Ok(_) => ANSWERED,
        Err(failure) => failure.code.name(),
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    fn code<T>(outcome: Result<T, Failure>) -> Option<ErrorCode> {
        outcome.err().map(|failure| failure.code)
    }

    #[tokio::test]
    async fn a_full_door_turns_away_and_a_queue_waits() {
        let gate = Gate::new("test", 1, Duration::from_secs(5));
        let held = gate.room.clone().acquire_owned().await.unwrap();
        assert_eq!(code(gate.pass("e", None, ready(Ok(()))).await), Some(ErrorCode::Unavailable));
        let queued = tokio::spawn({
            let gate = gate.clone();
            async move { gate.queue("e", None, ready(Ok(()))).await }
        });
        drop(held);
        assert_eq!(queued.await.unwrap(), Ok(()));
    }

    #[tokio::test]
    async fn a_client_can_shorten_the_deadline_but_not_stretch_it() {
        let gate = Gate::new("test", 1, Duration::from_millis(20));
        for deadline in [None, Some(Duration::from_millis(1)), Some(Duration::from_secs(3600))] {
            let late = gate.pass::<()>("e", deadline, pending()).await;
            assert_eq!(code(late), Some(ErrorCode::Timeout), "{deadline:?}");
        }
    }

    #[tokio::test]
    async fn a_fault_shows_an_id_and_no_detail() {
        let gate = Gate::new("test", 1, Duration::from_secs(5));
        let failure = Failure { code: ErrorCode::Internal, message: "disk /secret is full".to_owned() };
        let told = gate.pass::<()>("e", None, ready(Err(failure))).await.unwrap_err().message;
        assert!(told.contains("error id") && !told.contains("secret"), "{told}");
    }
}
