//! Whoever withdrew is answered of as if the node had never held them: byte by byte, on every path of every
//! door.

use std::path::Path;

use fyr_policy::ConsentItem;
use fyr_state::{Answers, ItemAnswer, Said};
use fyr_tests::{NetworkSpec, TestNetwork};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::{
    FLOOR, NODE, OPEN, REGION,
    files::People,
    questions::{self, Doors, Question},
    withdraw,
};

/// Each person agreed; whom nobody asked does not count. Of fewer than three nothing is told.
const AGREED: &str = "[policy.default]\nconsent = \"opt-in\"\ndata_use = [\"NRES\"]\npublic = \"frequency\"\nsubjects = \"count\"\n\
    minimum_carriers = 3\nminimum_cohort = 3\nlisted = true\nlowered_because = \"synthetic people\"\naccounts = false\n";

/// A network of one node, with everyone or without some.
struct Place<'a> {
    people: &'a People,
    policy: &'a str,
    directory: &'a Path,
}

impl Place<'_> {
    async fn start(&self, name: &str, without: &[&str]) -> TestNetwork {
        let node = self.people.node(name, without).with_policy(self.policy);
        let network = NetworkSpec { nodes: vec![node], ..NetworkSpec::default() };
        let network =
            TestNetwork::start(&self.directory.join(format!("{name}-runs")), network).await.unwrap();
        if self.policy == AGREED {
            self.agree(&network, without).await;
        }
        network
    }

    /// A node without data. What it knows of genes it has all the same.
    async fn start_empty(&self) -> TestNetwork {
        let mut node = self.people.node("nobody", &[]).with_policy(self.policy);
        node.data.truncate(1);
        node.metadata.clear();
        let network = NetworkSpec { nodes: vec![node], ..NetworkSpec::default() };
        let mut network = TestNetwork::start(&self.directory.join("nobody-runs"), network).await.unwrap();
        let store = network.node(NODE).unwrap().store();
        let stopped = network.stop_node(NODE).await.unwrap();
        fyr_store::Store::open(&store).await.unwrap().remove(REGION).await.unwrap();
        network.restart_node(stopped).await.unwrap();
        network
    }

    /// Two in three agree to everything.
    async fn agree(&self, network: &TestNetwork, without: &[&str]) {
        let answers = ConsentItem::ALL
            .into_iter()
            .fold(Answers::default(), |all, item| all.with(item, ItemAnswer::Yes));
        let asked = self.people.cohort.people.iter().enumerate().filter(|(at, _)| at % 3 != 0);
        let said: Vec<Said> = asked
            .filter(|(_, person)| !without.contains(&person.id.as_str()))
            .map(|(_, person)| Said {
                dataset: REGION.to_owned(),
                person: person.id.clone(),
                answers: answers.clone(),
            })
            .collect();
        let state = network.node(NODE).unwrap().state().await.unwrap();
        state.set("test", &said, || {}).await.unwrap();
    }
}

async fn everything(network: &TestNetwork, questions: &[Question], named: &[&str]) -> Vec<(String, String)> {
    let node = Doors::of(network.node(NODE).unwrap()).await;
    let broker = Doors::of_broker(&network.broker).await;
    let mut all = node.answers(questions, named).await;
    let brokered = broker.answers(questions, named).await;
    all.extend(brokered.into_iter().map(|(asked, answer)| (format!("broker: {asked}"), answer)));
    all
}

async fn reads_as_if_never_held(policy: &str, seed: u64) {
    let directory = tempfile::tempdir().unwrap();
    let people = People::generate(directory.path(), seed, 40);
    let place = Place { people: &people, policy, directory: directory.path() };
    // One of two in a file, who is alone in one, and others.
    let leaving = [people.id(0), people.id(2), people.id(5), people.id(6)];
    let named = [leaving[0], leaving[1], leaving[2], people.id(1)];
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let questions = questions::all(&people, &named, &mut rng);
    let holding = place.start("everyone", &[]).await;
    let before = everything(&holding, &questions, &named).await;
    let mut differ = 0;
    for gone in 1..=leaving.len() {
        withdraw(holding.node(NODE).unwrap(), REGION, leaving[gone - 1]).await;
        let never = place.start(&format!("without-{gone}"), &leaving[..gone]).await;
        let (with, without) =
            (everything(&holding, &questions, &named).await, everything(&never, &questions, &named).await);
        never.stop().await;
        assert_eq!(with.len(), without.len());
        for ((asked, answer), (_, expected)) in with.iter().zip(&without) {
            assert_eq!(answer, expected, "{gone} withdrew: {asked}");
        }
        differ += with.iter().zip(&before).filter(|(now, then)| now != then).count();
    }
    assert!(differ > 0, "nobody noticed that they are gone: the questions ask nothing");
    holding.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn open_data_read_as_if_they_had_never_been_there() {
    reads_as_if_never_held(OPEN, 7).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn data_with_a_floor_read_as_if_they_had_never_been_there() {
    reads_as_if_never_held(FLOOR, 8).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn data_of_those_who_agreed_read_as_if_they_had_never_been_there() {
    reads_as_if_never_held(AGREED, 9).await;
}

/// Where nobody is left there is no dataset, as if there had never been one.
#[tokio::test(flavor = "multi_thread")]
async fn a_dataset_that_everybody_left_is_unknown() {
    for policy in [OPEN, FLOOR] {
        let directory = tempfile::tempdir().unwrap();
        let people = People::generate(directory.path(), 10, 3);
        let place = Place { people: &people, policy, directory: directory.path() };
        let named = [people.id(0)];
        let questions = questions::all(&people, &named, &mut ChaCha8Rng::seed_from_u64(10));
        let emptied = place.start("everyone", &[]).await;
        for leaving in 0..3 {
            withdraw(emptied.node(NODE).unwrap(), REGION, people.id(leaving)).await;
        }
        let never = place.start_empty().await;
        let (with, without) =
            (everything(&emptied, &questions, &named).await, everything(&never, &questions, &named).await);
        for ((asked, answer), (_, expected)) in with.iter().zip(&without) {
            assert_eq!(answer, expected, "{asked}");
        }
        emptied.stop().await;
        never.stop().await;
    }
}
