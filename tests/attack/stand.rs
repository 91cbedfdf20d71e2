//! The nodes that are attacked, loaded and configured as an operator would, and the attacker's clients.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

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
    population::{MEMBERS, Population, Somebody, Written, frequencies},
    posture::Posture,
    reading::reading,
    requester::{Requester, tokens_toml},
};

/// The node with the example configuration.
pub(crate) const SHIPPED: &str = "se.attack.sl-beacon.test";
/// The same data, where each person has an account.
pub(crate) const PRICED: &str = "se.priced.sl-beacon.test";
/// The dataset of frequencies that accounts are priced by.
const ELSEWHERE: &str = "ELSEWHERE";
/// The same data, declared open.
const UNDEFENDED: &str = "se.undefended.sl-beacon.test";
/// The same data, with exact numbers.
const EXACT: &str = "se.exact.sl-beacon.test";
/// The same, with free sets of people.
const FREE: &str = "se.free.sl-beacon.test";

/// Questions that one requester puts for [`Stand::readings`].
const DAY: usize = 1_000;
/// The first of their numbers.
const READERS: usize = 100;

const EXAMPLE: &str = include_str!("../../examples/node.toml");

const OPEN: &str = "[policy.default]\nopen = true\npublic = \"frequency\"\nsubjects = \"count\"\n\
                    minimum_carriers = 0\n";

/// Returns the rules of the example configuration, beside which each profile may learn what it ever may without a reason
/// that is stated, of people too: an attack on what the example keeps to itself would always fail.
///
/// # Errors
///
/// The example has no such table.
pub(crate) fn shipped_policy() -> anyhow::Result<String> {
    let example: toml::Table = EXAMPLE.parse()?;
    let rules = example.get("policy").and_then(|policy| policy.get("default"));
    let mut rules = rules.and_then(toml::Value::as_table).cloned().context("no rules in the example")?;
    for (profile, release) in [("public", "boolean"), ("consortium", "frequency"), ("subjects", "count")] {
        rules.insert(profile.to_owned(), release.into());
    }
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
        let priced = priced(&population, &members, directory.path())?.with_settings(&format!(
            "{}{}",
            tokens_toml(),
            world.identity_toml()
        ));
        let store = directory.path().join(SHIPPED).join("store");
        let exact = format!("{}exact_numbers = true\nlowered_because = \"a test\"\n", shipped_policy()?);
        let free = format!("{exact}free_questions = [\"known\"]\n");
        let others = [(UNDEFENDED, OPEN.to_owned()), (EXACT, exact), (FREE, free)];
        let others = others.map(|(id, policy)| beside(&store, id, &policy));
        let nodes = [shipped, priced].into_iter().chain(others).collect();
        let spec = NetworkSpec { nodes, ..NetworkSpec::default() };
        let network = TestNetwork::start(directory.path(), spec).await?;
        Ok(Self { population, world, directory, network, book: Mutex::default(), _trap: trap })
    }

    /// Returns the node that a posture asks.
    ///
    /// # Errors
    ///
    /// It does not run.
    pub(crate) fn node(&self, posture: Posture) -> anyhow::Result<&TestNode> {
        self.network.node(match posture {
            Posture::Undefended => UNDEFENDED,
            Posture::Shipped(_) => SHIPPED,
            Posture::Priced => PRICED,
            Posture::Exact => EXACT,
            Posture::Free => FREE,
        })
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

/// A node with the same rules and people, beside the frequencies of the population that they come from.
fn priced(population: &Population, members: &[&Somebody], directory: &Path) -> anyhow::Result<NodeSpec> {
    let directory = directory.join("priced");
    let mut spec = loaded(PRICED, population, members, directory.clone())?
        .with_policy(&format!("{}reference = \"{ELSEWHERE}\"\n", shipped_policy()?));
    let sites = frequencies(population, &directory.join("elsewhere.vcf.gz"))?;
    spec.data.insert(0, IngestOptions::new("", ELSEWHERE, population.assembly, vec![sites]));
    Ok(spec)
}

/// A node over a store that another one has loaded.
fn beside(store: &Path, id: &str, policy: &str) -> NodeSpec {
    let settings = "[audit]\npath = \"audit/decisions.jsonl\"\n\
                    [state]\nurl = \"sqlite:state.db\"\nkey = \"state.key\"\n";
    NodeSpec { store: Some(store.to_owned()), forgets: true, ..NodeSpec::open(id, Vec::new()) }
        .with_policy(policy)
        .with_settings(&format!("{settings}{}", tokens_toml()))
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
