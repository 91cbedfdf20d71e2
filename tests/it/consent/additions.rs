//! Who comes to a dataset with a floor is told of together with others who came: until then it reads as if they were not
//! there, byte by byte, on every path of every door.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use fyr_ingest::{
    IngestOptions, Progress, Withdrawn, ingest,
    metadata::{MetadataOptions, load},
};
use fyr_node::OF_THE_NODE;
use fyr_schemas::Assembly;
use fyr_tests::{NetworkSpec, TestNetwork, ask::RestClient, network::TestNode};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use super::{
    FLOOR, NODE, REGION,
    files::{People, vcf},
    questions::{self, Doors, Question},
    run, withdraw,
};

/// The longest that data may take to be taken over; what never is fails the test.
const PATIENCE: Duration = Duration::from_secs(60);

/// A dataset that nobody knows of but who has the token: it shows that what was loaded before is taken over.
const MARK: &str = "[policy.datasets.MARK]\nopen = true\npublic = \"none\"\nknown = \"frequency\"\nlisted = false\n\
    minimum_carriers = 0\nminimum_cohort = 0\n";
const TOKEN: &str = "correct-horse-battery-staple";

/// A running node to which people come.
struct Site<'a> {
    people: &'a People,
    directory: &'a Path,
    network: TestNetwork,
    marks: u32,
}

impl<'a> Site<'a> {
    /// Starts it with everyone but some.
    async fn start(people: &'a People, directory: &'a Path, name: &str, without: &[&str]) -> Self {
        let tokens = format!("[[tokens]]\nname = \"mark\"\ntoken = \"{TOKEN}\"\n");
        let node = people.node(name, without).with_policy(&format!("{FLOOR}{MARK}")).with_settings(&tokens);
        let network = NetworkSpec { nodes: vec![node], ..NetworkSpec::default() };
        let network = TestNetwork::start(&directory.join(format!("{name}-runs")), network).await.unwrap();
        Self { people, directory, network, marks: 0 }
    }

    fn node(&self) -> &TestNode {
        self.network.node(NODE).unwrap()
    }

    async fn answers(&self, questions: &[Question], named: &[&str]) -> Vec<(String, String)> {
        Doors::of(self.node()).await.answers(questions, named).await
    }

    /// Loads the files of one person, as a laboratory does that delivers a day's.
    async fn come(&mut self, person: &str) {
        let others = self.people.cohort.people.iter().map(|other| other.id.as_str());
        let others: Vec<&str> = others.filter(|other| *other != person).collect();
        let spec = self.people.node(&format!("only-{person}"), &others);
        let store = self.node().store();
        for options in spec.data {
            let genes = None;
            let options = IngestOptions { store: store.clone(), beside: OF_THE_NODE, genes, ..options };
            ingest(options, Progress::default()).await.unwrap();
        }
        let of_a_person = |path: &Path| {
            let name = path.file_stem().unwrap();
            ["individuals", "biosamples", "runs", "analyses"].iter().any(|kind| name == *kind)
        };
        let (dataset, mut inputs) = spec.metadata.into_iter().next().unwrap();
        inputs.retain(|path| of_a_person(path));
        let options = MetadataOptions {
            store,
            beside: OF_THE_NODE,
            dataset,
            assembly: None,
            entry_type: None,
            columns: None,
            replace: false,
            inputs,
            withdrawn: Withdrawn::default(),
        };
        load(options, Progress::default()).await.unwrap();
        self.taken_over().await;
    }

    /// Waits until the node has taken over what was loaded.
    async fn taken_over(&mut self) {
        self.marks += 1;
        let file = self.directory.join("mark.vcf");
        let place = 1_000 + self.marks;
        std::fs::write(&file, vcf(&["M".to_owned()], &format!("1-{place}-A-C"), "0/1")).unwrap();
        let mut options = IngestOptions::new("", "MARK", Assembly::GRCH38, vec![file]);
        (options.store, options.beside) = (self.node().store(), OF_THE_NODE);
        options.replace = self.marks > 1;
        ingest(options, Progress::default()).await.unwrap();
        let client = RestClient::new(&self.node().beacon()).with_token(TOKEN);
        let path = format!(
            "/g_variants?assemblyId=GRCh38&referenceName=1&start={}&referenceBases=A&alternateBases=C&datasets=MARK",
            place - 1
        );
        let started = Instant::now();
        loop {
            let (_, answer): (u16, Value) = client.get(&path).await.unwrap();
            if answer["responseSummary"]["exists"] == true {
                return;
            }
            assert!(started.elapsed() < PATIENCE, "{answer}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

fn same(told: &[(String, String)], expected: &[(String, String)], when: &str) {
    assert_eq!(told.len(), expected.len());
    for ((asked, answer), (_, expected)) in told.iter().zip(expected) {
        assert_eq!(answer, expected, "{when}: {asked}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_reads_as_if_they_were_not_there() {
    let directory = tempfile::tempdir().unwrap();
    let people = People::generate(directory.path(), 12, 40);
    let late: Vec<&str> = (3..10).map(|place| people.id(place)).collect();
    let named = [late[0], late[1], people.id(0)];
    let questions = questions::all(&people, &named, &mut ChaCha8Rng::seed_from_u64(12));
    let mut site = Site::start(&people, directory.path(), "early", &late).await;
    site.taken_over().await;
    let before = site.answers(&questions, &named).await;

    site.come(late[0]).await;
    same(&site.answers(&questions, &named).await, &before, "one waits");
    for person in &late[1..4] {
        site.come(person).await;
    }
    same(&site.answers(&questions, &named).await, &before, "four wait");
    let store = site.node().store().display().to_string();
    run(&["compact", "--store", &store, "--dataset", REGION]).await.unwrap();
    site.taken_over().await;
    same(&site.answers(&questions, &named).await, &before, "they were merged with the others");
    withdraw(site.node(), REGION, late[0]).await;
    site.come(late[4]).await;
    same(&site.answers(&questions, &named).await, &before, "one of five has withdrawn");
    let stopped = site.network.stop_node(NODE).await.unwrap();
    site.network.restart_node(stopped).await.unwrap();
    same(&site.answers(&questions, &named).await, &before, "the node was started anew");

    site.come(late[5]).await;
    let told = site.answers(&questions, &named).await;
    assert!(told != before, "nobody noticed that they have come: the questions ask nothing");
    // One that never held who withdrew, to which the others came as they came here.
    let mut never = Site::start(&people, directory.path(), "never", &late).await;
    never.taken_over().await;
    never.answers(&questions, &named).await;
    for person in &late[1..6] {
        never.come(person).await;
    }
    same(&told, &never.answers(&questions, &named).await, "five are told of, and one never came");
    site.come(late[6]).await;
    same(&site.answers(&questions, &named).await, &told, "another waits");
    never.network.stop().await;
    site.network.stop().await;
}
