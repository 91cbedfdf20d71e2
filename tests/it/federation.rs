//! What a broker says of three regions: true sums, and the truth about who is missing.

mod hidden;

use std::time::{Duration, Instant};

use fyr_schemas::{Answer, Assembly, DatasetState, NodeState, Precision};
use fyr_tests::{
    AlleleKey, Truth,
    ask::{Ask, GrpcClient},
    compare::{difference, of_broker, of_node, question},
    network::Peer,
};

use crate::support::{EVERYWHERE, MIDDLE, NORTH, NORTH_ONLY, Regions, SOUTH};

const G38: Assembly = Assembly::GRCH38;

fn state(answer: &Answer, id: &str) -> NodeState {
    answer.nodes.iter().find(|node| node.id == id).map(|node| node.state).unwrap()
}

fn total(answer: &Answer) -> (u64, u64) {
    let total = answer.totals[0].frequencies.iter().find(|f| f.group.to_string() == "Total").unwrap();
    (total.allele_count, total.allele_number)
}

fn expected(truth: &Truth, allele: &str) -> (u64, u64) {
    let counts = truth.total(&AlleleKey::parse(allele).unwrap()).unwrap();
    (counts.allele_count, counts.allele_number)
}

/// Asks for every allele of a truth and compares every group.
async fn equal_the_truth(client: &GrpcClient, truth: &Truth, broker: bool, ask: &Ask) {
    let keys: Vec<&AlleleKey> = truth.alleles.keys().collect();
    let questions: Vec<_> = keys.iter().map(|key| question(G38, key).unwrap()).collect();
    let answers = client.alleles(&questions, ask).await.unwrap();
    for (key, answer) in keys.iter().zip(&answers) {
        let counted = if broker { of_broker(answer) } else { of_node(answer) };
        let words = difference(&truth.alleles[*key], counted.as_ref());
        assert_eq!(words, None, "{key}");
        assert_eq!(answer.exists, truth.total(key).unwrap().carriers() > 0, "{key}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_node_and_the_sum_equal_a_brute_force_count() {
    let regions = Regions::generate().start().await;
    for (number, node) in regions.network.nodes.iter().enumerate() {
        let client = node.grpc().await.unwrap();
        equal_the_truth(&client, &regions.truth(&[number]), false, &Ask::default()).await;
    }
    let broker = regions.network.broker.grpc().await.unwrap();
    equal_the_truth(&broker, &regions.truth(&[0, 1, 2]), true, &Ask::default()).await;
    regions.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_excluded_node_is_in_no_sum_and_makes_no_lower_bound() {
    let regions = Regions::generate().start().await;
    let broker = regions.network.broker.grpc().await.unwrap();
    let elsewhere = Ask::default().excluding_node(NORTH);
    equal_the_truth(&broker, &regions.truth(&[1, 2]), true, &elsewhere).await;
    let answer = broker.allele(G38, NORTH_ONLY, &elsewhere).await.unwrap();
    assert!(!answer.exists && !answer.lower_bound);
    assert_eq!(state(&answer, NORTH), NodeState::Excluded);
    assert_eq!(state(&answer, SOUTH), NodeState::Answered);
    regions.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_region_that_is_off_makes_the_sum_a_lower_bound() {
    let mut regions = Regions::generate().start().await;
    let broker = regions.network.broker.grpc().await.unwrap();
    let before = broker.allele(G38, EVERYWHERE, &Ask::default()).await.unwrap();
    assert_eq!(total(&before), expected(&regions.truth(&[0, 1, 2]), EVERYWHERE));
    let stopped = regions.network.stop_node(SOUTH).await.unwrap();
    let after = broker.allele(G38, EVERYWHERE, &Ask::default()).await.unwrap();
    assert!(after.exists && after.lower_bound && !before.lower_bound);
    assert_eq!(total(&after), expected(&regions.truth(&[0, 1]), EVERYWHERE));
    assert_eq!(state(&after, SOUTH), NodeState::Unreachable);
    assert_eq!(after.datasets.len(), 2);
    regions.network.restart_node(stopped).await.unwrap();
    let again = broker.allele(G38, EVERYWHERE, &Ask::default()).await.unwrap();
    assert_eq!((total(&again), again.lower_bound), (total(&before), false));
    regions.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_mute_and_babbling_members_cost_only_their_own_line() {
    let (mute, garbage) = (Peer::mute().await.unwrap(), Peer::garbage().await.unwrap());
    let mut regions = Regions::generate();
    regions.network.peers = vec![
        ("se.dead.af-beacon.test".to_owned(), Peer::dead_url().await.unwrap()),
        ("se.mute.af-beacon.test".to_owned(), mute.url().to_owned()),
        ("se.garbage.af-beacon.test".to_owned(), garbage.url().to_owned()),
    ];
    regions.network.broker_settings = "[limits]\nnode_deadline_ms = 1500\n".to_owned();
    let regions = regions.start().await;
    let broker = regions.network.broker.grpc().await.unwrap();
    let started = Instant::now();
    let answer = broker.allele(G38, EVERYWHERE, &Ask::default()).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(4), "the deadline holds: {:?}", started.elapsed());
    assert_eq!(total(&answer), expected(&regions.truth(&[0, 1, 2]), EVERYWHERE));
    assert!(answer.lower_bound, "somebody who was asked did not answer");
    assert_eq!(state(&answer, "se.dead.af-beacon.test"), NodeState::Unreachable);
    for id in ["se.mute.af-beacon.test", "se.garbage.af-beacon.test"] {
        let state = state(&answer, id);
        assert!(
            matches!(state, NodeState::TimedOut | NodeState::Unreachable | NodeState::Failed),
            "{id}: {state:?}"
        );
    }
    for id in [NORTH, MIDDLE, SOUTH] {
        assert_eq!(state(&answer, id), NodeState::Answered);
    }
    regions.network.stop().await;
}

const LISTED_ONLY: &str =
    "[policy.default]\nopen = true\npublic = \"none\"\nlisted = true\nminimum_carriers = 0\n";
const HIDDEN: &str = "[policy.default]\nopen = true\npublic = \"none\"\nminimum_carriers = 0\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_region_whose_policy_withholds_is_named_and_not_counted() {
    let regions = Regions::generate().with_node(MIDDLE, |node| node.with_policy(LISTED_ONLY)).start().await;
    let broker = regions.network.broker.grpc().await.unwrap();
    let answer = broker.allele(G38, EVERYWHERE, &Ask::default()).await.unwrap();
    assert_eq!(total(&answer), expected(&regions.truth(&[0, 2]), EVERYWHERE));
    assert!(answer.lower_bound);
    assert_eq!(state(&answer, MIDDLE), NodeState::Refused);
    regions.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withheld_dataset_beside_an_open_one_is_named_without_numbers() {
    let policy = "[policy.default]\nopen = true\npublic = \"frequency\"\nminimum_carriers = 0\n\
                  [policy.datasets.\"MIDDLE\"]\npublic = \"none\"\nlisted = true\n";
    let mut regions = Regions::generate();
    let second = {
        let (_, options) =
            crate::support::generate(regions.directory.path(), &crate::support::spec("SECOND", 9));
        options
    };
    regions = regions.with_node(MIDDLE, |mut node| {
        node.data.push(second);
        node.with_policy(policy)
    });
    let regions = regions.start().await;
    let node = regions.network.node(MIDDLE).unwrap().grpc().await.unwrap();
    let answer = node.allele(G38, EVERYWHERE, &Ask::default()).await.unwrap();
    let withheld = answer.datasets.iter().find(|d| d.id == "MIDDLE").unwrap();
    assert_eq!(withheld.state, DatasetState::Withheld);
    assert!(!withheld.exists && withheld.variants.is_empty() && withheld.result_count.is_none());
    assert!(answer.datasets.iter().any(|d| d.id == "SECOND" && d.exists));
    regions.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_dataset_answers_like_an_unknown_one() {
    let regions = Regions::generate().with_node(MIDDLE, |node| node.with_policy(HIDDEN)).start().await;
    let node = regions.network.node(MIDDLE).unwrap().grpc().await.unwrap();
    let query = question(G38, &AlleleKey::parse(EVERYWHERE).unwrap()).unwrap();
    let refused = async |id: &str| {
        let status = node.lookup(&query, &Ask::default().only(id)).await.unwrap().unwrap_err();
        (status.code(), status.message().to_owned())
    };
    assert_eq!(refused("MIDDLE").await, refused("NOSUCH").await);
    assert!(node.datasets(&Ask::default()).await.unwrap().datasets.is_empty());
    regions.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_opens_what_the_policy_keeps_for_known_requesters() {
    let policy =
        "[policy.default]\nopen = true\npublic = \"none\"\nknown = \"frequency\"\nminimum_carriers = 0\n";
    let tokens = "[[tokens]]\nname = \"clinic\"\ntoken = \"correct-horse-battery-staple-clinic\"\n";
    let regions = Regions::generate()
        .with_node(MIDDLE, |node| node.with_policy(policy).with_settings(tokens))
        .start()
        .await;
    let node = regions.network.node(MIDDLE).unwrap().grpc().await.unwrap();
    let query = question(G38, &AlleleKey::parse(EVERYWHERE).unwrap()).unwrap();
    assert!(node.lookup(&query, &Ask::default()).await.unwrap().is_err());
    let wrong = Ask::default().with_token("not-a-token-of-this-node-at-all");
    let status = node.lookup(&query, &wrong).await.unwrap().unwrap_err();
    assert_eq!(status.code(), tonic::Code::Unauthenticated, "an invalid token is not the public");
    let known = Ask::default().with_token("correct-horse-battery-staple-clinic");
    assert!(node.lookup(&query, &known).await.unwrap().unwrap().exists);
    regions.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn small_numbers_are_not_told_and_look_like_none() {
    let policy = "[policy.default]\nopen = true\npublic = \"frequency\"\nminimum_carriers = 5\n";
    let regions = Regions::generate().with_node(NORTH, |node| node.with_policy(policy)).start().await;
    let node = regions.network.node(NORTH).unwrap().grpc().await.unwrap();
    let truth = regions.truth(&[0]);
    let carriers = |key: &AlleleKey| truth.total(key).unwrap().carriers();
    let find = |wanted: &dyn Fn(u64) -> bool| truth.alleles.keys().find(|key| wanted(carriers(key))).unwrap();
    let (few, none) = (find(&|n| (1..5).contains(&n)), find(&|n| n == 0));
    let ask = async |key: &AlleleKey| {
        let mut answer = node.lookup(&question(G38, key).unwrap(), &Ask::default()).await.unwrap().unwrap();
        // The question is echoed; everything else has to be the same.
        answer.datasets.iter_mut().for_each(|dataset| dataset.variants.clear());
        answer
    };
    let suppressed = ask(few).await;
    assert!(!suppressed.exists);
    assert_eq!(suppressed.datasets[0].precision, Precision::Imprecise);
    assert_eq!(suppressed, ask(none).await);
    let unknown = AlleleKey::new("7", 117_599_999, "A", "C");
    assert_eq!(suppressed, ask(&unknown).await);
    regions.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_lets_in_only_its_broker() {
    let regions = Regions::generate().start().await;
    let url = regions.network.nodes[0].grpc_url();
    let certificates = regions.network.certificates();
    let broker = GrpcClient::connect(&url, Some(&certificates.broker())).await.unwrap();
    assert!(broker.allele(G38, EVERYWHERE, &Ask::default()).await.is_ok());
    let stranger = GrpcClient::connect(&url, Some(&certificates.stranger())).await;
    let answer = match stranger {
        Ok(client) => client.allele(G38, EVERYWHERE, &Ask::default()).await,
        Err(error) => Err(error),
    };
    assert!(answer.is_err(), "another certificate of the same authority is not enough");
    regions.network.stop().await;
}
