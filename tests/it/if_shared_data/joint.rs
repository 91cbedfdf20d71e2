//! Genotypes and phenotypes of the same people: the synthetic phenotypes of the CINECA cohort belong to
//! samples of the 1000 Genomes project, by sample id.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use clap::Parser;
use fyr_node_cli::{self as cli, Cli};
use fyr_schemas::{AlleleQuery, Assembly};
use fyr_tests::{NetworkSpec, NodeSpec, TestNetwork, ask::RestClient, naive::read_text, shared::Shared};
use serde_json::{Value, json};
use tempfile::TempDir;

const NODE: &str = "eu.cineca.sl-beacon.test";
const VCF: &str = "data/vcf/1000g/all2504.chr1_10177-174799.GRCh37.vcf.gz";
const PANEL: &str = "data/panel/integrated_call_samples_v3.20130502.ALL.panel";
const INDIVIDUALS: &str = "data/bff/CINECA_UK1/individuals.json.gz";
const TRUTH: &str = "data/truth/joint_disease.chr1_10177-174799.tsv.gz";

/// Everyone may learn everything that is no record of a person.
const POLICY: &str =
    "[policy.default]\nopen = true\npublic = \"frequency\"\nsubjects = \"frequency\"\nminimum_carriers = 0\n";
/// The whole slice on one page; several questions at one time share two processors.
const SETTINGS: &str = "[limits]\npage_rows = 5000\ndeadline_ms = 60000\n";

/// A person, read without any of the code under test.
#[derive(Debug)]
struct Person {
    id: String,
    sex: &'static str,
    population: String,
    continent: String,
    diseases: BTreeSet<String>,
    ethnicity: String,
    height: f64,
}

struct Study {
    people: Vec<Person>,
    network: TestNetwork,
    _directory: TempDir,
}

impl Study {
    async fn start(shared: &Shared) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = directory.path().join(NODE).join("store");
        std::fs::create_dir_all(&store).unwrap();
        run(
            "ingest",
            &store,
            &["--assembly", "GRCh37", "--individuals"],
            &[shared.path(PANEL), shared.path(VCF)],
        )
        .await;
        let files = ["individuals.json.gz", "biosamples.json.gz", "runs.json.gz", "analyses.json.gz"];
        let files = files.map(|file| shared.path(&format!("data/bff/CINECA_UK1/{file}")));
        run("metadata", &store, &[], &files).await;
        let node = NodeSpec::open(NODE, Vec::new()).with_policy(POLICY).with_settings(SETTINGS);
        let spec = NetworkSpec { nodes: vec![node], ..NetworkSpec::default() };
        let network = TestNetwork::start(directory.path(), spec).await.unwrap();
        Self { people: people(shared), network, _directory: directory }
    }

    fn node(&self) -> RestClient {
        RestClient::new(&self.network.node(NODE).unwrap().beacon())
    }

    fn broker(&self) -> RestClient {
        RestClient::new(&self.network.broker.beacon())
    }

    fn count(&self, holds: impl Fn(&Person) -> bool) -> u64 {
        self.people.iter().filter(|person| holds(person)).count() as u64
    }
}

async fn run(command: &str, store: &Path, options: &[&str], files: &[std::path::PathBuf]) {
    let store = store.to_string_lossy().into_owned();
    let args = ["fyr-node", command, "--store", &store, "--dataset", "CINECA"];
    let files = files.iter().map(|file| file.to_string_lossy().into_owned());
    let args = args.iter().chain(options).map(|&arg| arg.to_owned()).chain(files);
    cli::run(Cli::try_parse_from(args).unwrap()).await.unwrap();
}

fn people(shared: &Shared) -> Vec<Person> {
    let documents: Vec<Value> = serde_json::from_str(&read_text(&shared.path(INDIVIDUALS)).unwrap()).unwrap();
    let documents: BTreeMap<String, Value> = documents
        .into_iter()
        .map(|document| (document["id"].as_str().unwrap().to_owned(), document))
        .collect();
    let panel = read_text(&shared.path(PANEL)).unwrap();
    panel.lines().skip(1).map(|line| person(line, &documents)).collect()
}

fn person(line: &str, documents: &BTreeMap<String, Value>) -> Person {
    let fields: Vec<&str> = line.split('\t').collect();
    let document = &documents[fields[0]];
    let diseases = document["diseases"].as_array().cloned().unwrap_or_default();
    let code = |disease: &Value| disease["diseaseCode"]["id"].as_str().unwrap().to_owned();
    Person {
        id: fields[0].to_owned(),
        population: fields[1].to_owned(),
        continent: fields[2].to_owned(),
        sex: if fields[3].trim() == "male" { "M" } else { "F" },
        diseases: diseases.iter().map(code).collect(),
        ethnicity: document["ethnicity"]["id"].as_str().unwrap_or_default().to_owned(),
        height: document["measures"][0]["measurementValue"]["value"].as_f64().unwrap(),
    }
}

/// Carriers by allele and group: people, not alleles. On an autosome they are het or hom.
fn carriers(body: &Value) -> BTreeMap<(String, String), u64> {
    let sets = body["response"]["resultSets"].as_array().unwrap();
    let mut carriers = BTreeMap::new();
    for record in sets.iter().flat_map(|set| set["results"].as_array().unwrap()) {
        let id = record["variantInternalId"].as_str().unwrap();
        for row in record["frequencyInPopulations"][0]["frequencies"].as_array().unwrap() {
            let number = |field: &str| row[field].as_u64().unwrap();
            let people = number("alleleCountHeterozygous") + number("alleleCountHomozygous");
            carriers.insert((id.to_owned(), row["population"].as_str().unwrap().to_owned()), people);
        }
    }
    carriers
}

/// The table: per allele the carriers of each column, such as `ICD10:D50|pop:FIN`.
fn table(shared: &Shared) -> (Vec<String>, Vec<(String, Vec<u64>)>) {
    let text = read_text(&shared.path(TRUTH)).unwrap();
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    let columns = lines.next().unwrap().split('\t').skip(5).map(str::to_owned).collect();
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('\t').collect();
        let text = format!("{}-{}-{}-{}", cells[0], cells[1], cells[2], cells[3]);
        let variant = AlleleQuery::parse(Assembly::GRCH37, &text).unwrap().as_variant().unwrap();
        let numbers = cells[5..].iter().map(|cell| cell.parse().unwrap()).collect();
        (format!("GRCh37-{}", variant.short_form()), numbers)
    };
    (columns, lines.map(row).collect())
}

/// `ICD10:D50|pop:FIN` is the row `FIN` of the question for `ICD10:D50`.
fn split(column: &str) -> (&str, &str) {
    match column.split_once('|') {
        Some((code, group)) => (code, group.split_once(':').unwrap().1),
        None => (column, "Total"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn carriers_by_disease_population_and_sex_equal_the_table() {
    let Some(shared) = Shared::find("carriers_by_disease_population_and_sex_equal_the_table") else { return };
    let study = Study::start(&shared).await;
    let (columns, rows) = table(&shared);
    let codes: BTreeSet<&str> = columns.iter().map(|column| split(column).0).collect();
    let mut told = BTreeMap::new();
    for code in codes {
        let path = format!(
            "/g_variants?assemblyId=GRCh37&referenceName=1&start=10000&end=175000\
             &requestedGranularity=record&limit=0&filters={code}"
        );
        let (status, body) = study.node().get(&path).await.unwrap();
        assert_eq!(status, 200, "{code}: {body}");
        told.insert(code, carriers(&body));
    }
    let mut compared = 0_u64;
    for (allele, numbers) in &rows {
        for (column, expected) in columns.iter().zip(numbers) {
            let (code, group) = split(column);
            // What nobody carries is not listed.
            let seen = told[code].get(&(allele.clone(), group.to_owned())).copied().unwrap_or_default();
            assert_eq!(seen, *expected, "{allele} {column}");
            compared += 1;
        }
    }
    assert_eq!(compared, 1_044 * 19 * 8, "every cell of the table");
    study.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn individuals_with_a_disease_who_carry_a_variant_equal_the_table() {
    let Some(shared) = Shared::find("individuals_with_a_disease_who_carry_a_variant_equal_the_table") else {
        return;
    };
    let study = Study::start(&shared).await;
    let (columns, rows) = table(&shared);
    for (client, step) in [(study.node(), 97), (study.broker(), 211)] {
        for (allele, numbers) in rows.iter().step_by(step) {
            for (column, expected) in columns.iter().zip(numbers).filter(|(c, _)| split(c).1 == "Total") {
                let body = individuals(&client, json!([{ "id": column }]), allele_parameters(allele)).await;
                assert_eq!(number(&body), *expected, "{allele} {column}");
            }
        }
    }
    study.network.stop().await;
}

/// From `GRCh37-1-10177-A-AC` to request parameters.
fn allele_parameters(id: &str) -> Value {
    let parts: Vec<&str> = id.split('-').collect();
    let start: u64 = parts[2].parse::<u64>().unwrap() - 1;
    json!({
        "assemblyId": parts[0], "referenceName": parts[1], "start": [start],
        "referenceBases": parts[3], "alternateBases": parts[4],
    })
}

async fn individuals(client: &RestClient, filters: Value, parameters: Value) -> Value {
    let body = json!({
        "meta": { "apiVersion": "2.0" },
        "query": {
            "filters": filters, "requestParameters": parameters, "requestedGranularity": "count",
            "includeResultsetResponses": "ALL", "pagination": { "skip": 0, "limit": 1 },
        }
    });
    let (status, answer) = client.post("/individuals", &body).await.unwrap();
    assert_eq!(status, 200, "{body}: {answer}");
    answer
}

fn number(body: &Value) -> u64 {
    body["responseSummary"]["numTotalResults"].as_u64().unwrap()
}

/// A filter as it is sent, with what it means.
type Case = (Value, Box<dyn Fn(&Person) -> bool>);

fn case(filters: Value, holds: impl Fn(&Person) -> bool + 'static) -> Case {
    (filters, Box::new(holds))
}

fn cases() -> Vec<Case> {
    let has = |code: &'static str| move |p: &Person| p.diseases.iter().any(|d| d.starts_with(code));
    let male = json!({ "id": "NCIT:C20197", "scope": "individual" });
    vec![
        case(json!([]), |_| true),
        case(json!([male]), |p| p.sex == "M"),
        case(json!([{ "id": "sex", "operator": "=", "value": "female" }]), |p| p.sex == "F"),
        case(json!([{ "id": "ncit:C28421", "operator": "=", "value": "ncit:C16576" }]), |p| p.sex == "F"),
        case(json!([{ "id": "ICD10:F31" }]), has("ICD10:F31")),
        case(json!([{ "id": "ICD10:F31", "includeDescendantTerms": false }]), |_| false),
        case(json!([{ "id": "ICD10:K" }]), has("ICD10:K")),
        case(json!([{ "id": "ICD10:F20-F29" }]), has("ICD10:F2")),
        case(json!([["ICD10:E10", "ICD10:E66"]]), |p| {
            p.diseases.contains("ICD10:E10") || p.diseases.contains("ICD10:E66")
        }),
        case(json!([{ "id": ["ICD10:E10", "ICD10:E66"] }, male]), |p| {
            p.sex == "M" && (p.diseases.contains("ICD10:E10") || p.diseases.contains("ICD10:E66"))
        }),
        case(json!([{ "id": "ICD10:I83", "excluded": true }]), |p| !p.diseases.contains("ICD10:I83")),
        case(json!([{ "id": "population", "operator": "=", "value": "FIN" }]), |p| p.population == "FIN"),
        case(json!([{ "id": "population", "operator": "=", "value": ["FIN", "TSI"] }]), |p| {
            p.population == "FIN" || p.population == "TSI"
        }),
        case(json!([{ "id": "population", "operator": "!", "value": "EUR" }]), |p| p.continent != "EUR"),
        case(json!([{ "id": "NCIT:C41260", "scope": "individual" }, { "id": "ICD10:J" }]), |p| {
            p.ethnicity == "NCIT:C41260" && p.diseases.iter().any(|d| d.starts_with("ICD10:J"))
        }),
        case(json!([{ "id": "LOINC:8308-9", "operator": ">=", "value": "180" }]), |p| p.height >= 180.0),
        case(json!([{ "id": "LOINC:8308-9", "operator": "<", "value": 150 }, male]), |p| {
            p.sex == "M" && p.height < 150.0
        }),
        case(json!([{ "id": "UBERON:0000178", "scope": "biosample" }]), |_| true),
        case(json!([{ "id": "platform", "operator": "=", "value": "Illu%", "scope": "run" }, male]), |p| {
            p.sex == "M"
        }),
        case(json!([{ "id": "platform", "operator": "=", "value": "Nanopore%", "scope": "run" }]), |_| false),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn combinations_equal_a_brute_force_count() {
    let Some(shared) = Shared::find("combinations_equal_a_brute_force_count") else { return };
    let study = Study::start(&shared).await;
    assert_eq!(study.people.len(), 2_504);
    assert!(study.people.iter().all(|person| !person.id.is_empty()));
    for client in [study.node(), study.broker()] {
        for (filters, holds) in cases() {
            let body = individuals(&client, filters.clone(), Value::Null).await;
            assert_eq!(number(&body), study.count(holds), "{filters}");
        }
    }
    study.network.stop().await;
}
