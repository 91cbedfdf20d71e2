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

use futures::{Stream, StreamExt};
use fyr_schemas::ErrorCode;
use tokio::{
    sync::{AcquireError, Semaphore, SemaphorePermit},
    time::{Instant, timeout, timeout_at},
};
use tracing::{Instrument, instrument::Instrumented};
use uuid::Uuid;

use crate::{
    Failure,
    telemetry::{ANSWERED, Meters, Observed},
};

/// The entrance of one door.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    door: &'static str,
    /// Requests at one time.
    most: usize,
    room: Arc<Semaphore>,
    /// What streams may take of the room: whoever asks a single question is not turned away for them.
    share: Arc<Semaphore>,
    patience: Duration,
    /// Those of the endpoints that were asked already: to register them takes as long as to count a few groups.
    meters: Arc<RwLock<BTreeMap<&'static str, Arc<Meters>>>>,
}

impl Gate {
    /// Creates an entrance for so many requests at one time, each of which may take so long.
    pub(crate) fn new(door: &'static str, max_concurrent: usize, patience: Duration) -> Self {
        let most = max_concurrent.clamp(1, Semaphore::MAX_PERMITS);
        let room = |most| Arc::new(Semaphore::new(most));
        Self { door, most, room: room(most), share: room(share(most)), patience, meters: Arc::default() }
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

    /// Does the work of a batch of questions as soon as there is room for them, and tells what becomes of each, with its
    /// number. The client's own deadline `until` counts while they wait, the door's from when there is room; then the
    /// service holds the questions to the client's.
    pub(crate) async fn queue<T>(
        &self,
        endpoint: &'static str,
        (questions, until): (usize, Option<Instant>),
        work: impl Stream<Item = (usize, Result<T, Failure>)>,
        mut tell: impl FnMut(usize, Result<T, Failure>),
    ) {
        let meters = self.meters(endpoint);
        let mut waiting: Vec<_> =
            (0..questions).map(|_| Some(Observed::start(Arc::clone(&meters)))).collect();
        let mut end = |number: usize, outcome| {
            if let Some(observed) = waiting.get_mut(number).and_then(Option::take) {
                observed.end(name(&outcome));
                tell(number, outcome);
            }
        };
        let told = async {
            let _room = self.room_for(questions, until).await?;
            let work = work.for_each(|(number, outcome)| {
                end(number, self.shown(endpoint, outcome));
                std::future::ready(())
            });
            timeout(self.patience, self.traced(endpoint, work)).await.map_err(|_| ErrorCode::Timeout)
        };
        if let Err(code) = told.await {
            (0..questions).for_each(|number| end(number, Err(Failure::new(code))));
        }
    }

    /// Waits for room for questions of a stream.
    async fn room_for(
        &self,
        questions: usize,
        until: Option<Instant>,
    ) -> Result<(SemaphorePermit<'_>, SemaphorePermit<'_>), ErrorCode> {
        let places = u32::try_from(questions.min(share(self.most))).unwrap_or(u32::MAX);
        let both = async {
            let share = self.share.acquire_many(places).await?;
            Ok((share, self.room.acquire_many(places).await?))
        };
        let room = match until {
            Some(until) => timeout_at(until, both).await.map_err(|_| ErrorCode::Timeout)?,
            None => both.await,
        };
        room.map_err(|_: AcquireError| ErrorCode::Unavailable)
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
        let patience = deadline.map_or(self.patience, |deadline| deadline.min(self.patience));
        match timeout(patience, self.traced(endpoint, work)).await {
            Ok(outcome) => self.shown(endpoint, outcome),
            Err(_) => Err(Failure::new(ErrorCode::Timeout)),
        }
    }

    /// Names the request in traces. Only at `debug`: a span costs each request more than the lookup of an allele.
    fn traced<W: Future>(&self, endpoint: &'static str, work: W) -> Instrumented<W> {
        work.instrument(tracing::debug_span!("request", door = self.door, endpoint))
    }

    /// Returns what the client is shown.
    fn shown<T>(&self, endpoint: &str, outcome: Result<T, Failure>) -> Result<T, Failure> {
        match outcome {
            Err(failure) if failure.code == ErrorCode::Internal => Err(self.fault(endpoint, &failure)),
            outcome => outcome,
        }
    }

    /// Leaves the detail in the log and tells the client where to find it.
    fn fault(&self, endpoint: &str, failure: &Failure) -> Failure {
        let id = Uuid::now_v7();
        tracing::error!(%id, door = self.door, endpoint, detail = failure.message, "request failed");
        let message = format!("{}: error id {id}", ErrorCode::Internal.text());
        Failure::of(ErrorCode::Internal, message)
    }
}

/// The part of the room that streams may take.
fn share(most: usize) -> usize {
    most.div_ceil(2)
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

    use futures::stream;

    use super::*;

    /// Queues a batch; returns which questions were answered, and how the others failed.
    async fn queue(
        gate: &Gate,
        batch: (usize, Option<Instant>),
        work: impl Stream<Item = (usize, Result<(), Failure>)>,
    ) -> Vec<(usize, Option<ErrorCode>)> {
        let mut told = Vec::new();
        gate.queue("e", batch, work, |number, outcome| told.push((number, code(outcome)))).await;
        told
    }

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
            async move { queue(&gate, (3, None), stream::iter([2, 0, 1]).map(|number| (number, Ok(())))).await }
        });
        drop(held);
        assert_eq!(queued.await.unwrap(), [(2, None), (0, None), (1, None)]);
    }

    #[tokio::test]
    async fn what_is_left_of_a_batch_ends_with_its_time() {
        let one_of_two = || stream::iter([(1, Ok(()))]).chain(stream::pending());
        let gate = Gate::new("test", 4, Duration::from_millis(20));
        let late = [(1, None), (0, Some(ErrorCode::Timeout))];
        assert_eq!(queue(&gate, (2, None), one_of_two()).await, late);
        let _held = gate.room.clone().acquire_many_owned(4).await.unwrap();
        let now = Instant::now();
        let until = Some(now + Duration::from_millis(1));
        let unheard = [(0, Some(ErrorCode::Timeout)), (1, Some(ErrorCode::Timeout))];
        assert_eq!(queue(&gate, (2, until), one_of_two()).await, unheard, "they wait no longer for room");
    }

    #[tokio::test]
    async fn streams_leave_room_for_single_questions() {
        let gate = Gate::new("test", 4, Duration::from_secs(5));
        let streams: Vec<_> = (0..3)
            .map(|_| {
                let gate = gate.clone();
                tokio::spawn(async move { queue(&gate, (16, None), stream::pending()).await })
            })
            .collect();
        while gate.share.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(gate.pass("e", None, ready(Ok(()))).await, Ok(()));
        streams.iter().for_each(tokio::task::JoinHandle::abort);
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
        let failure = Failure::of(ErrorCode::Internal, "disk /secret is full".to_owned());
        let told = gate.pass::<()>("e", None, ready(Err(failure))).await.unwrap_err().message;
        assert!(told.contains("error id") && !told.contains("secret"), "{told}");
    }
}
