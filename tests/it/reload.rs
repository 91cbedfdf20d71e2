//! What a running node reads again on SIGHUP, which does not end it.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use fyr_tests::ask::RestClient;
use serde_json::Value;

use crate::crash::COMMAND;

const OLD: &str = "a-token-of-before-that-is-long";
const NEW: &str = "a-token-of-today-that-is-long";

fn write_config(directory: &Path, token: &str) -> String {
    let path = directory.join("node.toml");
    let text = format!(
        "[node]\nid = \"se.fin\"\n[store]\nurl = \"{}\"\n[http]\nlisten = \"127.0.0.1:0\"\n[grpc]\nlisten = \
         \"127.0.0.1:0\"\n[monitoring]\nlisten = \"127.0.0.1:0\"\n[[tokens]]\nname = \"clinic\"\ntoken = \
         \"{token}\"\n",
        directory.join("store").display()
    );
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

/// A node in a process of its own, which ends with the test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn started(directory: &Path) -> (Process, String) {
    let (config, ready) = (write_config(directory, OLD), directory.join("ready.json"));
    let command = ["fyr-node", "serve", "--config", &config, "--ready-file", ready.to_str().unwrap()];
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::the_child_runs_the_command_line", "--nocapture"])
        .env(COMMAND, command.join("\n"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let process = Process(child);
    let addresses: Value = loop {
        if let Ok(text) = std::fs::read(&ready) {
            break serde_json::from_slice(&text).unwrap();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    (process, format!("http://{}/api", addresses["http"].as_str().unwrap()))
}

/// Whether a token is one that the node knows.
async fn is_known(address: &str, token: &str) -> bool {
    let client = RestClient::new(address).with_token(token);
    let (status, body) = client.get("/datasets").await.unwrap();
    assert!(status == 200 || status == 401, "{status} {body}");
    status == 200
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_reads_its_tokens_again_and_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let (node, address) = started(directory.path()).await;
    assert_eq!((is_known(&address, OLD).await, is_known(&address, NEW).await), (true, false));
    write_config(directory.path(), NEW);
    let sent = Command::new("kill").args(["-HUP", &node.0.id().to_string()]).status().unwrap();
    assert!(sent.success());
    while !is_known(&address, NEW).await {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(!is_known(&address, OLD).await);
}
