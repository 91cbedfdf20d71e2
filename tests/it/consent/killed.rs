//! What was acknowledged is in force after the processes were killed, and a command that is killed leaves the
//! state as it was or as it is to be.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use fyr_node::NodeConfig;
use fyr_schemas::Assembly;
use fyr_state::State;
use fyr_tests::{
    NodeSpec,
    ask::RestClient,
    network::{Certificates, TestNode},
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use super::{
    OPEN, REGION,
    files::{OF_TWO, People},
    text,
};
use crate::crash::COMMAND;

/// This binary as `fyr-node`.
pub(super) fn spawn(arguments: &[&str]) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::the_child_runs_the_command_line", "--nocapture"])
        .env(COMMAND, [&["fyr-node"], arguments].concat().join("\n"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// A node with data, which is not running.
struct Site {
    directory: tempfile::TempDir,
    people: People,
}

impl Site {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let people = People::generate(directory.path(), 13, 20);
        let certificates = Certificates::create(&directory.path().join("certificates")).unwrap();
        let spec: NodeSpec = people.node("everyone", &[]).with_policy(OPEN);
        TestNode::start(&directory.path().join("home"), spec, &certificates).await.unwrap().stop().await;
        Self { directory, people }
    }

    fn home(&self) -> PathBuf {
        self.directory.path().join("home")
    }

    fn config(&self) -> PathBuf {
        self.home().join("node.toml")
    }

    async fn state(&self) -> State {
        NodeConfig::load(Some(&self.config())).unwrap().open_state().await.unwrap()
    }

    /// Starts the node as a process and waits until it answers.
    async fn serve(&self) -> (Child, RestClient) {
        let ready = self.home().join("ready.json");
        let _ = std::fs::remove_file(&ready);
        let serving = spawn(&["serve", "--config", &text(&self.config()), "--ready-file", &text(&ready)]);
        let addresses = until_ready(&ready).await;
        (serving, RestClient::new(&format!("http://{}/api", addresses["http"].as_str().unwrap())))
    }

    fn withdraw(&self, person: &str) -> Child {
        let config = text(&self.config());
        spawn(&["consent", "withdraw", "--config", &config, "--dataset", REGION, "--person", person])
    }
}

async fn until_ready(file: &Path) -> Value {
    loop {
        if let Some(addresses) = std::fs::read(file).ok().and_then(|text| serde_json::from_slice(&text).ok())
        {
            return addresses;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Returns how many people are counted who carry an allele of two people.
async fn carriers(client: &RestClient) -> u64 {
    let path =
        format!("/g_variants?assemblyId={}&allele={OF_TWO}&requestedGranularity=record", Assembly::GRCH38);
    let (status, body) = client.get(&path).await.unwrap();
    assert_eq!(status, 200, "{body}");
    // Of the others nothing is known there, so there is no frequency.
    body.pointer("/response/resultSets/0/results/0/info/carriers").and_then(Value::as_u64).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawal_outlives_the_death_of_the_node() {
    let site = Site::new().await;
    let (mut serving, client) = site.serve().await;
    assert_eq!(carriers(&client).await, 2);
    assert!(site.withdraw(site.people.id(0)).wait().unwrap().success());
    serving.kill().unwrap();
    serving.wait().unwrap();
    let (mut serving, client) = site.serve().await;
    assert_eq!(carriers(&client).await, 1);
    serving.kill().unwrap();
    serving.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawal_killed_at_any_moment_has_happened_or_not() {
    let site = Site::new().await;
    let person = site.people.id(1).to_owned();
    let started = Instant::now();
    assert!(site.withdraw(site.people.id(0)).wait().unwrap().success());
    let whole = started.elapsed();
    let mut rng = ChaCha8Rng::seed_from_u64(13);
    let (mut before, mut after) = (0, 0);
    for round in 0..16u32 {
        let mut child = site.withdraw(&person);
        let share = (f64::from(round) + rng.random::<f64>()) / 16.0;
        tokio::time::sleep(whole.mul_f64(share)).await;
        child.kill().unwrap();
        child.wait().unwrap();
        let state = site.state().await;
        let ids = [person.clone(), format!("{person}-B")];
        let mut is_withdrawn = Vec::new();
        for id in &ids {
            is_withdrawn.push(state.is_withdrawn(id).await.unwrap());
        }
        assert_eq!(is_withdrawn[0], is_withdrawn[1], "round {round}: by all ids or by none");
        assert!(state.is_withdrawn(site.people.id(0)).await.unwrap(), "round {round}: others stay gone");
        if is_withdrawn[0] {
            after += 1;
            state.reinstate("test", &person, &[]).await.unwrap();
        } else {
            before += 1;
        }
        state.close().await;
    }
    assert!(before > 0 && after > 0, "{before} before and {after} after, of {whole:?}");
    // Whoever repeats a command of which nobody knows whether it ended gets an acknowledgement.
    assert!(site.withdraw(&person).wait().unwrap().success());
    assert!(site.withdraw(&person).wait().unwrap().success());
    let (mut serving, client) = site.serve().await;
    let (status, body) = client.get("/g_variants?assemblyId=GRCh38&allele=2-1000-A-C").await.unwrap();
    assert_eq!((status, &body["responseSummary"]["exists"]), (200, &Value::Bool(false)));
    serving.kill().unwrap();
    serving.wait().unwrap();
}
