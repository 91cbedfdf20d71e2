//! What a question is asked for: one question, whichever way its purpose is stated, and on record.

use std::path::Path;

use fyr_proto::v1;
use fyr_schemas::{AlleleQuery, Assembly, Granularity, Purpose, Query, VariantQuery};
use fyr_tests::{NetworkSpec, TestNetwork};
use serde_json::{Value, json};

use super::{
    NODE,
    files::{COMMON, People},
};

const FOR_HEALTH: &str = "[policy.default]\nconsent = \"opt-out\"\ndata_use = [\"HMB\"]\npublic = \"frequency\"\n\
    minimum_carriers = 0\nminimum_cohort = 0\nlisted = true\nlowered_because = \"synthetic people\"\naccounts = false\n";
/// A clinic's own name of a case.
const CASE: &str = "case-Skovsgaard-1977";

/// Returns the records of one kind of event in an audit log.
pub(super) fn records(log: &Path, event: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(log).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["record"].clone());
    lines.filter(|record| record["event"] == event).collect()
}

struct Asker {
    beacon: String,
    http: reqwest::Client,
}

impl Asker {
    /// Asks with a header and a body; returns the status and what is said of the data.
    async fn post(&self, header: Option<&str>, meta: Value, parameters: Value) -> (u16, Value) {
        let mut variant = json!({ "assemblyId": "GRCh38", "allele": COMMON });
        variant.as_object_mut().unwrap().extend(parameters.as_object().unwrap().clone());
        let query = json!({ "requestParameters": variant, "requestedGranularity": "record" });
        let body = json!({ "meta": meta, "query": query });
        let mut request = self.http.post(format!("{}/g_variants", self.beacon)).json(&body);
        if let Some(purpose) = header {
            request = request.header("Fyr-Purpose", purpose);
        }
        self.send(request).await
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> (u16, Value) {
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let body: Value = response.json().await.unwrap();
        (status, json!([body["responseSummary"], body["response"]]))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purpose_is_the_same_however_it_is_stated_and_is_recorded() {
    let directory = tempfile::tempdir().unwrap();
    let people = People::generate(directory.path(), 29, 20);
    let mut spec = people.node("everyone", &[]).with_policy(FOR_HEALTH);
    spec.http = "purpose = \"HMB\"\n".to_owned();
    let network = NetworkSpec { nodes: vec![spec], ..NetworkSpec::default() };
    let network = TestNetwork::start(directory.path(), network).await.unwrap();
    let node = network.node(NODE).unwrap();
    let asker = Asker { beacon: node.beacon(), http: reqwest::Client::new() };
    let none = || json!({});

    let by_default = asker.post(None, none(), none()).await;
    assert_eq!((by_default.0, &by_default.1[0]["exists"]), (200, &Value::Bool(true)), "{by_default:?}");
    assert_eq!(asker.post(Some("DUO:0000006"), none(), none()).await, by_default);
    assert_eq!(asker.post(None, json!({ "purpose": "HMB" }), none()).await, by_default);
    let path = format!(
        "{}/g_variants?assemblyId=GRCh38&allele={COMMON}&requestedGranularity=record&purpose=hmb",
        asker.beacon
    );
    assert_eq!(asker.send(asker.http.get(path)).await, by_default);

    // gRPC has no purpose of its own here.
    let query = AlleleQuery::parse(Assembly::GRCH38, COMMON).unwrap();
    let lookup = |purpose: Option<&str>| {
        let purpose = purpose.map(|text| text.parse::<Purpose>().unwrap());
        let variant = VariantQuery::Allele(query.clone());
        let question = Query { granularity: Granularity::Record, purpose, ..Query::variants(variant) };
        v1::Question::from(&question)
    };
    let mut client = node.grpc().await.unwrap().service();
    let answer = client.ask(lookup(Some("HMB"))).await.unwrap().into_inner();
    let count = "/1/resultSets/0/results/0/frequencyInPopulations/0/frequencies/0/alleleCount";
    let counted = answer.datasets[0].variants[0].frequencies[0].allele_count;
    assert_eq!(by_default.1.pointer(count), Some(&json!(counted)));

    assert_eq!(client.ask(lookup(None)).await.unwrap_err().code(), tonic::Code::PermissionDenied);
    assert_eq!(asker.post(Some("POA"), none(), none()).await.0, 403);
    assert_eq!(asker.post(Some("POA"), json!({ "purpose": "HMB" }), none()).await.0, 400);
    assert_eq!(asker.post(Some("profit"), none(), none()).await.0, 400);
    assert_eq!(asker.post(Some(&format!("care; case={CASE}")), none(), none()).await.0, 403);

    let store = node.store();
    network.stop().await;
    let log = store.join("audit/decisions.jsonl");
    let decisions = records(&log, "decision");
    let allowed: Vec<_> = decisions.iter().filter(|decision| decision["verdict"] == "allowed").collect();
    assert_eq!(allowed.len(), 5);
    for decision in &allowed {
        assert_eq!((&decision["purpose"], decision.get("case")), (&json!("HMB"), None));
        assert_eq!(decision["query"], allowed[0]["query"], "one question");
    }
    let of = |purpose: Value| {
        decisions.iter().filter(|d| d.get("purpose") == purpose.as_str().map(|_| &purpose)).count()
    };
    assert_eq!((of(json!("POA")), of(json!("CC")), of(Value::Null)), (1, 1, 3), "{decisions:?}");
    let care = decisions.iter().find(|decision| decision["purpose"] == "CC").unwrap();
    assert!(care["case"].is_string());
    assert!(!std::fs::read_to_string(&log).unwrap().contains("Skovsgaard"));
}
