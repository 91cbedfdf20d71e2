//! A node takes another policy over while it runs, and keeps the one it has where the new one is none.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use fyr_tests::{NetworkSpec, TestNetwork, ask::RestClient, network::TestNode};
use serde_json::Value;

use super::{
    NODE,
    files::{COMMON, People},
};

const TELLS: &str = "[policy.default]\nopen = true\npublic = \"frequency\"\nminimum_carriers = 0\n";
/// The longest that a change may take to be seen; one that never is fails the test.
const PATIENCE: Duration = Duration::from_secs(30);

struct Site<'a> {
    node: &'a TestNode,
    client: RestClient,
}

impl Site<'_> {
    /// Replaces the rules in the configuration file, in which nothing else changes.
    fn rules(&self, rules: &str) {
        let text = std::fs::read_to_string(self.node.config()).unwrap();
        let (before, rest) = text.split_once("[policy").unwrap();
        let after = rest.find("[[ontologies]]").map(|at| &rest[at..]).unwrap_or_default();
        let policies = "[policy]\ndirectory = \"policies\"\n";
        replace(&self.node.config(), &format!("{before}{policies}{rules}{after}"));
    }

    fn cedar(&self, text: &str) {
        replace(&self.node.directory().join("policies/own.cedar"), text);
    }

    async fn disclosure(&self) -> Value {
        let (status, body) = self.client.get("/info").await.unwrap();
        assert_eq!(status, 200);
        body["response"]["info"]["disclosure"].clone()
    }

    /// Waits until `/info` says whether a newer policy was refused.
    async fn until_refused(&self, refused: bool) {
        let started = Instant::now();
        loop {
            let disclosure = self.disclosure().await;
            if disclosure["newerPolicyRefused"] == refused {
                return;
            }
            assert!(started.elapsed() < PATIENCE, "{disclosure}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until the data are answered about so.
    async fn until_told(&self, expected: (u16, bool)) {
        let started = Instant::now();
        while self.told().await != expected {
            assert!(started.elapsed() < PATIENCE, "not taken over: {:?}", self.told().await);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Returns the status, and whether numbers are told.
    async fn told(&self) -> (u16, bool) {
        let path = format!("/g_variants?assemblyId=GRCh38&allele={COMMON}&requestedGranularity=record");
        let (status, body) = self.client.get(&path).await.unwrap();
        (status, body.to_string().contains("alleleCount"))
    }
}

/// Replaces a file in one step, so that no half of it is read.
fn replace(path: &Path, text: &str) {
    let next = path.with_extension("next");
    std::fs::write(&next, text).unwrap();
    std::fs::rename(next, path).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_changes_while_the_node_runs_and_one_that_is_none_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let people = People::generate(directory.path(), 23, 12);
    std::fs::create_dir_all(directory.path().join(NODE).join("policies")).unwrap();
    let spec =
        people.node("everyone", &[]).with_policy(&format!("[policy]\ndirectory = \"policies\"\n{TELLS}"));
    let network = NetworkSpec { nodes: vec![spec], ..NetworkSpec::default() };
    let network = TestNetwork::start(directory.path(), network).await.unwrap();
    let node = network.node(NODE).unwrap();
    let site = Site { node, client: RestClient::new(&node.beacon()) };
    assert_eq!(site.told().await, (200, true));
    site.until_refused(false).await;

    site.rules(&TELLS.replace("frequency", "boolean"));
    site.until_told((200, false)).await;
    site.cedar("@id(\"closed\") forbid(principal, action, resource);");
    site.until_told((403, false)).await;

    site.cedar("@id(\"closed\") forbid(principal, action, resource) when { resource.colour == \"red\" };");
    site.until_refused(true).await;
    assert_eq!(site.told().await, (403, false), "the policy before it stays");
    site.cedar("@id(\"nothing\") forbid(principal, action, resource) when { false };");
    site.until_told((200, false)).await;
    site.until_refused(false).await;

    site.rules("[policy.default]\npublik = \"frequency\"\n");
    site.until_refused(true).await;
    assert_eq!(site.told().await, (200, false), "the rules before them stay");
    site.rules(TELLS);
    site.until_told((200, true)).await;
    site.until_refused(false).await;

    let log = node.store().join("audit/decisions.jsonl");
    network.stop().await;
    let events = super::stated::records(&log, "policy");
    let refused = events.iter().filter(|record| record["refused"].is_string()).count();
    assert_eq!((events.len(), refused), (6, 2), "{events:?}");
    fyr_audit::verify(&log).unwrap();
}
