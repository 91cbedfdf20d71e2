//! One node at a time, each misbehaving in its own way, over real connections.

use std::{net::SocketAddr, sync::Arc, time::Instant};

use fyr_proto::{Unreached, v1};
use fyr_schemas::{AlleleQuery, Assembly, Granularity, Remedy, VariantQuery};
use tokio::{io::AsyncWriteExt, net::TcpListener, task::JoinHandle};
use tonic::{Code, transport::Endpoint};

use super::*;
use crate::test_nodes::{FakeNode, serve, serve_on};

const DEADLINE: Duration = Duration::from_millis(500);

fn query() -> Query {
    Query {
        granularity: Granularity::Record,
        ..Query::variants(VariantQuery::Allele(AlleleQuery::parse(Assembly::GRCH38, "7-100-A-G").unwrap()))
    }
}

fn node(address: SocketAddr) -> Member {
    let channel = Endpoint::from_shared(format!("http://{address}")).unwrap().connect_lazy();
    Member::new("se", channel, DEADLINE, 8, 64 * 1024)
}

async fn ask(node: &Member) -> NodeOutcome<Answer> {
    let started = Instant::now();
    let outcome = node.answer(&Credentials::default(), &query()).await;
    assert!(started.elapsed() < DEADLINE * 3, "a call ends within its deadline");
    outcome
}

async fn outcome_of(fake: FakeNode) -> NodeOutcome<Answer> {
    let (address, _server) = serve(fake);
    ask(&node(address)).await
}

#[tokio::test]
async fn an_answer_is_an_answer() {
    let outcome = outcome_of(FakeNode::answering("se", 3, 200)).await;
    let NodeOutcome::Answered(answer) = outcome else { panic!("{outcome:?}") };
    assert!(answer.exists);
    assert_eq!(answer.datasets[0].variants[0].frequencies[0].allele_number, 200);
}

#[tokio::test]
async fn the_status_of_a_node_tells_how_it_took_part() {
    for (code, expected) in [
        (Code::Unauthenticated, NodeOutcome::Unauthenticated),
        (Code::PermissionDenied, NodeOutcome::Denied),
        (Code::NotFound, NodeOutcome::UnknownDataset),
        (Code::FailedPrecondition, NodeOutcome::Unsupported(Some(Remedy::NeedsGenes))),
        (Code::InvalidArgument, NodeOutcome::InvalidRequest(Some(Remedy::NeedsGenes))),
        (Code::ResourceExhausted, NodeOutcome::TooManyRequests),
        (Code::DeadlineExceeded, NodeOutcome::TimedOut),
        (Code::Unavailable, NodeOutcome::Unreachable(Unreached::NotReady)),
        (Code::Internal, NodeOutcome::Failed(Fault::Internal)),
        (Code::Unimplemented, NodeOutcome::Failed(Fault::Protocol)),
    ] {
        assert_eq!(outcome_of(FakeNode::failing(code)).await, expected, "{code:?}");
    }
}

#[tokio::test]
async fn what_a_hidden_node_lacks_stays_unsaid() {
    let (address, _server) = serve(FakeNode::failing(Code::FailedPrecondition));
    assert_eq!(ask(&node(address).hidden()).await, NodeOutcome::Unsupported(None));
}

#[tokio::test]
async fn what_is_no_answer_to_the_question_is_a_fault() {
    type Change = fn(&mut v1::Answer);
    let cases: [(&str, Change, Fault); 18] = [
        ("another beacon id", |a| a.beacon_id = "no".into(), Fault::OtherNode),
        ("another node's dataset", |a| a.datasets[0].beacon_id = "no".into(), Fault::OtherNode),
        (
            "totals, as a broker",
            |a| {
                a.totals = a.datasets[0].variants.clone();
                a.totals_assembly_id = "GRCh38".into();
            },
            Fault::OtherNode,
        ),
        ("totals of no assembly", |a| a.totals = a.datasets[0].variants.clone(), Fault::Malformed),
        ("dry run", |a| a.datasets[0].state = v1::DatasetState::NotCounted.into(), Fault::Contradiction),
        ("a dataset twice", |a| a.datasets.push(a.datasets[0].clone()), Fault::Contradiction),
        ("another contig", |a| variant(a).reference_name = "8".into(), Fault::NotAsked),
        ("another assembly", |a| a.datasets[0].assembly_id = "GRCh37".into(), Fault::NotAsked),
        ("AC above AN", |a| frequency(a).allele_number = 1, Fault::Malformed),
        ("an impossible AN", |a| frequency(a).allele_number = u64::MAX, Fault::Contradiction),
        ("a frequency of some", |a| a.datasets[0].variants[0].people = Some(300), Fault::Contradiction),
        (
            "more assayed than there are",
            |a| {
                let variant = &mut a.datasets[0].variants[0];
                variant.frequencies.clear();
                (variant.assayed, variant.people) = (Some(61), Some(60));
            },
            Fault::Contradiction,
        ),
        (
            "more cases than people who carry it",
            |a| a.datasets[0].variants[0].observed = Some(v1::Observations { cases: 4, of: 90 }),
            Fault::Contradiction,
        ),
        (
            "more cases than were assayed",
            |a| a.datasets[0].variants[0].observed = Some(v1::Observations { cases: 3, of: 2 }),
            Fault::Contradiction,
        ),
        ("counts without release", |a| a.datasets[0].release = 1, Fault::Contradiction),
        ("seen, but not there", |a| (a.exists, a.datasets[0].exists) = (false, false), Fault::Contradiction),
        ("an unknown word", |a| a.datasets[0].precision = 99, Fault::Malformed),
        ("a name that steers a terminal", |a| a.datasets[0].id = "\u{1b}[2J".into(), Fault::Malformed),
    ];
    for (name, change, fault) in cases {
        let fake = FakeNode::answering("se", 3, 200).changed(change);
        assert_eq!(outcome_of(fake).await, NodeOutcome::Failed(fault), "{name}");
    }
}

fn variant(answer: &mut v1::Answer) -> &mut v1::Variant {
    answer.datasets[0].variants[0].variant.as_mut().unwrap()
}

fn frequency(answer: &mut v1::Answer) -> &mut v1::Frequency {
    &mut answer.datasets[0].variants[0].frequencies[0]
}

#[tokio::test]
async fn a_node_without_datasets_to_ask_is_left_out() {
    let fake = FakeNode::answering("se", 3, 200).changed(|answer| {
        answer.datasets.clear();
        answer.exists = false;
    });
    assert_eq!(outcome_of(fake).await, NodeOutcome::Excluded);
}

#[tokio::test]
async fn an_excluded_node_is_not_called() {
    let fake = FakeNode::answering("se", 3, 200);
    let calls = Arc::clone(&fake.calls);
    let (address, _server) = serve(fake);
    let mut query = query();
    query.datasets.exclude_nodes.push("se".into());
    let outcome = node(address).answer(&Credentials::default(), &query).await;
    assert_eq!((outcome, calls.load(std::sync::atomic::Ordering::SeqCst)), (NodeOutcome::Excluded, 0));
}

#[tokio::test]
async fn a_slow_node_times_out() {
    assert_eq!(
        outcome_of(FakeNode::answering("se", 3, 200).slow(DEADLINE * 20)).await,
        NodeOutcome::TimedOut
    );
}

#[tokio::test]
async fn a_node_that_panics_costs_one_line() {
    let outcome = outcome_of(FakeNode::panicking()).await;
    assert!(matches!(outcome, NodeOutcome::Failed(_) | NodeOutcome::Unreachable(_)), "{outcome:?}");
}

#[tokio::test]
async fn a_huge_answer_is_a_fault() {
    let fake =
        FakeNode::answering("se", 3, 200).changed(|answer| answer.datasets[0].id = "x".repeat(1024 * 1024));
    assert_eq!(outcome_of(fake).await, NodeOutcome::Failed(Fault::TooLarge));
}

#[tokio::test]
async fn details_that_are_no_base64_do_not_break_the_broker() {
    let outcome = outcome_of(FakeNode::sending_bad_details()).await;
    assert_eq!(outcome, NodeOutcome::Failed(Fault::Protocol));
}

#[tokio::test]
async fn token_and_query_proof_go_on_as_they_came() {
    let fake = FakeNode::answering("se", 3, 200);
    let heard = Arc::clone(&fake.heard);
    let (address, _server) = serve(fake);
    let shown = [
        (Credentials::bearer("a.b-c"), Some("Bearer a.b-c"), None),
        (Credentials::bearer("a.b-c").with_proof(Some("d.e.f".into())), Some("Bearer a.b-c"), Some("d.e.f")),
        (
            Credentials::dpop_bound("a.b-c", Some("p.o.p".into())).with_proof(Some("d.e.f".into())),
            Some("DPoP a.b-c"),
            Some("d.e.f"),
        ),
        (Credentials::default(), None, None),
    ];
    for (credentials, authorization, proof) in shown {
        node(address).answer(&credentials, &query()).await;
        let metadata = heard.lock().unwrap().take().unwrap().metadata;
        let text = |name: &str| metadata.get(name).map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(text("authorization").as_deref(), authorization);
        assert_eq!(text("fyr-query-proof").as_deref(), proof);
        assert!(!metadata.contains_key("dpop"), "it names the broker");
    }
    let outcome = node(address).answer(&Credentials::bearer("new\nline"), &query()).await;
    assert_eq!(outcome, NodeOutcome::Unauthenticated);
}

#[tokio::test]
async fn a_node_reads_the_question_that_was_signed() {
    let fake = FakeNode::answering("se", 3, 200);
    let heard = Arc::clone(&fake.heard);
    let (address, _server) = serve(fake);
    let contig = fyr_schemas::Contig::resolve("X", Assembly::GRCH37).unwrap();
    let range = fyr_schemas::RangeQuery::whole(Assembly::GRCH37, contig);
    let stated = Query {
        purpose: "DS; disease=MONDO:0005105; commercial".parse().ok(),
        datasets: fyr_schemas::DatasetSelection {
            only: vec!["b".into(), "a".into()],
            exclude: vec!["c".into()],
            exclude_nodes: vec!["fi".into()],
            only_nodes: vec!["se".into(), "no".into()],
        },
        ..query()
    };
    for query in [
        stated.clone(),
        Query { variant: Some(VariantQuery::Range(range)), ..stated.clone() },
        Query { test_mode: true, dry_run: true, epoch: Some(fyr_schemas::Epoch(3)), ..stated.clone() },
        Query { pagination: fyr_schemas::Pagination { skip: 2, limit: 5 }, ..stated.clone() },
        Query { entry_type: EntryType::Individual, batch: "17".parse().ok(), ..stated },
    ] {
        node(address).answer(&Credentials::default(), &query).await;
        let heard = heard.lock().unwrap().take().unwrap();
        assert_eq!(heard.query.as_ref(), Some(&query));
        assert_eq!(heard.query.unwrap().signable(), query.signable());
    }
}

#[tokio::test]
async fn lists_are_asked_for_the_purpose_of_the_request() {
    let fake = FakeNode::answering("se", 3, 200);
    let heard = Arc::clone(&fake.heard);
    let (address, _server) = serve(fake);
    let (node, nobody) = (node(address), Credentials::default());
    let purpose: Purpose = "care; case=the-case".parse().unwrap();
    let told = || heard.lock().unwrap().take().unwrap().question.contains("the-case");
    node.datasets(&nobody, Some(&purpose)).await;
    assert!(told());
    node.entry_types(&nobody, Some(&purpose)).await;
    assert!(told());
    node.filtering_terms(&nobody, Some(&purpose), &TermSelection::default()).await;
    assert!(told());
}

#[tokio::test]
async fn a_dead_node_is_unreachable_and_heals() {
    // An address of its own: of another, somebody else could take the port while it is free.
    let listener = TcpListener::bind("127.77.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let node = node(address);
    assert_eq!(ask(&node).await, NodeOutcome::Unreachable(Unreached::Refused));
    for _ in 0..2 {
        let listener = std::net::TcpListener::bind(address).unwrap();
        let server = serve_on(listener, FakeNode::answering("se", 3, 200));
        assert!(matches!(ask(&node).await, NodeOutcome::Answered(_)));
        drop(server);
        assert!(matches!(ask(&node).await, NodeOutcome::Unreachable(_)));
    }
}

async fn raw_server(bytes: &'static [u8], hold: bool) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(bytes).await;
            if hold {
                held.push(stream);
            }
        }
    });
    (address, server)
}

#[tokio::test]
async fn garbage_bytes_are_a_fault() {
    let garbage = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello, this is no HTTP/2 at all";
    let (address, _server) = raw_server(garbage, true).await;
    assert_eq!(ask(&node(address)).await, NodeOutcome::Failed(Fault::Protocol));
}

#[tokio::test]
async fn a_server_that_hangs_up_is_unreachable() {
    let (address, _server) = raw_server(b"", false).await;
    assert_eq!(ask(&node(address)).await, NodeOutcome::Unreachable(Unreached::Broken));
}

#[tokio::test]
async fn a_server_that_says_nothing_times_out() {
    let (address, _server) = raw_server(b"", true).await;
    assert_eq!(ask(&node(address)).await, NodeOutcome::TimedOut);
}

#[tokio::test]
async fn datasets_are_listed_with_their_node() {
    let (address, _server) = serve(FakeNode::answering("se", 3, 200));
    let outcome = node(address).datasets(&Credentials::default(), None).await;
    let NodeOutcome::Answered(datasets) = outcome else { panic!("{outcome:?}") };
    assert_eq!((datasets[0].id.as_str(), datasets[0].beacon_id.as_str()), ("D", "se"));
}
