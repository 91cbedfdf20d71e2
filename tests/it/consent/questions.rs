//! Every kind of question, in the words of both doors.

use fyr_doors::ClientTlsFiles;
use fyr_proto::v1;
use fyr_schemas::{
    EntryRef, EntryType, Granularity, Query, VariantQuery,
    beacon::{DEFINITIONS, EntryRequest, RequestParts, Target},
};
use fyr_tests::{
    AlleleKey,
    ask::GrpcClient,
    network::{TestBroker, TestNode},
};
use rand::{Rng, seq::IndexedRandom};
use serde_json::{Value, json};

use super::{
    REGION,
    files::{COMMON, OF_ONE, OF_TWO, People},
};

/// A question for entries, with its path and its parameters.
#[derive(Clone, Debug)]
pub(super) struct Question {
    target: Target,
    path: String,
    body: Value,
}

impl Question {
    fn new(kind: EntryType, within: Option<(EntryType, &str)>, query: Value) -> Self {
        let path = match within {
            None => format!("/{}", kind.path()),
            Some((of, id)) if of == kind => format!("/{}/{id}", of.path()),
            Some((of, id)) => format!("/{}/{id}/{}", of.path(), kind.path()),
        };
        let within = within.map(|(entry_type, id)| EntryRef { entry_type, id: id.to_owned() });
        Self { target: Target { entry_type: kind, within }, path, body: json!({ "query": query }) }
    }

    /// Returns the question as a node understands it; none where both doors refuse it.
    fn query(&self) -> Option<Query> {
        let parts = RequestParts::collect(Vec::new(), self.body.to_string().as_bytes()).ok()?;
        EntryRequest::read(&parts, self.target.clone()).ok().map(|request| request.query)
    }
}

/// What is asked of everything there is, and questions by chance.
pub(super) fn all(people: &People, named: &[&str], rng: &mut impl Rng) -> Vec<Question> {
    let mut questions = of_entries(named);
    let keys: Vec<&AlleleKey> = people.cohort.truth.alleles.keys().collect();
    for key in keys.choose_multiple(rng, 12) {
        questions.push(about(exact(key), "record", "ALL"));
    }
    questions.extend(of_variants());
    questions.extend((0..60).map(|_| by_chance(&keys, named, rng)));
    questions
}

/// Every list, every entry of some people, and all that belongs to them.
fn of_entries(named: &[&str]) -> Vec<Question> {
    let everything = || json!({ "requestedGranularity": "record", "includeResultsetResponses": "ALL" });
    let mut questions = Vec::new();
    for row in &DEFINITIONS {
        let kind = row.entry_type;
        if kind != EntryType::Dataset {
            questions.push(Question::new(kind, None, everything()));
            for id in named.iter().flat_map(|id| ids(kind, id)) {
                questions.push(Question::new(kind, Some((kind, &id)), everything()));
            }
        }
        for related in row.related {
            for id in named.iter().flat_map(|id| ids(kind, id)) {
                questions.push(Question::new(*related, Some((kind, &id)), everything()));
            }
        }
    }
    for granularity in ["boolean", "count", "record"] {
        for include in ["ALL", "HIT", "MISS", "NONE"] {
            questions.push(about(json!({ "allele": OF_TWO }), granularity, include));
            let query = json!({ "requestedGranularity": granularity, "includeResultsetResponses": include });
            questions.push(Question::new(EntryType::Individual, None, query));
        }
    }
    questions
}

/// The ids of a person's entry of a type, and of the collections.
fn ids(kind: EntryType, person: &str) -> Vec<String> {
    match kind {
        EntryType::Individual => vec![person.to_owned()],
        EntryType::Biosample => vec![format!("{person}-B")],
        EntryType::Run => vec![format!("{person}-R")],
        EntryType::Analysis => vec![format!("{person}-A")],
        EntryType::Cohort => vec![format!("{REGION}-FIRST")],
        EntryType::Dataset => vec![REGION.to_owned()],
        EntryType::GenomicVariant => [COMMON, OF_ONE, OF_TWO].map(|id| format!("GRCh38-{id}")).to_vec(),
    }
}

fn exact(key: &AlleleKey) -> Value {
    json!({
        "assemblyId": "GRCh38", "referenceName": key.contig, "start": [key.position - 1],
        "referenceBases": key.reference, "alternateBases": key.alternate,
    })
}

fn about(mut variant: Value, granularity: &str, include: &str) -> Question {
    if variant.get("allele").is_some() || variant.get("geneId").is_some() {
        variant["assemblyId"] = json!("GRCh38");
    }
    let query = json!({
        "requestParameters": { "g_variant": variant }, "requestedGranularity": granularity,
        "includeResultsetResponses": include, "pagination": { "limit": 1000 },
    });
    Question::new(EntryType::GenomicVariant, None, query)
}

/// Ranges, brackets, genes, wildcards and names.
fn of_variants() -> Vec<Question> {
    let place = |contig: &str, start: Value, end: Value| json!({ "assemblyId": "GRCh38", "referenceName": contig, "start": start, "end": end });
    let mut wildcard = place("2", json!([999]), Value::Null);
    (wildcard["referenceBases"], wildcard["alternateBases"]) = (json!("A"), json!("N"));
    let variants = [
        place("7", json!([117_500_000]), json!([117_600_000])),
        place("X", json!([31_000_000]), json!([31_100_000])),
        place("MT", json!([0]), json!([16_000])),
        place("2", json!([0]), json!([5_000])),
        place("3", json!([0]), json!([5_000])),
        place("2", json!([500, 1_500]), json!([500, 1_500])),
        place("1", json!([169_400_000, 169_500_000]), json!([169_400_000, 169_600_000])),
        json!({ "geneId": "CFTR" }),
        json!({ "allele": OF_ONE }),
        json!({ "allele": OF_TWO }),
        json!({ "allele": COMMON }),
        json!({ "allele": "4-5-A-C" }),
        wildcard,
    ];
    variants.into_iter().flat_map(|v| ["boolean", "record"].map(|g| about(v.clone(), g, "ALL"))).collect()
}

/// Some question that somebody might ask.
fn by_chance(keys: &[&AlleleKey], named: &[&str], rng: &mut impl Rng) -> Question {
    let kinds = [
        EntryType::Individual,
        EntryType::Biosample,
        EntryType::Run,
        EntryType::Analysis,
        EntryType::Cohort,
        EntryType::GenomicVariant,
    ];
    let kind = *kinds.choose(rng).unwrap();
    let filters = [
        json!("NCIT:C20197"),
        json!({ "id": "sex", "operator": "=", "value": "female" }),
        json!({ "id": "HP:0001250", "scope": "individual" }),
        json!({ "id": "HP:0001250", "includeDescendantTerms": false }),
        json!({ "id": "HP:0001638", "excluded": true }),
        json!("ICD10:I42"),
        json!(["ICD10:E10", "ICD10:G40"]),
        json!({ "id": "LOINC:8308-9", "operator": ">=", "value": "180" }),
        json!({ "id": "age", "operator": "<", "value": "P20Y" }),
        json!({ "id": "platform", "operator": "=", "value": "illu%", "scope": "run" }),
        json!({ "id": "cohortSize", "operator": ">", "value": "10", "scope": "cohort" }),
        json!({ "id": "id", "operator": "=", "value": named[0], "scope": "individual" }),
    ];
    let most = rng.random_range(0..=2);
    let filters: Vec<Value> = filters.choose_multiple(rng, most).cloned().collect();
    let granularity = ["boolean", "count", "record"].choose(rng).unwrap();
    let include = ["ALL", "HIT", "MISS", "NONE"].choose(rng).unwrap();
    let mut query = json!({
        "filters": filters, "requestedGranularity": granularity, "includeResultsetResponses": include,
        "pagination": { "skip": rng.random_range(0..3), "limit": rng.random_range(1..20) },
    });
    if kind == EntryType::GenomicVariant || rng.random_bool(0.3) {
        query["requestParameters"] = json!({ "g_variant": exact(keys.choose(rng).unwrap()) });
    }
    let cohort = format!("{REGION}-FIRST");
    let within = rng.random_bool(0.2).then_some((EntryType::Cohort, cohort.as_str()));
    Question::new(kind, within, query)
}

/// Where the doors of a service are.
pub(super) struct Doors {
    beacon: String,
    grpc: GrpcClient,
    http: reqwest::Client,
}

impl Doors {
    pub(super) async fn of(node: &TestNode) -> Self {
        Self { beacon: node.beacon(), grpc: node.grpc().await.unwrap(), http: reqwest::Client::new() }
    }

    pub(super) async fn of_broker(broker: &TestBroker) -> Self {
        let none: Option<&ClientTlsFiles> = None;
        let grpc = GrpcClient::connect(&broker.grpc_url(), none).await.unwrap();
        Self { beacon: broker.beacon(), grpc, http: reqwest::Client::new() }
    }

    /// Returns everything that is answered, each with what was asked.
    pub(super) async fn answers(&self, questions: &[Question], named: &[&str]) -> Vec<(String, String)> {
        let mut answers = self.documents(named).await;
        for question in questions {
            let name = format!("POST {} {}", question.path, question.body);
            let request = self.http.post(format!("{}{}", self.beacon, question.path)).json(&question.body);
            answers.push((name, self.send(request).await));
            if let Some(query) = question.query() {
                answers.push((format!("gRPC {query:?}"), self.ask(&query).await));
            }
        }
        answers.push(("gRPC stream".to_owned(), self.stream(questions).await));
        answers
    }

    /// What is not asked for entries: lists, and what a service says of itself.
    async fn documents(&self, named: &[&str]) -> Vec<(String, String)> {
        let mut paths: Vec<String> = [
            "",
            "/info",
            "/service-info",
            "/configuration",
            "/entry_types",
            "/map",
            "/openapi.json",
            "/datasets",
        ]
        .map(str::to_owned)
        .to_vec();
        paths.extend([
            format!("/datasets/{REGION}"),
            "/filtering_terms".into(),
            "/filtering_terms?limit=0".into(),
        ]);
        for row in &DEFINITIONS {
            let root = row.entry_type.path();
            paths.push(format!("/{root}/filtering_terms"));
            paths.push(format!("/{root}?limit=3&skip=1&requestedGranularity=record"));
            for id in named.iter().flat_map(|id| ids(row.entry_type, id)) {
                paths.push(format!("/{root}/{id}/filtering_terms"));
            }
        }
        paths.push("/g_variants?assemblyId=GRCh38&referenceName=2&start=0&end=5000".into());
        let mut answers = Vec::new();
        for path in paths {
            let request = self.http.get(format!("{}{path}", self.beacon));
            answers.push((format!("GET {path}"), self.send(request).await));
        }
        answers.extend(self.lists(named).await);
        answers
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> String {
        let response = request.send().await.unwrap();
        let (status, kind) = (response.status(), response.headers().get("content-type").cloned());
        // The two services of a comparison differ in their ports.
        let body =
            response.text().await.unwrap().replace(self.beacon.trim_end_matches("/api"), "http://here");
        format!("{status} {kind:?}\n{body}")
    }

    async fn lists(&self, named: &[&str]) -> Vec<(String, String)> {
        let mut client = self.grpc.service();
        let mut answers = vec![
            ("ListDatasets".to_owned(), told(client.list_datasets(v1::ListDatasetsRequest::default()).await)),
            (
                "ListEntryTypes".to_owned(),
                told(client.list_entry_types(v1::ListEntryTypesRequest::default()).await),
            ),
        ];
        let mut selections = vec![v1::ListFilteringTermsRequest::default()];
        for kind in EntryType::ALL {
            let of_type =
                v1::ListFilteringTermsRequest { entry_type: kind.id().into(), ..Default::default() };
            selections.push(of_type);
            for id in named.iter().flat_map(|id| ids(kind, id)) {
                let within = Some(v1::EntryRef { entry_type: kind.id().into(), id });
                selections.push(v1::ListFilteringTermsRequest { within, ..Default::default() });
            }
        }
        for selection in selections {
            answers.push((format!("{selection:?}"), told(client.list_filtering_terms(selection).await)));
        }
        answers
    }

    async fn ask(&self, query: &Query) -> String {
        let mut client = self.grpc.service();
        told(client.ask(v1::Question::from(query)).await)
    }

    /// Puts all alleles in one stream.
    async fn stream(&self, questions: &[Question]) -> String {
        let alleles = questions.iter().filter_map(|question| match question.query()?.variant? {
            VariantQuery::Allele(allele) => Some(allele),
            _ => None,
        });
        let one = |(tag, allele): (u64, _)| {
            let record = Granularity::Record;
            let question = Query { granularity: record, ..Query::variants(VariantQuery::Allele(allele)) };
            v1::AskManyRequest { tag, question: Some((&question).into()), proof: None }
        };
        let many: Vec<_> = (0..).zip(alleles).map(one).collect();
        let stream = self.grpc.service().ask_many(futures::stream::iter(many)).await;
        let mut stream = stream.unwrap().into_inner();
        let mut answers = Vec::new();
        while let Some(answer) = stream.message().await.unwrap() {
            answers.push((answer.tag, format!("{answer:?}")));
        }
        answers.sort();
        format!("{answers:?}")
    }
}

/// Everything of a message, or how it was refused.
fn told<T: std::fmt::Debug>(answer: Result<tonic::Response<T>, tonic::Status>) -> String {
    match answer {
        Ok(response) => format!("{:?}", response.into_inner()),
        Err(status) => format!("{:?} {}", status.code(), status.message()),
    }
}
