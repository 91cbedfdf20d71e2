//! Published tables: marked, or not there; and nothing else under their ids.

use std::path::Path;

use fyr_schemas::{Assembly, Contig, Group, Interbase, Tally, Variant, VariantType};

use crate::{
    Annotation, Compaction, DatasetKind, DatasetSummary, FrequencyRow, Publication, Repeated, SegmentSpec,
    Store, StoreError,
};

const ASSEMBLY: Assembly = Assembly::GRCH38;

fn publication(reason: &str) -> Publication {
    Publication {
        of: "people".into(),
        store: 3,
        consents: 7,
        people: 2_504,
        minimum_carriers: 10,
        step: 1,
        groups: "population,sex".into(),
        power: 123,
        power_at_most: 140,
        reason: reason.into(),
        actor: "anna@clinic".into(),
    }
}

fn row(start: u64) -> FrequencyRow {
    FrequencyRow {
        variant: Variant {
            contig: Contig::resolve("7", ASSEMBLY).unwrap(),
            interval: Interbase::new(start, start + 1).unwrap(),
            reference_bases: "A".into(),
            alternate_bases: "T".into(),
            variant_type: VariantType::Snp,
            sv_length: None,
        },
        ids: Vec::new(),
        filters: Vec::new(),
        shard: 0,
        tallies: vec![(Group::Total, Tally { allele_count: 20, allele_number: 5_008, ..Tally::default() })],
        annotation: Annotation::default(),
    }
}

fn frequencies(dataset: &str, replace: bool) -> SegmentSpec {
    SegmentSpec {
        dataset: dataset.into(),
        assembly: ASSEMBLY,
        kind: DatasetKind::Frequency,
        normalised: false,
        annotated: false,
        replace,
        repeated: Repeated::Refused,
        sources: vec![crate::SourceFile { name: "a.vcf".into(), blake3: "a".into(), bytes: 1 }],
        individuals: Vec::new(),
        shards: vec![Vec::new()],
    }
}

async fn load(store: &Store, dataset: &str, replace: bool) -> Result<(), StoreError> {
    let mut writer = store.begin(frequencies(dataset, replace)).await?;
    writer.push_frequencies(vec![row(10)]).await?;
    writer.finish().await.map(drop)
}

async fn publish(store: &Store, id: &str, rows: &[u64], reason: &str) -> Result<(), StoreError> {
    let mut writer = store.begin_publication(id, ASSEMBLY, false).await?;
    writer.push(rows.iter().copied().map(row).collect()).await?;
    writer.finish(publication(reason)).await.map(drop)
}

async fn held(store: &Path, id: &str) -> Option<DatasetSummary> {
    let datasets = Store::open(store).await.unwrap().datasets().await.unwrap();
    datasets.into_iter().find(|dataset| dataset.id == id)
}

#[tokio::test]
async fn a_table_is_marked_and_replaced_as_a_whole() {
    let place = tempfile::tempdir().unwrap();
    let store = Store::open(place.path()).await.unwrap();
    publish(&store, "table", &[10, 20], "first").await.unwrap();
    let first = held(place.path(), "table").await.unwrap();
    assert_eq!((first.kind, first.variants, first.individuals), (DatasetKind::Frequency, 2, None));
    assert_eq!(first.publication, Some(publication("first")));
    publish(&store, "table", &[10, 20, 30], "second").await.unwrap();
    let second = held(place.path(), "table").await.unwrap();
    assert_eq!((second.variants, second.segments), (3, 1));
    assert_eq!(second.publication, Some(publication("second")));
    store.compact("table", Compaction::All).await.unwrap();
    assert_eq!(held(place.path(), "table").await.unwrap().publication, second.publication);
}

#[tokio::test]
async fn a_table_that_is_given_up_leaves_what_was_there() {
    let place = tempfile::tempdir().unwrap();
    let store = Store::open(place.path()).await.unwrap();
    publish(&store, "table", &[10, 20], "first").await.unwrap();
    let mut writer = store.begin_publication("table", ASSEMBLY, false).await.unwrap();
    writer.push(vec![row(40)]).await.unwrap();
    assert!(matches!(store.begin_publication("other", ASSEMBLY, false).await, Err(StoreError::Locked(_))));
    drop(writer);
    let left = held(place.path(), "table").await.unwrap();
    assert_eq!((left.variants, left.publication), (2, Some(publication("first"))));
    publish(&store, "other", &[10], "another").await.unwrap();
}

#[tokio::test]
async fn nothing_else_has_the_id_of_a_table() {
    let place = tempfile::tempdir().unwrap();
    let store = Store::open(place.path()).await.unwrap();
    load(&store, "loaded", false).await.unwrap();
    let over = publish(&store, "loaded", &[10], "over").await.unwrap_err().to_string();
    assert!(over.contains("is no published table") && over.contains("fyr-node remove"), "{over}");
    let removed = store.remove_publication("loaded").await.unwrap_err();
    assert!(matches!(removed, StoreError::Published { .. }), "{removed}");
    publish(&store, "table", &[10], "first").await.unwrap();
    let added = load(&store, "table", false).await.unwrap_err().to_string();
    assert!(added.contains("is a published table"), "{added}");
    // Whoever replaces it says what it is from then on: no published table.
    load(&store, "table", true).await.unwrap();
    assert_eq!(held(place.path(), "table").await.unwrap().publication, None);
    let other = store.begin_publication("table", ASSEMBLY, false).await.unwrap_err();
    assert!(matches!(other, StoreError::Published { .. }), "{other}");
}

#[tokio::test]
async fn a_table_is_taken_back_as_a_whole() {
    let place = tempfile::tempdir().unwrap();
    let store = Store::open(place.path()).await.unwrap();
    publish(&store, "table", &[10], "first").await.unwrap();
    let elsewhere = store.begin_publication("table", Assembly::GRCH37, false).await.unwrap();
    drop(elsewhere);
    store.remove_publication("table").await.unwrap();
    assert_eq!(held(place.path(), "table").await, None);
    let again = store.remove_publication("table").await.unwrap_err();
    assert!(matches!(again, StoreError::UnknownDataset(_)), "{again}");
}

#[tokio::test]
async fn a_store_without_the_column_gets_it_with_the_next_writer() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join("store-7");
    let place = tempfile::tempdir().unwrap();
    copy(&golden, place.path());
    let store = Store::open(place.path()).await.unwrap();
    let before = store.datasets().await.unwrap();
    assert!(before.iter().all(|dataset| dataset.publication.is_none()));
    publish(&store, "table", &[10], "first").await.unwrap();
    let logs = std::fs::read_dir(place.path().join("segments/_delta_log")).unwrap();
    let texts = logs.filter_map(|file| std::fs::read_to_string(file.unwrap().path()).ok());
    let with_column = texts.filter(|text| text.contains("\"metaData\"") && text.contains("publication"));
    assert_eq!(with_column.count(), 1, "whoever reads the table with other programs finds the column");
    assert_eq!(held(place.path(), "table").await.unwrap().publication, Some(publication("first")));
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (entry, to) = (entry.as_ref().unwrap(), to.join(entry.as_ref().unwrap().file_name()));
        if entry.path().is_dir() {
            copy(&entry.path(), &to)
        } else {
            std::fs::copy(entry.path(), to).map(drop).unwrap()
        }
    }
}
