//! When those who came to a dataset are told of: together, once enough have come.
//!
//! Who takes up data, consents or rules that are new looks whether people of a dataset are due, and releases them in one
//! transaction of the state, before anybody is told anything of what is new. Of several replicas one does.

use std::sync::Arc;

use fyr_engine::{DatasetKind, Engine, EngineError, View, Waiting};
use fyr_policy::{Additions, Policy};
use fyr_state::{Arrivals, Remembered, State, StateError};
use tokio::sync::Mutex;

use crate::{NodeConfig, StartError, policies::InForce};

/// Who releases, in the history.
const ACTOR: &str = "fyr-node serve";

/// How those of one dataset are waited for.
#[derive(Clone, Debug)]
pub struct DatasetWaiting {
    /// The dataset.
    pub dataset: String,
    /// What its rules ask for.
    pub additions: Additions,
    /// How often people of it were released.
    pub epoch: u32,
    /// How many were released, those among them who have gone since.
    pub released: u64,
    /// Those who wait, and may be counted once they are released.
    pub waiting: Waiting,
    /// When they may be released at the earliest, seconds since 1970; 0 where nothing says so.
    pub from: i64,
}

impl DatasetWaiting {
    /// Looks at each dataset of people who wait for others, beside a node that serves or where none does. Nobody is released.
    ///
    /// # Errors
    ///
    /// The state or the data cannot be read.
    pub async fn look(
        config: &NodeConfig,
        policy: &Policy,
        engine: &Engine,
    ) -> Result<Vec<Self>, StartError> {
        let remembered = match config.remembers_nothing()? {
            true => None,
            false => Some(config.open_state().await?.follow().await?.latest()),
        };
        let consents = remembered.as_ref().map(|known| Arc::clone(&known.consents)).unwrap_or_default();
        let found = async {
            let view = engine.view(&consents).await?;
            Self::of(&view, policy, remembered.as_deref()).await
        };
        found.await.map_err(|source| StartError::Store { url: config.store.url.clone(), source })
    }

    /// Looks at each dataset of people who wait for others, with what is remembered, if anything is.
    async fn of(
        view: &View,
        policy: &Policy,
        remembered: Option<&Remembered>,
    ) -> Result<Vec<Self>, EngineError> {
        let mut found = Vec::new();
        let of_people = view.datasets().iter().filter(|dataset| dataset.kind == DatasetKind::Individual);
        for dataset in of_people {
            let Some(additions) = policy.additions(&dataset.id) else { continue };
            let waiting = view.waiting(&dataset.id, policy.counted(&dataset.id).to_vec()).await?;
            let released = remembered.and_then(|known| known.released(&dataset.id));
            let every = additions.every.map(|every| every.seconds());
            let from =
                released.zip(every).map_or(0, |(released, every)| released.latest().saturating_add(every));
            let (epoch, released) =
                (view.epoch(&dataset.id), released.map_or(0, |released| released.people()));
            found.push(Self { dataset: dataset.id.clone(), additions, epoch, released, waiting, from });
        }
        Ok(found)
    }

    /// Returns whether enough have come.
    pub fn is_enough(&self) -> bool {
        self.waiting.families >= self.additions.at_least
    }
}

/// Why nobody is released now. Who waits goes on waiting.
#[derive(Debug, thiserror::Error)]
enum NotReleased {
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error(transparent)]
    State(#[from] StateError),
}

/// What was looked at last.
#[derive(Debug, Default, PartialEq, Eq)]
struct Ground {
    store: Option<u64>,
    consents: u64,
    policy: String,
}

/// What was found there.
#[derive(Debug)]
struct Looked {
    ground: Ground,
    /// When somebody is due although nothing else changes, seconds since 1970.
    again: i64,
}

/// Releases whom it finds due.
#[derive(Debug)]
pub(crate) struct Releasing {
    state: State,
    looked: Mutex<Option<Looked>>,
}

impl Releasing {
    pub(crate) fn new(state: State) -> Self {
        Self { state, looked: Mutex::default() }
    }

    /// Releases those of each dataset who are due; returns the version of the state that knows it, or nothing where nobody
    /// is. Where that was found before, it costs nothing.
    pub(crate) async fn release(
        &self,
        (view, in_force, remembered): (&View, &InForce, &Remembered),
        now: i64,
    ) -> Option<u64> {
        let mut looked = self.looked.lock().await;
        let consents = remembered.version();
        let ground = Ground { store: view.version(), consents, policy: in_force.version.clone() };
        if looked.as_ref().is_some_and(|looked| looked.ground == ground && now < looked.again) {
            return None;
        }
        match self.release_due(view, &in_force.policy, remembered, now).await {
            Ok(Found::Changed(version)) => Some(version),
            Ok(Found::NobodyBefore(again)) => {
                *looked = Some(Looked { ground, again });
                None
            }
            Err(error) => {
                tracing::warn!(%error, "nobody who came to a dataset is released now");
                None
            }
        }
    }

    async fn release_due(
        &self,
        view: &View,
        policy: &Policy,
        remembered: &Remembered,
        now: i64,
    ) -> Result<Found, NotReleased> {
        let mut again = i64::MAX;
        for found in DatasetWaiting::of(view, policy, Some(remembered)).await? {
            if !found.is_enough() {
                continue;
            }
            if now < found.from {
                again = again.min(found.from);
                continue;
            }
            let DatasetWaiting { dataset, waiting, .. } = found;
            let (people, chosen) = (waiting.people, remembered.version());
            let arrivals = Arrivals { dataset, people, time: now, chosen };
            let version = self.state.release(ACTOR, &arrivals).await?;
            tracing::info!(dataset = arrivals.dataset, people = arrivals.people.len(), "people released");
            // Where somebody else was faster, there is a newer version in any case.
            return Ok(Found::Changed(version.unwrap_or(chosen + 1)));
        }
        Ok(Found::NobodyBefore(again))
    }
}

/// What came of looking for people who are due.
enum Found {
    /// The state has changed since, and has this version at least.
    Changed(u64),
    /// Nobody is due before a time, unless something changes.
    NobodyBefore(i64),
}

#[cfg(test)]
mod tests;
