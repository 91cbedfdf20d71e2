//! The owner's own view, beside a node that serves and tells others nothing.
//!
//! The command runs in this binary, which is started again for it, as `fyr-node` would run: see
//! [`the_child_runs_a_command`].

use std::{
    collections::BTreeSet,
    process::{Command, ExitCode, Stdio},
};

use clap::Parser;
use fyr_node::{NodeConfig, OwnersView};
use fyr_node_cli::{self as cli, Cli};
use fyr_schemas::{AlleleQuery, Assembly, Granularity, Observations, Query, VariantQuery};
use fyr_tests::{
    NetworkSpec, NodeSpec, SyntheticCohort, TestNetwork,
    ask::Ask,
    compare::{difference, of_node, question},
    naive,
};
use serde_json::Value;

use crate::support::{EVERYWHERE, generate, spec};

/// The environment variable with the arguments for the child, one a line.
const COMMAND: &str = "FYR_TEST_OWNER_COMMAND";
const NODE: &str = "se.owner.af-beacon.test";

/// Tells a few of its own clients something, of nobody, since nobody has agreed to anything.
const CLOSED: &str = "[policy.default]\nconsent = \"opt-in\"\nresearch = \"count\"\nminimum_carriers = 50\n";

/// Not a test of its own: the child of the test below. Without the variable it does nothing.
#[test]
fn the_child_runs_a_command() {
    let Ok(arguments) = std::env::var(COMMAND) else { return };
    let cli = Cli::try_parse_from(arguments.lines()).unwrap_or_else(|error| error.exit());
    let code = tokio::runtime::Runtime::new().unwrap().block_on(cli::run(cli)).unwrap();
    let is = |status: &u8| format!("{code:?}") == format!("{:?}", ExitCode::from(*status));
    std::process::exit((0..=4).find(is).unwrap().into());
}

/// Runs `fyr-node query`; returns its exit status with what it printed, and what it complained of.
fn query(network: &TestNetwork, line: &str) -> (i32, String, String) {
    let config = network.nodes[0].config().display().to_string();
    let arguments = ["fyr-node", "query", "--config", &config, "--actor", "anna@clinic"];
    let arguments: Vec<&str> = arguments.into_iter().chain(line.split(' ')).collect();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "owner::the_child_runs_a_command", "--nocapture"])
        .env(COMMAND, arguments.join("\n"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

async fn network(directory: &std::path::Path) -> (SyntheticCohort, TestNetwork) {
    let (cohort, options) = generate(directory, &spec("CLINIC", 7));
    let nodes = vec![NodeSpec::open(NODE, vec![options]).with_policy(CLOSED)];
    let spec = NetworkSpec { nodes, ..NetworkSpec::default() };
    (cohort, TestNetwork::start(directory, spec).await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_is_told_what_a_count_one_by_one_comes_to_and_no_door_tells_it() {
    let directory = tempfile::tempdir().unwrap();
    let (cohort, network) = network(directory.path()).await;
    let config = NodeConfig::load(Some(&network.nodes[0].config())).unwrap();
    let view = OwnersView::open(&config, "anna@clinic").await.unwrap();
    let (mut differences, mut questions) = (Vec::new(), Vec::new());
    for (key, truth) in &cohort.truth.alleles {
        let allele = question(Assembly::GRCH38, key).unwrap();
        let query = Query {
            granularity: Granularity::Record,
            ..Query::variants(VariantQuery::Allele(allele.clone()))
        };
        let answer = view.ask(&query).await.unwrap();
        differences
            .extend(difference(truth, of_node(&answer).as_ref()).map(|words| format!("{key}: {words}")));
        questions.push(allele);
    }
    assert!(differences.is_empty() && questions.len() > 100, "{}: {differences:#?}", questions.len());
    let client = network.nodes[0].grpc().await.unwrap();
    for (ask, question) in [Ask::default(), Ask::default().only("CLINIC")].iter().zip(&questions) {
        assert!(client.alleles(std::slice::from_ref(question), ask).await.is_err(), "refused at a door");
    }
    let log = network.nodes[0].store().join("audit");
    let records = |name: &str| std::fs::read_to_string(log.join(name)).unwrap();
    let of_owner = |name: &str| records(name).matches("\"kind\":\"owner\",\"name\":\"anna@clinic\"").count();
    assert_eq!((of_owner("decisions.owner.jsonl"), of_owner("decisions.jsonl")), (questions.len(), 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_has_the_words_and_the_statuses_of_the_client() {
    let directory = tempfile::tempdir().unwrap();
    let (cohort, network) = network(directory.path()).await;
    let (unseen, _) =
        cohort.truth.alleles.iter().find(|(_, groups)| groups["Total"].allele_count == 0).unwrap();
    let (code, told, complaints) = query(&network, &format!("--json --assembly GRCh38 {EVERYWHERE}"));
    assert_eq!(code, 0, "{complaints}");
    let start = told.find('{').unwrap();
    let report: Value = serde_json::from_str(&told[start..=told.rfind('}').unwrap()]).unwrap();
    assert_eq!((&report["verdict"], &report["words"][0]["word"]), (&"seen".into(), &"seen".into()));
    let found = &report["answer"]["datasets"][0]["variants"][0];
    let (_, table, _) = query(&network, &format!("--assembly GRCh38 --populations {EVERYWHERE}"));
    assert!(table.contains(&format!("{} of {}", found["carriers"], found["assayed"])), "{table}");
    assert!(table.contains("  F ") && table.contains("Seen."), "{table}");
    for (line, status, words) in [
        (format!("--tsv --assembly GRCh38 {unseen}"), 1, "not seen"),
        ("--assembly GRCh38 1-5-A-T".to_owned(), 4, "Not assayed"),
        (format!("--assembly GRCh38 {unseen} {EVERYWHERE}"), 0, "Seen."),
        (format!("--assembly GRCh38 --dataset CLINICS {EVERYWHERE}"), 2, "the store has CLINIC"),
        (format!("--assembly GRCh39 {EVERYWHERE}"), 2, "GRCh39"),
        (EVERYWHERE.to_owned(), 2, "assembly"),
        ("--assembly GRCh38 --gene CFTR".to_owned(), 2, "genes"),
    ] {
        let (code, told, complaints) = query(&network, &line);
        assert_eq!(code, status, "{line}: {told}{complaints}");
        assert!(told.contains(words) || complaints.contains(words), "{line}: {told}{complaints}");
    }
}

/// Puts each three of the samples into a family, and the fourth into none; returns the family or the name of each.
fn pedigree(samples: &[&str], path: &std::path::Path) -> Vec<String> {
    let family = |at: usize| if at % 4 == 3 { "0".to_owned() } else { format!("F{}", at / 4) };
    let line = |(at, sample): (usize, &&str)| format!("{}\t{sample}\t0\t0\t0\t0\n", family(at));
    std::fs::write(path, samples.iter().enumerate().map(line).collect::<String>()).unwrap();
    let case = |(at, sample): (usize, &&str)| if at % 4 == 3 { (*sample).to_owned() } else { family(at) };
    samples.iter().enumerate().map(case).collect()
}

/// The cases of each allele of a file, counted one by one: those in which somebody carries it, of those in which somebody
/// was called.
fn observations(text: &str, cases: &[String]) -> Vec<(String, Observations)> {
    let records = text.lines().filter(|line| !line.starts_with('#'));
    let counted = records.filter_map(|record| {
        let columns: Vec<&str> = record.split('\t').collect();
        let is_plain = !columns[4].contains([',', '<', '[', ']', '*']);
        let with = |allele: fn(&str) -> bool| {
            let has = |call: &str| call.split(':').next().unwrap().split(['/', '|']).any(allele);
            let found = columns[9..].iter().zip(cases).filter(|(call, _)| has(call));
            found.map(|(_, case)| case).collect::<BTreeSet<_>>().len() as u64
        };
        let allele = format!("{}-{}-{}-{}", columns[0], columns[1], columns[3], columns[4]);
        is_plain.then(|| (allele, Observations { cases: with(|a| a == "1"), of: with(|a| a != ".") }))
    });
    counted.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_family_file_tells_in_how_many_cases_an_allele_was_observed() {
    let directory = tempfile::tempdir().unwrap();
    let (cohort, options) = generate(directory.path(), &spec("FAMILIES", 11));
    let text = naive::read_text(&cohort.vcf).unwrap();
    let header = text.lines().find(|line| line.starts_with("#CHROM")).unwrap();
    let ped = directory.path().join("families.ped");
    let cases = pedigree(&header.split('\t').skip(9).collect::<Vec<_>>(), &ped);
    let node = |id: &str| NodeSpec::open(id, vec![options.clone()]);
    let (mut open, mut closed) = (node(NODE), node("se.closed.af-beacon.test").with_policy(CLOSED));
    for node in [&mut open, &mut closed] {
        node.metadata = vec![("FAMILIES".to_owned(), vec![ped.clone()])];
    }
    let twice = NodeSpec { metadata: open.metadata.clone(), ..node("se.twice.af-beacon.test") };
    let nodes = vec![open, closed, twice];
    let network = NetworkSpec { nodes, ..NetworkSpec::default() };
    let network = TestNetwork::start(directory.path(), network).await.unwrap();
    let config = NodeConfig::load(Some(&network.nodes[1].config())).unwrap();
    let owner = OwnersView::open(&config, "anna@clinic").await.unwrap();
    let client = network.nodes[0].grpc().await.unwrap();
    let expected = observations(&text, &cases);
    assert!(expected.len() > 100 && expected.iter().any(|(_, of)| of.cases > 1 && of.cases < of.of));
    for (allele, expected) in &expected {
        let asked = AlleleQuery::parse(Assembly::GRCH38, allele).unwrap();
        let answers = client.alleles(std::slice::from_ref(&asked), &Ask::default()).await.unwrap();
        let query =
            Query { granularity: Granularity::Record, ..Query::variants(VariantQuery::Allele(asked)) };
        let answer = owner.ask(&query).await.unwrap();
        for (by, answer) in [("gRPC", &answers[0]), ("owner", &answer)] {
            assert_eq!(answer.datasets[0].variants[0].observed, Some(*expected), "{by}: {allele}");
        }
    }
    let (_, of) = expected.iter().find(|(allele, _)| allele.ends_with(EVERYWHERE)).unwrap();
    let asked = AlleleQuery::parse(Assembly::GRCH38, EVERYWHERE).unwrap();
    let broker = network.broker.grpc().await.unwrap();
    let sum = broker.alleles(&[asked], &Ask::default()).await.unwrap().remove(0);
    let twice = Observations { cases: 2 * of.cases, of: 2 * of.of };
    assert_eq!(sum.totals[0].observed, Some(twice), "of the two that tell");
    let [contig, position, reference, alternate] = EVERYWHERE.split('-').collect::<Vec<_>>()[..] else {
        panic!()
    };
    let start = position.parse::<u32>().unwrap() - 1;
    let path = format!(
        "g_variants?assemblyId=GRCh38&referenceName={contig}&start={start}&referenceBases={reference}\
         &alternateBases={alternate}&requestedGranularity=record"
    );
    let url = format!("{}/{path}", network.nodes[0].beacon());
    let found: Value = reqwest::get(url).await.unwrap().json().await.unwrap();
    let info = &found["response"]["resultSets"][0]["results"][0]["info"];
    assert_eq!(info["observed"], serde_json::json!({ "cases": of.cases, "of": of.of }), "{info}");
}
