//! What is spent stays spent when the disk is lost: by the state that survived, or because nobody knows what was told.

use std::{fs, path::Path};

use fyr_tests::{ask::RestClient, network::StoppedNode};

use super::{NODE, PLACES, TOLD, all_seen, is_seen, network, run};

fn text(path: &Path) -> String {
    path.display().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_node_gives_no_budget_back() {
    let directory = tempfile::tempdir().unwrap();
    let mut network = network(directory.path(), 0).await;
    let node = network.node(NODE).unwrap();
    let (config, store, anyone) = (text(&node.config()), node.store(), RestClient::new(&node.beacon()));
    assert!(is_seen(&anyone, PLACES[0]).await);
    let vault = text(&directory.path().join("vault"));
    run(&["backup", "--config", &config, "--to", &vault, "--quiet"]).await.unwrap();
    // After the backup, all of the budget is spent.
    assert_eq!(all_seen(&anyone, PLACES).await, TOLD);
    assert!(!is_seen(&anyone, PLACES[3]).await);

    let mut stopped: StoppedNode = network.stop_node(NODE).await.unwrap();
    let old = directory.path().join("old");
    fs::rename(&store, &old).unwrap();
    let survived = text(&old.join("state/state.db"));
    let ways: [(&[&str], [bool; 7]); 2] = [
        // As if nothing had happened.
        (&["--state", &survived], TOLD),
        // Only what the backup knows to have been told is told again, and what costs nothing.
        (
            &["--no-withdrawals-since", "--reason", "disk lost"],
            [true, false, false, false, false, false, false],
        ),
    ];
    // The log survived too, and the state knows of its records.
    fs::create_dir(&store).unwrap();
    fs::rename(old.join("audit"), store.join("audit")).unwrap();
    for (options, expected) in ways {
        let restore = ["restore", "--config", &config, "--from", &vault, "--quiet"];
        run(&[&restore[..], options].concat()).await.unwrap();
        let node = stopped.start().await.unwrap();
        assert_eq!(all_seen(&RestClient::new(&node.beacon()), PLACES).await, expected, "{options:?}");
        stopped = node.stop().await;
        fs::remove_dir_all(&store).unwrap();
    }
    network.stop().await;
}
