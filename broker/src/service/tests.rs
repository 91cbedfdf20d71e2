//! A broker over nodes of which some misbehave.

mod tls;

use std::time::{Duration, Instant};

use fyr_schemas::{AlleleQuery, Assembly, ErrorCode, Granularity, NodeState, VariantQuery};
use tonic::Code;

use super::*;
use crate::{
    MemberConfig,
    test_nodes::{FakeNode, FakeServer, serve},
};

fn query() -> Query {
    Query {
        granularity: Granularity::Record,
        ..Query::variants(VariantQuery::Allele(AlleleQuery::parse(Assembly::GRCH38, "7-100-A-G").unwrap()))
    }
}

fn broker(nodes: Vec<(&str, FakeNode)>) -> (Broker, Vec<FakeServer>) {
    broker_that_waits(Duration::from_secs(1), nodes)
}

fn broker_that_waits(deadline: Duration, nodes: Vec<(&str, FakeNode)>) -> (Broker, Vec<FakeServer>) {
    let (members, servers): (Vec<_>, Vec<_>) = nodes
        .into_iter()
        .map(|(id, node)| {
            let (address, server) = serve(node);
            (MemberConfig::plain(id, format!("http://{address}")), server)
        })
        .unzip();
    let mut config = BrokerConfig::new("broker", members);
    config.limits.node_deadline_ms = deadline.as_millis().try_into().unwrap();
    (Broker::new(&config).unwrap(), servers)
}

async fn ask(broker: &Broker, query: Query) -> Result<Answer, Failure> {
    broker.answer(&Credentials::bearer("token"), query).await
}

#[tokio::test]
async fn a_node_that_misbehaves_costs_only_its_own_line() {
    let (broker, _servers) = broker(vec![
        ("fi", FakeNode::answering("fi", 3, 200)),
        ("se", FakeNode::answering("se", 2, 100)),
        ("slow", FakeNode::answering("slow", 1, 100).slow(Duration::from_secs(60))),
        ("panics", FakeNode::panicking()),
        ("details", FakeNode::sending_bad_details()),
        ("other", FakeNode::answering("another", 1, 100)),
        ("refuses", FakeNode::failing(Code::PermissionDenied)),
        ("cannot", FakeNode::failing(Code::FailedPrecondition)),
        ("objects", FakeNode::failing(Code::InvalidArgument)),
    ]);
    let started = Instant::now();
    let answer = ask(&broker, query()).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(5));
    let total = &answer.totals[0].frequencies[0];
    assert_eq!((total.allele_count, total.allele_number), (5, 300));
    assert!(answer.exists && answer.lower_bound);
    let state = |id: &str| answer.nodes.iter().find(|node| node.id == id).unwrap().state;
    for (id, expected) in [
        ("fi", NodeState::Answered),
        ("se", NodeState::Answered),
        ("slow", NodeState::TimedOut),
        ("details", NodeState::Failed),
        ("other", NodeState::Failed),
        ("refuses", NodeState::Refused),
        ("cannot", NodeState::Unsupported),
        ("objects", NodeState::Unsupported),
    ] {
        assert_eq!(state(id), expected, "{id}");
    }
    assert!(matches!(state("panics"), NodeState::Failed | NodeState::Unreachable));
}

#[tokio::test]
async fn elsewhere_leaves_the_own_node_out() {
    let nodes = ["fi", "se"].map(|id| (id, FakeNode::answering(id, 3, 200)));
    let (broker, _servers) = broker(nodes.into());
    let mut query = query();
    query.datasets.exclude_nodes.push("se".into());
    let answer = ask(&broker, query.clone()).await.unwrap();
    assert_eq!(answer.totals[0].frequencies[0].allele_count, 3);
    assert!(!answer.lower_bound);
    query.datasets.exclude_nodes.push("fi".into());
    assert_eq!(ask(&broker, query).await.unwrap_err().code, ErrorCode::InvalidRequest);
}

#[tokio::test]
async fn a_broker_without_any_node_up_does_not_say_no() {
    let (broker, servers) = broker(vec![("fi", FakeNode::answering("fi", 0, 200))]);
    assert!(!ask(&broker, query()).await.unwrap().exists);
    drop(servers);
    assert_eq!(ask(&broker, query()).await.unwrap_err().code, ErrorCode::Unavailable);
}

#[tokio::test]
async fn datasets_are_merged_with_their_nodes() {
    let (broker, _servers) = broker(vec![
        ("se", FakeNode::answering("se", 3, 200)),
        ("fi", FakeNode::answering("fi", 3, 200)),
        ("no", FakeNode::failing(Code::Unauthenticated)),
    ]);
    let list = broker.datasets(&Credentials::default(), None).await.unwrap();
    let nodes: Vec<_> = list.datasets.iter().map(|dataset| dataset.beacon_id.as_str()).collect();
    assert_eq!(nodes, ["fi", "se"]);
    assert_eq!(list.nodes[1].state, NodeState::Refused);
}

#[tokio::test]
async fn many_questions_share_one_connection() {
    let nodes = ["a", "b", "c", "d", "e"].map(|id| (id, FakeNode::answering(id, 1, 100)));
    // A busy machine takes a while for all of them, and whoever is late would be missing in the sum.
    let (broker, _servers) = broker_that_waits(Duration::from_secs(9), nodes.into());
    let questions = (0..500).map(|_| ask(&broker, query()));
    for answer in join_all(questions).await {
        assert_eq!(answer.unwrap().totals[0].frequencies[0].allele_count, 5);
    }
}

#[tokio::test]
async fn a_bound_token_passes_only_with_a_query_proof() {
    let fake = FakeNode::answering("fi", 3, 200);
    let calls = fake.calls.clone();
    let (broker, _servers) = broker(vec![("fi", fake)]);
    let bound = Credentials::dpop_bound("token", Some("p.o.p".into()));
    let refused = broker.answer(&bound, query()).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Unauthenticated);
    assert!(refused.message.contains("Fyr-Query-Proof") && !refused.message.contains("p.o.p"), "{refused}");
    assert!(broker.datasets(&bound, None).await.is_err());
    assert_eq!(calls.load(std::sync::atomic::Ordering::SeqCst), 0);
    let signed = bound.with_proof(Some("d.e.f".into()));
    assert!(broker.answer(&signed, query()).await.unwrap().exists);
}
