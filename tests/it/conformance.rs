//! Every Beacon answer is valid by the schemas of the Beacon v2 specification, where they are at hand.

use fyr_tests::{ask::RestClient, shared::Shared};
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::support::{EVERYWHERE, NORTH, Regions};

const ALLELE: &str = "assemblyId=GRCh38&referenceName=7&start=117559589&referenceBases=ATCT&alternateBases=A";
const RANGE: &str = "assemblyId=GRCh38&referenceName=X&start=31000000&end=31100000";

fn validator(shared: &Shared, schema: &str) -> Validator {
    let path = shared.path(&format!("beacon-v2-schemas/self-contained/{schema}.json"));
    let text = std::fs::read_to_string(&path).unwrap();
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
}

fn faults(validator: &Validator, body: &Value) -> Vec<String> {
    validator.iter_errors(body).map(|error| format!("{} at {}", error, error.instance_path)).collect()
}

async fn check(shared: &Shared, rest: &RestClient, path: &str, expected: u16, schema: &str) -> Value {
    let (status, body) = rest.get(path).await.unwrap();
    assert_eq!(status, expected, "{path}: {body}");
    let faults = faults(&validator(shared, &format!("framework/responses/{schema}")), &body);
    assert!(faults.is_empty(), "{path}: {faults:#?}\n{body:#}");
    body
}

async fn check_beacon(shared: &Shared, rest: &RestClient) {
    for (path, schema) in [
        ("/info", "beaconInfoResponse"),
        ("", "beaconInfoResponse"),
        ("/service-info", "ga4gh-service-info-1-0-0-schema"),
        ("/configuration", "beaconConfigurationResponse"),
        ("/entry_types", "beaconEntryTypesResponse"),
        ("/map", "beaconMapResponse"),
        ("/filtering_terms", "beaconFilteringTermsResponse"),
        ("/datasets", "beaconCollectionsResponse"),
    ] {
        check(shared, rest, path, 200, schema).await;
    }
    for question in [ALLELE, RANGE] {
        for (granularity, schema) in [
            ("boolean", "beaconBooleanResponse"),
            ("count", "beaconCountResponse"),
            ("record", "beaconResultsetsResponse"),
        ] {
            for include in ["ALL", "HIT", "MISS", "NONE"] {
                let path = format!(
                    "/g_variants?{question}&requestedGranularity={granularity}&includeResultsetResponses={include}"
                );
                let body = check(shared, rest, &path, 200, schema).await;
                check_records(shared, &body);
            }
        }
    }
    for (path, status) in [
        ("/g_variants?assemblyId=GRCh38&referenceName=7", 400),
        ("/g_variants?assemblyId=GRCh99&referenceName=7&start=1&alternateBases=A", 400),
        ("/nowhere", 404),
        (
            "/g_variants?datasets=NOSUCH&assemblyId=GRCh38&referenceName=7&start=1&referenceBases=A&alternateBases=C",
            404,
        ),
    ] {
        check(shared, rest, path, status, "beaconErrorResponse").await;
    }
}

/// The envelope's schema leaves records open; they have one of their own.
fn check_records(shared: &Shared, body: &Value) {
    let validator = validator(shared, "model/genomicVariations/defaultSchema");
    let sets = body["response"]["resultSets"].as_array().cloned().unwrap_or_default();
    for record in sets.iter().flat_map(|set| set["results"].as_array().cloned().unwrap_or_default()) {
        let faults = faults(&validator, &record);
        assert!(faults.is_empty(), "{faults:#?}\n{record:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_valid() {
    let Some(shared) = Shared::find("every_answer_is_valid") else { return };
    let regions = Regions::generate().start().await;
    check_beacon(&shared, &RestClient::new(&regions.network.node(NORTH).unwrap().beacon())).await;
    check_beacon(&shared, &RestClient::new(&regions.network.broker.beacon())).await;
    regions.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_answer_is_found() {
    let Some(shared) = Shared::find("a_broken_answer_is_found") else { return };
    let regions = Regions::generate().start().await;
    let rest = RestClient::new(&regions.network.node(NORTH).unwrap().beacon());
    let path = format!("/g_variants?{ALLELE}&requestedGranularity=record");
    let (_, valid) = rest.get(&path).await.unwrap();
    let envelope = validator(&shared, "framework/responses/beaconResultsetsResponse");
    let record = validator(&shared, "model/genomicVariations/defaultSchema");
    assert!(faults(&envelope, &valid).is_empty(), "{EVERYWHERE} is there");
    let mut without_summary = valid.clone();
    without_summary.as_object_mut().unwrap().remove("responseSummary");
    let mut wrong_type = valid.clone();
    wrong_type["response"]["resultSets"][0]["exists"] = json!("yes");
    for broken in [&without_summary, &wrong_type] {
        assert!(!faults(&envelope, broken).is_empty());
    }
    let mut broken = valid["response"]["resultSets"][0]["results"][0].clone();
    assert!(faults(&record, &broken).is_empty());
    broken.as_object_mut().unwrap().remove("variation");
    assert!(!faults(&record, &broken).is_empty());
    regions.network.stop().await;
}
