//! Numbers of people with noise: told again they are the same, whatever changes draws and charges anew.

use std::fs;

use fyr_ingest::IngestOptions;
use fyr_node::AccountOf;
use fyr_schemas::Assembly;
use fyr_tests::{NetworkSpec, NodeSpec, TestNetwork, ask::RestClient, network::TestNode};
use serde_json::{Value, json};

use super::{NODE, PLACES, account, allele, change, files, run};

/// Forty people, of each of whom two numbers may be told, with noise.
const POLICY: &str = "[policy.datasets.PEOPLE]\nconsent = \"opt-out\"\npublic = \"count\"\nsubjects = \"count\"\n\
                      minimum_carriers = 3\nminimum_cohort = 0\nlowered_because = \"forty people are enough for a test\"\n\
                      accounts = true\nnoise = [\"public\"]\nepsilon = 0.3\n";

async fn network(directory: &std::path::Path, policy: &str) -> TestNetwork {
    let nodes = vec![NodeSpec::open(NODE, files(directory)).with_policy(policy)];
    TestNetwork::start(directory, NetworkSpec { nodes, ..NetworkSpec::default() }).await.unwrap()
}

/// Asks for an allele, and returns the whole response without what differs with time.
async fn told(client: &RestClient, place: u32) -> Value {
    let path = format!("/g_variants?{}&requestedGranularity=record", allele(place));
    let (status, answer) = client.get(&path).await.unwrap();
    assert_eq!(status, 200, "{answer}");
    json!([answer["responseSummary"], answer["response"]])
}

async fn answers(node: &TestNode) -> u64 {
    account(node, &AccountOf::Public).await.answers
}

#[tokio::test(flavor = "multi_thread")]
async fn a_noisy_number_is_told_again_for_nothing_and_drawn_anew_when_consents_change() {
    let directory = tempfile::tempdir().unwrap();
    let network = network(directory.path(), POLICY).await;
    let node = network.node(NODE).unwrap();
    let anyone = RestClient::new(&node.beacon());
    let first = told(&anyone, PLACES[0]).await;
    for _ in 0..3 {
        assert_eq!(told(&anyone, PLACES[0]).await, first);
    }
    assert_eq!(answers(node).await, 1);
    told(&anyone, 100).await;
    assert_eq!(answers(node).await, 2, "an allele that nobody carries is charged like others");

    // Somebody who does not carry it: before and after are two draws.
    let person = ["--dataset", "PEOPLE", "--person", "S40"];
    change(node, &["consent", "withdraw"], &person).await;
    let second = told(&anyone, PLACES[0]).await;
    assert_eq!(answers(node).await, 3);
    assert_eq!(told(&anyone, PLACES[0]).await, second);
    // Of the five carriers a third number cannot be borne: 0.9 is more than ln 2.
    change(node, &["consent", "reinstate"], &person).await;
    told(&anyone, PLACES[0]).await;
    let report = account(node, &AccountOf::Public).await;
    assert_eq!((report.answers, report.told_of), (4, 5), "{report:?}");

    let (status, answer) = anyone
        .get("/g_variants?assemblyId=GRCh38&referenceName=7&start=117559590&end=117559670&requestedGranularity=count")
        .await
        .unwrap();
    assert_eq!(status, 403, "alleles of a place: {answer}");
    let (_, info) = anyone.get("/info").await.unwrap();
    let promised = info.to_string();
    for said in ["\"rounding\":\"noise\"", "\"epsilon\":0.3", "\"numbersOfAPerson\":2"] {
        assert!(promised.contains(said), "{info}");
    }
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reference_frequencies_price_others_and_are_told_to_nobody() {
    let directory = tempfile::tempdir().unwrap();
    let policy = "[policy.default]\nopen = true\npublic = \"frequency\"\nminimum_carriers = 0\nlisted = true\n\
                  [policy.datasets.PEOPLE]\nopen = false\nconsent = \"opt-out\"\nreference = \"REFERENCE\"\n\
                  public = \"boolean\"\nminimum_carriers = 3\nminimum_cohort = 0\nlowered_because = \"a test\"\n";
    let mut data = files(directory.path());
    let table = directory.path().join("reference.tsv");
    let rows: String = PLACES.iter().map(|place| format!("7-{place}-A-G\t0.05\n")).collect();
    fs::write(&table, format!("allele\tAF\n{rows}")).unwrap();
    let reference = IngestOptions::new("", "REFERENCE", Assembly::GRCH38, vec![table]);
    data.insert(0, IngestOptions { as_reference: true, ..reference });
    let nodes = vec![NodeSpec::open(NODE, data).with_policy(policy)];
    let network =
        TestNetwork::start(directory.path(), NetworkSpec { nodes, ..NetworkSpec::default() }).await.unwrap();
    let node = network.node(NODE).unwrap();
    let anyone = RestClient::new(&node.beacon());
    assert_eq!(told(&anyone, PLACES[0]).await[0]["exists"], true);
    assert!(answers(node).await > 0, "priced by the table");
    for path in ["/datasets", "/g_variants?requestedGranularity=record", "/filtering_terms", "/map"] {
        let (_, answer) = anyone.get(path).await.unwrap();
        assert!(!answer.to_string().contains("\"REFERENCE\""), "{path}: {answer}");
    }
    let named = |dataset| format!("/datasets/{dataset}/g_variants?requestedGranularity=boolean");
    let of_reference = anyone.get(&named("REFERENCE")).await.unwrap();
    let of_nothing = anyone.get(&named("NOTHING")).await.unwrap();
    let alike = |text: String| text.replace("REFERENCE", "NOTHING");
    assert_eq!(of_reference.0, of_nothing.0);
    assert_eq!(alike(of_reference.1["error"].to_string()), of_nothing.1["error"].to_string());

    let config = node.config().display().to_string();
    run(&["policy", "check", "--config", &config]).await.unwrap();
    let text = fs::read_to_string(&config).unwrap();
    let other = node.config().with_file_name("other.toml");
    for (reference, why) in
        [("NOWHERE", "`NOWHERE` is not in the store"), ("FORMER", "`FORMER` has coordinates of GRCh37")]
    {
        fs::write(&other, text.replace("reference = \"REFERENCE\"", &format!("reference = \"{reference}\"")))
            .unwrap();
        let refused = run(&["policy", "check", "--config", &other.display().to_string()]).await.unwrap_err();
        assert!(refused.contains(why), "{refused}");
    }
    network.stop().await;
}
