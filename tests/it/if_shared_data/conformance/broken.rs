//! Bodies that are broken on purpose: a check that finds nothing in them would be no check.

use fyr_tests::{ask::RestClient, shared::Shared};
use serde_json::{Value, json};

use super::{ALLELE, Schemas, model, records};
use crate::support::{OPEN, Regions, declared_open};

/// Each member that the specification requires, by the path that leads to it.
const REQUIRED: [(&str, &str, &str); 9] = [
    ("beaconBooleanResponse", "", "responseSummary"),
    ("beaconBooleanResponse", "/responseSummary", "exists"),
    ("beaconCountResponse", "/responseSummary", "numTotalResults"),
    ("beaconResultsetsResponse", "/meta", "beaconId"),
    ("beaconResultsetsResponse", "/meta", "returnedGranularity"),
    ("beaconResultsetsResponse", "/meta", "receivedRequestSummary"),
    ("beaconResultsetsResponse", "/response/resultSets/0", "id"),
    ("beaconResultsetsResponse", "/response/resultSets/0", "exists"),
    ("beaconResultsetsResponse", "/response/resultSets/0", "resultsCount"),
];

async fn valid(rest: &RestClient, schema: &str) -> Value {
    let granularity = match schema {
        "beaconBooleanResponse" => "boolean",
        "beaconCountResponse" => "count",
        _ => "record",
    };
    rest.get(&format!("/g_variants?{ALLELE}&requestedGranularity={granularity}")).await.unwrap().1
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_answers_are_found() {
    let Some(shared) = Shared::find("broken_answers_are_found") else { return };
    let schemas = Schemas::new(shared);
    let regions = Regions::generate().with_metadata().with_node(OPEN, declared_open).start().await;
    let rest = RestClient::new(&regions.network.node(OPEN).unwrap().beacon());
    for (schema, place, member) in REQUIRED {
        let name = format!("framework/responses/{schema}");
        let mut body = valid(&rest, schema).await;
        schemas.check(&name, "before it is broken", &body);
        body.pointer_mut(place).unwrap().as_object_mut().unwrap().remove(member).unwrap();
        assert!(!schemas.faults(&name, &body).is_empty(), "{schema} without {place}/{member}");
    }
    let mut body = valid(&rest, "beaconResultsetsResponse").await;
    body["response"]["resultSets"][0]["exists"] = json!("yes");
    assert!(!schemas.faults("framework/responses/beaconResultsetsResponse", &body).is_empty());
    regions.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_records_are_found() {
    let Some(shared) = Shared::find("broken_records_are_found") else { return };
    let schemas = Schemas::new(shared);
    let regions = Regions::generate().with_metadata().with_node(OPEN, declared_open).start().await;
    let rest = RestClient::new(&regions.network.node(OPEN).unwrap().beacon());
    for (entry_type, path, member) in [
        ("individual", "/individuals", "sex"),
        ("biosample", "/biosamples", "biosampleStatus"),
        ("run", "/runs", "runDate"),
        ("analysis", "/analyses", "pipelineName"),
        ("cohort", "/cohorts", "cohortType"),
        ("dataset", "/datasets", "name"),
        ("genomicVariant", &format!("/g_variants?{ALLELE}"), "variation"),
    ] {
        let separator = if path.contains('?') { '&' } else { '?' };
        let (_, body) = rest.get(&format!("{path}{separator}requestedGranularity=record")).await.unwrap();
        let mut record = records(&body).swap_remove(0);
        schemas.check(&model(entry_type), path, &record);
        record.as_object_mut().unwrap().remove(member).unwrap();
        assert!(!schemas.faults(&model(entry_type), &record).is_empty(), "{path} without {member}");
    }
    regions.network.stop().await;
}
