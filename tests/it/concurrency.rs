//! Questions while data are loaded, replaced and removed, and while the node restarts: every answer was true
//! of some committed version.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use fyr_ingest::{IngestOptions, Progress, ingest};
use fyr_schemas::{AlleleQuery, Answer, Assembly};
use fyr_tests::{
    AlleleKey, NetworkSpec, NodeSpec, SyntheticCohort, TestNetwork,
    ask::{Ask, GrpcClient},
    compare::{difference, of_node, question},
};

use crate::support::{generate, spec};

const NODE: &str = "se.busy.af-beacon.test";
const DATASET: &str = "BUSY";
/// Who ask at the same time.
const CLIENTS: usize = 4;

/// Two cohorts that are in the dataset by turns.
struct Versions {
    cohorts: [SyntheticCohort; 2],
    options: [IngestOptions; 2],
    questions: Vec<(AlleleKey, AlleleQuery)>,
}

impl Versions {
    fn generate(directory: &std::path::Path) -> Self {
        let make = |seed| {
            let directory = directory.join(format!("version-{seed}"));
            std::fs::create_dir_all(&directory).unwrap();
            let (cohort, options) = generate(&directory, &spec(DATASET, seed));
            (cohort, IngestOptions { replace: true, ..options })
        };
        let [(first, once), (second, again)] = [make(1), make(2)];
        let keys = first.truth.alleles.keys().chain(second.truth.alleles.keys());
        let questions = keys.map(|key| (key.clone(), question(Assembly::GRCH38, key).unwrap()));
        let questions: BTreeMap<_, _> = questions.collect();
        Self { questions: questions.into_iter().collect(), cohorts: [first, second], options: [once, again] }
    }

    /// Returns of which versions an answer is true.
    fn told(&self, key: &AlleleKey, answer: &Answer) -> Vec<usize> {
        let is_true = |cohort: &SyntheticCohort| match cohort.truth.alleles.get(key) {
            Some(truth) => difference(truth, of_node(answer).as_ref()).is_none(),
            None => of_node(answer).is_none(),
        };
        (0..2).filter(|version| is_true(&self.cohorts[*version])).collect()
    }

    async fn load(&self, version: usize, store: &std::path::Path) {
        let options = IngestOptions { store: store.to_owned(), ..self.options[version].clone() };
        ingest(options, Progress::default()).await.unwrap();
    }
}

/// Asks until it is told to stop; returns how many answers were true of each version alone.
async fn ask(versions: Arc<Versions>, client: GrpcClient, first: usize, stop: Arc<AtomicBool>) -> [u64; 2] {
    let mut told = [0, 0];
    for (key, query) in versions.questions.iter().cycle().skip(first) {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let answer = client.lookup(query, &Ask::default()).await.unwrap().unwrap();
        match versions.told(key, &answer).as_slice() {
            [] => panic!("{key}: {answer:?} is true of no version"),
            [version] => told[*version] += 1,
            _ => {}
        }
    }
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_during_ingest_are_those_of_one_version() {
    let directory = tempfile::tempdir().unwrap();
    let versions = Arc::new(Versions::generate(directory.path()));
    let node = NodeSpec::open(NODE, vec![versions.options[0].clone()]);
    let network = NetworkSpec { nodes: vec![node], ..NetworkSpec::default() };
    let network = TestNetwork::start(directory.path(), network).await.unwrap();
    let node = network.node(NODE).unwrap();
    let (client, stop) = (node.grpc().await.unwrap(), Arc::new(AtomicBool::new(false)));
    let ask = |n| tokio::spawn(ask(Arc::clone(&versions), client.clone(), n * 97, Arc::clone(&stop)));
    let clients: Vec<_> = (0..CLIENTS).map(ask).collect();
    for round in 1..=6 {
        versions.load(round % 2, &node.store()).await;
        settle(&versions, &client, round % 2).await;
    }
    stop.store(true, Ordering::Relaxed);
    let told = futures::future::try_join_all(clients).await.unwrap();
    for version in 0..2 {
        assert!(told.iter().map(|told| told[version]).sum::<u64>() > 0, "version {version} was never seen");
    }
    network.stop().await;
}

/// Waits until the node has taken a version over.
async fn settle(versions: &Versions, client: &GrpcClient, version: usize) {
    let (mut waited, patience) = (Duration::ZERO, Duration::from_millis(20));
    for (key, query) in versions.questions.iter().cycle() {
        let answer = client.lookup(query, &Ask::default()).await.unwrap().unwrap();
        match versions.told(key, &answer).as_slice() {
            [only] if *only == version => return,
            [_] => {
                assert!(waited < Duration::from_secs(30), "version {version} is not taken over");
                tokio::time::sleep(patience).await;
                waited += patience;
            }
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_loses_answers_but_tells_nothing_false() {
    let directory = tempfile::tempdir().unwrap();
    let versions = Arc::new(Versions::generate(directory.path()));
    let node = NodeSpec::open(NODE, vec![versions.options[0].clone()]);
    let network = NetworkSpec { nodes: vec![node], ..NetworkSpec::default() };
    let mut network = TestNetwork::start(directory.path(), network).await.unwrap();
    let (client, store) = {
        let node = network.node(NODE).unwrap();
        (node.grpc().await.unwrap(), node.store())
    };
    let (stop, lost) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let asking = tokio::spawn({
        let (versions, client) = (Arc::clone(&versions), client.clone());
        let (stop, lost) = (Arc::clone(&stop), Arc::clone(&lost));
        async move {
            for (key, query) in versions.questions.iter().cycle() {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                match client.lookup(query, &Ask::default()).await {
                    Ok(Ok(answer)) => assert_ne!(versions.told(key, &answer), [0usize; 0], "{key}"),
                    _ => {
                        lost.fetch_add(1, Ordering::Relaxed);
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                }
            }
        }
    });
    for round in 1..=4 {
        let stopped = network.stop_node(NODE).await.unwrap();
        versions.load(round % 2, &store).await;
        network.restart_node(stopped).await.unwrap();
        settle_after_restart(&versions, &client, round % 2).await;
    }
    stop.store(true, Ordering::Relaxed);
    asking.await.unwrap();
    assert!(lost.load(Ordering::Relaxed) > 0, "nothing was asked while the node was down");
    network.stop().await;
}

/// A node that starts serves what is committed, from its first answer on.
async fn settle_after_restart(versions: &Versions, client: &GrpcClient, version: usize) {
    for (key, query) in &versions.questions {
        let mut answer = client.lookup(query, &Ask::default()).await;
        while !matches!(answer, Ok(Ok(_))) {
            tokio::time::sleep(Duration::from_millis(5)).await;
            answer = client.lookup(query, &Ask::default()).await;
        }
        assert!(versions.told(key, &answer.unwrap().unwrap()).contains(&version), "{key}");
    }
}
