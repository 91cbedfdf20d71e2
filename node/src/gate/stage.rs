//! One state of everything that an answer rests on, and how it is known to be the last one.
//!
//! A request that was evaluated with consents that have changed since is evaluated again: no answer counts
//! somebody whose withdrawal was acknowledged before the answer left.

use std::{fmt, sync::Arc};

use futures::future::BoxFuture;
use fyr_engine::{Engine, EngineError, View};
use fyr_genome::{Chains, GenomeError, Genomes};
use fyr_policy::{DatasetPermit, Policy};
use fyr_schemas::Epoch;
use fyr_state::{Follower, Remembered, Stale};
use time::OffsetDateTime;

use crate::{
    ServiceError,
    policies::{InForce, Policies},
    releasing::Releasing,
    test_mode::Synthetic,
};

/// How often a request is evaluated anew because consents changed meanwhile.
const MOST: u32 = 5;

/// What one evaluation rests on, from end to end. Only the gate makes one: whoever holds a stage was let in.
#[derive(Clone)]
pub struct Stage {
    view: Arc<View>,
    in_force: Arc<InForce>,
    consents: u64,
    now: OffsetDateTime,
}

impl Stage {
    /// Returns the same as if some people, by any of their ids, had never been there.
    pub(super) async fn without(&self, people: &[String]) -> Result<Self, EngineError> {
        Ok(Self { view: self.view.without(people).await?, ..self.clone() })
    }

    /// Returns the data, as far as people may be counted.
    pub fn view(&self) -> &View {
        &self.view
    }

    pub(crate) fn in_force(&self) -> &InForce {
        &self.in_force
    }

    /// Returns the policy.
    pub fn policy(&self) -> &Policy {
        &self.in_force.policy
    }

    /// Returns the version of the policy.
    pub fn policy_version(&self) -> &str {
        &self.in_force.version
    }

    /// Returns the version of what people said.
    pub fn consent_version(&self) -> u64 {
        self.consents
    }

    /// Returns the release epoch of which a dataset is told; none where whoever comes is told of at once.
    pub fn epoch(&self, permit: &DatasetPermit) -> Option<Epoch> {
        permit.cohort().is_of_released().then(|| Epoch(self.view.epoch(permit.id())))
    }

    /// Returns the time of the evaluation.
    pub fn now(&self) -> OffsetDateTime {
        self.now
    }
}

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stage")
            .field("policy", &self.in_force.version)
            .field("consents", &self.consents)
            .finish_non_exhaustive()
    }
}

/// Where stages come from. Its methods are the gate's alone.
pub(super) trait Grounds: Send + Sync + fmt::Debug {
    /// Returns the newest state.
    fn stage(&self, now: OffsetDateTime) -> BoxFuture<'_, Result<Stage, ServiceError>>;

    /// Returns whether what was evaluated on a stage may leave. Waits a little where that is not known now.
    fn still_hold<'a>(&'a self, stage: &'a Stage) -> BoxFuture<'a, bool>;
}

/// The node's data, under what its people said.
#[derive(Debug)]
pub struct Live {
    engine: Engine,
    follower: Arc<Follower>,
    policies: Arc<Policies>,
    /// Who releases those who came; none where they are told of at once, as the owner is.
    releasing: Option<Releasing>,
}

impl Live {
    pub(crate) fn new(
        engine: Engine,
        follower: Arc<Follower>,
        policies: Arc<Policies>,
        releasing: Option<Releasing>,
    ) -> Self {
        Self { engine, follower, policies, releasing }
    }

    /// Releases those who came to a dataset, where enough have and it is time.
    ///
    /// # Errors
    ///
    /// The state is not known to be current, or the data cannot be seen.
    pub(crate) async fn release(&self, now: OffsetDateTime) -> Result<(), ServiceError> {
        self.newest(now).await.map(drop)
    }

    /// Returns the newest data, rules and memory, once whoever is due by them is released.
    async fn newest(
        &self,
        now: OffsetDateTime,
    ) -> Result<(Arc<View>, Arc<InForce>, Arc<Remembered>), ServiceError> {
        let mut remembered = self.follower.current().await?;
        loop {
            let view = self.engine.view(&remembered.consents).await?;
            let in_force = self.policies.get();
            let releasing = self.releasing.as_ref();
            let ground = (view.as_ref(), in_force.as_ref(), remembered.as_ref());
            let released = match releasing {
                Some(releasing) => releasing.release(ground, now.unix_timestamp()).await,
                None => None,
            };
            match released {
                Some(version) => remembered = self.follower.reach(version).await?,
                None => return Ok((view, in_force, remembered)),
            }
        }
    }

    /// Takes over what was committed to the store; returns whether there was anything.
    pub(crate) async fn refresh(&self) -> Result<bool, EngineError> {
        self.engine.refresh().await
    }

    /// Returns how many datasets the store has.
    pub(crate) fn datasets(&self) -> usize {
        self.engine.snapshot().datasets().len()
    }

    /// Reads what is known of genomes beside the data.
    pub(crate) fn genomes(&self, chains: Vec<Arc<Chains>>) -> Result<Genomes, GenomeError> {
        Genomes::open(self.engine.directory(), chains)
    }
}

impl Grounds for Live {
    fn stage(&self, now: OffsetDateTime) -> BoxFuture<'_, Result<Stage, ServiceError>> {
        Box::pin(async move {
            let (view, in_force, remembered) = self.newest(now).await?;
            Ok(Stage { view, in_force, consents: remembered.version(), now })
        })
    }

    fn still_hold<'a>(&'a self, stage: &'a Stage) -> BoxFuture<'a, bool> {
        Box::pin(async move {
            let current: Result<_, Stale> = self.follower.current().await;
            current.is_ok_and(|remembered| remembered.version() == stage.consents)
        })
    }
}

impl Grounds for Synthetic {
    fn stage(&self, now: OffsetDateTime) -> BoxFuture<'_, Result<Stage, ServiceError>> {
        Box::pin(async move {
            let (view, in_force) = self.get().await?;
            Ok(Stage { view, in_force, consents: 0, now })
        })
    }

    /// Nobody there can withdraw.
    fn still_hold<'a>(&'a self, _: &'a Stage) -> BoxFuture<'a, bool> {
        Box::pin(std::future::ready(true))
    }
}

/// The evaluations of one request.
pub(super) struct Attempts<'g> {
    grounds: &'g dyn Grounds,
    clock: fn() -> OffsetDateTime,
    left: u32,
    last: Option<Stage>,
}

impl<'g> Attempts<'g> {
    pub(super) fn on(grounds: &'g dyn Grounds, clock: fn() -> OffsetDateTime) -> Self {
        Self { grounds, clock, left: MOST, last: None }
    }

    /// Takes the newest state.
    pub(super) async fn next(&mut self) -> Result<Stage, ServiceError> {
        self.left = self.left.checked_sub(1).ok_or(ServiceError::Stale)?;
        let stage = self.grounds.stage((self.clock)()).await?;
        self.last = Some(stage.clone());
        Ok(stage)
    }

    /// Returns whether what was evaluated last may leave.
    pub(super) async fn still_hold(&self) -> bool {
        match &self.last {
            Some(stage) => self.grounds.still_hold(stage).await,
            None => true,
        }
    }
}
