//! Published tables, from the command to the doors.

use std::{path::Path, time::Duration};

use clap::Parser;
use fyr_node_cli::{self as cli, Cli};
use fyr_schemas::{Answer, Assembly};
use fyr_tests::{
    AlleleCounts, NetworkSpec, NodeSpec, SyntheticCohort, TestNetwork,
    ask::{Ask, GrpcClient, RestClient},
    compare::{of_node, question},
};

use crate::support::{generate, spec};

const NODE: &str = "se.publish.af-beacon.test";
const TOKEN: &str = "correct-horse-battery-staple";
const MINIMUM: u64 = 5;

/// Nobody may ask the people; one table is for whom the operator gave a token, one for everybody.
const POLICY: &str = "[policy.default]\nconsent = \"opt-out\"\naccounts = true\n\
                      [policy.datasets.TABLE]\npublished_to = [\"known\"]\n\
                      [policy.datasets.ROUND]\npublished_to = [\"public\"]\n";
const SETTINGS: &str = "[[tokens]]\nname = \"clinic\"\ntoken = \"correct-horse-battery-staple\"\n";

async fn network(directory: &Path) -> (SyntheticCohort, TestNetwork) {
    let (cohort, options) = generate(directory, &spec("PEOPLE", 7));
    let nodes = vec![NodeSpec::open(NODE, vec![options]).with_policy(POLICY).with_settings(SETTINGS)];
    let spec = NetworkSpec { nodes, ..NetworkSpec::default() };
    (cohort, TestNetwork::start(directory, spec).await.unwrap())
}

/// Runs a command of `fyr-node` in this process, while the node serves.
async fn run(network: &TestNetwork, line: &str) -> Result<(), String> {
    let config = network.nodes[0].config().display().to_string();
    let (command, rest) = line.split_once(' ').unwrap();
    let words = ["fyr-node", command].into_iter().map(str::to_owned);
    let words = words.chain(rest.split(' ').map(str::to_owned)).chain(["--config".to_owned(), config]);
    let cli = Cli::try_parse_from(words).map_err(|error| error.to_string())?;
    cli::run(cli).await.map(drop).map_err(|error| error.to_string())
}

fn of(table: &str, token: Option<&str>) -> Ask {
    let ask = Ask::default().only(table);
    match token {
        Some(token) => ask.with_token(token),
        None => ask,
    }
}

/// Waits until the serving node has taken notice of what was committed to its store.
async fn until(seen: impl AsyncFn() -> bool) {
    for _ in 0..300 {
        if seen().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the node takes no notice");
}

async fn ask_all(cohort: &SyntheticCohort, client: &GrpcClient, ask: &Ask) -> Vec<Answer> {
    let questions: Vec<_> =
        cohort.truth.alleles.keys().map(|key| question(Assembly::GRCH38, key).unwrap()).collect();
    client.alleles(&questions, ask).await.unwrap()
}

/// What is read is what a count one by one comes to, rounded, of no fewer than the minimum; what is not read is of few.
fn compare(cohort: &SyntheticCohort, answers: &[Answer], step: u64) -> (usize, usize) {
    let rounded = |number: u64| (number + step / 2) / step * step;
    let (mut told, mut groups) = (0, 0);
    for ((key, truth), answer) in cohort.truth.alleles.iter().zip(answers) {
        let total = truth["Total"];
        let rows = of_node(answer).filter(|rows| !rows.is_empty());
        let few = |counts: &AlleleCounts| {
            counts.carriers() < MINIMUM || counts.allele_number < 2 * (counts.carriers() + MINIMUM)
        };
        let Some(rows) = rows else {
            // Of a sequence of which people have one copy, their number is not AN / 2.
            assert!(few(&total) || key.contig != "1", "{key}: {total:?} is not read");
            continue;
        };
        told += 1;
        for (label, row) in rows {
            let counts = truth[&label];
            assert!(counts.carriers() >= MINIMUM, "{key} {label}: {counts:?}");
            let expected = (rounded(counts.allele_count), rounded(counts.allele_number));
            assert_eq!((row.allele_count, row.allele_number), expected, "{key} {label}");
            groups += usize::from(label != "Total");
        }
    }
    (told, groups)
}

/// Asks for a file by what is accepted.
async fn file(network: &TestNetwork, path: &str, token: Option<&str>, accept: &str) -> (u16, Vec<u8>) {
    let url = format!("{}{path}", network.nodes[0].beacon());
    let request = reqwest::Client::new().get(url).header("accept", accept);
    let request = token.into_iter().fold(request, reqwest::RequestBuilder::bearer_auth);
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.bytes().await.unwrap().to_vec())
}

/// Files have the rows that questions for single alleles are answered with, and an export the same bytes.
async fn files_say_the_same(network: &TestNetwork, cohort: &SyntheticCohort, answers: &[Answer]) {
    const TSV: &str = "text/tab-separated-values";
    let (status, body) = file(network, "/g_variants?datasets=TABLE", Some(TOKEN), TSV).await;
    let text = String::from_utf8(body).unwrap();
    let mut lines = text.lines();
    assert!(
        status == 200 && lines.next().unwrap().starts_with("dataset\tsequence\tposition"),
        "{status} {text}"
    );
    let mut read: Vec<_> = lines.map(str::to_owned).collect();
    let mut expected = Vec::new();
    for (key, answer) in cohort.truth.alleles.keys().zip(answers) {
        let Some(variant) = answer.datasets.first().and_then(|dataset| dataset.variants.first()) else {
            continue;
        };
        for row in &variant.frequencies {
            let part = |part: Option<u64>| part.map(|part| part.to_string()).unwrap_or_default();
            expected.push(format!(
                "TABLE\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
                key.contig,
                key.position,
                variant.variant.interval.end(),
                key.reference,
                key.alternate,
                row.group,
                row.allele_count,
                row.allele_number,
                part(row.heterozygous),
                part(row.homozygous),
                part(row.hemizygous)
            ));
        }
    }
    read.sort_unstable();
    expected.sort_unstable();
    assert_eq!(read, expected);
    // Who may not read the table reads the other one.
    let (_, of_anyone) = file(network, "/g_variants?datasets=ROUND", None, TSV).await;
    let of_anyone = String::from_utf8(of_anyone).unwrap();
    assert!(
        of_anyone.lines().skip(1).all(|line| line.starts_with("ROUND\t")) && of_anyone.lines().count() > 10
    );
    assert_eq!(file(network, "/g_variants?datasets=TABLE", None, TSV).await.0, 404);
    assert_eq!(file(network, "/g_variants?datasets=PEOPLE", Some(TOKEN), TSV).await.0, 404);
    let parquet =
        file(network, "/g_variants?datasets=TABLE", Some(TOKEN), "application/vnd.apache.parquet").await;
    assert!(parquet.0 == 200 && parquet.1.starts_with(b"PAR1") && parquet.1.ends_with(b"PAR1"));
    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().join("table.tsv");
    run(network, &format!("export --dataset TABLE --out {}", out.display())).await.unwrap();
    assert_eq!(std::fs::read_to_string(&out).unwrap(), text);
    let people = run(network, &format!("export --dataset PEOPLE --out {}", out.display())).await;
    assert!(people.unwrap_err().contains("only published tables"), "an export is of frequencies");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_published_table_is_read_at_every_door_by_whom_the_policy_names_and_nobody_else() {
    let directory = tempfile::tempdir().unwrap();
    let (cohort, network) = network(directory.path()).await;
    let client = network.nodes[0].grpc().await.unwrap();
    let (anyone, clinic) = (
        RestClient::new(&network.nodes[0].beacon()),
        RestClient::new(&network.nodes[0].beacon()).with_token(TOKEN),
    );
    let first = question(Assembly::GRCH38, cohort.truth.alleles.keys().next().unwrap()).unwrap();
    let known = of("TABLE", Some(TOKEN));
    assert!(client.lookup(&first, &known).await.unwrap().is_err(), "nothing is published by default");
    for refused in ["--yes", "--yes --reason", "--reason why"] {
        let line = format!("publish --dataset PEOPLE --as TABLE {refused}");
        assert!(run(&network, &line).await.is_err(), "a reason, and a yes: {refused}");
    }
    let command = "publish --dataset PEOPLE --as TABLE --by population,sex --min-ac 5 --reason board --yes";
    run(&network, command).await.unwrap();
    let rounds = "publish --dataset PEOPLE --as ROUND --min-ac 5 --round 10 --reason board --yes";
    run(&network, rounds).await.unwrap();
    until(async || client.lookup(&first, &of("ROUND", None)).await.unwrap().is_ok()).await;

    let (told, groups) = compare(&cohort, &ask_all(&cohort, &client, &known).await, 1);
    assert!(told > 20 && groups > 20, "{told} {groups}");
    let round = of("ROUND", None);
    assert_eq!(compare(&cohort, &ask_all(&cohort, &client, &round).await, 10), (told, 0));
    assert!(client.lookup(&first, &of("TABLE", None)).await.unwrap().is_err(), "by nobody else");
    for token in [None, Some(TOKEN)] {
        assert!(client.lookup(&first, &of("PEOPLE", token)).await.unwrap().is_err(), "and nothing else");
    }
    let places: Vec<_> = cohort.truth.alleles.keys().filter(|key| key.contig == "1").collect();
    let (from, to) = (places[0].position - 1, places[places.len() - 1].position + 1000);
    let range = format!(
        "/g_variants?assemblyId=GRCh38&referenceName=1&start={from}&end={to}&requestedGranularity=record&limit=1000"
    );
    let (status, body) = anyone.get(&range).await.unwrap();
    let sets = body["response"]["resultSets"].as_array().into_iter().flatten();
    let ids: Vec<_> = sets.map(|set| set["id"].as_str().unwrap()).collect();
    assert_eq!((status, ids.as_slice()), (200, ["ROUND"].as_slice()), "{body}");
    let sets = async |named: &str| -> Vec<(String, Option<u64>)> {
        let (_, body) = clinic.get(&format!("{range}{named}")).await.unwrap();
        let sets = body["response"]["resultSets"].as_array().unwrap().iter();
        sets.map(|set| (set["id"].as_str().unwrap().to_owned(), set["resultsCount"].as_u64())).collect()
    };
    let on_first = cohort.truth.alleles.keys().zip(ask_all(&cohort, &client, &known).await);
    let on_first = on_first
        .filter(|(key, answer)| key.contig == "1" && of_node(answer).is_some_and(|rows| !rows.is_empty()));
    let on_first = Some(on_first.count() as u64);
    assert_eq!(
        sets("").await,
        [("TABLE".to_owned(), on_first)],
        "of the same people once, by the least rounded"
    );
    let both = ["ROUND", "TABLE"].map(|table| (table.to_owned(), on_first));
    assert_eq!(sets("&datasets=ROUND,TABLE").await, both, "whoever names both is told both");

    files_say_the_same(&network, &cohort, &ask_all(&cohort, &client, &known).await).await;

    let (_, info) = anyone.get("/info").await.unwrap();
    let datasets = &info["response"]["info"]["disclosure"]["datasets"];
    assert_eq!(datasets["ROUND"][0]["promise"]["published"], "published, membership not protected", "{info}");
    assert!(datasets.get("TABLE").is_none() && datasets.get("PEOPLE").is_none(), "{datasets}");

    // The history, and so the log of the node, says what was decided.
    let log = network.nodes[0].store().join("audit/decisions.jsonl");
    let is_logged = || std::fs::read_to_string(&log).unwrap().matches("multiples of 10, power").count() == 1;
    until(async || is_logged()).await;

    // Who withdraws is in the next table, and not taken out of this one.
    let person = &cohort.people[0].id;
    let before = ask_all(&cohort, &client, &known).await;
    run(&network, &format!("consent withdraw --person {person}")).await.unwrap();
    let frequencies = |answers: &[Answer]| -> Vec<_> { answers.iter().map(of_node).collect() };
    assert_eq!(frequencies(&ask_all(&cohort, &client, &known).await), frequencies(&before));
    run(&network, command).await.unwrap();
    until(async || frequencies(&ask_all(&cohort, &client, &known).await) != frequencies(&before)).await;
    let after = ask_all(&cohort, &client, &known).await;
    let most = |answers: &[Answer]| {
        let rows = answers.iter().filter_map(of_node);
        rows.filter_map(|rows| Some(rows.get("Total")?.allele_number)).max().unwrap()
    };
    assert_eq!(most(&after) + 2, most(&before), "one person less");

    run(&network, "publish --withdraw TABLE --reason error").await.unwrap();
    until(async || client.lookup(&first, &known).await.unwrap().is_err()).await;
    network.stop().await;
}
