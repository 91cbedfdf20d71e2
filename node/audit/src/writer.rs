//! Writes records in groups, and syncs them in groups.
//!
//! Where a record counts as kept once it is in the file, whoever brings one writes all that wait: to hand it
//! to a thread and to be woken by it would cost more than the record. Where it must be on the disk, a thread
//! waits for the disk. Syncing never keeps others from writing.

use std::{
    mem::take,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tokio::sync::oneshot;

use super::{
    AuditError, Event, Unrecorded,
    log::{Head, Log},
};

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

/// The log while it is written. Dropped, it writes and syncs what is left.
#[derive(Debug)]
pub(super) struct Writer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    durability: Durability,
    health: Health,
    waiting: Mutex<Waiting>,
    changed: Condvar,
    log: Mutex<Log>,
    /// Where the chain stood when it was synced last.
    synced: Mutex<Head>,
}

/// What is to be done.
#[derive(Debug, Default)]
struct Waiting {
    /// Records that nobody has written yet.
    jobs: Vec<Job>,
    /// Whether something was written and not synced.
    is_unsynced: bool,
    is_closed: bool,
}

impl Writer {
    /// Takes over a log and starts the thread that syncs it.
    pub(super) fn new(log: Log, durability: Durability, health: Health) -> Result<Self, AuditError> {
        let (_, synced) = log.file()?;
        let path = log.path().to_owned();
        let (waiting, changed, synced) = (Mutex::default(), Condvar::new(), Mutex::new(synced));
        let shared = Arc::new(Shared { durability, health, waiting, changed, log: Mutex::new(log), synced });
        let of_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("audit".into()).spawn(move || match durability {
            Durability::Grouped => of_thread.sync_now_and_then(),
            Durability::Strict => of_thread.write_and_sync(),
        });
        let thread = thread.map_err(AuditError::io("start the writer of", path))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Returns where the chain stood when it was synced last.
    pub(super) fn synced(&self) -> Head {
        *lock(&self.shared.synced)
    }

    /// Takes an event; it tells when it is kept.
    pub(super) fn submit(&self, job: Job) {
        lock(&self.shared.waiting).jobs.push(job);
        match self.shared.durability {
            Durability::Grouped => self.shared.write_waiting(),
            Durability::Strict => self.shared.changed.notify_one(),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        lock(&self.shared.waiting).is_closed = true;
        self.shared.changed.notify_one();
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the audit writer ended abnormally");
        }
    }
}

impl Shared {
    /// Writes what waits, unless somebody else does. Whoever writes looks again before leaving, so nothing is
    /// left behind.
    fn write_waiting(&self) {
        while !lock(&self.waiting).jobs.is_empty() {
            let Some(mut log) = try_lock(&self.log) else { return };
            let batch = take(&mut lock(&self.waiting).jobs);
            let outcome = log.append(batch.iter().map(|job| &job.event), OffsetDateTime::now_utc());
            self.health.note(&log);
            drop(log);
            let first = !std::mem::replace(&mut lock(&self.waiting).is_unsynced, true);
            if first {
                self.changed.notify_one();
            }
            finish(batch, &outcome);
        }
    }

    /// Writes what others left behind because they found the log taken by who syncs.
    fn write_left(&self) {
        if self.durability == Durability::Grouped {
            self.write_waiting();
        }
    }

    /// Syncs what was written, a moment after the first of it.
    fn sync_now_and_then(&self) {
        loop {
            let mut waiting = lock(&self.waiting);
            while !waiting.is_unsynced && !waiting.is_closed {
                waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
            }
            if !waiting.is_closed {
                let closing = |waiting: &mut Waiting| !waiting.is_closed;
                let waited = self.changed.wait_timeout_while(waiting, GROUP, closing);
                waiting = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
            waiting.is_unsynced = false;
            let is_closed = waiting.is_closed;
            drop(waiting);
            if let Err(error) = self.sync() {
                tracing::error!(%error, "audit log not synced");
                self.write_left();
            }
            if is_closed {
                return;
            }
        }
    }

    /// Writes and syncs what waits, and tells then that it is kept.
    fn write_and_sync(&self) {
        loop {
            let mut waiting = lock(&self.waiting);
            while waiting.jobs.is_empty() && !waiting.is_closed {
                waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
            }
            let (batch, is_closed) = (take(&mut waiting.jobs), waiting.is_closed);
            drop(waiting);
            if !batch.is_empty() {
                let written =
                    lock(&self.log).append(batch.iter().map(|job| &job.event), OffsetDateTime::now_utc());
                let outcome = written.and_then(|()| self.sync());
                self.health.note(&lock(&self.log));
                finish(batch, &outcome);
            } else if is_closed {
                return;
            }
        }
    }

    /// Waits until all that was written is on disk. After a failure nobody knows what is, so the log ends there.
    fn sync(&self) -> Result<(), AuditError> {
        let written = lock(&self.log).file();
        self.write_left();
        let (file, head) = written?;
        file.sync_data().map_err(|source| {
            let mut log = lock(&self.log);
            log.give_up();
            self.health.note(&log);
            AuditError::io("sync the audit log", log.path())(source)
        })?;
        *lock(&self.synced) = head;
        Ok(())
    }
}

/// Tells those who wait how it went. A requester who has gone does not wait for the outcome.
fn finish(batch: Vec<Job>, outcome: &Result<(), AuditError>) {
    let records = batch.len();
    let name = match outcome {
        Ok(()) => "written",
        Err(error) => {
            tracing::error!(%error, records, "decisions not recorded");
            "failed"
        }
    };
    metrics::counter!("fyr_audit_records_total", "outcome" => name).increment(records as u64);
    for job in batch {
        let _ = job.done.send(outcome.as_ref().map(|_| ()).map_err(|_| Unrecorded));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn try_lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(std::sync::TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(std::sync::TryLockError::WouldBlock) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Keys;

    #[test]
    fn what_comes_while_the_log_is_looked_at_is_written_by_who_looks() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("decisions.jsonl");
        let keys = Keys::beside(&path).unwrap();
        let log = Log::open(&path, &keys, None, None).unwrap();
        let writer = Writer::new(log, Durability::Grouped, Health::default()).unwrap();
        let (done, mut kept) = oneshot::channel();
        let taken = lock(&writer.shared.log);
        writer.submit(Job { event: Event::Opened { version: "test".into(), torn: None }, done });
        drop(taken);
        assert!(kept.try_recv().is_err(), "it was left behind");
        writer.shared.sync().unwrap();
        assert!(matches!(kept.try_recv(), Ok(Ok(()))));
    }
}
