//! Accounts of people: what many answers together tell, asked as anybody asks.

mod lasting;
mod networks;
mod noise;
mod restored;
mod ways;

use std::{fmt::Write as _, fs, path::Path};

use clap::Parser;
use fyr_ingest::IngestOptions;
use fyr_node::{AccountOf, AccountReport, Node, NodeConfig, show_account};
use fyr_node_cli::{self as cli, Cli};
use fyr_schemas::Assembly;
use fyr_tests::{NetworkSpec, NodeSpec, TestNetwork, ask::RestClient, network::TestNode};
use serde_json::{Value, json};
use time::OffsetDateTime;

const NODE: &str = "se.accounts.af-beacon.test";

/// Forty people with accounts; the frequencies are those of everybody elsewhere.
const POLICY: &str = "[policy.datasets.PEOPLE]\nconsent = \"opt-out\"\nreference = \"ELSEWHERE\"\npublic = \"boolean\"\n\
                      known = \"boolean\"\nsubjects = \"boolean\"\nminimum_carriers = 3\nminimum_cohort = 0\n\
                      lowered_because = \"forty people are enough for a test\"\n";

/// Alleles that these people carry; of the last two, one that others carry, and one that is nowhere else.
const PLACES: [u32; 7] =
    [117_559_600, 117_559_610, 117_559_620, 117_559_630, 117_559_640, 117_559_650, 117_559_660];
const OF_OTHERS: u32 = PLACES[5];
const NOWHERE_ELSE: u32 = PLACES[6];

/// What is told of each place to somebody who asks in their order: each yes costs 0.19 of ln 2, so three fit.
const TOLD: [bool; 7] = [true, true, true, false, false, true, false];
/// What is told of each place, from the last to the first, to somebody who was told nothing before.
const BACKWARDS: [bool; 7] = [false, true, true, true, true, false, false];
/// The same to somebody who was told of the places in their order.
const BACKWARDS_AFTER: [bool; 7] = [false, true, false, false, true, true, true];

/// A gene over all of them.
const GENES: &str = "0\tNM_1.2\tchr7\t+\t117559590\t117559670\t117559600\t117559660\t1\t117559590,\t117559670,\t0\tGENE\tcmpl\tcmpl\t0,\n";

fn header(columns: &str) -> String {
    format!(
        "##fileformat=VCFv4.3\n##contig=<ID=7,length=159345973>\n\
         ##INFO=<ID=AC,Number=A,Type=Integer,Description=\"Allele count\">\n\
         ##INFO=<ID=AN,Number=1,Type=Integer,Description=\"Allele number\">\n\
         ##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n\
         #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO{columns}\n"
    )
}

/// Five of forty carry each allele; elsewhere each is on every twentieth chromosome, but one.
fn files(directory: &Path) -> Vec<IngestOptions> {
    let samples: String = (1..=40).fold(String::new(), |all, sample| format!("{all}\tS{sample:02}"));
    let (mut people, mut elsewhere) = (header(&format!("\tFORMAT{samples}")), header(""));
    for place in PLACES {
        let carriers = if place == OF_OTHERS { 6..=10 } else { 1..=5 };
        let called = |sample| if carriers.contains(&sample) { "\t0/1" } else { "\t0/0" };
        let calls: String = (1..=40).map(called).collect();
        writeln!(people, "7\t{place}\t.\tA\tG\t.\tPASS\t.\tGT{calls}").unwrap();
        if place != NOWHERE_ELSE {
            writeln!(elsewhere, "7\t{place}\t.\tA\tG\t.\tPASS\tAC=500;AN=10000").unwrap();
        }
    }
    let genes = directory.join("genes.txt");
    fs::write(&genes, GENES).unwrap();
    let options = |(dataset, text): (&str, String)| {
        let path = directory.join(format!("{dataset}.vcf"));
        fs::write(&path, text).unwrap();
        IngestOptions::new("", dataset, Assembly::GRCH38, vec![path])
    };
    let mut all = [("ELSEWHERE", elsewhere), ("PEOPLE", people)].map(options);
    all[1].genes = Some(genes);
    let former = directory.join("FORMER.vcf");
    fs::write(&former, "##fileformat=VCFv4.3\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n7\t100\t.\tA\tG\t.\t.\tAC=1;AN=9\n")
        .unwrap();
    let former = IngestOptions::new("", "FORMER", Assembly::GRCH37, vec![former]);
    all.into_iter().chain([former]).collect()
}

/// A node with those people, at which so many credentials were given out: `token-1`, `token-2` and so on.
fn spec(directory: &Path, credentials: usize) -> NodeSpec {
    let tokens = (1..=credentials).fold(String::new(), |all, number| {
        format!("{all}[[tokens]]\nname = \"clinic-{number}\"\ntoken = \"{}\"\n", token(number))
    });
    NodeSpec::open(NODE, files(directory)).with_policy(POLICY).with_settings(&tokens)
}

fn token(number: usize) -> String {
    format!("correct-horse-battery-staple-{number}")
}

async fn network(directory: &Path, credentials: usize) -> TestNetwork {
    let nodes = vec![spec(directory, credentials)];
    TestNetwork::start(directory, NetworkSpec { nodes, ..NetworkSpec::default() }).await.unwrap()
}

fn allele(place: u32) -> String {
    format!("assemblyId=GRCh38&referenceName=7&start={}&referenceBases=A&alternateBases=G", place - 1)
}

/// Returns whether something is seen.
async fn exists(client: &RestClient, parameters: &str) -> bool {
    let path = format!("/g_variants?{parameters}&requestedGranularity=boolean");
    let (status, answer) = client.get(&path).await.unwrap();
    assert_eq!(status, 200, "{answer}");
    answer["responseSummary"]["exists"].as_bool().unwrap()
}

async fn is_seen(client: &RestClient, place: u32) -> bool {
    exists(client, &allele(place)).await
}

/// Asks for each place.
async fn all_seen(client: &RestClient, places: impl IntoIterator<Item = u32>) -> [bool; 7] {
    let mut seen = Vec::new();
    for place in places {
        seen.push(is_seen(client, place).await);
    }
    seen.try_into().unwrap()
}

fn backwards() -> impl Iterator<Item = u32> {
    PLACES.into_iter().rev()
}

/// Runs a command of `fyr-node` in this process.
async fn run(arguments: &[&str]) -> Result<(), String> {
    let cli = Cli::try_parse_from(["fyr-node"].iter().chain(arguments)).map_err(|error| error.to_string())?;
    cli::run(cli).await.map(drop).map_err(|error| error.to_string())
}

/// Runs a command about what a running node remembers.
async fn change(node: &TestNode, command: &[&str], options: &[&str]) {
    let config = node.config().display().to_string();
    run(&[command, &["--config", &config], options].concat()).await.unwrap();
}

async fn account(node: &TestNode, of: &AccountOf) -> AccountReport {
    show_account(&node.state().await.unwrap(), of, OffsetDateTime::now_utc()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_told_enough_of_a_person_does_not_see_them_any_more() {
    let directory = tempfile::tempdir().unwrap();
    let network = network(directory.path(), 1).await;
    let node = network.node(NODE).unwrap();
    let anyone = RestClient::new(&node.beacon());
    assert_eq!(all_seen(&anyone, PLACES).await, TOLD, "of the last five carry it, and only here");
    assert_eq!(all_seen(&anyone, PLACES).await, TOLD, "to ask again is free, and tells the same");
    let report = account(node, &AccountOf::Public).await;
    assert_eq!((report.answers, report.told_of, report.all), (4, 10, 0), "{report:?}");
    let elsewhere = "assemblyId=GRCh38&referenceName=7&start=117559605&referenceBases=A&alternateBases=G";
    assert!(!exists(&anyone, elsewhere).await);
    assert_eq!(account(node, &AccountOf::Public).await, report, "what costs nothing is not written");

    let clinic = RestClient::new(&node.beacon()).with_token(&token(1));
    assert_eq!(all_seen(&clinic, backwards()).await, BACKWARDS, "each requester has an account");
    let clinics = AccountOf::Credential("clinic-1".into());
    assert_eq!(account(node, &clinics).await.answers, 4);
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_extends_and_closes_accounts_while_the_node_runs() {
    let directory = tempfile::tempdir().unwrap();
    let network = network(directory.path(), 0).await;
    let node = network.node(NODE).unwrap();
    let anyone = RestClient::new(&node.beacon());
    assert_eq!(all_seen(&anyone, PLACES).await, TOLD);
    let why = ["--public", "--reason", "board 7"];
    let of_this_network = ["--network", "127.0.0.1", "--reason", "board 7", "--budgets", "1"];
    change(node, &["account", "extend"], &of_this_network).await;
    assert!(is_seen(&anyone, PLACES[3]).await);
    change(node, &["account", "close"], &why).await;
    assert!(account(node, &AccountOf::Public).await.closed);
    assert!(is_seen(&anyone, PLACES[3]).await, "what was told was told");
    assert!(!is_seen(&anyone, PLACES[4]).await);
    change(node, &["account", "show"], &["--public", "--json"]).await;
    let changes = node.state().await.unwrap().changes_since(0).await.unwrap();
    let items: Vec<_> = changes.iter().map(|change| change.items.as_str()).collect();
    let ["epoch 1: 40 people", changed @ ..] = items.as_slice() else { panic!("{items:?}") };
    assert!(changed.len() == 2 && changed.iter().all(|item| item.ends_with(": board 7")), "{items:?}");
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_price_is_refused_where_it_would_go_around_the_account() {
    let directory = tempfile::tempdir().unwrap();
    let network = network(directory.path(), 0).await;
    let client = RestClient::new(&network.node(NODE).unwrap().beacon());
    let filtered = json!([{ "id": "sex", "operator": "=", "value": "female" }]);
    let parameters = json!({ "assemblyId": "GRCh38", "referenceName": "7", "start": [PLACES[0] - 1],
        "referenceBases": "A", "alternateBases": "G" });
    let body = |query: Value| json!({ "query": query });
    for (path, query) in [
        ("/g_variants", json!({ "requestParameters": parameters, "filters": filtered })),
        ("/individuals", json!({ "requestParameters": parameters })),
    ] {
        let mut query = query;
        query["requestedGranularity"] = json!("boolean");
        let (status, answer) = client.post(path, &body(query)).await.unwrap();
        assert_eq!(status, 403, "{path}: {answer}");
    }
    let (status, answer) = client.get("/individuals?requestedGranularity=boolean").await.unwrap();
    assert_eq!((status, &answer["responseSummary"]["exists"]), (200, &json!(true)), "nobody is told apart");

    let (_, info) = client.get("/info").await.unwrap();
    let promised = info.to_string();
    assert!(promised.contains("\"reference\":\"ELSEWHERE\"") && promised.contains("693147180"), "{info}");

    network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_does_not_start_with_a_reference_that_is_none() {
    let directory = tempfile::tempdir().unwrap();
    let mut network = network(directory.path(), 0).await;
    let file = network.node(NODE).unwrap().config();
    drop(network.stop_node(NODE).await.unwrap());
    let config = NodeConfig::load(Some(&file)).unwrap();
    for (dataset, reference, why) in [
        ("PEOPLE", "NOWHERE", "`NOWHERE` is not in the store"),
        ("default", "PEOPLE", "`PEOPLE` is of people"),
        ("PEOPLE", "FORMER", "`FORMER` has coordinates of GRCh37, not of GRCh38"),
        ("PEOPLE", "ELSEWHERE", ""),
    ] {
        let mut config = config.clone();
        let policy = &mut config.policy;
        match policy.datasets.get_mut(dataset) {
            Some(rules) => rules.reference = Some(reference.into()),
            None => {
                policy.datasets.clear();
                policy.default.reference = Some(reference.into());
            }
        }
        let refused = Node::open(&config).await.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(refused.contains(why) && refused.is_empty() == why.is_empty(), "{refused}");
    }
    network.stop().await;
}
