//! A dataset for the members of a study alone: they count its data, and nobody else can tell that it exists.
//!
//! "Cannot tell" means byte for byte: two nodes answer everything alike, of which one has the dataset and the
//! rules for it, and the other has neither.

mod routes;

use std::{fs, path::Path};

use futures::StreamExt as _;
use fyr_ingest::{
    Progress, Withdrawn, ingest,
    metadata::{MetadataOptions, load},
};
use fyr_proto::v1;
use fyr_schemas::{AlleleQuery, Assembly, DatasetSelection, Granularity, Query, VariantQuery};
use fyr_tests::{
    AlleleKey, NetworkSpec, NodeSpec, SyntheticCohort, TestNetwork,
    ask::GrpcClient,
    network::TestNode,
    tokens::{Occasion, Provider, REGISTERED, Signer, World},
};
use reqwest::{
    Method,
    header::{AUTHORIZATION, DATE, HOST, HeaderMap, HeaderValue},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tonic::{Request, Response, Status, metadata::MetadataMap};

use crate::support::{EVERYWHERE, NORTH_ONLY, generate, spec};

const NODE: &str = "se.tags.sl-beacon.test";
/// Everyone knows of it.
const OPEN: &str = "OPENSTUDY";
/// Only members may know of it.
const TAGGED: &str = "NORTH";
const STUDY: &str = "https://studies.example/hematologi";
const OTHER_STUDY: &str = "https://studies.example/kardiologi";
const KNOWN: &str = "a-token-of-the-operator-0123456789";

const RULES: &str = r#"
[policy.default]
consent = "opt-out"
minimum_carriers = 0
minimum_cohort = 0
lowered_because = "synthetic"
accounts = false

[policy.datasets.OPENSTUDY]
open = true
public = "frequency"
subjects = "count"
research = "count"
known = "frequency"

[policy.datasets.SOUTH]
consortium = "frequency"
research = "count"
tags = ["Gemensamt. Kardiologi"]
"#;
const TAGGED_RULES: &str = r#"
[policy.datasets.NORTH]
consortium = "frequency"
subjects = "count"
research = "count"
known = "frequency"
public = "boolean"
listed = true
tags = ["Gemensamt. Hematologi"]
"#;

fn settings(world: &World) -> String {
    let projects = format!(
        "[policy.projects]\n\"Gemensamt. Hematologi\" = [\"{STUDY}\"]\n\"Gemensamt. Kardiologi\" = [\"{OTHER_STUDY}\"]\n"
    );
    format!("{projects}[[tokens]]\nname = \"clinic\"\ntoken = \"{KNOWN}\"\n{}", world.identity_toml())
}

/// Two nodes that differ by one dataset.
struct Twins {
    with: TestNetwork,
    without: TestNetwork,
    tagged: SyntheticCohort,
    world: World,
    http: reqwest::Client,
    _directory: TempDir,
}

async fn add(store: &Path, directory: &Path, name: &str, seed: u64) -> SyntheticCohort {
    let (cohort, mut options) = generate(directory, &spec(name, seed));
    options.store = store.to_owned();
    ingest(options, Progress::default()).await.unwrap();
    let metadata = MetadataOptions {
        store: store.to_owned(),
        beside: &[],
        dataset: name.to_owned(),
        assembly: None,
        entry_type: None,
        columns: None,
        replace: false,
        inputs: cohort.metadata.clone(),
        withdrawn: Withdrawn::default(),
    };
    load(metadata, Progress::default()).await.unwrap();
    cohort
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(from, to).unwrap();
        }
    }
}

impl Twins {
    async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let trap = Provider::start().await.unwrap();
        let world = World::create(NODE, directory.path(), &trap.url("/jwks.json")).unwrap();
        let home = |twin: &str| directory.path().join(twin);
        let store = home("without").join(NODE).join("store");
        add(&store, directory.path(), OPEN, 1).await;
        copy(&store, &home("with").join(NODE).join("store"));
        let tagged = add(&home("with").join(NODE).join("store"), directory.path(), TAGGED, 2).await;
        let node = |rules: String| {
            let spec = NodeSpec::open(NODE, Vec::new()).with_policy(&rules).with_settings(&settings(&world));
            NetworkSpec { nodes: vec![spec], ..NetworkSpec::default() }
        };
        let with = TestNetwork::start(&home("with"), node(format!("{RULES}{TAGGED_RULES}"))).await.unwrap();
        let without = TestNetwork::start(&home("without"), node(RULES.to_owned())).await.unwrap();
        let http = reqwest::Client::new();
        Self { with, without, tagged, world, http, _directory: directory }
    }

    fn with(&self) -> &TestNode {
        self.with.node(NODE).unwrap()
    }

    /// Whoever is not of the study, by name, with what they show.
    fn outsiders(&self) -> Vec<(&'static str, HeaderMap)> {
        let now = now();
        let shown = |token: &str| {
            let value = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
            HeaderMap::from_iter([(AUTHORIZATION, value)])
        };
        let visa = |kind: &str, value: &str, by: &str| {
            self.world.visa(now, kind, value).stating("by", by).sign(&Signer::visas_rsa())
        };
        let passport = |visas: &[String]| self.world.passport(now, visas).sign(&Signer::aai_rsa());
        let registered = [
            visa("ResearcherStatus", REGISTERED, "so"),
            visa("AcceptedTermsAndPolicies", REGISTERED, "self"),
        ];
        let other = [&registered[..], &[visa("ControlledAccessGrants", OTHER_STUDY, "dac")]].concat();
        vec![
            ("anyone", HeaderMap::new()),
            ("holder of a token", shown(KNOWN)),
            ("somebody", shown(&self.world.access(now).sign(&Signer::aai_rsa()))),
            ("researcher", shown(&passport(&registered))),
            ("member of another study", shown(&passport(&other))),
            ("nobody who holds", shown("garbage")),
        ]
    }

    /// What a twin answers, but for the time: status, headers and body.
    async fn rest(&self, twin: &TestNetwork, question: &Question, shown: &HeaderMap) -> String {
        self.rest_at(&twin.node(NODE).unwrap().beacon(), question, shown).await
    }

    /// The same at the base URL of a node or broker.
    async fn rest_at(&self, base: &str, question: &Question, shown: &HeaderMap) -> String {
        let (method, path, body) = question;
        let request = self.http.request(method.clone(), format!("{}{path}", base.trim_end_matches("/api")));
        let request = request.headers(shown.clone()).header(HOST, "beacon.test");
        let request = if body.is_null() { request } else { request.json(body) };
        let response = request.send().await.unwrap();
        let status = response.status();
        let mut headers = response.headers().clone();
        headers.remove(DATE);
        let mut headers: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
        headers.sort();
        format!("{status}\n{}\n\n{}", headers.join("\n"), response.text().await.unwrap())
    }

    async fn stop(self) {
        self.with.stop().await;
        self.without.stop().await;
    }
}

fn now() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(now.as_secs()).unwrap()
}

type Question = (Method, String, Value);

fn allele(allele: &str) -> String {
    let key = AlleleKey::parse(allele).unwrap();
    format!(
        "assemblyId=GRCh38&referenceName={}&start={}&referenceBases={}&alternateBases={}",
        key.contig,
        key.position - 1,
        key.reference,
        key.alternate
    )
}

fn paths(tagged: &SyntheticCohort) -> Vec<String> {
    let (person, range) =
        (&tagged.people[0].id, "assemblyId=GRCh38&referenceName=1&start=169400000&end=169600000");
    let mut paths: Vec<String> = [
        "",
        "/",
        "/info",
        "/service-info",
        "/configuration",
        "/entry_types",
        "/map",
        "/openapi.json",
        "/filtering_terms",
        "/filtering_terms?skip=1&limit=2",
        "/datasets",
        "/datasets?limit=1",
        "/datasets/NOSUCH",
        "/nosuch",
        "/info?requestedSchema=ga4gh-service-info-v1.0",
        "/individuals",
        "/biosamples",
        "/runs",
        "/analyses",
        "/cohorts",
        "/g_variants",
        "/individuals/filtering_terms",
        "/individuals?filters=HP:0001250",
        "/individuals?filters=ICD10:E10",
        "/individuals?filters=NOSUCH:1",
        "/cohorts/NORTH-FIRST",
        "/cohorts/NORTH-FIRST/individuals",
        "/g_variants?start=x",
    ]
    .map(str::to_owned)
    .to_vec();
    for allele in [EVERYWHERE, NORTH_ONLY, "1-169549812-C-T"].map(allele) {
        for more in
            ["", "&datasets=NORTH", "&datasets=OPENSTUDY", "&datasets=NORTH,OPENSTUDY", "&datasets=NOSUCH"]
        {
            for granularity in ["boolean", "count", "record"] {
                let shown = "includeResultsetResponses=ALL";
                paths.push(format!("/g_variants?{allele}{more}&requestedGranularity={granularity}&{shown}"));
            }
        }
        paths.push(format!("/individuals?{allele}&requestedGranularity=count"));
    }
    paths.push(format!("/g_variants?{range}&requestedGranularity=record&limit=1000"));
    paths.push(format!("/g_variants?{range}&filters=HP:0001250&requestedGranularity=count"));
    for below in ["", "/g_variants", "/individuals", "/biosamples", "/filtering_terms", "/cohorts"] {
        paths.push(format!("/datasets/NORTH{below}"));
        paths.push(format!("/individuals/{person}{below}"));
    }
    paths
}

fn questions(tagged: &SyntheticCohort) -> Vec<Question> {
    let mut questions: Vec<Question> = Vec::new();
    for path in paths(tagged) {
        questions.push((Method::GET, format!("/api{path}"), Value::Null));
    }
    for path in ["/g_variants", "/individuals", "/biosamples", "/cohorts", "/datasets"] {
        for granularity in ["boolean", "count", "record"] {
            let query = json!({ "requestedGranularity": granularity, "includeResultsetResponses": "ALL" });
            let body = json!({ "meta": { "apiVersion": "2.0" }, "query": query });
            questions.push((Method::POST, format!("/api{path}"), body));
        }
    }
    questions.push((Method::GET, "/health".to_owned(), Value::Null));
    questions.push((Method::GET, "/ready".to_owned(), Value::Null));
    questions
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_of_the_study_cannot_tell_that_its_data_exist() {
    let twins = Twins::start().await;
    let (mut compared, mut answered) = (0, 0);
    for (who, mut shown) in twins.outsiders() {
        for purpose in [None, Some("GRU")] {
            shown.remove("fyr-purpose");
            if let Some(purpose) = purpose {
                shown.insert("fyr-purpose", HeaderValue::from_static(purpose));
            }
            for question in questions(&twins.tagged) {
                let with = twins.rest(&twins.with, &question, &shown).await;
                let without = twins.rest(&twins.without, &question, &shown).await;
                assert_eq!(with, without, "{who}, {purpose:?}: {question:?}");
                compared += 1;
                answered += usize::from(with.starts_with("200"));
            }
        }
    }
    assert!(compared > 1000 && answered > 300, "{answered} of {compared} questions were answered");
    twins.stop().await;
}

/// What came of a call, as text that holds every bit of it.
fn told<T: std::fmt::Debug>(outcome: Result<Response<T>, Status>) -> String {
    match outcome {
        Ok(response) => format!("{:?}", response.into_inner()),
        Err(status) => format!("{:?} {}", status.code(), status.message()),
    }
}

fn request<T>(message: T, shown: &HeaderMap) -> Request<T> {
    let mut request = Request::new(message);
    *request.metadata_mut() = MetadataMap::from_headers(shown.clone());
    request
}

/// Everything that gRPC tells.
async fn all(client: &GrpcClient, shown: &HeaderMap, person: &str) -> Vec<String> {
    let mut service = client.service();
    let mut answers = vec![
        told(service.list_datasets(request(v1::ListDatasetsRequest::default(), shown)).await),
        told(service.list_entry_types(request(v1::ListEntryTypesRequest::default(), shown)).await),
        told(service.list_filtering_terms(request(v1::ListFilteringTermsRequest::default(), shown)).await),
    ];
    let mut questions = Vec::new();
    for allele in [EVERYWHERE, NORTH_ONLY, "1-169549812-C-T"] {
        let query = AlleleQuery::parse(Assembly::GRCH38, allele).unwrap();
        for only in [&[][..], &[TAGGED], &[OPEN], &[TAGGED, OPEN], &["NOSUCH"]] {
            let only = only.iter().map(|&id| id.to_owned()).collect();
            let datasets = DatasetSelection { only, ..DatasetSelection::default() };
            for granularity in [Granularity::Boolean, Granularity::Count, Granularity::Record] {
                let variant = VariantQuery::Allele(query.clone());
                let question = Query { granularity, datasets: datasets.clone(), ..Query::variants(variant) };
                questions.push(v1::Question::from(&question));
            }
        }
    }
    for question in &questions {
        answers.push(told(service.ask(request(question.clone(), shown)).await));
    }
    let stream = (0u64..).zip(questions).map(|(tag, question)| v1::AskManyRequest {
        tag,
        question: Some(question),
        proof: None,
    });
    match service.ask_many(request(futures::stream::iter(stream.collect::<Vec<_>>()), shown)).await {
        Ok(stream) => {
            let mut many: Vec<_> = stream.into_inner().map(|one| format!("{one:?}")).collect().await;
            many.sort();
            answers.extend(many);
        }
        Err(status) => answers.push(format!("{:?} {}", status.code(), status.message())),
    }
    for kind in ["individual", "biosample", "cohort", "run"] {
        for within in [None, Some(("dataset", TAGGED)), Some(("individual", person))] {
            let within = within.map(|(kind, id)| fyr_schemas::EntryRef {
                entry_type: kind.parse().unwrap(),
                id: id.to_owned(),
            });
            let query = Query { within, ..Query::entries(kind.parse().unwrap()) };
            answers.push(told(service.ask(request(v1::Question::from(&query), shown)).await));
        }
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_can_they_over_grpc() {
    let twins = Twins::start().await;
    let clients =
        [twins.with().grpc().await.unwrap(), twins.without.node(NODE).unwrap().grpc().await.unwrap()];
    for (who, shown) in twins.outsiders() {
        let person = &twins.tagged.people[0].id;
        let with = all(&clients[0], &shown, person).await;
        let without = all(&clients[1], &shown, person).await;
        for (with, without) in with.iter().zip(&without) {
            assert_eq!(with, without, "{who}");
        }
        assert!(with.len() == without.len() && (with.len() > 100 || who.starts_with("nobody")), "{who}");
    }
    twins.stop().await;
}

/// Asks as a member of the study, who shows that the token is theirs.
async fn as_member(twins: &Twins, path: &str) -> (u16, Value) {
    let client = Signer::client();
    let url = format!("{}{path}", twins.with().beacon());
    let grant = twins.world.visa(now(), "ControlledAccessGrants", STUDY).stating("by", "dac");
    let passport = twins.world.passport(now(), &[grant.sign(&Signer::visas_rsa())]);
    let token = passport.with("cnf", json!({ "jkt": client.thumbprint() })).sign(&Signer::aai_rsa());
    let question = fyr_schemas::Query::entries(fyr_schemas::EntryType::GenomicVariant);
    let place = url.split('?').next().unwrap();
    let ask = Occasion { now: now(), method: "GET", url: place, question: &question };
    let proof = twins.world.dpop(&ask, &token, &client).sign(&client);
    let request = twins.http.get(&url).header(AUTHORIZATION, format!("DPoP {token}"));
    let request = request.header("dpop", proof).header("fyr-purpose", "GRU");
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn members_of_the_study_count_its_data() {
    let twins = Twins::start().await;
    let (status, list) = as_member(&twins, "/datasets").await;
    let ids: Vec<_> =
        list["response"]["collections"].as_array().unwrap().iter().map(|set| &set["id"]).collect();
    assert!(status == 200 && ids.contains(&&json!(TAGGED)), "{list}");
    let counts = twins.tagged.truth.total(&AlleleKey::parse(NORTH_ONLY).unwrap()).unwrap();
    let nearest = |number: u64| (number + 2) / 5 * 5;
    let path = format!(
        "/g_variants?{}&requestedGranularity=record&includeResultsetResponses=ALL",
        allele(NORTH_ONLY)
    );
    let (status, body) = as_member(&twins, &path).await;
    assert_eq!(status, 200, "{body}");
    let sets = body["response"]["resultSets"].as_array().unwrap();
    let set = sets.iter().find(|set| set["id"] == TAGGED).unwrap();
    let total = &set["results"][0]["frequencyInPopulations"][0]["frequencies"][0];
    assert_eq!(total["population"], "Total");
    assert_eq!(total["alleleCount"], json!(nearest(counts.allele_count)), "{total}");
    assert!(counts.allele_count > 0 && set["exists"] == json!(true));
    let (status, body) = as_member(&twins, "/individuals?requestedGranularity=count").await;
    assert_eq!(status, 200, "{body}");
    twins.stop().await;
}
