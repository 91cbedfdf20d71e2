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

    /// Waits until `/info` shows another policy, or that one was refused.
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

    async fn until_another(&self, policy: &Value) -> Value {
        self.until(|disclosure| disclosure["policy"] != policy["policy"]).await
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
    let first = site.disclosure().await;
    assert_eq!((site.told().await, &first["newerPolicyRefused"]), ((200, true), &Value::Bool(false)));

    site.rules(&TELLS.replace("frequency", "boolean"));
    let second = site.until_another(&first).await;
    assert_eq!(site.told().await, (200, false));

    site.cedar("@id(\"closed\") forbid(principal, action, resource);");
    let third = site.until_another(&second).await;
    assert_eq!(site.told().await, (403, false));

    site.cedar("@id(\"closed\") forbid(principal, action, resource) when { resource.colour == \"red\" };");
    let refused = site.until(|disclosure| disclosure["newerPolicyRefused"] == true).await;
    assert_eq!((site.told().await, &refused["policy"]), ((403, false), &third["policy"]));

    site.cedar("@id(\"nothing\") forbid(principal, action, resource) when { false };");
    let fourth = site.until_another(&third).await;
    assert_eq!((site.told().await, &fourth["newerPolicyRefused"]), ((200, false), &Value::Bool(false)));

    site.rules("[policy.default]\npublik = \"frequency\"\n");
    site.until(|disclosure| disclosure["newerPolicyRefused"] == true).await;
    assert_eq!(site.told().await, (200, false));
    site.rules(TELLS);
    let last = site.until_another(&fourth).await;
    assert_eq!((site.told().await, &last["newerPolicyRefused"]), ((200, true), &Value::Bool(false)));

    let log = node.store().join("audit/decisions.jsonl");
    network.stop().await;
    let events = super::stated::records(&log, "policy");
    let refused = events.iter().filter(|record| record["refused"].is_string()).count();
    assert_eq!((events.len(), refused), (6, 2), "{events:?}");
    fyr_node::audit::verify(&log).unwrap();
}
