//! Variants by their frequency, at both doors of a node and through a broker.

use std::path::Path;

use fyr_schemas::Granularity;
use fyr_tests::{NetworkSpec, NodeSpec, SyntheticCohort, TestNetwork, ask::RestClient};
use serde_json::json;

use crate::support::{generate, spec};

const NODE: &str = "se.rare.af-beacon.test";

async fn network(directory: &Path, policy: &str) -> (SyntheticCohort, TestNetwork) {
    let (cohort, options) = generate(directory, &spec("RARE", 3));
    let mut node = NodeSpec::open(NODE, vec![options]);
    if !policy.is_empty() {
        node = node.with_policy(policy);
    }
    let network = NetworkSpec { nodes: vec![node], ..NetworkSpec::default() };
    (cohort, TestNetwork::start(directory, network).await.unwrap())
}

/// Counts the alleles that somebody carries and of which AC/AN is as asked.
fn expected(cohort: &SyntheticCohort, is_asked: impl Fn(f64) -> bool) -> usize {
    let keys = cohort.truth.alleles.keys();
    let totals = keys.map(|key| cohort.truth.total(key).unwrap());
    let frequency = |n: u64, of: u64| n as f64 / of as f64;
    totals.filter(|t| t.allele_count > 0 && is_asked(frequency(t.allele_count, t.allele_number))).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn rare_variants_are_counted_wherever_they_are_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    let (cohort, network) = network(directory.path(), "").await;
    let node = RestClient::new(&network.node(NODE).unwrap().beacon());
    let broker = RestClient::new(&network.broker.beacon());
    for (filter, expected) in [
        ("alleleFrequency:<0.01", expected(&cohort, |f| f < 0.01)),
        ("alleleFrequency:>=0.3", expected(&cohort, |f| f >= 0.3)),
        ("alleleFrequency:>0.01,alleleFrequency:<=0.2", expected(&cohort, |f| f > 0.01 && f <= 0.2)),
        ("alleleFrequency:>1", 0),
    ] {
        assert!(expected > 0 || filter.ends_with(">1"), "{filter} tests something");
        for client in [&node, &broker] {
            let path = format!("/g_variants?filters={filter}&requestedGranularity=count");
            let (status, answer) = client.get(&path).await.unwrap();
            assert_eq!(status, 200, "{answer}");
            let summary = &answer["responseSummary"];
            assert_eq!(summary["exists"], expected > 0, "{filter}: {answer}");
            assert_eq!(summary["numTotalResults"], expected, "{filter}: {answer}");
        }
    }
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn frequencies_are_not_found_out_by_bounds() {
    let directory = tempfile::tempdir().unwrap();
    let policy = "[policy.default]\nopen = true\npublic = \"count\"\nminimum_carriers = 0\n";
    let (_, network) = network(directory.path(), policy).await;
    let node = RestClient::new(&network.node(NODE).unwrap().beacon());
    for granularity in [Granularity::Boolean, Granularity::Count, Granularity::Record] {
        let path = format!("/g_variants?filters=alleleFrequency:<0.5&requestedGranularity={granularity}");
        let (status, answer) = node.get(&path).await.unwrap();
        let summary = &answer["responseSummary"];
        let told = status == 200 && (summary["exists"] == true || !summary["numTotalResults"].is_null());
        assert!(!told, "{granularity}: {answer}");
    }
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bound_that_cannot_be_evaluated_is_refused_by_name() {
    let directory = tempfile::tempdir().unwrap();
    let (_, network) = network(directory.path(), "").await;
    let node = RestClient::new(&network.node(NODE).unwrap().beacon());
    for path in [
        "/g_variants?filters=alleleFrequency:<rare",
        "/g_variants?filters=alleleFrequency:<1.5",
        "/individuals?filters=alleleFrequency:<0.5",
    ] {
        let (status, answer) = node.get(path).await.unwrap();
        assert_eq!(status, 400, "{path}: {answer}");
        assert!(answer["error"]["errorMessage"].as_str().unwrap().contains("alleleFrequency"), "{answer}");
    }
    let alternatives = json!({"query": {"filters": [[{"id": "alleleFrequency", "operator": "<", "value": "0.1"}, {"id": "HP:0001250"}]]}});
    let (status, answer) = node.post("/g_variants", &alternatives).await.unwrap();
    assert_eq!(status, 400, "{answer}");
    network.stop().await;
}
