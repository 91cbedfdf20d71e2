//! Who withdraws does so from every dataset, and comes back with none: not with one that is loaded later under another
//! id, nor with a copy of the store from before a purge.

use std::{collections::BTreeMap, fs, path::Path};

use fyr_ingest::IngestOptions;
use fyr_schemas::Assembly;
use fyr_tests::{
    ask::RestClient,
    network::{Certificates, TestNode},
};
use serde_json::Value;

use super::{
    OPEN, REGION, change, copy,
    files::{OF_TWO, People, vcf},
    run, text,
};

/// Returns how many people with the allele of two each dataset counts.
async fn carriers(node: &TestNode) -> BTreeMap<String, u64> {
    let path =
        format!("/g_variants?assemblyId={}&allele={OF_TWO}&requestedGranularity=record", Assembly::GRCH38);
    let (status, body) = RestClient::new(&node.beacon()).get(&path).await.unwrap();
    assert_eq!(status, 200, "{body}");
    let of = |set: &Value| {
        let carriers = set.pointer("/results/0/info/carriers").and_then(Value::as_u64);
        (set["id"].as_str().unwrap().to_owned(), carriers.unwrap_or_default())
    };
    body.pointer("/response/resultSets").and_then(Value::as_array).unwrap().iter().map(of).collect()
}

/// Waits until a node has a dataset, and returns what each counts.
async fn once_there(node: &TestNode, dataset: &str) -> BTreeMap<String, u64> {
    loop {
        let carriers = carriers(node).await;
        if carriers.contains_key(dataset) {
            return carriers;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

async fn load(node: &TestNode, dataset: &str, file: &Path) {
    let store = text(&node.store());
    let ingest = ["ingest", "--quiet", "--store", &store, "--dataset", dataset, "--assembly", "GRCh38"];
    run(&[&ingest[..], &[&text(file)]].concat()).await.unwrap();
}

fn counts(expected: &[(&str, u64)]) -> BTreeMap<String, u64> {
    expected.iter().map(|(dataset, carriers)| ((*dataset).to_owned(), *carriers)).collect()
}

/// What a store has beside its tables, in files that come and go while a node runs.
const BESIDE: [&str; 2] = ["state", "audit"];

#[tokio::test(flavor = "multi_thread")]
async fn nobody_comes_back_under_another_dataset_or_with_a_copy_of_the_store() {
    let directory = tempfile::tempdir().unwrap();
    let people = People::generate(directory.path(), 23, 12);
    let certificates = Certificates::create(&directory.path().join("certificates")).unwrap();
    let (first, second) = (people.id(0), people.id(1));
    let files: Vec<_> = ["second", "third", "fourth"]
        .iter()
        .enumerate()
        .map(|(number, name)| {
            // The other datasets have genotypes alone, and call the first by their biosample.
            let samples = [format!("{first}-B"), people.sample(second), format!("else-{number}")];
            let path = directory.path().join(format!("{name}.vcf"));
            fs::write(&path, vcf(&samples, OF_TWO, "0/1")).unwrap();
            path
        })
        .collect();
    let mut spec = people.node("everyone", &[]).with_policy(OPEN);
    spec.data.push(IngestOptions::new("", "SECOND", Assembly::GRCH38, vec![files[0].clone()]));
    let node = TestNode::start(&directory.path().join("home"), spec, &certificates).await.unwrap();
    assert_eq!(carriers(&node).await, counts(&[(REGION, 2), ("SECOND", 3)]));

    change(&node, &["consent", "withdraw"], &["--person", first]).await.unwrap();
    assert_eq!(carriers(&node).await, counts(&[(REGION, 1), ("SECOND", 2)]));
    load(&node, "THIRD", &files[1]).await;
    assert_eq!(once_there(&node, "THIRD").await, counts(&[(REGION, 1), ("SECOND", 2), ("THIRD", 2)]));

    let before = directory.path().join("before");
    copy(&node.store(), &before, &BESIDE).await;
    change(&node, &["purge"], &["--quiet", "--yes"]).await.unwrap();
    assert_eq!(carriers(&node).await, counts(&[(REGION, 1), ("SECOND", 2), ("THIRD", 2)]));
    let state = node.state().await.unwrap();
    assert!(state.statements(None).await.unwrap().is_empty(), "nothing names the person any more");
    state.close().await;

    // The tables are those of before the purge again; the state and the audit log are those of now.
    let (home, stopped) = (node.store(), node.stop().await);
    for part in BESIDE {
        copy(&home.join(part), &before.join(part), &[]).await;
    }
    fs::remove_dir_all(&home).unwrap();
    fs::rename(&before, &home).unwrap();
    let node = stopped.start().await.unwrap();
    assert_eq!(carriers(&node).await, counts(&[(REGION, 1), ("SECOND", 2), ("THIRD", 2)]));

    change(&node, &["purge"], &["--quiet", "--yes", "--dataset", "SECOND"]).await.unwrap();
    change(&node, &["purge"], &["--quiet", "--yes"]).await.unwrap();
    change(&node, &["consent", "reinstate"], &["--person", &format!("{first}-B")]).await.unwrap();
    load(&node, "FOURTH", &files[2]).await;
    let expected = counts(&[("FOURTH", 3), (REGION, 1), ("SECOND", 2), ("THIRD", 2)]);
    assert_eq!(once_there(&node, "FOURTH").await, expected, "purged there, and loaded anew here");
    node.stop().await;
}
