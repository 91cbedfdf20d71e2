//! Every Beacon answer is valid by the schemas of the Beacon v2 specification, where they are at hand.
//!
//! The paths are those that `/map` tells, so a path that is served but not mapped is not excused by this.

mod broken;

use std::{cell::RefCell, collections::BTreeMap};

use fyr_tests::{NetworkSpec, TestNetwork, ask::RestClient, shared::Shared};
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::support::{NORTH, OPEN, Regions, declared_open};

const ALLELE: &str = "assemblyId=GRCh38&referenceName=7&start=117559589&referenceBases=ATCT&alternateBases=A";
const RANGE: &str = "assemblyId=GRCh38&referenceName=X&start=31000000&end=31100000";

/// Entry types with their paths and the folders of their schemas.
pub(crate) const ENTRY_TYPES: [(&str, &str, &str); 7] = [
    ("analysis", "analyses", "analyses"),
    ("biosample", "biosamples", "biosamples"),
    ("cohort", "cohorts", "cohorts"),
    ("dataset", "datasets", "datasets"),
    ("genomicVariant", "g_variants", "genomicVariations"),
    ("individual", "individuals", "individuals"),
    ("run", "runs", "runs"),
];

/// The schemas, compiled once each.
struct Schemas {
    shared: Shared,
    compiled: RefCell<BTreeMap<String, Validator>>,
}

impl Schemas {
    fn new(shared: Shared) -> Self {
        Self { shared, compiled: RefCell::default() }
    }

    /// Returns what is wrong with a document.
    fn faults(&self, schema: &str, document: &Value) -> Vec<String> {
        let mut compiled = self.compiled.borrow_mut();
        let validator = compiled.entry(schema.to_owned()).or_insert_with(|| self.compile(schema));
        validator.iter_errors(document).map(|error| format!("{} at {}", error, error.instance_path)).collect()
    }

    fn compile(&self, schema: &str) -> Validator {
        let path = self.shared.path(&format!("beacon-v2-schemas/self-contained/{schema}.json"));
        let text = std::fs::read_to_string(&path).unwrap();
        jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
    }

    fn check(&self, schema: &str, what: &str, document: &Value) {
        let faults = self.faults(schema, document);
        assert!(faults.is_empty(), "{what}: {faults:#?}\n{document:#}");
    }
}

/// One Beacon that is asked.
struct Beacon<'a> {
    schemas: &'a Schemas,
    rest: RestClient,
    base: String,
    asked: RefCell<usize>,
}

impl<'a> Beacon<'a> {
    fn new(schemas: &'a Schemas, base: String) -> Self {
        Self { schemas, rest: RestClient::new(&base), base, asked: RefCell::default() }
    }

    async fn document(&self, path: &str, status: u16, schema: &str) -> Value {
        let (got, body) = self.rest.get(path).await.unwrap();
        assert_eq!(got, status, "{path}: {body}");
        self.schemas.check(&format!("framework/responses/{schema}"), path, &body);
        body
    }

    async fn metadata(&self) {
        for (path, schema) in [
            ("/info", "beaconInfoResponse"),
            ("", "beaconInfoResponse"),
            ("/service-info", "ga4gh-service-info-1-0-0-schema"),
            ("/info?requestedSchema=ga4gh-service-info-v1.0", "ga4gh-service-info-1-0-0-schema"),
            ("/configuration", "beaconConfigurationResponse"),
            ("/entry_types", "beaconEntryTypesResponse"),
            ("/map", "beaconMapResponse"),
            ("/filtering_terms", "beaconFilteringTermsResponse"),
            ("/filtering_terms?skip=1&limit=2", "beaconFilteringTermsResponse"),
            ("/individuals/filtering_terms", "beaconFilteringTermsResponse"),
        ] {
            self.document(path, 200, schema).await;
        }
    }

    /// Asks one path in every granularity, by GET and by POST.
    async fn entries(&self, path: &str, entry_type: &str, question: &str) {
        for granularity in ["boolean", "count", "record"] {
            for include in ["ALL", "HIT", "MISS", "NONE"] {
                let separator = if path.contains('?') { '&' } else { '?' };
                let get = format!(
                    "{path}{separator}{question}&requestedGranularity={granularity}\
                     &includeResultsetResponses={include}"
                );
                let (status, body) = self.rest.get(&get).await.unwrap();
                self.entry_answer(&get, entry_type, status, &body);
                let post = json!({ "query": {
                    "requestedGranularity": granularity, "includeResultsetResponses": include,
                    "requestParameters": parameters(question), "pagination": { "limit": 3 },
                }});
                let (status, posted) = self.rest.post(path, &post).await.unwrap();
                self.entry_answer(&format!("POST {path} {post}"), entry_type, status, &posted);
                assert_eq!(posted["responseSummary"], body["responseSummary"], "{get}: GET and POST differ");
            }
        }
    }

    fn entry_answer(&self, what: &str, entry_type: &str, status: u16, body: &Value) {
        *self.asked.borrow_mut() += 1;
        assert_eq!(status, 200, "{what}: {body}");
        let schema = match (body["meta"]["returnedGranularity"].as_str().unwrap(), entry_type) {
            (_, "dataset" | "cohort") if body["response"]["collections"].is_array() => {
                "beaconCollectionsResponse"
            }
            ("boolean", _) => "beaconBooleanResponse",
            ("count", _) => "beaconCountResponse",
            _ => "beaconResultsetsResponse",
        };
        self.schemas.check(&format!("framework/responses/{schema}"), what, body);
        for record in records(body) {
            self.schemas.check(&model(entry_type), what, &record);
        }
    }

    /// Asks everything that the map tells, with an id of each entry type that shows one.
    async fn everything_mapped(&self) {
        let map = self.document("/map", 200, "beaconMapResponse").await;
        let sets = map["response"]["endpointSets"].as_object().unwrap();
        let mut ids = BTreeMap::new();
        for (name, set) in sets {
            let root = self.path(&set["rootUrl"]);
            let question = if name == "genomicVariant" { ALLELE } else { "" };
            self.entries(&root, name, question).await;
            if let Some(id) = self.first_id(&root, name, question).await {
                ids.insert(name.clone(), id);
            }
        }
        for (name, set) in sets {
            let Some(id) = ids.get(name) else { continue };
            let with_id = |url: &Value| self.path(url).replace("{id}", id);
            if set["singleEntryUrl"].is_string() {
                self.entries(&with_id(&set["singleEntryUrl"]), name, "").await;
            }
            if set["filteringTermsUrl"].is_string() {
                let path = with_id(&set["filteringTermsUrl"]);
                self.document(&path, 200, "beaconFilteringTermsResponse").await;
            }
            for endpoint in set["endpoints"].as_object().into_iter().flatten().map(|(_, endpoint)| endpoint) {
                let returned = endpoint["returnedEntryType"].as_str().unwrap();
                let url = with_id(&endpoint["url"]);
                if url.ends_with("/filtering_terms") {
                    self.document(&url, 200, "beaconFilteringTermsResponse").await;
                } else {
                    self.entries(&url, returned, "").await;
                }
            }
        }
    }

    fn path(&self, url: &Value) -> String {
        let url = url.as_str().unwrap();
        let path = url.strip_prefix(&self.base);
        assert!(path.is_some(), "{url} is not below {}", self.base);
        path.unwrap_or_default().to_owned()
    }

    async fn first_id(&self, root: &str, entry_type: &str, question: &str) -> Option<String> {
        let path = format!("{root}?{question}&requestedGranularity=record");
        let (_, body) = self.rest.get(&path).await.unwrap();
        let member = if entry_type == "genomicVariant" { "variantInternalId" } else { "id" };
        records(&body).first().map(|record| record[member].as_str().unwrap().to_owned())
    }

    async fn refusals(&self) {
        for (path, status) in [
            ("/g_variants?assemblyId=GRCh38&referenceName=7", 400),
            ("/g_variants?assemblyId=GRCh99&referenceName=7&start=1&alternateBases=A", 400),
            ("/g_variants", 400),
            ("/individuals?filters=NOSUCHPREFIX:1", 400),
            ("/individuals?filters=nosuchfield:=3", 400),
            ("/nowhere", 404),
            ("/g_variants/nonsense", 404),
            (
                "/g_variants?datasets=NOSUCH&assemblyId=GRCh38&referenceName=7&start=1&referenceBases=A&alternateBases=C",
                404,
            ),
        ] {
            self.document(path, status, "beaconErrorResponse").await;
        }
    }
}

/// The members of a query string as request parameters.
fn parameters(question: &str) -> Value {
    let pairs = question.split('&').filter_map(|pair| pair.split_once('='));
    Value::Object(pairs.map(|(name, value)| (name.to_owned(), json!(value))).collect())
}

fn model(entry_type: &str) -> String {
    let (_, _, folder) = ENTRY_TYPES.iter().find(|(id, _, _)| *id == entry_type).unwrap();
    format!("model/{folder}/defaultSchema")
}

/// The envelope's schema leaves records open; they have one of their own.
fn records(body: &Value) -> Vec<Value> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let sets = list(&body["response"]["resultSets"]);
    let results = sets.iter().flat_map(|set| list(&set["results"]));
    results.chain(list(&body["response"]["collections"])).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_about_a_virus_is_valid() {
    let Some(shared) = Shared::find("every_answer_about_a_virus_is_valid") else { return };
    let schemas = Schemas::new(shared);
    let directory = tempfile::tempdir().unwrap();
    let nodes = vec![crate::assemblies::virus(directory.path())];
    let spec = NetworkSpec { nodes, ..NetworkSpec::default() };
    let network = TestNetwork::start(directory.path(), spec).await.unwrap();
    let beacon = Beacon::new(&schemas, network.nodes[0].beacon());
    let range = "assemblyId=NC_045512.2&referenceName=NC_045512.2&start=0&end=29903";
    beacon.metadata().await;
    beacon.entries("/g_variants", "genomicVariant", range).await;
    beacon.entries("/biosamples", "biosample", "filters=PANGO:B.1").await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_valid() {
    let Some(shared) = Shared::find("every_answer_is_valid") else { return };
    let schemas = Schemas::new(shared);
    let regions = Regions::generate().with_metadata().with_node(OPEN, declared_open).start().await;
    for base in [
        regions.network.node(OPEN).unwrap().beacon(),
        regions.network.node(NORTH).unwrap().beacon(),
        regions.network.broker.beacon(),
    ] {
        let beacon = Beacon::new(&schemas, base);
        beacon.metadata().await;
        beacon.refusals().await;
        beacon.entries("/g_variants", "genomicVariant", RANGE).await;
        beacon.everything_mapped().await;
        assert!(*beacon.asked.borrow() > 200, "{} answers at {}", beacon.asked.borrow(), beacon.base);
    }
    regions.network.stop().await;
}
