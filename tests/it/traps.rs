//! Where other implementations of Beacon v2 went wrong, each by its name.

use futures::future::join_all;
use fyr_tests::{NodeSpec, ask::RestClient};
use serde_json::{Value, json};

use crate::support::{MIDDLE, NORTH, Regions, RunningRegions};

const ALLELE: &str = "assemblyId=GRCh38&referenceName=7&start=117559589&referenceBases=ATCT&alternateBases=A";
const ABSENT: &str = "assemblyId=GRCh38&referenceName=7&start=117559589&referenceBases=ATCT&alternateBases=G";
/// Counts of ten and more.
const FLOOR: &str =
    "[policy.default]\nopen = true\npublic = \"frequency\"\nsubjects = \"count\"\nminimum_carriers = 10\n";
/// A floor above everybody.
const CEILING: &str =
    "[policy.default]\nopen = true\npublic = \"frequency\"\nsubjects = \"count\"\nminimum_carriers = 1000\n";

async fn network(north: impl FnOnce(NodeSpec) -> NodeSpec) -> RunningRegions {
    Regions::generate().with_metadata().with_node(NORTH, north).start().await
}

fn rest(regions: &RunningRegions, id: &str) -> RestClient {
    RestClient::new(&regions.network.node(id).unwrap().beacon())
}

async fn get(rest: &RestClient, path: &str) -> Value {
    let (status, body) = rest.get(path).await.unwrap();
    assert_eq!(status, 200, "{path}: {body}");
    body
}

/// What an answer says, without what echoes the question.
fn said(body: &Value) -> (Value, Value, Value) {
    (body["responseSummary"].clone(), body["response"].clone(), body["info"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_never_comes_with_a_number() {
    let regions = network(|node| node.with_policy(FLOOR)).await;
    for path in [format!("/g_variants?{ABSENT}"), "/individuals?filters=LOINC:8308-9:<1".to_owned()] {
        let separator = if path.contains('?') { '&' } else { '?' };
        let body = get(&rest(&regions, NORTH), &format!("{path}{separator}requestedGranularity=count")).await;
        assert_eq!(body["responseSummary"]["exists"], false, "{path}");
        assert_eq!(body["responseSummary"]["numTotalResults"], 0, "{path}: {body}");
    }
    regions.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_count_does_not_vanish_behind_the_floor() {
    let regions = network(|node| node.with_policy(FLOOR)).await;
    let body = get(&rest(&regions, NORTH), "/individuals?requestedGranularity=count").await;
    let everyone = regions.cohorts[0].people.len() as u64;
    assert_eq!(body["responseSummary"]["numTotalResults"].as_u64(), Some(everyone));
    let all =
        get(&rest(&regions, NORTH), "/individuals?filters=UBERON:0000178&requestedGranularity=count").await;
    assert_eq!(
        all["responseSummary"]["numTotalResults"].as_u64(),
        Some(everyone - 10),
        "all but ten, or more"
    );
    assert_eq!(all["responseSummary"]["countPrecision"], "rounded");
    regions.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_path_of_one_variant_obeys_the_rules_of_a_question() {
    let regions = network(|node| node.with_policy(CEILING)).await;
    let north = rest(&regions, NORTH);
    for path in ["/g_variants/GRCh38-7-117559590-ATCT-A", "/g_variants/GRCh38-7-117559590-ATCT-A/individuals"]
    {
        let carried =
            get(&north, &format!("{path}?requestedGranularity=record&includeResultsetResponses=ALL")).await;
        let absent = path.replace("ATCT-A", "ATCT-G");
        let absent =
            get(&north, &format!("{absent}?requestedGranularity=record&includeResultsetResponses=ALL")).await;
        assert_eq!(said(&carried), said(&absent), "{path}");
        assert_eq!(carried["responseSummary"]["exists"], false);
    }
    let open =
        get(&rest(&regions, MIDDLE), "/g_variants/GRCh38-7-117559590-ATCT-A?requestedGranularity=record")
            .await;
    let asked =
        get(&rest(&regions, MIDDLE), &format!("/g_variants?{ALLELE}&requestedGranularity=record")).await;
    assert_eq!(said(&open), said(&asked));
    regions.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_evaluated_is_never_no() {
    let regions = network(|node| node).await;
    for path in [
        "/g_variants?geneId=CFTR",
        "/g_variants?allele=NM_000492.4:c.1521_1523del",
        "/g_variants?allele=NC_000007.14:g.117559591_117559593del",
        "/g_variants?variantId=ga4gh:VA.4t6JnYWqHwYw9WzBT_lmWBb3tLQNalkT",
        "/g_variants?allele=BRAF:p.V600E",
        "/individuals?filters=NOSUCH:1",
        "/individuals?filters=[{\"id\":\"HP:0001250\",\"similarity\":\"high\"}]",
        "/individuals?aminoacidChange=V600E",
        "/g_variants?filters=genomicVariant.molecularAttributes.geneIds:=CFTR",
        "/g_variants",
    ] {
        for client in [rest(&regions, NORTH), RestClient::new(&regions.network.broker.beacon())] {
            let (status, body) = client.get(path).await.unwrap();
            assert_eq!(status, 400, "{path}: {body}");
        }
    }
    regions.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_is_no_more_precise_than_its_nodes() {
    let regions = network(|node| node.with_policy(FLOOR)).await;
    let broker = RestClient::new(&regions.network.broker.beacon());
    let body = get(&broker, "/individuals?filters=NCIT:C20197&requestedGranularity=count").await;
    assert_eq!(body["responseSummary"]["countPrecision"], "imprecise", "{body}");
    assert_eq!(body["info"]["lowerBound"], true);
    regions.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_token_is_not_the_public() {
    let regions = network(|node| node).await;
    let stranger = rest(&regions, NORTH).with_token("of-nobody");
    for path in ["/individuals", "/filtering_terms", "/datasets", "/map", &format!("/g_variants?{ALLELE}")] {
        assert_eq!(stranger.get(path).await.unwrap().0, 401, "{path}");
    }
    regions.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_at_one_time_do_not_see_each_other() {
    let regions = network(|node| node).await;
    let north = rest(&regions, NORTH);
    let alone = async |filter: &str| {
        said(&get(&north, &format!("/individuals?filters={filter}&requestedGranularity=count")).await)
    };
    let filters = ["NCIT:C20197", "NCIT:C16576", "ICD10:E10", "HP:0001638", "population:=NORTH"];
    let mut expected = Vec::new();
    for filter in filters {
        expected.push(alone(filter).await);
    }
    let together = join_all(filters.iter().cycle().take(60).map(|filter| alone(filter))).await;
    for (at, answer) in together.iter().enumerate() {
        assert_eq!(*answer, expected[at % filters.len()], "{}", filters[at % filters.len()]);
    }
    regions.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_never_cuts_the_list_of_datasets() {
    let regions = network(|node| node).await;
    let broker = RestClient::new(&regions.network.broker.beacon());
    for path in ["/individuals?limit=1", &format!("/g_variants?{ALLELE}&limit=1")] {
        let separator = if path.contains('?') { '&' } else { '?' };
        let body = get(&broker, &format!("{path}{separator}requestedGranularity=record")).await;
        let sets = body["response"]["resultSets"].as_array().unwrap();
        assert_eq!(sets.len(), 3, "{path}");
        let mut ids: Vec<&str> = sets.iter().map(|set| set["id"].as_str().unwrap()).collect();
        ids.dedup();
        assert_eq!(ids.len(), 3, "no dataset comes twice");
        assert!(sets.iter().all(|set| set["beaconId"].is_string() && set["resultsCount"].is_u64()));
    }
    regions.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_echo_has_texts_and_objects() {
    let regions = network(|node| node).await;
    let body = json!({ "query": {
        "filters": [{ "id": "NCIT:C20197", "scope": "individual" }, ["ICD10:E10", "ICD10:G40"]],
        "requestParameters": { "referenceName": "7", "start": ["117559589"], "referenceBases": "ATCT",
            "alternateBases": "A", "assemblyId": "GRCh38" },
        "pagination": { "skip": 0, "limit": 1, "currentPage": null, "nextPage": null, "previousPage": null },
        "requestedGranularity": "RECORD",
    }});
    let (status, answer) = rest(&regions, NORTH).post("/g_variants", &body).await.unwrap();
    assert_eq!(status, 200, "{answer}");
    let received = &answer["meta"]["receivedRequestSummary"];
    assert!(received["filters"].as_array().unwrap().iter().all(Value::is_string), "{received}");
    assert!(received["requestParameters"].as_object().unwrap().values().all(Value::is_object), "{received}");
    regions.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handover_is_there_whatever_was_found() {
    let handover = "[[datasets.NORTH.handovers]]\nid = \"CUSTOM:REMS\"\nlabel = \"Request access\"\n\
                    url = \"https://rems.example/apply\"\n";
    let regions = network(|node| node.with_policy(CEILING).with_settings(handover)).await;
    for question in [ALLELE, ABSENT] {
        let path =
            format!("/g_variants?{question}&requestedGranularity=record&includeResultsetResponses=ALL");
        let body = get(&rest(&regions, NORTH), &path).await;
        let handovers = &body["response"]["resultSets"][0]["resultsHandovers"];
        assert_eq!(handovers[0]["handoverType"]["id"], "CUSTOM:REMS", "{body}");
    }
    regions.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_aggregate_release_names_no_carrier() {
    let regions = network(|node| node).await;
    for client in [rest(&regions, NORTH), RestClient::new(&regions.network.broker.beacon())] {
        let body = get(&client, &format!("/g_variants?{ALLELE}&requestedGranularity=record")).await;
        assert!(body.to_string().contains("frequencyInPopulations"));
        assert!(!body.to_string().contains("caseLevelData"));
    }
    regions.network.stop().await;
}
