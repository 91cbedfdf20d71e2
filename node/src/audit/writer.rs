//! The thread that owns the file: it collects what waits, writes it at once, and syncs in groups.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tokio::sync::oneshot;

use super::{AuditError, Event, Unrecorded, log::Log};

/// When a record counts as kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// Written to the file before the answer; synced with others within 50 ms. A crash of the process
    /// loses nothing, a crash of the machine the last moment.
    #[default]
    Grouped,
    /// Synced to the disk before the answer, together with those that wait at the same time.
    Strict,
}

/// Longest time that a written record waits for its sync.
const GROUP: Duration = Duration::from_millis(50);

/// Most records written at once, so that the first does not wait for too many others.
const BATCH: usize = 1024;

/// An event on its way to the file.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) event: Event,
    pub(super) done: oneshot::Sender<Result<(), Unrecorded>>,
}

/// Whether records can be written, as the node reports it.
#[derive(Clone, Debug, Default)]
pub(super) struct Health(Arc<AtomicBool>);

impl Health {
    pub(super) fn is_good(&self) -> bool {
        !self.0.load(Ordering::Relaxed)
    }

    fn note(&self, log: &Log) {
        self.0.store(log.is_broken(), Ordering::Relaxed);
    }
}

/// Starts the thread. It ends when every sender is gone.
pub(super) fn spawn(
    log: Log,
    durability: Durability,
    health: Health,
) -> Result<(Sender<Job>, JoinHandle<()>), AuditError> {
    let (sender, jobs) = mpsc::channel();
    let path = log.path().to_owned();
    let writer = Writer { log, durability, health, due: None };
    let thread = std::thread::Builder::new()
        .name("audit".into())
        .spawn(move || writer.run(&jobs))
        .map_err(AuditError::io("start the writer of", path))?;
    Ok((sender, thread))
}

struct Writer {
    log: Log,
    durability: Durability,
    health: Health,
    due: Option<Instant>,
}

impl Writer {
    fn run(mut self, jobs: &Receiver<Job>) {
        loop {
            match self.next(jobs) {
                Ok(first) => self.write(std::iter::once(first).chain(jobs.try_iter()).take(BATCH).collect()),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if self.due.is_some_and(|due| due <= Instant::now()) {
                self.sync();
            }
        }
        self.sync();
    }

    fn next(&self, jobs: &Receiver<Job>) -> Result<Job, RecvTimeoutError> {
        match self.due {
            Some(due) => jobs.recv_timeout(due.saturating_duration_since(Instant::now())),
            None => jobs.recv().map_err(|_| RecvTimeoutError::Disconnected),
        }
    }

    fn write(&mut self, batch: Vec<Job>) {
        let events = batch.iter().map(|job| &job.event);
        let mut outcome = self.log.append(events, OffsetDateTime::now_utc());
        match self.durability {
            Durability::Strict => outcome = outcome.and_then(|()| self.log.sync()),
            Durability::Grouped => self.due = self.due.or_else(|| Some(Instant::now() + GROUP)),
        }
        self.health.note(&self.log);
        self.count(batch.len(), &outcome);
        for job in batch {
            // A requester who has gone does not wait for the outcome.
            let _ = job.done.send(outcome.as_ref().map(|_| ()).map_err(|_| Unrecorded));
        }
    }

    fn count(&self, records: usize, outcome: &Result<(), AuditError>) {
        let outcome = match outcome {
            Ok(()) => "written",
            Err(error) => {
                tracing::error!(%error, records, "decisions not recorded");
                "failed"
            }
        };
        metrics::counter!("fyr_audit_records_total", "outcome" => outcome).increment(records as u64);
    }

    fn sync(&mut self) {
        self.due = None;
        if let Err(error) = self.log.sync() {
            tracing::error!(%error, "audit log not synced");
        }
        self.health.note(&self.log);
    }
}
