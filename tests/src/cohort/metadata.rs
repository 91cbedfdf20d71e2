//! What is known of synthetic people beside their genotypes, as documents of the Beacon model.
//!
//! Everything is made of a person's place in the cohort, so that a test can say who has what.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::SyntheticPerson;

/// Features of which each person has one, and has another explicitly not.
pub const FEATURES: [(&str, &str); 4] = [
    ("HP:0001250", "Seizure"),
    ("HP:0020219", "Motor seizure"),
    ("HP:0001638", "Cardiomyopathy"),
    ("HP:0000365", "Hearing impairment"),
];

/// Diseases of which two persons in three have one.
pub const DISEASES: [(&str, &str); 3] = [
    ("ICD10:E10", "Type 1 diabetes mellitus"),
    ("ICD10:I421", "Obstructive cardiomyopathy"),
    ("ICD10:G40", "Epilepsy"),
];

/// Writes one file an entry type; the cohort holds the first half of the people.
pub(super) fn write(
    name: &str,
    people: &[SyntheticPerson],
    directory: &Path,
) -> anyhow::Result<Vec<PathBuf>> {
    let directory = directory.join(format!("{name}.metadata"));
    std::fs::create_dir_all(&directory)?;
    let each = |document: fn(usize, &SyntheticPerson) -> Value| {
        Value::Array(people.iter().enumerate().map(|(at, person)| document(at, person)).collect())
    };
    let members: Vec<&str> = people.iter().take(people.len() / 2).map(|person| person.id.as_str()).collect();
    let cohort = json!([{
        "id": format!("{name}-FIRST"), "name": format!("First half of {name}"),
        "cohortType": "study-defined", "cohortSize": members.len(), "ids": { "individualIds": members },
    }]);
    let dataset = json!([{
        "id": name, "name": format!("Synthetic people of {name}"),
        "dataUseConditions": { "duoDataUse": [
            { "id": "DUO:0000042", "label": "general research use", "version": "2021-02-23" },
        ] },
    }]);
    let mut paths = Vec::new();
    for (file, documents) in [
        ("individuals.json", each(individual)),
        ("biosamples.json", each(biosample)),
        ("runs.json", each(run)),
        ("analyses.json", each(analysis)),
        ("cohorts.json", cohort),
        ("datasets.json", dataset),
    ] {
        let path = directory.join(file);
        std::fs::write(&path, documents.to_string())?;
        paths.push(path);
    }
    Ok(paths)
}

/// The feature that the person at a place has.
pub fn feature_of(at: usize) -> &'static str {
    nth(&FEATURES, at).0
}

/// The disease that the person at a place has, if any.
pub fn disease_of(at: usize) -> Option<&'static str> {
    (!at.is_multiple_of(3)).then(|| nth(&DISEASES, at).0)
}

/// The height of the person at a place, in centimetres.
pub fn height_of(at: usize) -> f64 {
    150.0 + (at * 7 % 50) as f64
}

/// Returns the entry of a list for a place, beginning again at its end.
fn nth(list: &[(&'static str, &'static str)], at: usize) -> (&'static str, &'static str) {
    list.iter().cycle().nth(at % list.len().max(1)).copied().unwrap_or_default()
}

fn term((id, label): (&str, &str)) -> Value {
    json!({ "id": id, "label": label })
}

fn individual(at: usize, person: &SyntheticPerson) -> Value {
    let sex = if person.male { ("NCIT:C20197", "male") } else { ("NCIT:C16576", "female") };
    let unit = term(("NCIT:C49668", "Centimeter"));
    let onset = json!({ "iso8601duration": format!("P{}Y", at % 60) });
    let disease =
        disease_of(at).map(|_| json!({ "diseaseCode": term(nth(&DISEASES, at)), "ageOfOnset": onset }));
    json!({
        "id": person.id,
        "sex": term(sex),
        "phenotypicFeatures": [
            { "featureType": term(nth(&FEATURES, at)) },
            { "featureType": term(nth(&FEATURES, at + 2)), "excluded": true },
        ],
        "measures": [{
            "assayCode": term(("LOINC:8308-9", "Body height")),
            "measurementValue": { "value": height_of(at), "unit": unit },
        }],
        "diseases": disease.into_iter().collect::<Vec<_>>(),
    })
}

fn biosample(_: usize, person: &SyntheticPerson) -> Value {
    json!({
        "id": format!("{}-B", person.id), "individualId": person.id,
        "biosampleStatus": term(("EFO:0009654", "reference sample")),
        "sampleOriginType": term(("UBERON:0000178", "blood")),
    })
}

fn run(at: usize, person: &SyntheticPerson) -> Value {
    let platform = if at.is_multiple_of(2) { "Illumina" } else { "Oxford Nanopore" };
    json!({
        "id": format!("{}-R", person.id), "biosampleId": format!("{}-B", person.id),
        "individualId": person.id, "runDate": "2026-03-01", "platform": platform, "libraryStrategy": "WGS",
    })
}

fn analysis(_: usize, person: &SyntheticPerson) -> Value {
    json!({
        "id": format!("{}-A", person.id), "runId": format!("{}-R", person.id),
        "biosampleId": format!("{}-B", person.id), "individualId": person.id,
        "analysisDate": "2026-04-01", "pipelineName": "synthetic", "variantCaller": "none",
    })
}
