//! A running node: its parts put together, its doors open, its snapshot kept fresh.

mod compaction;
mod upkeep;

use std::{path::Path, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use fyr_doors::{Addresses, ServeOptions, serve};
use fyr_engine::{DatasetKind, DatasetSummary, Engine, EngineOptions, check_reference};
use fyr_ontology::Ontologies;
use fyr_policy::{LocalOwner, Policy};
use tokio::{
    task::JoinHandle,
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{
    Authenticator, Node, NodeConfig, StartError, audit_end,
    authn::StateMemory,
    gate::{Admits, Gate, Live, Posts},
    policies::Policies,
    profile::Profile,
    releasing::Releasing,
    service::{Decisions, Quotas},
    test_mode::Synthetic,
};

/// How often the store is looked at for new commits: a removal shows within a second.
const REFRESH: Duration = Duration::from_millis(200);

/// A node that answers. Dropped, it stops without waiting.
#[derive(Debug)]
pub struct RunningNode {
    node: Arc<Node>,
    addresses: Addresses,
    stop: DropGuard,
    doors: JoinHandle<()>,
}

impl RunningNode {
    /// Returns where it listens.
    pub fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// Takes over what a configuration says of tokens and chain files, and what the store knows of genomes. Policy,
    /// certificates and data are followed without it; all else holds as it was when the node started.
    ///
    /// # Errors
    ///
    /// Tokens or chain files that cannot be used. Nothing is taken over then.
    pub fn take(&self, config: &NodeConfig) -> Result<(), StartError> {
        let chains = config.liftover.load()?;
        self.node.authenticator.take(config)?;
        self.node.chains.store(Arc::new(chains));
        self.node.refresh_genomes();
        Ok(())
    }

    /// Takes no more requests, and waits until those in flight are answered and recorded.
    pub async fn stop(self) {
        drop((self.stop, self.node));
        if let Err(error) = self.doors.await {
            tracing::error!(%error, "the doors ended abnormally");
        }
    }
}

impl Node {
    /// Puts the parts of a node together.
    ///
    /// # Errors
    ///
    /// A configuration that makes no sense, and a store or an audit log that cannot be opened.
    pub async fn open(config: &NodeConfig) -> Result<Self, StartError> {
        Self::letting_in(config, None).await
    }

    /// Puts the parts of a node together that its owner asks, and nobody else.
    pub(crate) async fn of_owner(config: &NodeConfig, owner: LocalOwner) -> Result<Self, StartError> {
        Self::letting_in(config, Some(owner)).await
    }

    /// Lets the owner in, or else clients.
    async fn letting_in(config: &NodeConfig, owner: Option<LocalOwner>) -> Result<Self, StartError> {
        config.validate()?;
        let policies = Arc::new(Policies::open(config)?);
        let state = config.open_state().await?;
        let follower = Arc::new(state.follow().await?);
        let memory = StateMemory { state: state.clone(), follower: Arc::clone(&follower) };
        let ontologies = Arc::new(Ontologies::load(&config.ontologies)?);
        let engine = open_store(config, Arc::clone(&ontologies)).await?;
        check_references(config, &policies.get().policy, engine.snapshot().datasets())?;
        let releasing = owner.is_none().then(|| Releasing::new(state.clone()));
        let live = Arc::new(Live::new(engine, Arc::clone(&follower), Arc::clone(&policies), releasing));
        let chains = config.liftover.load()?;
        let genomes = ArcSwap::from_pointee(live.genomes(chains.clone())?);
        let authenticator = Arc::new(Authenticator::new(config, Arc::new(memory))?);
        let patience = if owner.is_some() { audit_end::PATIENCE } else { Duration::ZERO };
        let audit = Arc::new(audit_end::open(config, &state, patience).await?);
        let audit_place = audit_end::place(config)?;
        let gate = Gate::new(Posts {
            audit: Arc::clone(&audit),
            admits: owner.map_or_else(|| Admits::Clients(Arc::clone(&authenticator)), Admits::Owner),
            live: Arc::clone(&live),
            synthetic: Synthetic::new(&config.node.id, config.limits, Arc::clone(&ontologies)),
            purse: Box::new(Quotas::new(state.clone())),
            limits: config.limits,
            region: config.node.region.clone(),
        });
        let profile = Profile::new(config, &policies.get().policy);
        let (decisions, limits) = (Decisions::default(), config.limits);
        Ok(Self {
            profile,
            gate,
            live,
            authenticator,
            audit,
            audit_place,
            policies,
            decisions,
            follower,
            state,
            ontologies,
            genomes,
            chains: ArcSwap::from_pointee(chains),
            limits,
        })
    }
}

/// Refuses a policy by which what is told of the people of datasets could not be priced.
///
/// # Errors
///
/// A dataset that it names as a reference is none for the people who are to be priced by it.
pub fn check_references(
    config: &NodeConfig,
    policy: &Policy,
    datasets: &[DatasetSummary],
) -> Result<(), StartError> {
    for priced in datasets.iter().filter(|dataset| dataset.kind == DatasetKind::Individual) {
        let Some(id) = policy.reference(&priced.id) else { continue };
        check_reference(priced, id, datasets.iter().find(|dataset| dataset.id == id))
            .map_err(|source| StartError::Store { url: config.store.url.clone(), source })?;
    }
    Ok(())
}

impl Node {
    /// Takes over reference sequences and genes that came with new data.
    fn refresh_genomes(&self) {
        match self.live.genomes(self.chains.load().to_vec()) {
            Ok(genomes) => self.genomes.store(Arc::new(genomes)),
            Err(error) => tracing::warn!(%error, "what is known of genomes was not refreshed"),
        }
    }
}

/// Opens the store of a node for counting.
///
/// # Errors
///
/// The store cannot be read, or is half restored.
pub async fn open_store(config: &NodeConfig, ontologies: Arc<Ontologies>) -> Result<Engine, StartError> {
    config.refuse_half_restored()?;
    let url = &config.store.url;
    let options = EngineOptions { memory_limit: config.limits.memory() };
    Engine::open(url, options, ontologies)
        .await
        .map_err(|source| StartError::Store { url: url.clone(), source })
}

/// Starts a node; it answers when this returns.
///
/// # Errors
///
/// What [`Node::open`] refuses, addresses that cannot be bound, and certificates that cannot be used.
pub async fn start(config: NodeConfig) -> Result<RunningNode, StartError> {
    let node = Arc::new(Node::open(&config).await?);
    let stop = CancellationToken::new();
    let guard = stop.clone().drop_guard();
    if node.live.datasets() == 0 {
        tracing::warn!(store = config.store.url, "the store holds no dataset yet");
    }
    let merging = config.compaction.tiers().zip(config.store_directory().map(Path::to_owned));
    let interval = config.compaction.interval();
    let mut options = ServeOptions::new(config.http, config.grpc);
    options.monitoring = config.monitoring;
    options.clients = config.clients;
    let serving = serve(node.clone(), options, stop.clone()).await?;
    let (bound, running) = (serving.bound(), node.clone());
    let doors = tokio::spawn(async move {
        tokio::join!(
            serving.run(),
            follow(&node, &stop),
            upkeep::policy(&node, &stop),
            upkeep::changes(&node, &stop),
            upkeep::seen(&node, &stop),
            upkeep::releases(&node, &stop),
            upkeep::keys(&node, &stop),
            upkeep::audit_end(&node, &stop),
            upkeep::care(&node, &stop),
            upkeep::public(&node, &stop),
            async {
                if let Some((how, directory)) = merging {
                    compaction::run(&directory, (how, interval), &stop).await;
                }
            },
        );
    });
    Ok(RunningNode { node: running, addresses: bound, stop: guard, doors })
}

/// Takes over what is committed to the store, until the stop.
async fn follow(node: &Node, stop: &CancellationToken) {
    let mut ticks = interval(REFRESH);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        match node.live.refresh().await {
            Ok(true) => {
                tracing::info!(datasets = node.live.datasets(), "store changed");
                node.refresh_genomes();
            }
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "store not refreshed"),
        }
    }
}

#[cfg(test)]
mod tests;
