//! What is accepted, what is refused and where, and what is stated.

use serde_json::{Value, json};

use super::*;
use crate::EntryType;

fn person() -> Value {
    json!({
        "id": "P1",
        "_id": "of another tool",
        "sex": { "id": "NCIT:C16576", "label": "female" },
        "ethnicity": null,
        "diseases": [{
            "diseaseCode": { "id": "ICD10:E10", "label": "type 1 diabetes" },
            "ageOfOnset": { "iso8601duration": "P12Y" },
        }],
        "phenotypicFeatures": [
            { "featureType": { "id": "hp:0001250" } },
            { "featureType": { "id": "HP:0001166" }, "excluded": true },
        ],
        "measures": [{
            "assayCode": { "id": "LOINC:8308-9", "label": "Height" },
            "measurementValue": { "value": 171.5, "unit": { "id": "NCIT:C49668" } },
            "date": "2021-09-24",
        }],
        "pedigrees": [{
            "id": "F1",
            "disease": { "diseaseCode": { "id": "MONDO:0004975" } },
            "members": [{ "memberId": "P2", "role": { "id": "NCIT:C96572" }, "affected": true }],
        }],
        "info": { "anything": [1, 2] },
    })
}

fn faults(entry_type: EntryType, document: Value) -> Vec<String> {
    let faults = Entry::new(entry_type, document).map(|_| Vec::new()).unwrap_or_else(|faults| faults);
    faults.iter().map(ToString::to_string).collect()
}

#[test]
fn what_is_not_of_the_model_is_left_out() {
    let entry = Entry::new(EntryType::Individual, person()).unwrap();
    assert_eq!((entry.id.as_str(), entry.individual.as_deref()), ("P1", Some("P1")));
    assert!(entry.document.get("_id").is_none() && entry.document.get("ethnicity").is_none());
    assert_eq!(entry.document["info"]["anything"], json!([1, 2]));
}

#[test]
fn links_are_found() {
    let run = json!({ "id": "R1", "biosampleId": "S1", "individualId": "P1", "runDate": "2024-02-29" });
    let run = Entry::new(EntryType::Run, run).unwrap();
    assert_eq!(
        (run.run, run.biosample, run.individual),
        (Some("R1".into()), Some("S1".into()), Some("P1".into()))
    );
    let cohort = json!({
        "id": "C", "name": "C", "cohortType": "study-defined", "ids": { "individualIds": ["P1", "P2"] }
    });
    assert_eq!(Entry::new(EntryType::Cohort, cohort).unwrap().members, ["P1", "P2"]);
}

#[test]
fn faults_name_their_place() {
    let with = |place: &str, value: Value| {
        let mut document = person();
        *document.pointer_mut(place).unwrap() = value;
        faults(EntryType::Individual, document)
    };
    for (place, value, expected) in [
        ("/id", json!(7), "`id`: 7 is not a text"),
        ("/id", json!(" "), "`id`: must be a text without control characters, and not be empty"),
        ("/sex", json!(null), "`sex`: is missing"),
        ("/sex", json!("female"), "`sex`: is not a term, which is an object with `id` and `label`"),
        ("/sex/id", json!("female"), "`sex`: `id` \"female\" is not a CURIE, such as HP:0001250"),
        ("/diseases", json!({}), "`diseases`: is not a list"),
        ("/diseases/0/diseaseCode", json!(null), "`diseases[0].diseaseCode`: is missing"),
        ("/measures/0/date", json!("25/9/24"), "`measures[0].date`: \"25/9/24\" is not a date (YYYY-MM-DD)"),
        (
            "/measures/0/date",
            json!("2023-02-29"),
            "`measures[0].date`: \"2023-02-29\" is not a date (YYYY-MM-DD)",
        ),
        (
            "/phenotypicFeatures/1/excluded",
            json!("yes"),
            "`phenotypicFeatures[1].excluded`: \"yes\" is not a true or false",
        ),
        ("/pedigrees/0/members", json!([]), "`pedigrees[0].members`: is an empty list"),
    ] {
        assert_eq!(with(place, value), [expected], "{place}");
    }
    let onset = with("/diseases/0/ageOfOnset", json!({ "iso8601duration": "21.00:00:00" }));
    assert!(onset[0].starts_with("`diseases[0].ageOfOnset`: is none of these: age"), "{onset:?}");
    assert_eq!(faults(EntryType::GenomicVariant, json!({})).len(), 1);
    assert!(faults(EntryType::Individual, json!([]))[0].contains("is not a individual"));
}

#[test]
fn facts_are_what_the_person_states() {
    let entry = Entry::new(EntryType::Individual, person()).unwrap();
    let facts = entry.facts();
    let of = |field: &str| facts.iter().filter(|fact| fact.field == field).collect::<Vec<_>>();
    assert_eq!(of("sex")[0].term.as_deref(), Some("NCIT:C16576"));
    assert_eq!(of("diseases.ageOfOnset.iso8601duration")[0].number, Some(12.0));
    let features = of("phenotypicFeatures.featureType");
    assert_eq!((features[0].term.as_deref(), features[0].absent), (Some("HP:0001250"), false));
    assert_eq!((features[1].term.as_deref(), features[1].absent), (Some("HP:0001166"), true));
    let height = of("measures")[0];
    assert_eq!((height.term.as_deref(), height.number), (Some("LOINC:8308-9"), Some(171.5)));
    assert!(!facts.iter().any(|fact| fact.field.starts_with("pedigrees") || fact.field == "id"));
    assert!(!facts.iter().any(|fact| fact.term.as_deref() == Some("NCIT:C49668")), "a unit is no fact");
}

#[test]
fn fields_are_found_by_their_names() {
    let path = |name: &str, scope| resolve_field(name, scope).map(|field| field.path);
    for (name, expected) in [
        ("sex", "sex"),
        ("individual.sex", "sex"),
        ("Sex.Label", "sex"),
        ("sex.id", "sex"),
        ("population", "info.populations"),
        ("ageOfOnset", "diseases.ageOfOnset.iso8601duration"),
        ("diseases.ageOfOnset.iso8601duration", "diseases.ageOfOnset.iso8601duration"),
        ("libraryStrategy", "libraryStrategy"),
        ("measures.measurementValue.value", "measures.measurementValue.value"),
        ("NCIT:C28421", "sex"),
    ] {
        let found = path(name, None).or_else(|| path(&name.to_ascii_lowercase(), None));
        assert_eq!(found.as_deref(), Some(expected), "{name}");
    }
    for name in
        ["id", "individualId", "run.biosampleId", "nonsense", "sex.nonsense", "pedigrees.id", "diseases.x"]
    {
        assert_eq!(path(name, None), None, "{name}");
    }
    assert_eq!(path("libraryStrategy", Some(EntryType::Individual)), None);
    let features = resolve_field("phenotypicFeatures.featureType", None).unwrap();
    assert_eq!(features.types, [EntryType::Biosample, EntryType::Individual]);
}

#[test]
fn a_term_is_kept_in_its_one_form() {
    let mut document = person();
    *document.pointer_mut("/sex/id").unwrap() = json!("http://purl.obolibrary.org/obo/NCIT_C16576");
    let entry = Entry::new(EntryType::Individual, document).unwrap();
    assert_eq!(entry.document["sex"]["id"], "NCIT:C16576");
    for lost in ["HP: 0001250", "https://example.org/5", "ICD10:\"E10"] {
        let mut document = person();
        *document.pointer_mut("/sex/id").unwrap() = json!(lost);
        let faults = faults(EntryType::Individual, document);
        assert!(faults[0].contains("is not a CURIE"), "what no question could name: {lost} {faults:?}");
    }
}

/// What the model has no place for is left out, but never what turns a statement round.
#[test]
fn a_statement_is_never_turned_round_by_what_is_left_out() {
    for (place, name, value, is_refused) in [
        ("/diseases/0", "excluded", json!(true), true),
        ("/diseases/0", "excluded", json!("true"), true),
        ("/diseases/0", "excluded", json!(false), false),
        ("/phenotypicFeatures/0", "negated", json!(true), true),
        ("/phenotypicFeatures/0", "negated", json!(null), false),
        ("/phenotypicFeatures/0", "ours", json!(true), false),
        ("/measures/0", "negated", json!(1), true),
    ] {
        let mut document = person();
        document.pointer_mut(place).unwrap()[name] = value.clone();
        let result = Entry::new(EntryType::Individual, document);
        assert_eq!(result.is_err(), is_refused, "{place} {name} {value}: {result:?}");
    }
}

#[test]
fn paths_tell_terms() {
    for (path, expected) in [
        ("sex", true),
        ("diseases.diseaseCode", true),
        ("phenotypicFeatures.featureType", true),
        ("id", false),
        ("diseases", false),
        ("diseases.notes", false),
        ("nonsense", false),
    ] {
        assert_eq!(super::is_term(EntryType::Individual, path), expected, "{path}");
    }
}

#[test]
fn every_type_has_a_schema() {
    for entry_type in EntryType::ALL {
        assert_eq!(json_schema(entry_type)["type"], "object", "{entry_type}");
    }
    assert_eq!(json_schema(EntryType::Run)["required"], json!(["id", "biosampleId", "runDate"]));
}

#[test]
fn whoever_names_a_person_a_sample_or_a_run_belongs_to_somebody() {
    for kind in EntryType::ALL {
        let Some(object) = table::of(kind) else { continue };
        let names = |member: &str| object.members.iter().any(|other| other.name == member);
        let links = ["individualId", "biosampleId", "runId"];
        assert_eq!(
            links.into_iter().any(names),
            !matches!(kind.owner(), Owner::Itself | Owner::Nobody),
            "{kind}"
        );
        let needed = match kind.owner() {
            Owner::Itself | Owner::Nobody => None,
            Owner::Person => Some(links[0]),
            Owner::Sample => Some(links[1]),
            Owner::Run => Some(links[2]),
        };
        assert!(needed.is_none_or(names), "{kind} cannot name whose it is");
        assert!(!kind.names_a_person() || kind.is_about_a_person(), "{kind}");
    }
    let personal: Vec<_> = EntryType::ALL.into_iter().filter(|kind| kind.is_about_a_person()).collect();
    assert_eq!(personal, [EntryType::Analysis, EntryType::Biosample, EntryType::Individual, EntryType::Run]);
}
