//! Of whom nothing is known: the networks that they ask from, each with an account, below one of all of them.

use std::{fs, path::Path};

use fyr_doors::settings::ClientSettings;
use fyr_node::AccountOf;
use fyr_tests::{NetworkSpec, TestNetwork, ask::RestClient};

use super::{BACKWARDS, NODE, PLACES, TOLD, account, all_seen, backwards, change, is_seen, spec};

/// Whoever connects from this machine is a proxy.
const TRUSTING: &str = "[clients]\ntrusted_proxies = [\"127.0.0.1\"]\n";
/// The broker is known by its certificate.
const BROKER: &str = "[clients]\ntrusted_proxies = [\"broker.fyr.test\"]\n";

async fn network(directory: &Path, settings: &str, broker_settings: &str) -> TestNetwork {
    let nodes = vec![spec(directory, 0).with_settings(settings)];
    let broker_settings = broker_settings.to_owned();
    TestNetwork::start(directory, NetworkSpec { nodes, broker_settings, ..NetworkSpec::default() })
        .await
        .unwrap()
}

/// A client behind a proxy that tells its address.
fn from(beacon: &str, address: &str) -> RestClient {
    RestClient::new(beacon).with_header("x-forwarded-for", address)
}

/// Of how many answers a network was told.
async fn answers(network: &TestNetwork, address: &str) -> u64 {
    let of = ClientSettings::default().network(address.parse().unwrap());
    account(network.node(NODE).unwrap(), &AccountOf::Network(Some(of))).await.answers
}

async fn in_all(network: &TestNetwork) -> u64 {
    account(network.node(NODE).unwrap(), &AccountOf::Public).await.answers
}

/// Returns all that stands in the files of a directory.
fn written(directory: &Path) -> Vec<u8> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { written(&path) } else { fs::read(path).unwrap() }).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_network_has_an_account_and_all_of_them_one_of_twice_as_much() {
    let directory = tempfile::tempdir().unwrap();
    let network = network(directory.path(), TRUSTING, "").await;
    let beacon = network.node(NODE).unwrap().beacon();
    let first = from(&beacon, "203.0.113.77");
    assert_eq!(all_seen(&first, PLACES).await, TOLD);
    let neighbour = from(&beacon, "::ffff:203.0.113.4");
    assert_eq!(all_seen(&neighbour, PLACES).await, TOLD, "of one network: told the same, for nothing");
    assert_eq!(answers(&network, "203.0.113.1").await, 4);

    let second = from(&beacon, "2001:db8:7:1::9");
    assert_eq!(all_seen(&second, backwards()).await, BACKWARDS, "as if nobody had asked before");
    assert_eq!(answers(&network, "2001:db8:7:2::1").await, 4);
    assert_eq!(in_all(&network).await, 6, "two of them are the same");

    let third = from(&beacon, "198.51.100.1");
    let told = all_seen(&third, PLACES).await;
    assert_ne!(told, TOLD, "by then the public is told enough of some");
    let report = account(network.node(NODE).unwrap(), &AccountOf::Public).await;
    assert!(report.most <= report.budget && report.budget == 2 * 693_147_180, "{report:?}");
    network.stop().await;

    let store = directory.path().join(NODE).join("store");
    for place in ["state", "audit"] {
        let written = String::from_utf8_lossy(&written(&store.join(place))).to_lowercase();
        for address in ["203.0.113", "2001:db8:7", "198.51.100"] {
            assert!(!written.is_empty() && !written.contains(address), "{address} in {place}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_untrusted_client_says_of_its_address_is_not_believed() {
    let directory = tempfile::tempdir().unwrap();
    let network = network(directory.path(), "", "").await;
    let beacon = network.node(NODE).unwrap().beacon();
    assert_eq!(all_seen(&from(&beacon, "203.0.113.77"), PLACES).await, TOLD);
    assert_eq!(all_seen(&from(&beacon, "198.51.100.1"), PLACES).await, TOLD, "it is the same client");
    assert!(!is_seen(&from(&beacon, "2001:db8::1"), PLACES[3]).await);
    assert_eq!((answers(&network, "203.0.113.1").await, answers(&network, "127.0.0.1").await), (0, 4));
    let node = network.node(NODE).unwrap();
    let more = ["--network", "127.0.0.9", "--budgets", "1", "--reason", "board 7"];
    change(node, &["account", "extend"], &more).await;
    assert!(
        is_seen(&RestClient::new(&beacon), PLACES[3]).await,
        "an operator names a network by any of its addresses"
    );
    let changes = node.state().await.unwrap().changes_since(0).await.unwrap();
    let [released, extended] = changes.as_slice() else { panic!("{changes:?}") };
    assert_eq!(released.dataset, "PEOPLE", "those who came were released");
    assert!(extended.items.contains("extended") && !extended.items.contains("127.0"), "{extended:?}");
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_behind_a_proxy_that_says_nothing_readable_shares_an_account() {
    let directory = tempfile::tempdir().unwrap();
    let network = network(directory.path(), TRUSTING, "").await;
    let node = network.node(NODE).unwrap();
    for hidden in ["unknown", "_anon, 203.0.113.77, somebody"] {
        assert_eq!(all_seen(&from(&node.beacon(), hidden), PLACES).await, TOLD);
    }
    assert_eq!(account(node, &AccountOf::Network(None)).await.answers, 4);
    assert_eq!(in_all(&network).await, 4);
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_tells_nodes_that_know_it_from_which_network_it_is_asked() {
    let directory = tempfile::tempdir().unwrap();
    let network = network(directory.path(), BROKER, TRUSTING).await;
    let broker = network.broker.beacon();
    assert_eq!(all_seen(&from(&broker, "203.0.113.77"), PLACES).await, TOLD);
    assert_eq!(all_seen(&from(&broker, "2001:db8:7:1::9"), backwards()).await, BACKWARDS);
    assert_eq!(answers(&network, "203.0.113.1").await, 4);
    assert_eq!(answers(&network, "2001:db8:7::").await, 4);
    assert_eq!(answers(&network, "127.0.0.1").await, 0, "nothing was asked for the broker itself");
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_not_known_is_one_client() {
    let directory = tempfile::tempdir().unwrap();
    let network = network(directory.path(), "", TRUSTING).await;
    let broker = network.broker.beacon();
    assert_eq!(all_seen(&from(&broker, "203.0.113.77"), PLACES).await, TOLD);
    assert_eq!(all_seen(&from(&broker, "198.51.100.1"), PLACES).await, TOLD);
    assert_eq!((answers(&network, "203.0.113.1").await, answers(&network, "127.0.0.1").await), (0, 4));
    network.stop().await;
}
