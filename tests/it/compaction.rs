//! A file a patient: sixty of them are told as before when the command line has merged them, while the node serves.

use std::{collections::BTreeSet, path::Path, time::Duration};

use clap::Parser;
use fyr_ingest::{CallableStatement, IngestOptions};
use fyr_node_cli::{self as cli, Cli};
use fyr_schemas::VariantAnswer;
use fyr_store::Store;
use fyr_tests::{NetworkSpec, NodeSpec, SyntheticCohort, TestNetwork, ask::RestClient};
use serde_json::Value;

use crate::{
    denominators::{answers, apart},
    support::{generate, spec},
};

const NODE: &str = "se.daily.af-beacon.test";
/// Only the command line merges.
const SETTINGS: &str = "[compaction]\nsegments = 0\n";
const PLACES: [&str; 3] = [
    "/g_variants?assemblyId=GRCh38&referenceName=7&start=0&end=159345973&requestedGranularity=count",
    "/g_variants?assemblyId=GRCh38&referenceName=X&start=0&end=156040895&requestedGranularity=count",
    "/g_variants?assemblyId=GRCh38&referenceName=1&start=0&end=248956422&requestedGranularity=count",
];

/// Loads the file of each person by itself. Of every other one it is stated that it lists whatever the person carries.
async fn network(directory: &Path) -> (SyntheticCohort, TestNetwork) {
    let (cohort, joint) = generate(directory, &spec("DAILY", 7));
    let files = apart(&cohort.vcf, directory).into_iter().enumerate();
    let data = files.map(|(number, file)| {
        let callable = (number % 2 == 0).then_some(CallableStatement::WholeGenome);
        IngestOptions { inputs: vec![file], callable, ..joint.clone() }
    });
    let node = NodeSpec::open(NODE, data.collect()).with_settings(SETTINGS);
    let network = TestNetwork::start(directory, NetworkSpec { nodes: vec![node], ..NetworkSpec::default() })
        .await
        .unwrap();
    (cohort, network)
}

async fn told(network: &TestNetwork, cohort: &SyntheticCohort) -> (Vec<Vec<VariantAnswer>>, Vec<Value>) {
    let alleles = answers(network, NODE, cohort).await;
    let variants = alleles.into_iter().map(|answer| answer.datasets[0].variants.clone()).collect();
    let rest = RestClient::new(&network.node(NODE).unwrap().beacon());
    let mut counts = Vec::new();
    for place in PLACES {
        let (status, answer) = rest.get(place).await.unwrap();
        assert_eq!(status, 200, "{answer}");
        counts.push(answer["responseSummary"].clone());
    }
    (variants, counts)
}

async fn run(arguments: &[&str]) -> Result<(), String> {
    let cli = Cli::try_parse_from(arguments).unwrap();
    cli::run(cli).await.map(drop).map_err(|error| error.to_string())
}

async fn segments(store: &Path) -> (u64, u64) {
    let dataset = Store::open(store).await.unwrap().datasets().await.unwrap().remove(0);
    (dataset.segments, dataset.version)
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_files_become_one_segment_and_are_told_as_before() {
    let directory = tempfile::tempdir().unwrap();
    let (cohort, network) = network(directory.path()).await;
    let path = directory.path().join(NODE).join("store");
    let store = path.to_str().unwrap();
    assert_eq!((cohort.people.len(), segments(&path).await.0), (60, 60));
    let before = told(&network, &cohort).await;
    run(&["fyr-node", "compact", "--store", store, "--dataset", "DAILY", "--json"]).await.unwrap();
    let (merged, version) = segments(&path).await;
    assert_eq!(merged, 1);
    // The node takes the new version over within a second.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let after = told(&network, &cohort).await;
    assert_eq!(after.1, before.1);
    for (before, after) in before.0.iter().zip(&after.0) {
        assert_eq!(after, before);
    }
    let counts: BTreeSet<_> = before.1.iter().map(|summary| summary["numTotalResults"].as_u64()).collect();
    assert!(counts.iter().all(|count| count.is_some_and(|count| count > 0)), "{counts:?}");
    run(&["fyr-node", "compact", "--store", store, "--quiet"]).await.unwrap();
    assert_eq!(segments(&path).await, (1, version), "nothing was left to do");
    let of_nobody = run(&["fyr-node", "compact", "--store", store, "--dataset", "other"]).await;
    assert_eq!(of_nobody, Err("there is no dataset `other`".to_owned()));
    let file = directory.path().join(format!("{}.vcf", cohort.people[0].id));
    let file = file.to_str().unwrap();
    let again = [
        "fyr-node",
        "ingest",
        "--store",
        store,
        "--dataset",
        "DAILY",
        "--assembly",
        "GRCh38",
        "--quiet",
        file,
    ];
    let refused = run(&again).await.unwrap_err();
    assert!(refused.contains("is in dataset `DAILY` already"), "{refused}");
    network.stop().await;
}
