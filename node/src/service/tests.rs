mod again;
mod handling;
mod own;
#[expect(unreachable_pub, dead_code, unused_imports, reason = "a module of another crate, for its doors")]
#[allow(unfulfilled_lint_expectations, reason = "tests may expect, the other crate says that it does")]
#[path = "../../../tests/src/tokens/mod.rs"]
pub(crate) mod tokens;

use std::{fs, path::Path};

use futures::FutureExt;
use fyr_audit::{Action, DecisionRecord, Event, Outcome, Record, RequesterRecord, Verdict, verify};
use fyr_doors::{Credentials, Service};
use fyr_policy::{DatasetRules, PolicyConfig};
use fyr_schemas::{
    AlleleQuery, Answer, Assembly, Contig, DatasetSelection, ErrorCode, Granularity, Individual, Interbase,
    Narrowing, Query, RangeQuery, Release, Sex, Variant, VariantQuery, VariantType,
};
use fyr_store::{Annotation, Call, Carriers, DatasetKind, GenotypeRow, Repeated, SegmentSpec, Store};
use tempfile::TempDir;

use super::*;
use crate::{
    NodeConfig,
    config::{Secret, TokenConfig},
};

pub(crate) const TOKEN: &str = "correct-horse-battery-staple";
const F508DEL: &str = "7-117559590-ATCT-A";

pub(crate) struct Fixture {
    directory: TempDir,
    pub(crate) config: NodeConfig,
    pub(crate) node: Node,
}

impl Fixture {
    /// A node with four datasets of three people, two of whom carry F508del.
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut NodeConfig)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = directory.path().join("store");
        for (dataset, assembly) in [
            ("open", Assembly::GRCH38),
            ("clinic", Assembly::GRCH38),
            ("hidden", Assembly::GRCH38),
            ("old", Assembly::GRCH37),
        ] {
            ingest(&store, dataset, assembly).await;
        }
        let mut config = NodeConfig::new("se.fin", store.to_str().unwrap());
        config.policy = policy();
        config.tokens = vec![TokenConfig {
            name: "clinic-1".into(),
            token: Some(Secret::new(TOKEN)),
            token_sha256: None,
        }];
        config.audit.path = Some(directory.path().join("decisions.jsonl"));
        change(&mut config);
        let node = Node::open(&config).await.unwrap();
        Self { directory, config, node }
    }

    /// Loads another dataset of the same people into the store.
    pub(crate) async fn load(&self, dataset: &str) {
        ingest(&self.directory.path().join("store"), dataset, Assembly::GRCH38).await;
    }

    async fn ask(&self, credentials: &Credentials, query: Query) -> Result<Answer, ErrorCode> {
        self.node.answer(credentials, query).await.map(Attended::into_inner).map_err(|failure| failure.code)
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("decisions.jsonl")).unwrap()
    }

    pub(crate) fn last_decision(&self) -> DecisionRecord {
        self.decisions().pop().unwrap()
    }

    /// What was decided, in its order.
    pub(crate) fn decisions(&self) -> Vec<DecisionRecord> {
        let log = self.log();
        let records = log.lines().map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            serde_json::from_value::<Record>(line["record"].clone()).unwrap()
        });
        let decided = records.flat_map(|record| match record.event {
            Event::Decision(decision) => vec![*decision],
            Event::Decisions { decisions } => decisions,
            Event::Opened { .. } | Event::Continued { .. } | Event::Policy { .. } | Event::State(_) => {
                Vec::new()
            }
        });
        decided.collect()
    }
}

fn policy() -> PolicyConfig {
    let rules = |public, known| DatasetRules {
        public: Some(public),
        known: Some(known),
        minimum_carriers: Some(0),
        open: Some(true),
        ..DatasetRules::default()
    };
    let datasets = [
        ("open".to_owned(), rules(Release::Frequency, Release::Frequency)),
        ("clinic".to_owned(), rules(Release::None, Release::Count)),
        ("old".to_owned(), rules(Release::Boolean, Release::Boolean)),
    ];
    PolicyConfig { datasets: datasets.into(), ..PolicyConfig::default() }
}

async fn ingest(store: &Path, dataset: &str, assembly: Assembly) {
    let person = |id: &str| Individual {
        id: id.into(),
        sex: Sex::Female,
        populations: vec!["FIN".into()],
        family: None,
    };
    let spec = SegmentSpec {
        normalised: false,
        annotated: false,
        dataset: dataset.into(),
        assembly,
        kind: DatasetKind::Individual,
        replace: false,
        repeated: Repeated::Refused,
        sources: vec![fyr_store::SourceFile { name: "cohort.vcf".into(), blake3: dataset.into(), bytes: 1 }],
        individuals: ["a", "b", "c"].map(person).to_vec(),
        shards: vec![vec![0, 1, 2]],
    };
    let store = Store::open(store).await.unwrap();
    let mut writer = store.begin(spec).await.unwrap();
    let mut carriers = Carriers::default();
    let calls = [Call::Heterozygous, Call::Homozygous, Call::Reference];
    for (&index, call) in writer.indices().iter().zip(calls) {
        carriers.push(index, call);
    }
    writer
        .push_genotypes(vec![GenotypeRow {
            annotation: Annotation::default(),
            variant: f508del(assembly),
            ids: Vec::new(),
            filters: Vec::new(),
            shard: 0,
            carriers,
        }])
        .await
        .unwrap();
    writer.finish().await.unwrap();
}

fn f508del(assembly: Assembly) -> Variant {
    Variant {
        contig: Contig::resolve("7", assembly).unwrap(),
        interval: Interbase::new(117_559_589, 117_559_593).unwrap(),
        reference_bases: "ATCT".into(),
        alternate_bases: "A".into(),
        variant_type: VariantType::Del,
        sv_length: None,
    }
}

pub(crate) fn query(only: &[&str]) -> Query {
    Query {
        granularity: Granularity::Record,
        datasets: DatasetSelection {
            only: only.iter().map(|&id| id.to_owned()).collect(),
            ..DatasetSelection::default()
        },
        ..Query::variants(VariantQuery::Allele(AlleleQuery::parse(Assembly::GRCH38, F508DEL).unwrap()))
    }
}

pub(crate) fn range(assembly: Assembly) -> Query {
    let range = RangeQuery {
        assembly,
        contig: Contig::resolve("7", assembly).unwrap(),
        interval: Interbase::new(117_559_000, 117_560_000).unwrap(),
        reciprocal_overlap: None,
        narrowing: Narrowing::default(),
    };
    Query { variant: Some(VariantQuery::Range(range)), ..query(&[]) }
}

pub(crate) fn nobody() -> Credentials {
    Credentials::default()
}

fn clinic() -> Credentials {
    Credentials::bearer(TOKEN)
}

fn answered(answer: &Answer) -> Vec<&str> {
    answer.datasets.iter().map(|dataset| dataset.id.as_str()).collect()
}

#[tokio::test]
async fn the_public_gets_what_is_open_and_nothing_else() {
    let fixture = Fixture::new().await;
    let answer = fixture.ask(&nobody(), query(&[])).await.unwrap();
    assert!(answer.exists);
    assert_eq!(answered(&answer), ["open"]);
    let total = &answer.datasets[0].variants[0].frequencies[0];
    assert_eq!((total.allele_count, total.allele_number), (3, 6));
    let decision = fixture.last_decision();
    assert_eq!((decision.verdict, decision.outcome), (Verdict::Allowed, Outcome::Answered));
    assert_eq!(decision.requester, RequesterRecord::Public);
    let permitted: Vec<_> = decision.permitted.iter().map(|permitted| permitted.dataset.as_str()).collect();
    assert_eq!(permitted, ["old", "open"]);
}

#[tokio::test]
async fn a_known_requester_gets_more() {
    let fixture = Fixture::new().await;
    let answer = fixture.ask(&clinic(), query(&[])).await.unwrap();
    assert_eq!(answered(&answer), ["clinic", "open"]);
    assert_eq!(answer.datasets[0].release, Release::Count);
    assert_eq!(fixture.last_decision().requester, RequesterRecord::Known { name: "clinic-1".into() });
}

#[tokio::test]
async fn an_unknown_token_is_refused_and_never_public() {
    let fixture = Fixture::new().await;
    let wrong = Credentials::bearer("incorrect-horse-battery-staple");
    assert_eq!(fixture.ask(&wrong, query(&[])).await, Err(ErrorCode::Unauthenticated));
    let decision = fixture.last_decision();
    assert_eq!((decision.verdict, decision.outcome), (Verdict::Denied, Outcome::Failed));
    assert_eq!(decision.requester, RequesterRecord::Unverified);
    assert_eq!(decision.code, Some(ErrorCode::Unauthenticated));
    assert!(fixture.node.list(&wrong, None).await.is_err());
}

#[tokio::test]
async fn a_hidden_dataset_answers_as_an_unknown_one() {
    let fixture = Fixture::new().await;
    for id in ["hidden", "no-such-dataset"] {
        let failure = fixture.node.answer(&nobody(), query(&[id])).await.unwrap_err();
        assert_eq!(failure.code, ErrorCode::NotFound);
        assert!(!failure.message.contains(id));
        assert_eq!(fixture.last_decision().verdict, Verdict::Denied);
    }
    let listed = fixture.node.list(&nobody(), None).await.unwrap().into_inner();
    assert_eq!(
        listed.datasets.iter().map(|dataset| dataset.id.as_str()).collect::<Vec<_>>(),
        ["old", "open"]
    );
}

#[tokio::test]
async fn nothing_permitted_is_nothing_told() {
    let fixture = Fixture::with(|config| config.policy = PolicyConfig::default()).await;
    assert_eq!(fixture.ask(&clinic(), query(&[])).await, Err(ErrorCode::PermissionDenied));
    assert_eq!(fixture.last_decision().code, Some(ErrorCode::PermissionDenied));
}

#[tokio::test]
async fn datasets_of_another_assembly_are_left_out() {
    let fixture = Fixture::new().await;
    let answer = fixture.ask(&nobody(), range(Assembly::GRCH37)).await.unwrap();
    assert_eq!(answered(&answer), ["old"]);
    assert_eq!(answer.datasets[0].release, Release::Boolean);
    assert_eq!(fixture.ask(&nobody(), query(&["old"])).await, Err(ErrorCode::Unsupported));
    assert_eq!(fixture.last_decision().outcome, Outcome::Failed);
}

#[tokio::test]
async fn a_node_that_is_left_out_says_nothing() {
    let fixture = Fixture::new().await;
    let mut elsewhere = query(&[]);
    elsewhere.datasets.exclude_nodes = vec!["se.fin".into()];
    let answer = fixture.ask(&nobody(), elsewhere).await.unwrap();
    assert!(!answer.exists && answer.datasets.is_empty());
}

#[tokio::test]
async fn too_many_questions_at_once_are_refused() {
    let fixture = Fixture::with(|config| {
        config.limits.concurrency = 1;
        config.limits.queue_ms = 10;
    })
    .await;
    let busy = fixture.node.gate.busy().await;
    assert_eq!(fixture.ask(&nobody(), query(&[])).await, Err(ErrorCode::Unavailable));
    drop(busy);
    assert!(fixture.ask(&nobody(), query(&[])).await.is_ok());
}

#[tokio::test]
async fn a_question_whose_client_is_gone_is_recorded() {
    let fixture = Fixture::with(|config| config.limits.concurrency = 1).await;
    let nobody = nobody();
    let busy = fixture.node.gate.busy().await;
    assert!(fixture.ask(&nobody, query(&[])).now_or_never().is_none());
    drop(busy);
    let Fixture { directory, node, .. } = fixture;
    // The writer ends with the node, so the file is complete then.
    drop(node);
    let log = fs::read_to_string(directory.path().join("decisions.jsonl")).unwrap();
    assert!(log.lines().last().unwrap().contains("\"cancelled\""));
}

#[tokio::test]
async fn the_log_does_not_say_what_was_asked() {
    let fixture = Fixture::new().await;
    fixture.ask(&nobody(), query(&[])).await.unwrap();
    fixture.ask(&clinic(), range(Assembly::GRCH38)).await.unwrap();
    // A client may write anything where a dataset's name belongs.
    fixture.ask(&nobody(), query(&["open", F508DEL])).await.unwrap();
    fixture.ask(&nobody(), query(&[F508DEL])).await.unwrap_err();
    fixture.node.refused(&nobody(), ErrorCode::InvalidRequest).await.unwrap();
    let log = fixture.log();
    for detail in ["11755", "ATCT", "CTT", "117559000", TOKEN] {
        assert!(!log.contains(detail), "{detail} in {log}");
    }
    assert_eq!(verify(&fixture.directory.path().join("decisions.jsonl")).unwrap().decisions, 5);
}

#[tokio::test]
async fn equal_questions_have_equal_digests() {
    let fixture = Fixture::new().await;
    let mut digests = Vec::new();
    for query in [query(&[]), query(&["open"]), range(Assembly::GRCH38)] {
        fixture.ask(&nobody(), query).await.unwrap();
        digests.push(fixture.last_decision().query.unwrap());
    }
    assert_eq!(digests[0], digests[1]);
    assert_ne!(digests[0], digests[2]);
}

#[tokio::test]
async fn a_request_that_no_door_could_read_is_recorded() {
    let fixture = Fixture::new().await;
    fixture.node.refused(&clinic(), ErrorCode::InvalidRequest).await.unwrap();
    let decision = fixture.last_decision();
    assert_eq!(decision.requester, RequesterRecord::Known { name: "clinic-1".into() });
    assert_eq!((decision.action, decision.code), (Action::Malformed, Some(ErrorCode::InvalidRequest)));
    fixture.node.refused(&nobody(), ErrorCode::Unauthenticated).await.unwrap();
    assert_eq!(fixture.last_decision().requester, RequesterRecord::Unverified);
}

#[cfg(unix)]
#[tokio::test]
async fn without_a_record_there_is_no_answer() {
    let fixture = Fixture::new().await;
    fs::remove_file(fixture.directory.path().join("decisions.jsonl")).unwrap();
    assert_eq!(fixture.ask(&nobody(), query(&[])).await, Err(ErrorCode::Internal));
    assert!(fixture.node.list(&nobody(), None).await.is_err());
    assert!(!fixture.node.is_ready());
}

#[tokio::test]
async fn a_page_has_no_more_rows_than_configured() {
    let fixture = Fixture::with(|config| config.limits.page_rows = 1).await;
    let mut all = range(Assembly::GRCH38);
    all.pagination.limit = 0;
    let answer = fixture.ask(&nobody(), all).await.unwrap();
    assert_eq!(answer.datasets[0].variants.len(), 1);
}
