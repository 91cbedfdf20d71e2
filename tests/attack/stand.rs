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

/// The node with the example configuration, where each person has an account.
pub(crate) const SHIPPED: &str = "se.attack.sl-beacon.test";
/// The same data, where nobody has.
pub(crate) const UNCHARGED: &str = "se.uncharged.sl-beacon.test";
/// The same data, declared open.
const UNDEFENDED: &str = "se.undefended.sl-beacon.test";
/// The same data, with exact numbers.
const EXACT: &str = "se.exact.sl-beacon.test";
/// The same, with free sets of people.
const FREE: &str = "se.free.sl-beacon.test";

/// The number of whoever asks for [`Stand::readings`] where each person has an account, and the first of those who share
/// the questions where nobody has.
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
fn shipped_policy() -> anyhow::Result<String> {
    Ok(format!("[policy.default]\n{}", rules()?))
}

/// Returns the same rules without accounts, and so without what prices them.
///
/// # Errors
///
/// The example has no such table.
pub(crate) fn uncharged_policy() -> anyhow::Result<String> {
    let mut rules = rules()?;
    rules.remove("reference");
    rules.insert("accounts".to_owned(), false.into());
    rules.insert("lowered_because".to_owned(), "a test".into());
    Ok(format!("[policy.default]\n{rules}"))
}

fn rules() -> anyhow::Result<toml::Table> {
    let example: toml::Table = EXAMPLE.parse()?;
    let rules = example.get("policy").and_then(|policy| policy.get("default"));
    let mut rules = rules.and_then(toml::Value::as_table).cloned().context("no rules in the example")?;
    for (profile, release) in [("public", "boolean"), ("consortium", "frequency"), ("subjects", "count")] {
        rules.insert(profile.to_owned(), release.into());
    }
    rules.insert("grants".to_owned(), vec![DATASET.to_owned()].into());
    Ok(rules)
}

/// Returns the name of the frequencies by which the example prices what is told of people.
fn reference() -> anyhow::Result<String> {
    let rules = rules()?;
    let name = rules.get("reference").and_then(toml::Value::as_str);
    name.map(str::to_owned).context("no reference in the example")
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
        let shipped = shipped(&population, &members, directory.path())?.with_settings(&format!(
            "{}{}",
            tokens_toml(),
            world.identity_toml()
        ));
        let store = directory.path().join(SHIPPED).join("store");
        let exact = format!("{}exact_numbers = true\n", uncharged_policy()?);
        let free = format!("{exact}free_questions = [\"known\"]\n");
        let uncharged = uncharged_policy()?;
        let mut others =
            [(UNDEFENDED, OPEN.to_owned()), (UNCHARGED, uncharged), (EXACT, exact), (FREE, free)]
                .map(|(id, policy)| beside(&store, id, &policy));
        others[1].settings.push_str(&world.identity_toml());
        let nodes = std::iter::once(shipped).chain(others).collect();
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
            Posture::Uncharged(_) => UNCHARGED,
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
        let people = self.population.members.len() as u64;
        let mut readings = vec![reading(None, posture.bounds(), people); self.population.loci.len()];
        for (loci, number) in self.shares(posture).into_iter().zip(READERS..) {
            let client = self.client(Requester { posture, number }).await?;
            let answers = client.stream(&self.population, &loci, Granularity::Record, only_members()).await?;
            for (locus, answer) in loci.into_iter().zip(&answers) {
                if let Some(known) = readings.get_mut(locus) {
                    *known = reading(answer.as_ref(), posture.bounds(), people);
                }
            }
        }
        book.insert(posture, readings.clone());
        Ok(readings)
    }

    /// Returns who asks for which loci, nobody for more than in a day. Where each person has an account with whoever asks,
    /// one requester does, for those loci that tell most.
    fn shares(&self, posture: Posture) -> Vec<Vec<usize>> {
        let most = posture.a_day();
        if let Posture::Shipped(_) = posture {
            let mut loci = self.population.by_threshold(posture.bounds().minimum_carriers);
            loci.truncate(most);
            return vec![loci];
        }
        let all: Vec<usize> = (0..self.population.loci.len()).collect();
        all.chunks(most.min(all.len()).max(1)).map(<[usize]>::to_vec).collect()
    }

    /// Stops everything.
    pub(crate) async fn stop(self) {
        self.network.stop().await;
    }
}

/// A node with the rules of the example, beside the frequencies of the population that its people come from.
fn shipped(population: &Population, members: &[&Somebody], directory: &Path) -> anyhow::Result<NodeSpec> {
    let directory = directory.join("members");
    let mut spec = loaded(SHIPPED, population, members, directory.clone())?.with_policy(&shipped_policy()?);
    let sites = frequencies(population, &directory.join("elsewhere.vcf.gz"))?;
    spec.data.insert(0, IngestOptions::new("", &reference()?, population.assembly, vec![sites]));
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
