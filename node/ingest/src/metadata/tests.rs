//! What the files of each form become, and how a faulty one is refused.

use std::path::PathBuf;

use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::withdrawn::tests::Remembering;

struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    fn options(&self, inputs: Vec<PathBuf>) -> MetadataOptions {
        MetadataOptions {
            store: self.0.path().join("store"),
            beside: &[],
            dataset: "DS".into(),
            assembly: Some(Assembly::GRCH38),
            entry_type: None,
            columns: None,
            replace: false,
            inputs,
            withdrawn: Withdrawn::default(),
        }
    }
}

const PEOPLE: &str = r#"[{"id":"P1","sex":{"id":"NCIT:C16576"}},{"id":"P2","sex":{"id":"NCIT:C20197"}}]"#;

#[test]
fn documents_come_in_lists_and_lines() {
    let files = Files::new();
    let lines = "{\"id\":\"P1\",\"sex\":{\"id\":\"NCIT:C16576\"}}\n{\"id\":\"P2\",\"sex\":{\"id\":\"NCIT:C20197\"}}\n";
    for (name, text) in [("individuals.json", PEOPLE), ("individuals.jsonl", lines)] {
        let entries = read_all(&files.options(vec![files.write(name, text)])).unwrap();
        assert_eq!(entries.len(), 2, "{name}");
        assert!(entries.iter().all(|entry| entry.entry_type == EntryType::Individual));
    }
}

#[test]
fn a_phenopacket_is_a_person_with_samples() {
    let packet = json!({
        "id": "packet",
        "subject": { "id": "P1", "sex": "FEMALE" },
        "phenotypicFeatures": [
            { "type": { "id": "HP:0001250", "label": "Seizure" }, "onset": { "age": { "iso8601duration": "P3Y" } } },
            { "type": { "id": "HP:0001166" }, "excluded": true },
        ],
        "diseases": [
            { "term": { "id": "OMIM:1" }, "onset": { "ontologyClass": { "id": "HP:0003577" } } },
            { "term": { "id": "OMIM:2" }, "excluded": true },
        ],
        "measurements": [{ "assay": { "id": "LOINC:1" }, "value": { "quantity": { "unit": { "id": "UCUM:g" }, "value": 3 } } }],
        "biosamples": [{ "id": "S1", "sampledTissue": { "id": "UBERON:0000178" } }],
        "metaData": {},
    });
    let files = Files::new();
    let entries = read_all(&files.options(vec![files.write("any.json", &packet.to_string())])).unwrap();
    let person = &entries[0].document;
    assert_eq!((person["id"].as_str(), person["sex"]["label"].as_str()), (Some("P1"), Some("female")));
    assert_eq!(person["phenotypicFeatures"][0]["onset"]["iso8601duration"], "P3Y");
    assert_eq!(person["phenotypicFeatures"][1]["excluded"], true);
    assert_eq!(person["diseases"].as_array().unwrap().len(), 1, "an excluded disease is none");
    assert_eq!(person["measures"][0]["measurementValue"]["value"], 3);
    assert_eq!((entries[1].id.as_str(), entries[1].individual.as_deref()), ("S1", Some("P1")));
}

#[test]
fn tables_become_what_their_description_says() {
    let files = Files::new();
    let columns = r#"
        entry_type = "individual"
        [columns]
        Id = "id"
        Sex = { path = "sex", terms = { male = "NCIT:C20197", female = "NCIT:C16576" } }
        ICD = { path = "diseases.diseaseCode", prefix = "ICD10", separator = ";" }
        Height = { path = "measures", assay = "LOINC:8308-9", unit = "NCIT:C49668", missing = ["NA"] }
    "#;
    let table = "Id\tSex\tHeight\tICD\tOther\nP1\tmale\t171.5\tE10;I10\tx\nP2\tfemale\tNA\t\tx\n";
    let mut options = files.options(vec![files.write("people.tsv", table)]);
    assert!(matches!(read_all(&options), Err(MetadataError::NoColumns(_))));
    options.columns = Some(files.write("columns.toml", columns));
    let entries = read_all(&options).unwrap();
    assert_eq!(entries[0].document["diseases"][1]["diseaseCode"]["id"], "ICD10:I10");
    assert_eq!(entries[0].document["measures"][0]["measurementValue"]["value"], 171.5);
    assert!(entries[1].document.get("measures").is_none() && entries[1].document.get("diseases").is_none());
}

#[tokio::test]
async fn a_faulty_file_is_refused_and_changes_nothing() {
    let files = Files::new();
    for (name, text, expected) in [
        ("individuals.json", "[{\"id\":\"P1\"}]", "record 1 (`P1`): `sex`: is missing"),
        ("individuals.json", "[{\"id\":\"P1\",}]", "record 1: not JSON"),
        (
            "runs.json",
            "[{\"id\":\"R\",\"biosampleId\":\"S\",\"runDate\":\"soon\"}]",
            "`runDate`: \"soon\" is not a date",
        ),
        ("people.json", PEOPLE, "say it with --as"),
        (
            "individuals.json",
            "[{\"id\":\"P1\",\"sex\":{\"id\":\"NCIT:1\"}},{\"id\":\"P1\",\"sex\":{\"id\":\"NCIT:1\"}}]",
            "twice",
        ),
    ] {
        let error = load(files.options(vec![files.write(name, text)]), Progress::default()).await;
        let message = error.unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
        let store = Store::open(&files.0.path().join("store")).await.unwrap();
        assert!(store.datasets().await.unwrap().is_empty(), "{name}");
    }
}

#[tokio::test]
async fn what_was_loaded_is_reported() {
    let files = Files::new();
    let samples = r#"[{"id":"S1","individualId":"P1","biosampleStatus":{"id":"EFO:0009654"},"sampleOriginType":{"id":"UBERON:0000178"}}]"#;
    let inputs = vec![files.write("individuals.json", PEOPLE), files.write("biosamples.json", samples)];
    let report = load(files.options(inputs.clone()), Progress::default()).await.unwrap();
    assert_eq!(report.entries, [(EntryType::Biosample, 1), (EntryType::Individual, 2)].into());
    assert_eq!((report.joined, report.without_genotypes), (0, vec!["P1".to_owned(), "P2".to_owned()]));
    let again = load(files.options(inputs.clone()), Progress::default()).await.unwrap_err().to_string();
    assert!(again.contains("--replace"), "{again}");
    let replaced =
        load(MetadataOptions { replace: true, ..files.options(inputs) }, Progress::default()).await;
    assert_eq!(replaced.unwrap().entries.len(), 2);
}

#[tokio::test]
async fn what_the_documents_of_who_withdrew_tell_is_remembered() {
    let files = Files::new();
    let samples = r#"[{"id":"S1","individualId":"P1","biosampleStatus":{"id":"EFO:0009654"},"sampleOriginType":{"id":"UBERON:0000178"}}]"#;
    let inputs = vec![files.write("individuals.json", PEOPLE), files.write("biosamples.json", samples)];
    let remembering = Remembering::of(&["P1"]);
    let withdrawn = remembering.withdrawn();
    let report =
        load(MetadataOptions { withdrawn, ..files.options(inputs) }, Progress::default()).await.unwrap();
    assert_eq!((report.entries, report.withdrawn), ([(EntryType::Individual, 1)].into(), 2));
    assert_eq!(report.without_genotypes, ["P2"]);
    assert!(remembering.knows("S1"), "genotypes come under this id");
    let store = Store::open(&files.0.path().join("store")).await.unwrap();
    assert_eq!(store.ids("DS").await.unwrap(), ["P2".to_owned()].into());
}

#[tokio::test]
async fn a_few_bytes_that_expand_without_an_end_are_refused() {
    let files = Files::new();
    let path = files.0.path().join("individuals.json.gz");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let blank = vec![b' '; 1 << 20];
    (0..80).for_each(|_| std::io::Write::write_all(&mut packed, &blank).unwrap());
    std::fs::write(&path, packed.finish().unwrap()).unwrap();
    let error = load(files.options(vec![path]), Progress::default()).await.unwrap_err().to_string();
    assert!(error.contains("individuals.json.gz") && error.contains("expands"), "{error}");
}
