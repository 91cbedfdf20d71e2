//! The nodes that are attacked, loaded and configured as an operator would, and the attacker's clients.

use std::{collections::BTreeMap, path::PathBuf};

use anyhow::Context;
use fyr_ingest::IngestOptions;
use fyr_schemas::Granularity;
use fyr_tests::{
    NetworkSpec, NodeSpec, TestNetwork,
    inference::Observation,
    network::TestNode,
    tokens::{DATASET, Provider, World},
};
use tempfile::TempDir;
use tokio::sync::Mutex;

use crate::{
    client::{Client, only_members},
    population::{MEMBERS, Population, Somebody, Written},
    posture::Posture,
    reading::reading,
    requester::{Requester, tokens_toml},
};

/// The node with the example configuration.
pub(crate) const SHIPPED: &str = "se.attack.sl-beacon.test";
/// The same data, declared open.
pub(crate) const UNDEFENDED: &str = "se.undefended.sl-beacon.test";

/// Questions that one requester puts for [`Stand::readings`].
const DAY: usize = 1_000;
/// The first of their numbers.
const READERS: usize = 100;

const EXAMPLE: &str = include_str!("../../examples/node.toml");

const OPEN: &str = "[policy.default]\nopen = true\npublic = \"frequency\"\nsubjects = \"count\"\n\
                    minimum_carriers = 0\n";

/// Returns the rules of the example configuration, beside which members of a consortium may learn what their profile
/// ever lets them.
///
/// # Errors
///
/// The example has no such table.
pub(crate) fn shipped_policy() -> anyhow::Result<String> {
    let example: toml::Table = EXAMPLE.parse()?;
    let rules = example.get("policy").and_then(|policy| policy.get("default"));
    let mut rules = rules.and_then(toml::Value::as_table).cloned().context("no rules in the example")?;
    rules.insert("consortium".to_owned(), "frequency".into());
    rules.insert("grants".to_owned(), vec![DATASET.to_owned()].into());
    Ok(format!("[policy.default]\n{rules}"))
}

/// What runs, and what has been told so far.
#[derive(Debug)]
pub(crate) struct Stand {
    pub(crate) population: Population,
    pub(crate) world: World,
    pub(crate) directory: TempDir,
    network: TestNetwork,
    book: Mutex<BTreeMap<Posture, Vec<Observation>>>,
    _trap: Provider,
}

impl Stand {
    /// Loads the members and starts the nodes.
    ///
    /// # Errors
    ///
    /// Something does not start.
    pub(crate) async fn start(population: Population) -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        let trap = Provider::start().await?;
        let world = World::create(SHIPPED, directory.path(), &trap.url("/jwks.json"))?;
        let members: Vec<&Somebody> = population.members.iter().collect();
        let shipped = loaded(SHIPPED, &population, &members, directory.path().join("members"))?
            .with_policy(&shipped_policy()?)
            .with_settings(&format!("{}{}", tokens_toml(), world.identity_toml()));
        let store = directory.path().join(SHIPPED).join("store");
        let open = NodeSpec { store: Some(store), ..NodeSpec::open(UNDEFENDED, Vec::new()) }
            .with_policy(OPEN)
            .with_settings(
                "[audit]\npath = \"audit/decisions.jsonl\"\n\
                 [state]\nurl = \"sqlite:state.db\"\nkey = \"state.key\"\n",
            );
        let spec = NetworkSpec { nodes: vec![shipped, open], ..NetworkSpec::default() };
        let network = TestNetwork::start(directory.path(), spec).await?;
        Ok(Self { population, world, directory, network, book: Mutex::default(), _trap: trap })
    }

    /// Returns the node that a posture asks.
    ///
    /// # Errors
    ///
    /// It does not run.
    pub(crate) fn node(&self, posture: Posture) -> anyhow::Result<&TestNode> {
        self.network.node(if posture == Posture::Undefended { UNDEFENDED } else { SHIPPED })
    }

    /// Connects somebody with the node.
    ///
    /// # Errors
    ///
    /// There is no connection.
    pub(crate) async fn client(&self, requester: Requester) -> anyhow::Result<Client<'_>> {
        Client::connect(self.node(requester.posture)?, &self.world, requester).await
    }

    /// Returns what is told of every locus; asked once, since everybody of a posture is told the same.
    ///
    /// # Errors
    ///
    /// The node does not answer.
    pub(crate) async fn readings(&self, posture: Posture) -> anyhow::Result<Vec<Observation>> {
        let mut book = self.book.lock().await;
        if let Some(known) = book.get(&posture) {
            return Ok(known.clone());
        }
        let all: Vec<usize> = (0..self.population.loci.len()).collect();
        let people = self.population.members.len() as u64;
        let mut readings = Vec::new();
        // Nobody asks more than a day's quota.
        for (loci, number) in all.chunks(DAY).zip(READERS..) {
            let client = self.client(Requester { posture, number }).await?;
            let answers = client.stream(&self.population, loci, Granularity::Record, only_members()).await?;
            readings.extend(answers.iter().map(|answer| reading(answer.as_ref(), posture.bounds(), people)));
        }
        book.insert(posture, readings.clone());
        Ok(readings)
    }

    /// Stops everything.
    pub(crate) async fn stop(self) {
        self.network.stop().await;
    }
}

/// A node that is going to hold some people of a population.
///
/// # Errors
///
/// Their files cannot be written.
pub(crate) fn loaded(
    id: &str,
    population: &Population,
    people: &[&Somebody],
    directory: PathBuf,
) -> anyhow::Result<NodeSpec> {
    let written = Written::create(population, people, &directory)?;
    let mut options = IngestOptions::new("", MEMBERS, population.assembly, vec![written.vcf]);
    options.individuals = Some(written.panel);
    let mut spec = NodeSpec::open(id, vec![options]);
    spec.metadata.push((MEMBERS.to_owned(), vec![written.individuals]));
    Ok(spec)
}
