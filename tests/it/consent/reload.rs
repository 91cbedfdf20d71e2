//! A node takes another policy over while it runs, and keeps the one it has where the new one is none.

use std::time::{Duration, Instant};

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
        std::fs::write(self.node.config(), format!("{before}{policies}{rules}{after}")).unwrap();
    }

    fn cedar(&self, text: &str) {
        std::fs::write(self.node.directory().join("policies/own.cedar"), text).unwrap();
    }

    async fn disclosure(&self) -> Value {
        let (status, body) = self.client.get("/info").await.unwrap();
        assert_eq!(status, 200);
        body["response"]["info"]["disclosure"].clone()
    }

    /// Waits until `/info` says so.
    async fn until(&self, holds: impl Fn(&Value) -> bool) -> Value {
        let started = Instant::now();
        loop {
            let disclosure = self.disclosure().await;
            if holds(&disclosure) {
                return disclosure;
            }
            assert!(started.elapsed() < PATIENCE, "not taken over: {disclosure}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until a question is answered so: what Cedar files change does not show in the words of `/info`.
    async fn until_told(&self, status: u16, numbers: bool) {
        let started = Instant::now();
        while self.told().await != (status, numbers) {
            assert!(started.elapsed() < PATIENCE, "not taken over: {:?}", self.told().await);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn refuses(&self, newer: bool) {
        self.until(|disclosure| disclosure["newerPolicyRefused"] == newer).await;
    }

    /// Returns the status, and whether numbers are told.
    async fn told(&self) -> (u16, bool) {
        let path = format!("/g_variants?assemblyId=GRCh38&allele={COMMON}&requestedGranularity=record");
        let (status, body) = self.client.get(&path).await.unwrap();
        (status, body.to_string().contains("alleleCount"))
    }
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
    site.until_told(200, true).await;
    assert_eq!(site.disclosure().await["newerPolicyRefused"], false);

    site.rules(&TELLS.replace("frequency", "boolean"));
    site.until_told(200, false).await;

    site.cedar("@id(\"closed\") forbid(principal, action, resource);");
    site.until_told(403, false).await;

    site.cedar("@id(\"closed\") forbid(principal, action, resource) when { resource.colour == \"red\" };");
    site.refuses(true).await;
    assert_eq!(site.told().await, (403, false));

    site.cedar("@id(\"nothing\") forbid(principal, action, resource) when { false };");
    site.until_told(200, false).await;
    site.refuses(false).await;

    site.rules("[policy.default]\npublik = \"frequency\"\n");
    site.refuses(true).await;
    assert_eq!(site.told().await, (200, false));
    site.rules(TELLS);
    site.until_told(200, true).await;
    site.refuses(false).await;

    let log = node.store().join("audit/decisions.jsonl");
    network.stop().await;
    let events = super::stated::records(&log, "policy");
    let refused = events.iter().filter(|record| record["refused"].is_string()).count();
    assert_eq!((events.len(), refused), (6, 2), "{events:?}");
    fyr_node::audit::verify(&log).unwrap();
}
