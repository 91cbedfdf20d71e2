//! Real documents: what is accepted is valid by the official schemas, and what is refused says where.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use fyr_ingest::{
    Progress, Withdrawn,
    metadata::{MetadataError, MetadataOptions, load},
};
use fyr_schemas::{Assembly, EntryType, model::Entry};
use fyr_tests::{naive::read_text, shared::Shared};
use serde_json::Value;

const FOLDERS: [(EntryType, &str); 6] = [
    (EntryType::Analysis, "analyses"),
    (EntryType::Biosample, "biosamples"),
    (EntryType::Cohort, "cohorts"),
    (EntryType::Dataset, "datasets"),
    (EntryType::Individual, "individuals"),
    (EntryType::Run, "runs"),
];

fn documents(path: &Path) -> Vec<Value> {
    let Ok(text) = read_text(path) else { return Vec::new() };
    match serde_json::from_str(&text).unwrap() {
        Value::Array(items) => items,
        one => vec![one],
    }
}

fn validator(shared: &Shared, folder: &str) -> jsonschema::Validator {
    let path = shared.path(&format!("beacon-v2-schemas/self-contained/model/{folder}/defaultSchema.json"));
    jsonschema::validator_for(&serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
        .unwrap()
}

#[test]
fn what_is_accepted_is_valid_by_the_official_schemas() {
    let Some(shared) = Shared::find("what_is_accepted_is_valid_by_the_official_schemas") else { return };
    let (mut accepted, mut refused) = (0, Vec::new());
    for (entry_type, folder) in FOLDERS {
        let official = validator(&shared, folder);
        for set in ["CINECA_UK1", "mandatory-fields", "test"] {
            for name in [format!("{folder}.json"), format!("{folder}.json.gz")] {
                for document in documents(&shared.path(&format!("data/bff/{set}/{name}"))) {
                    match Entry::new(entry_type, document) {
                        Ok(entry) => {
                            accepted += 1;
                            let faults: Vec<_> =
                                official.iter_errors(&entry.document).map(|e| e.to_string()).collect();
                            assert!(faults.is_empty(), "{set}/{name} {}: {faults:?}", entry.id);
                        }
                        Err(faults) => refused.push(format!("{set}/{name}: {}", faults[0])),
                    }
                }
            }
        }
    }
    assert!(accepted > 4 * 2_504, "{accepted} accepted; refused: {refused:#?}");
    assert!(
        refused.iter().all(|reason| reason.starts_with("test/") || reason.starts_with("mandatory-fields/"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn phenopackets_are_loaded_or_refused_by_field() {
    let Some(shared) = Shared::find("phenopackets_are_loaded_or_refused_by_field") else { return };
    let directory = tempfile::tempdir().unwrap();
    let text = read_text(&shared.path("data/phenopackets/phenopacket-store_2000.jsonl.gz")).unwrap();
    // Case reports of several papers name their people alike; each packet here is a person of its own.
    let mut packets = BTreeMap::new();
    for line in text.lines() {
        let mut packet = serde_json::from_str::<Value>(line).unwrap()["phenopacket"].take();
        let id = packet["id"].as_str().unwrap().to_owned();
        packet["subject"]["id"] = packet["id"].clone();
        packets.insert(id, packet.to_string());
    }
    let (total, mut refused) = (packets.len(), Vec::new());
    let report = loop {
        let path: PathBuf = directory.path().join("packets.jsonl");
        std::fs::write(&path, packets.values().cloned().collect::<Vec<_>>().join("\n")).unwrap();
        match load(options(directory.path(), path), Progress::default()).await {
            Ok(report) => break report,
            Err(MetadataError::Record { id: Some(id), faults, .. }) => {
                // A free text in the place of a term, say; the model has no room for it.
                assert!(faults.iter().all(|fault| fault.field.contains('[')), "{id}: {faults:?}");
                packets.remove(&id).unwrap();
                refused.push(format!("{id}: {}", faults[0]));
            }
            other => other.map(|_| ()).unwrap(),
        }
        assert!(refused.len() <= 20, "{refused:#?}");
    };
    assert_eq!(report.entries[&EntryType::Individual], (total - refused.len()) as u64);
}

fn options(directory: &Path, input: PathBuf) -> MetadataOptions {
    MetadataOptions {
        store: directory.join("store"),
        beside: &[],
        dataset: "CASES".into(),
        assembly: Some(Assembly::GRCH38),
        entry_type: None,
        columns: None,
        replace: false,
        inputs: vec![input],
        withdrawn: Withdrawn::default(),
    }
}

#[test]
fn descendants_in_hpo_equal_a_count_over_its_table() {
    let Some(shared) = Shared::find("descendants_in_hpo_equal_a_count_over_its_table") else { return };
    let table = read_text(&shared.path("data/ontology/hpo_2025-01-16.terms.tsv.gz")).unwrap();
    let rows: Vec<Vec<&str>> = table.lines().skip(1).map(|line| line.split('\t').collect()).collect();
    let source = fyr_ontology::OntologySource {
        prefix: "HP".into(),
        path: Some(shared.path("data/ontology/hp.obo.gz")),
        ..fyr_ontology::OntologySource::default()
    };
    let ontologies = fyr_ontology::Ontologies::load(&[source]).unwrap();
    for term in ["HP:0001250", "HP:0000707", "HP:0000118", "HP:0020219"] {
        // Grow the set of terms until nothing below it is left out.
        let mut below: std::collections::BTreeSet<&str> = [term].into();
        loop {
            let parents =
                |row: &Vec<&str>| row[2].split(['|', ';', ',']).any(|parent| below.contains(parent.trim()));
            let found: Vec<&str> = rows.iter().filter(|row| parents(row)).map(|row| row[0]).collect();
            let before = below.len();
            below.extend(found);
            if below.len() == before {
                break;
            }
        }
        let matched = ontologies.matches(term, true).unwrap().ids;
        let current: Vec<&str> = matched.iter().map(String::as_str).filter(|id| below.contains(id)).collect();
        assert_eq!(current.len(), below.len(), "{term}");
        // What is matched beyond that are former ids of the same terms.
        let is_row = |id: &&String| rows.iter().any(|row| row[0] == id.as_str() && row[4] != "1");
        assert!(matched.iter().filter(is_row).all(|id| below.contains(id.as_str())), "{term}");
    }
}
