//! The example of a node, loaded as it stands and asked by whoever comes.

use std::{fs, path::Path};

use fyr_ingest::{
    IngestOptions, Progress, Withdrawn, ingest,
    metadata::{MetadataOptions, load},
};
use fyr_node::{NodeConfig, RunningNode, start};
use fyr_schemas::Assembly;
use fyr_tests::{AlleleKey, SyntheticCohort, ask::RestClient, network::Certificates};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{EVERYWHERE, generate, spec};

const CLOSED: &str = "fin-2026";
const OPEN: &str = "fin-open-2026";
const TOKEN: &str = "correct-horse-battery-staple-example";
/// Where the allele that everybody has is asked for.
const PLACE: &str =
    "/g_variants?assemblyId=GRCh38&referenceName=7&start=117559589&referenceBases=ATCT&alternateBases=A";

/// The node of the example, on ports of its own, with people enough for its minimums.
struct Example {
    _directory: TempDir,
    node: RunningNode,
    closed: SyntheticCohort,
}

impl Example {
    async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Certificates::create(&directory.path().join("certificates")).unwrap();
        let text =
            fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/node.toml")).unwrap();
        let token = format!("\n[[tokens]]\nname = \"test\"\ntoken = \"{TOKEN}\"\n");
        let path = directory.path().join("node.toml");
        fs::write(&path, format!("{text}{token}")).unwrap();
        let mut config = NodeConfig::load(Some(&path)).unwrap();
        for listen in [&mut config.http.listen, &mut config.grpc.listen, &mut config.monitoring.listen] {
            listen.set_port(0);
        }
        let store = directory.path().join("data/fin");
        let closed = add(&store, directory.path(), CLOSED, 260).await;
        add(&store, directory.path(), OPEN, 30).await;
        reference(&store, directory.path()).await;
        Self { node: start(config).await.unwrap(), _directory: directory, closed }
    }

    fn anybody(&self) -> RestClient {
        RestClient::new(&format!("http://{}/api", self.node.addresses().http))
    }
}

/// Loads what the example prices people by: everybody has the allele elsewhere too.
async fn reference(store: &Path, directory: &Path) {
    let sites = directory.join("gnomad.sites.vcf");
    let text = "##fileformat=VCFv4.3\n##contig=<ID=7,length=159345973>\n\
                ##INFO=<ID=AC,Number=A,Type=Integer,Description=\"\">\n\
                ##INFO=<ID=AN,Number=1,Type=Integer,Description=\"\">\n\
                #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n\
                7\t117559590\t.\tATCT\tA\t.\tPASS\tAC=9990;AN=10000\n";
    fs::write(&sites, text).unwrap();
    let mut options = IngestOptions::new("", "gnomad-4", Assembly::GRCH38, vec![sites]);
    options.store = store.to_owned();
    ingest(options, Progress::default()).await.unwrap();
}

async fn add(store: &Path, directory: &Path, name: &str, individuals: usize) -> SyntheticCohort {
    let mut people = spec(name, 1);
    people.individuals = individuals;
    let (cohort, mut options) = generate(directory, &people);
    options.store = store.to_owned();
    ingest(options, Progress::default()).await.unwrap();
    let metadata = MetadataOptions {
        store: store.to_owned(),
        dataset: name.to_owned(),
        assembly: None,
        entry_type: None,
        columns: None,
        replace: false,
        inputs: cohort.metadata.clone(),
        beside: &[],
        withdrawn: Withdrawn::default(),
    };
    load(metadata, Progress::default()).await.unwrap();
    cohort
}

/// Every value of a member of these names, however deep it lies.
fn members<'a>(value: &'a Value, is_named: &dyn Fn(&str) -> bool) -> Vec<&'a Value> {
    match value {
        Value::Object(map) => {
            let own = map.iter().filter(|(name, _)| is_named(name)).map(|(_, value)| value);
            own.chain(map.values().flat_map(|value| members(value, is_named))).collect()
        }
        Value::Array(values) => values.iter().flat_map(|value| members(value, is_named)).collect(),
        _ => Vec::new(),
    }
}

fn result_set<'a>(body: &'a Value, id: &str) -> Option<&'a Value> {
    body["response"]["resultSets"].as_array()?.iter().find(|set| set["id"] == id)
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_in_particular_learns_of_open_data_alone() {
    let example = Example::start().await;
    let anybody = example.anybody();
    let (status, body) = anybody.get(&format!("{PLACE}&requestedGranularity=record")).await.unwrap();
    assert_eq!(status, 200, "{body}");
    assert!(result_set(&body, OPEN).is_some() && result_set(&body, CLOSED).is_none(), "{body}");
    for path in [
        "/datasets".to_owned(),
        "/filtering_terms".to_owned(),
        "/individuals?requestedGranularity=count".to_owned(),
        "/info".to_owned(),
        format!("{PLACE}&requestedGranularity=boolean&datasets={CLOSED}"),
        format!("{PLACE}&requestedGranularity=boolean&filters=NCIT:C16576"),
        format!("{PLACE}&requestedGranularity=count&filters=LOINC:8308-9:<=170"),
    ] {
        let (_, body) = anybody.get(&path).await.unwrap();
        let echoed = body["meta"]["receivedRequestSummary"].to_string();
        let told = body.to_string().replace(&echoed, "");
        assert!(!told.contains(&format!("\"{CLOSED}\"")), "{path}: {told}");
        let exists = &body["responseSummary"]["exists"];
        assert!(!path.contains("datasets=") || exists != true, "{path}: {body}");
        assert!(!path.contains("filters=") || exists != true, "{path}: {body}");
    }
    example.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn holders_of_a_token_learn_rounded_numbers_and_nothing_by_phenotype() {
    let example = Example::start().await;
    let known = example.anybody().with_token(TOKEN);
    let (status, body) = known.get(&format!("{PLACE}&requestedGranularity=record")).await.unwrap();
    assert_eq!(status, 200, "{body}");
    let set = result_set(&body, CLOSED).unwrap();
    let truth = example.closed.truth.total(&AlleleKey::parse(EVERYWHERE).unwrap()).unwrap();
    let carriers = truth.heterozygous + truth.homozygous;
    let told: Vec<u64> =
        members(set, &|name| name == "carriers").into_iter().filter_map(Value::as_u64).collect();
    let buckets: Vec<u64> = (1..6u32).flat_map(|n| [1, 2, 5].map(|digit| digit * 10u64.pow(n))).collect();
    let reached = buckets.iter().rfind(|step| **step <= carriers).unwrap();
    assert!(!told.is_empty() && told.iter().all(|number| number == reached), "{told:?} of {carriers}: {set}");
    assert!(members(set, &|name| name.starts_with("alleleN") || name == "alleleCount").is_empty(), "{set}");
    for path in [
        format!("{PLACE}&requestedGranularity=record&filters=NCIT:C16576"),
        "/individuals?requestedGranularity=count&filters=NCIT:C16576".to_owned(),
    ] {
        let (_, body) = known.get(&path).await.unwrap();
        assert!(
            result_set(&body, CLOSED).is_none() && body["responseSummary"]["exists"] != true,
            "{path}: {body}"
        );
    }
    example.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_promise_is_there_for_programs() {
    let example = Example::start().await;
    let (_, body) = example.anybody().get("/info").await.unwrap();
    let said = &body["response"]["info"]["disclosure"];
    let known = said["default"].as_array().unwrap().iter().find(|said| said["profile"] == "known").unwrap();
    assert_eq!(known["promise"]["minimumCarriers"], 10);
    assert_eq!(known["promise"]["rounding"], "buckets");
    assert_eq!(known["promise"]["subjects"], "none");
    assert_eq!(known["promise"]["account"]["reference"], "gnomad-4");
    assert_eq!(known["promise"]["account"]["timesAsLikely"], 2);
    assert!(!known["promise"]["notPromised"].as_array().unwrap().iter().any(|what| what == "manyAnswers"));
    let profiles: Vec<_> = said["default"].as_array().unwrap().iter().map(|said| &said["profile"]).collect();
    assert!(!profiles.iter().any(|profile| *profile == "public"), "{profiles:?}");
    assert_eq!(said["datasets"][OPEN][0]["promise"]["notPromised"][0], "anything");
    example.node.stop().await;
}
