//! Keeps what decides about answers current in one running replica.
//!
//! The reader has a thread of its own, so that a busy node does not lose its lease.

pub(crate) mod reader;

use std::{sync::Arc, thread, time::Duration};

use arc_swap::ArcSwap;
use tokio::sync::{oneshot, watch};

use crate::{POLL, Remembered, Stale, StateError, database::Database, key::Key, lease::Lease};

use reader::Reader;

/// How long [`Follower::current`] waits for a lease that ran out.
const PATIENCE: Duration = Duration::from_secs(2);

/// A snapshot and the right to use it.
#[derive(Debug)]
struct Held {
    remembered: Arc<Remembered>,
    lease: Lease,
}

/// What the reader hands to those who ask.
#[derive(Debug)]
pub(crate) struct Shared {
    held: ArcSwap<Held>,
    renewed: watch::Sender<()>,
}

/// Keeps what decides about answers current. It stops when it is dropped.
#[derive(Debug)]
pub struct Follower {
    pub(crate) shared: Arc<Shared>,
    _stop: oneshot::Sender<()>,
}

impl Follower {
    /// Reads the state once, then again and again.
    pub(crate) async fn start(database: Database, key: Key) -> Result<Self, StateError> {
        let mut reader = Reader::new(database, key);
        let (lease, remembered) = reader.read().await?;
        reader.disconnect();
        let held = ArcSwap::from_pointee(Held { remembered, lease });
        let shared = Arc::new(Shared { held, renewed: watch::Sender::new(()) });
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(StateError::io("start the thread", "fyr-state"))?;
        let theirs = shared.clone();
        thread::Builder::new()
            .name("fyr-state".into())
            .spawn(move || runtime.block_on(follow(reader, &theirs, stopped)))
            .map_err(StateError::io("start the thread", "fyr-state"))?;
        Ok(Self { shared, _stop: stop })
    }

    /// Returns what is remembered.
    ///
    /// # Errors
    ///
    /// It is not known to be current. Then nothing may be answered.
    pub fn snapshot(&self) -> Result<Arc<Remembered>, Stale> {
        let held = self.shared.held.load();
        if held.lease.holds() { Ok(held.remembered.clone()) } else { Err(Stale) }
    }

    /// Returns what was read last, whether or not it is known to be current: for checks that are repeated once
    /// a question was counted under a lease.
    pub fn latest(&self) -> Arc<Remembered> {
        self.shared.held.load().remembered.clone()
    }

    /// Returns what is remembered; waits a little where it is not known to be current.
    ///
    /// # Errors
    ///
    /// It is not known to be current after that either. Then nothing may be answered.
    pub async fn current(&self) -> Result<Arc<Remembered>, Stale> {
        if let Ok(remembered) = self.snapshot() {
            return Ok(remembered);
        }
        let mut renewed = self.shared.renewed.subscribe();
        let wait = async {
            loop {
                match self.snapshot() {
                    Err(Stale) => renewed.changed().await.map_err(|_| Stale)?,
                    snapshot => return snapshot,
                }
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.unwrap_or(Err(Stale))
    }

    /// Returns what is remembered once it is of a version at least.
    ///
    /// # Errors
    ///
    /// It is not read in time. Then nothing may be answered.
    pub async fn reach(&self, version: u64) -> Result<Arc<Remembered>, Stale> {
        let mut renewed = self.shared.renewed.subscribe();
        let wait = async {
            loop {
                match self.snapshot() {
                    Ok(remembered) if remembered.version() >= version => return Ok(remembered),
                    _ => renewed.changed().await.map_err(|_| Stale)?,
                }
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.unwrap_or(Err(Stale))
    }

    /// Returns whether an answer that was counted with this version may leave now. If not, it has to be
    /// counted again with a new snapshot.
    pub fn is_current(&self, version: u64) -> bool {
        let held = self.shared.held.load();
        held.lease.holds() && held.remembered.version() == version
    }
}

/// Reads until the follower is dropped.
async fn follow(mut reader: Reader, shared: &Shared, mut stopped: oneshot::Receiver<()>) {
    let mut failing = false;
    loop {
        match reader.read().await {
            Ok((lease, remembered)) => {
                shared.held.store(Arc::new(Held { remembered, lease }));
                shared.renewed.send_replace(());
                if std::mem::take(&mut failing) {
                    tracing::info!("the state can be read again");
                }
            }
            Err(error) => {
                reader.disconnect();
                metrics::counter!("fyr_state_read_failures_total").increment(1);
                if !std::mem::replace(&mut failing, true) {
                    tracing::error!(%error, "the state cannot be read: no question will be answered");
                }
            }
        }
        if tokio::time::timeout(POLL, &mut stopped).await.is_ok() {
            return;
        }
    }
}
