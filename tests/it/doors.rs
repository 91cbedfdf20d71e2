//! One suite of questions through REST and gRPC alike, at a node and at a broker: the same numbers.

use std::collections::BTreeMap;

use fyr_schemas::{
    Answer, Assembly, Contig, Frequency, Granularity, Interbase, Narrowing, Pagination, RangeQuery,
    VariantAnswer,
};
use fyr_tests::{
    AlleleKey,
    ask::{Ask, GrpcClient, RestClient},
    compare::question,
};
use serde_json::{Value, json};

use crate::support::{EVERYWHERE, NORTH, NORTH_ONLY, Regions};

const G38: Assembly = Assembly::GRCH38;

/// Population label to AC, AN, het, hom, hemi.
type Rows = BTreeMap<String, [Option<u64>; 5]>;

/// What was told, however it came.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    exists: bool,
    /// By beacon and dataset: whether it exists there, and the rows of each variant.
    datasets: BTreeMap<String, (bool, BTreeMap<String, Rows>)>,
    totals: BTreeMap<String, Rows>,
    nodes: BTreeMap<String, String>,
    lower_bound: bool,
}

fn from_grpc(answer: &Answer) -> Told {
    let rows = |frequencies: &[Frequency]| -> Rows {
        // Beacon rows need a frequency, which nobody called does not have.
        let called = frequencies.iter().filter(|f| f.allele_number > 0);
        let numbers = |f: &Frequency| {
            [Some(f.allele_count), Some(f.allele_number), f.heterozygous, f.homozygous, f.hemizygous]
        };
        called.map(|f| (f.group.to_string(), numbers(f))).collect()
    };
    let variants = |answers: &[VariantAnswer]| -> BTreeMap<String, Rows> {
        let id = |a: &VariantAnswer| format!("{G38}-{}", a.variant.short_form());
        answers.iter().map(|a| (id(a), rows(&a.frequencies))).collect()
    };
    Told {
        exists: answer.exists,
        datasets: answer.datasets.iter().map(|d| (d.id.clone(), (d.exists, variants(&d.variants)))).collect(),
        totals: variants(&answer.totals),
        nodes: answer.nodes.iter().map(|n| (n.id.clone(), n.state.name().to_owned())).collect(),
        lower_bound: answer.lower_bound,
    }
}

fn from_rest(body: &Value) -> Told {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let array = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let row = |row: &Value| {
        let number = |name: &str| row[name].as_u64();
        let names = ["", "Heterozygous", "Homozygous", "Hemizygous"];
        let [ac, het, hom, hemi] = names.map(|name| number(&format!("alleleCount{name}")));
        (text(&row["population"]), [ac, number("alleleNumber"), het, hom, hemi])
    };
    let rows = |value: &Value| -> Rows { array(value).iter().map(row).collect() };
    let record = |record: &Value| {
        let blocks = array(&record["frequencyInPopulations"]);
        let rows = blocks.first().map(|block| rows(&block["frequencies"])).unwrap_or_default();
        (text(&record["variantInternalId"]), rows)
    };
    let set = |set: &Value| {
        let records = array(&set["results"]).iter().map(record).collect();
        (text(&set["id"]), (set["exists"].as_bool().unwrap(), records))
    };
    let total = |total: &Value| (text(&total["variantInternalId"]), rows(&total["frequencies"]));
    Told {
        exists: body["responseSummary"]["exists"].as_bool().unwrap(),
        datasets: array(&body["response"]["resultSets"]).iter().map(set).collect(),
        totals: array(&body["info"]["totals"]).iter().map(total).collect(),
        nodes: array(&body["info"]["nodes"]).iter().map(|n| (text(&n["id"]), text(&n["state"]))).collect(),
        lower_bound: body["info"]["lowerBound"].as_bool().unwrap_or_default(),
    }
}

/// A question in the words of each door.
struct Question {
    kind: Kind,
    parameters: Vec<(&'static str, String)>,
}

enum Kind {
    Exact(AlleleKey),
    Range(RangeQuery),
}

impl Kind {
    async fn ask(&self, client: &GrpcClient, ask: &Ask) -> Answer {
        match self {
            Self::Exact(key) => client.lookup(&question(G38, key).unwrap(), ask).await,
            Self::Range(query) => client.range(query, Pagination { skip: 0, limit: 1000 }, ask).await,
        }
        .unwrap()
        .unwrap()
    }
}

fn exact(allele: &str) -> Question {
    let key = AlleleKey::parse(allele).unwrap();
    let parameters = vec![
        ("referenceName", key.contig.clone()),
        ("start", (key.position - 1).to_string()),
        ("referenceBases", key.reference.clone()),
        ("alternateBases", key.alternate.clone()),
    ];
    Question { kind: Kind::Exact(key), parameters }
}

fn range(contig: &str, start: u64, end: u64) -> Question {
    let query = RangeQuery {
        assembly: G38,
        contig: Contig::resolve(contig, G38).unwrap(),
        interval: Interbase::new(start, end).unwrap(),
        reciprocal_overlap: None,
        narrowing: Narrowing::default(),
    };
    let parameters = vec![
        ("referenceName", contig.to_owned()),
        ("start", start.to_string()),
        ("end", end.to_string()),
        ("limit", "1000".to_owned()),
    ];
    Question { kind: Kind::Range(query), parameters }
}

fn questions() -> Vec<Question> {
    vec![
        exact(EVERYWHERE),
        exact(NORTH_ONLY),
        exact("7-117599999-A-C"),
        exact("22-1000-A-C"),
        range("7", 117_500_000, 117_600_000),
        range("X", 31_000_000, 31_100_000),
        range("MT", 0, 16_569),
        range("21", 0, 1_000_000),
    ]
}

impl Question {
    fn is_range(&self) -> bool {
        matches!(self.kind, Kind::Range(_))
    }

    fn path(&self, granularity: Granularity) -> String {
        let mut path = format!(
            "/g_variants?assemblyId=GRCh38&includeResultsetResponses=ALL&requestedGranularity={}",
            granularity.name()
        );
        for (name, value) in &self.parameters {
            path.push_str(&format!("&{name}={value}"));
        }
        path
    }

    fn body(&self, granularity: Granularity) -> Value {
        let mut parameters = json!({ "assemblyId": "GRCh38" });
        let mut limit = 10;
        for (name, value) in &self.parameters {
            match *name {
                "start" | "end" => parameters[*name] = json!([value.parse::<u64>().unwrap()]),
                "limit" => limit = value.parse().unwrap(),
                _ => parameters[*name] = json!(value),
            }
        }
        json!({
            "meta": { "apiVersion": "2.0" },
            "query": {
                "requestParameters": parameters,
                "includeResultsetResponses": "ALL",
                "requestedGranularity": granularity.name(),
                "pagination": { "skip": 0, "limit": limit },
            }
        })
    }

    /// Asks through both doors and returns what both told, after making sure that it is the same.
    async fn ask(&self, grpc: &GrpcClient, rest: &RestClient, granularity: Granularity) -> Told {
        let ask = Ask { granularity, ..Ask::default() };
        let told = from_grpc(&self.kind.ask(grpc, &ask).await);
        let path = self.path(granularity);
        let (status, got) = rest.get(&path).await.unwrap();
        assert_eq!(status, 200, "{path}: {got}");
        let (status, posted) = rest.post("/g_variants", &self.body(granularity)).await.unwrap();
        assert_eq!(status, 200, "{path} as POST: {posted}");
        assert_eq!(from_rest(&got), from_rest(&posted), "{path}: GET and POST");
        if granularity == Granularity::Record {
            assert_eq!(from_rest(&got), told, "{path}");
        } else {
            assert_eq!(got["responseSummary"]["exists"], json!(told.exists), "{path}");
            let exists = |datasets: &BTreeMap<String, (bool, BTreeMap<String, Rows>)>| -> BTreeMap<_, _> {
                datasets.iter().map(|(id, (exists, _))| (id.clone(), *exists)).collect()
            };
            let sets = from_rest(&got).datasets;
            assert_eq!(exists(&sets), exists(&told.datasets), "{path}");
            assert!(
                sets.values().all(|(_, records)| records.is_empty()),
                "{path}: no records were asked for"
            );
        }
        told
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_doors_of_a_node_tell_the_same() {
    let regions = Regions::generate().start().await;
    let node = regions.network.node(NORTH).unwrap();
    let (grpc, rest) = (node.grpc().await.unwrap(), RestClient::new(&node.beacon()));
    let mut seen = 0;
    for question in questions() {
        for granularity in [Granularity::Boolean, Granularity::Count, Granularity::Record] {
            let told = question.ask(&grpc, &rest, granularity).await;
            seen += usize::from(told.exists);
        }
    }
    assert!(seen >= 12, "most questions are about something that is there: {seen}");
    regions.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_doors_of_a_broker_tell_the_same() {
    let regions = Regions::generate().start().await;
    let broker = &regions.network.broker;
    let (grpc, rest) = (broker.grpc().await.unwrap(), RestClient::new(&broker.beacon()));
    for question in questions() {
        for granularity in [Granularity::Boolean, Granularity::Count, Granularity::Record] {
            let told = question.ask(&grpc, &rest, granularity).await;
            assert_eq!(told.nodes.len(), 3);
            // In a range, a node lists only what its own people carry: sums may miss a part of AN.
            assert!(!told.lower_bound || question.is_range());
        }
    }
    regions.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_door_refuses_the_other_refuses() {
    let hidden = "[policy.default]\nopen = true\npublic = \"none\"\nminimum_carriers = 0\n";
    let regions = Regions::generate().with_node(NORTH, |node| node.with_policy(hidden)).start().await;
    let node = regions.network.node(NORTH).unwrap();
    let (grpc, rest) = (node.grpc().await.unwrap(), RestClient::new(&node.beacon()));
    let query = question(G38, &AlleleKey::parse(EVERYWHERE).unwrap()).unwrap();
    for (ask, http, code) in [
        (Ask::default(), 403, tonic::Code::PermissionDenied),
        (Ask::default().only("NORTH"), 404, tonic::Code::NotFound),
        (Ask::default().only("NOSUCH"), 404, tonic::Code::NotFound),
        (Ask::default().with_token("a-token-that-nobody-knows-here"), 401, tonic::Code::Unauthenticated),
    ] {
        let status = grpc.lookup(&query, &ask).await.unwrap().unwrap_err();
        assert_eq!(status.code(), code, "{ask:?}");
        let mut path = exact(EVERYWHERE).path(Granularity::Record);
        if let Some(id) = ask.datasets.only.first() {
            path.push_str(&format!("&datasets={id}"));
        }
        let rest = match &ask.token {
            Some(token) => rest.clone().with_token(token),
            None => rest.clone(),
        };
        let (status, body) = rest.get(&path).await.unwrap();
        assert_eq!(
            (status, body["error"]["errorCode"].as_u64()),
            (http, Some(http.into())),
            "{ask:?}: {body}"
        );
    }
    regions.network.stop().await;
}
