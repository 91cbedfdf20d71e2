//! What is charged stays charged, whatever happens to the node and to the people.

use std::{
    fs,
    process::{Child, Command, Stdio},
    time::Duration,
};

use fyr_tests::{
    ask::RestClient,
    network::{Certificates, TestNode},
};
use serde_json::Value;

use super::{NODE, PLACES, TOLD, all_seen, change, is_seen, network, run, spec};
use crate::crash::COMMAND;

#[tokio::test(flavor = "multi_thread")]
async fn neither_withdrawal_nor_another_name_nor_a_restart_gives_a_budget_back() {
    let directory = tempfile::tempdir().unwrap();
    let mut network = network(directory.path(), 0).await;
    let node = network.node(NODE).unwrap();
    let anyone = RestClient::new(&node.beacon());
    assert_eq!(all_seen(&anyone, PLACES).await, TOLD);

    let person = ["--dataset", "PEOPLE", "--person", "S01"];
    change(node, &["consent", "withdraw"], &person).await;
    assert_eq!(all_seen(&anyone, PLACES).await, TOLD, "four are left, who were told of");
    change(node, &["consent", "reinstate"], &person).await;
    assert_eq!(all_seen(&anyone, PLACES).await, TOLD);

    // The same people under other ids.
    let biosamples: Vec<Value> = (1..=40)
        .map(|number| {
            serde_json::json!({ "id": format!("S{number:02}"), "individualId": format!("P{number:02}"),
                "biosampleStatus": { "id": "EFO:0009654" }, "sampleOriginType": { "id": "UBERON:0000178" } })
        })
        .collect();
    let file = directory.path().join("biosamples.json");
    fs::write(&file, serde_json::to_vec(&biosamples).unwrap()).unwrap();
    let (store, file) = (node.store().display().to_string(), file.display().to_string());
    run(&["metadata", "--quiet", "--store", &store, "--dataset", "PEOPLE", &file]).await.unwrap();
    let stopped = network.stop_node(NODE).await.unwrap();
    let node = stopped.start().await.unwrap();
    let anyone = RestClient::new(&node.beacon());
    for place in [PLACES[4], PLACES[3]] {
        assert!(!is_seen(&anyone, place).await, "{place}");
    }
    assert_eq!(all_seen(&anyone, PLACES).await, TOLD);
    node.stop().await;
    network.stop().await;
}

/// This binary as a node that is killed with its test, at the latest.
struct Serving {
    child: Child,
    client: RestClient,
}

impl Serving {
    async fn start(home: &std::path::Path) -> Self {
        let ready = home.join("ready.json");
        let _ = fs::remove_file(&ready);
        let text = |path: std::path::PathBuf| path.display().to_string();
        let config = text(home.join("node.toml"));
        let arguments = ["fyr-node", "serve", "--config", &config, "--ready-file", &text(ready.clone())];
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::the_child_runs_the_command_line", "--nocapture"])
            .env(COMMAND, arguments.join("\n"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let addresses: Value = loop {
            if let Some(known) = fs::read(&ready).ok().and_then(|text| serde_json::from_slice(&text).ok()) {
                break known;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        let base = format!("http://{}/api", addresses["http"].as_str().unwrap());
        Self { child, client: RestClient::new(&base) }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_told_is_charged_although_the_node_was_killed_right_after() {
    let directory = tempfile::tempdir().unwrap();
    let certificates = Certificates::create(&directory.path().join("certificates")).unwrap();
    let home = directory.path().join("home");
    TestNode::start(&home, spec(directory.path(), 0), &certificates).await.unwrap().stop().await;
    for place in PLACES.into_iter().take(3) {
        let serving = Serving::start(&home).await;
        assert!(is_seen(&serving.client, place).await, "{place}");
        drop(serving);
    }
    let serving = Serving::start(&home).await;
    assert!(!is_seen(&serving.client, PLACES[4]).await);
    assert_eq!(all_seen(&serving.client, PLACES).await, TOLD);
}
