//! What the files of each form become, and how a faulty one is refused.

use std::path::PathBuf;

use fyr_schemas::Sex;
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

/// The documents of the files.
fn documents(options: &MetadataOptions) -> Result<Vec<Entry>, MetadataError> {
    Ok(read_all(options)?.0)
}

const PEOPLE: &str = r#"[{"id":"P1","sex":{"id":"NCIT:C16576"}},{"id":"P2","sex":{"id":"NCIT:C20197"}}]"#;

#[test]
fn documents_come_in_lists_and_lines() {
    let files = Files::new();
    let lines = "{\"id\":\"P1\",\"sex\":{\"id\":\"NCIT:C16576\"}}\n{\"id\":\"P2\",\"sex\":{\"id\":\"NCIT:C20197\"}}\n";
    for (name, text) in [("individuals.json", PEOPLE), ("individuals.jsonl", lines)] {
        let entries = documents(&files.options(vec![files.write(name, text)])).unwrap();
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
    let entries = documents(&files.options(vec![files.write("any.json", &packet.to_string())])).unwrap();
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
    assert!(matches!(documents(&options), Err(MetadataError::NoColumns(_))));
    options.columns = Some(files.write("columns.toml", columns));
    let entries = documents(&options).unwrap();
    assert_eq!(entries[0].document["diseases"][1]["diseaseCode"]["id"], "ICD10:I10");
    assert_eq!(entries[0].document["measures"][0]["measurementValue"]["value"], 171.5);
    assert!(entries[1].document.get("measures").is_none() && entries[1].document.get("diseases").is_none());
}

/// Cells as spreadsheets and registries write them.
#[test]
fn what_a_cell_says_does_not_depend_on_how_it_is_written() {
    let files = Files::new();
    let columns = files.write(
        "columns.toml",
        r#"
        entry_type = "individual"
        [columns]
        "Subject id" = "id"
        "Sex" = { path = "sex", terms = { male = "NCIT:C20197", female = "NCIT:C16576" } }
        "ICD" = { path = "diseases.diseaseCode", prefix = "ICD10", separator = "," }
        "HPO" = { path = "phenotypicFeatures.featureType", separator = "," }
    "#,
    );
    let read = |table: &str| {
        let mut options = files.options(vec![files.write("people.tsv", table)]);
        options.columns = Some(columns.clone());
        documents(&options).map_err(|error| error.to_string())
    };
    let header = "\u{feff}Subject id\tSex\tICD\tHPO\r\n";
    let ids = |table: &str| -> Vec<String> {
        let facts: Vec<_> =
            read(&format!("{header}{table}")).unwrap().iter().flat_map(Entry::facts).collect();
        facts.into_iter().filter(|fact| fact.field != "sex").filter_map(|fact| fact.term).collect()
    };
    let expected = ["ICD10:E10", "ICD10:I10", "HP:0001250"];
    for row in [
        "P01\tfemale\tE10,I10\tHP:0001250\r\n",
        "P01\tfemale\t\"E10,I10\"\thp:0001250\r\n",
        "\"P01\"\t\"female\"\t\"E10\",\"I10\"\t\"HP:0001250\"\r\n",
        "P01\tfemale\tICD10:E10,icd10:I10\tHP:HP:0001250\r\n",
        "P01\tfemale\te10, ICD10:ICD10:I10\thttp://purl.obolibrary.org/obo/HP_0001250\r\n",
    ] {
        assert_eq!(ids(row), expected, "{row}");
    }
    for (table, expected) in [
        ("Subject id\tSex\tICD\tHPO\nP01\tmale\t\"E10,I10\tHP:1\n", "row 2, column `ICD`: the quotes of"),
        (
            "Subject id\tSex\tICD\tHPO\nP01\tmale\t\tHP:1\n\nP02\tmale\tE 10\t\n",
            "row 4, column `ICD`: `E 10` is no",
        ),
        (
            "Subject id\tSex\tICD\tHPO\nP01\tmale\t\tseizure\n",
            "row 2, column `HPO`: `seizure` is not a CURIE",
        ),
        (
            "Subject id\tSex\tICD\tHPO\nP01\tmale\tOMIM:1\t\n",
            "row 2, column `ICD`: `OMIM:1` has another prefix",
        ),
        ("Subject id\tSex\tICD\tHPO\nP01\tmale\t\t\tHP:1\n", "row 2, column ``: `HP:1` stands behind"),
        ("Subject id\tSex\tICD\tHPO\tSex\n", "row 1, column `Sex`: the table has two columns"),
        ("Subject id\tSex\tICD\n", "row 1, column `HPO`: the table has no such column"),
    ] {
        let error = read(table).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
}

/// A packet of a person, in the words of a schema.
fn packet(id: &str, features: serde_json::Value) -> serde_json::Value {
    json!({ "id": format!("packet of {id}"), "subject": { "id": id, "sex": "FEMALE" }, "phenotypicFeatures": features, "metaData": {} })
}

#[test]
fn what_a_phenopacket_denies_is_never_stated() {
    let files = Files::new();
    let read = |document: serde_json::Value| {
        let path = files.write("any.json", &format!("\u{feff}{document}"));
        documents(&files.options(vec![path])).map_err(|error| error.to_string())
    };
    let feature = |name: &str, value: serde_json::Value| {
        let mut feature = json!({ "type": { "id": "HP:0001250" } });
        feature[name] = value;
        json!([feature])
    };
    for (name, value, is_absent) in [
        ("excluded", json!(true), true),
        ("excluded", json!("true"), true),
        ("negated", json!(true), true),
        ("negated", json!("True"), true),
        ("negated", json!(false), false),
        ("excluded", json!("false"), false),
        ("excluded", json!(null), false),
    ] {
        let entries = read(packet("P1", feature(name, value.clone()))).unwrap();
        let fact = entries[0].facts().into_iter().find(|fact| fact.term.as_deref() == Some("HP:0001250"));
        assert_eq!(fact.unwrap().absent, is_absent, "{name} {value}");
    }
    let mut disease = packet("P1", json!([]));
    disease["diseases"] = json!([{ "term": { "id": "OMIM:1" }, "excluded": "true" }]);
    assert!(read(disease).unwrap()[0].document.get("diseases").is_none());
    let mut unknown = packet("P1", json!([]));
    unknown["metaData"] = json!({ "phenopacketSchemaVersion": "3.0" });
    let mut both = feature("negated", json!(true));
    both[0]["excluded"] = json!(false);
    let mut sex = packet("P1", json!([]));
    sex["subject"]["sex"] = json!("F");
    for (document, expected) in [
        (
            packet("P1", feature("negated", json!("yes"))),
            "`phenotypicFeatures[0].negated`: \"yes\" is not true or false",
        ),
        (packet("P1", both), "twice, under two names"),
        (packet("P1", json!({})), "`phenotypicFeatures`: is not a list"),
        (unknown, "the schema 3.0 is not known here"),
        (sex, "`subject.sex`: \"F\" is none of UNKNOWN_SEX, FEMALE"),
    ] {
        let error = read(document).unwrap_err();
        assert!(error.contains("record 1") && error.contains(expected), "{error}");
    }
    // A document of the model has no place for `negated`: left out, the feature would be stated.
    let bff = json!({ "id": "P1", "sex": { "id": "NCIT:C16576" }, "phenotypicFeatures": [{ "featureType": { "id": "HP:1" }, "negated": true }] });
    let path = files.write("individuals.json", &bff.to_string());
    let error = documents(&files.options(vec![path])).unwrap_err().to_string();
    assert!(error.contains("`phenotypicFeatures[0]`: `negated` true has no place"), "{error}");
}

#[test]
fn names_and_words_of_a_phenopacket_are_those_of_protobuf() {
    let files = Files::new();
    let read = |document: &serde_json::Value| {
        let path = files.write("any.json", &document.to_string());
        let entries = documents(&files.options(vec![path])).unwrap();
        entries.into_iter().map(|entry| entry.document).collect::<Vec<_>>()
    };
    let camel = json!({
        "id": "p",
        "subject": { "id": "P1", "sex": "MALE", "karyotypicSex": "XXY" },
        "phenotypicFeatures": [{ "type": { "id": "HP:0001250" }, "onset": { "age": { "iso8601duration": "P3Y" } } }],
        "measurements": [{ "assay": { "id": "LOINC:1" }, "value": { "quantity": { "unit": { "id": "UCUM:g" }, "value": 3.0 } } }],
        "biosamples": [{ "id": "S1", "sampledTissue": { "id": "UBERON:0000178" } }],
        "metaData": { "phenopacketSchemaVersion": "2.0" },
    });
    let snake = json!({
        "id": "p",
        "subject": { "id": "P1", "sex": 2, "karyotypic_sex": 4 },
        "phenotypic_features": [{ "type": { "id": "hp:0001250" }, "onset": { "age": { "iso8601duration": "P3Y" } } }],
        "measurements": [{ "assay": { "id": "LOINC:1" }, "value": { "quantity": { "unit": { "id": "UCUM:g" }, "value": "3" } } }],
        "biosamples": [{ "id": "S1", "sampled_tissue": { "id": "UBERON:0000178" } }],
        "meta_data": { "phenopacket_schema_version": "2.0" },
    });
    assert_eq!(read(&camel), read(&snake));
    let first = json!({
        "id": "p",
        "subject": { "id": "P1", "sex": 2 },
        "phenotypicFeatures": [{ "type": { "id": "HP:0001250" }, "ageOfOnset": { "age": "P3Y" } }],
        "diseases": [{ "term": { "id": "OMIM:1" }, "classOfOnset": { "id": "HP:0003577" } }],
        "metaData": { "phenopacketSchemaVersion": "1.0.0-RC3" },
    });
    let person = &read(&first)[0];
    assert_eq!(person["phenotypicFeatures"][0]["onset"]["iso8601duration"], "P3Y");
    assert_eq!(person["diseases"][0]["ageOfOnset"]["id"], "HP:0003577");
}

#[test]
fn families_and_cohorts_are_their_members() {
    let files = Files::new();
    let read = |document: serde_json::Value| {
        let path = files.write("any.json", &document.to_string());
        documents(&files.options(vec![path])).map_err(|error| error.to_string())
    };
    let (one, other) =
        (packet("P1", json!([])), packet("P2", json!([{ "type": { "id": "HP:1" }, "negated": true }])));
    let family = json!({ "id": "F", "proband": one, "relatives": [other], "pedigree": { "persons": [] }, "metaData": {} });
    let cohort = json!({ "id": "C", "members": [one, other], "metaData": {} });
    for document in [family, cohort] {
        let entries = read(document).unwrap();
        let ids: Vec<_> = entries.iter().map(|entry| entry.id.as_str()).collect();
        assert_eq!(ids, ["P1", "P2"]);
        assert!(entries[1].facts().iter().any(|fact| fact.term.as_deref() == Some("HP:1") && fact.absent));
    }
    assert_eq!(read(json!({ "id": "C", "members": [], "metaData": {} })), Ok(Vec::new()));
    let faulty = packet("P3", json!([{ "type": { "id": "HP:1" }, "excluded": 1 }]));
    let error = read(json!({ "id": "C", "members": [one, faulty], "metaData": {} })).unwrap_err();
    assert!(error.contains("`members[1].phenotypicFeatures[0].excluded`"), "{error}");
}

#[test]
fn the_people_of_a_family_are_related() {
    let files = Files::new();
    let related = |document: serde_json::Value| {
        let path = files.write("any.json", &document.to_string());
        let read = read_all(&files.options(vec![path])).map_err(|error| error.to_string())?;
        let names = |person: Individual| (person.id, person.family.unwrap(), person.sex);
        Ok::<_, String>(read.1.into_iter().map(names).collect::<Vec<_>>())
    };
    let (proband, relative) = (packet("P1", json!([])), packet("P2", json!([])));
    let person =
        |id: &str, family: &str, sex: &str| json!({ "individual_id": id, "family_id": family, "sex": sex });
    let of = |id: &str, family: &str, sex| (id.to_owned(), family.to_owned(), sex);
    let plain = json!({ "id": "F", "proband": proband, "relatives": [relative], "metaData": {} });
    let two = vec![of("P1", "F", Sex::Unknown), of("P2", "F", Sex::Unknown)];
    assert_eq!(related(plain.clone()), Ok(two));
    let mut drawn = plain.clone();
    drawn["pedigree"] = json!({ "persons": [person("P1", "K", "FEMALE"), person("P9", "K", "MALE")] });
    let three = vec![of("P1", "K", Sex::Female), of("P2", "K", Sex::Unknown), of("P9", "K", Sex::Male)];
    assert_eq!(related(drawn), Ok(three), "as the pedigree calls it");
    let mut nameless = plain.clone();
    nameless.as_object_mut().unwrap().remove("id");
    assert!(related(nameless).unwrap_err().contains("`id`: is missing"));
    let mut unknown = plain;
    unknown["pedigree"] = json!({ "persons": [{ "family_id": "F" }] });
    assert!(related(unknown).unwrap_err().contains("`pedigree.persons[0].individualId`: is missing"));
    assert_eq!(related(json!({ "id": "C", "members": [proband], "metaData": {} })), Ok(Vec::new()));
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
async fn a_pedigree_file_says_who_is_of_which_family() {
    let files = Files::new();
    let inputs = vec![
        files.write("individuals.json", PEOPLE),
        files.write("families.ped", "F1\tP1\t0\t0\t2\t1\nF1\tP2\t0\tP1\t1\t2\nF1\tP3\t0\tP1\t1\t2\n"),
        files.write("others.fam", "F2 P4 0 0 1 -9\n0 P5 0 0 2 -9\n"),
    ];
    let withdrawn = Remembering::of(&["P3"]).withdrawn();
    let options = MetadataOptions { withdrawn, ..files.options(inputs) };
    let report = load(options, Progress::default()).await.unwrap();
    assert_eq!((report.related, report.withdrawn), (4, 1), "who withdrew is left out");
    assert_eq!(report.entries, [(EntryType::Individual, 2)].into());
    assert_eq!(report.without_genotypes, ["P1", "P2", "P4", "P5"]);
    let store = Store::open(&files.0.path().join("store")).await.unwrap();
    assert_eq!(store.ids("DS").await.unwrap(), ["P1", "P2", "P4", "P5"].map(String::from).into());
    let twice = vec![files.write("a.ped", "F1 P1 0 0 2 1\n"), files.write("b.ped", "F2 P1 0 0 2 1\n")];
    let error = load(files.options(twice), Progress::default()).await.unwrap_err().to_string();
    assert!(error.contains("individual `P1` is there twice"), "{error}");
    let faulty = vec![files.write("c.ped", "F1 P1 0 0\n")];
    let error = load(files.options(faulty), Progress::default()).await.unwrap_err().to_string();
    assert!(error.contains("c.ped") && error.contains("at least 5 columns"), "{error}");
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
