//! People and what belongs to them: counts at nodes and broker equal those of the generator, and nobody
//! learns more than a policy permits.

use fyr_tests::{
    SyntheticCohort,
    ask::RestClient,
    cohort::metadata::{disease_of, feature_of, height_of},
};
use serde_json::{Value, json};

use crate::support::{MIDDLE, NORTH, OPEN, Regions, RunningRegions, declared_open};

/// Motor seizures are seizures.
const ONTOLOGY: &str = "child\tparent\nHP:0020219\tHP:0001250\nHP:0001638\tHP:0000118\nHP:0000365\tHP:0000118\nHP:0001250\tHP:0000118\n";

/// Everything may be counted, but not of fewer than ten people.
const FLOOR: &str =
    "[policy.default]\nopen = true\npublic = \"count\"\nsubjects = \"count\"\nminimum_carriers = 10\n";

fn regions() -> Regions {
    let mut regions = Regions::generate().with_metadata();
    for node in &mut regions.network.nodes {
        let path = regions.directory.path().join("hp.tsv");
        std::fs::write(&path, ONTOLOGY).unwrap();
        node.settings.push_str(&format!("[[ontologies]]\nprefix = \"HP\"\npath = \"{}\"\n", path.display()));
    }
    regions
}

async fn ask(rest: &RestClient, path: &str, filters: Value) -> (u16, Value) {
    let body = json!({ "query": {
        "filters": filters, "requestedGranularity": "record", "includeResultsetResponses": "ALL",
    }});
    rest.post(path, &body).await.unwrap()
}

async fn count(rest: &RestClient, path: &str, filters: Value) -> u64 {
    let (status, body) = ask(rest, path, filters.clone()).await;
    assert_eq!(status, 200, "{path} {filters}: {body}");
    body["responseSummary"]["numTotalResults"].as_u64().unwrap()
}

fn people(cohorts: &[SyntheticCohort], holds: impl Fn(usize, bool) -> bool) -> u64 {
    let of = |cohort: &SyntheticCohort| {
        cohort.people.iter().enumerate().filter(|(at, person)| holds(*at, person.male)).count() as u64
    };
    cohorts.iter().map(of).sum()
}

/// A filter as it is sent, and for whom it holds: place in the cohort, and whether male.
type Case = (Value, fn(usize, bool) -> bool);

fn cases() -> Vec<Case> {
    vec![
        (json!([]), |_, _| true),
        (json!(["NCIT:C20197"]), |_, male| male),
        (json!([{ "id": "sex", "operator": "=", "value": "female" }]), |_, male| !male),
        (json!([{ "id": "HP:0001250", "scope": "individual" }]), |at, _| {
            ["HP:0001250", "HP:0020219"].contains(&feature_of(at))
        }),
        (json!([{ "id": "HP:0001250", "includeDescendantTerms": false }]), |at, _| {
            feature_of(at) == "HP:0001250"
        }),
        (json!([{ "id": "HP:0001638", "excluded": true }]), |at, _| feature_of(at) != "HP:0001638"),
        (json!(["ICD10:I42"]), |at, _| disease_of(at) == Some("ICD10:I421")),
        (json!(["ICD10:E00-E90", "NCIT:C20197"]), |at, male| male && disease_of(at) == Some("ICD10:E10")),
        (json!([["ICD10:E10", "ICD10:G40"]]), |at, _| {
            [Some("ICD10:E10"), Some("ICD10:G40")].contains(&disease_of(at))
        }),
        (json!([{ "id": "LOINC:8308-9", "operator": ">=", "value": "180" }]), |at, _| height_of(at) >= 180.0),
        (json!([{ "id": "age", "operator": "<", "value": "P20Y" }]), |at, _| {
            disease_of(at).is_some() && at % 60 < 20
        }),
        (json!([{ "id": "platform", "operator": "=", "value": "illu%", "scope": "run" }]), |at, _| {
            at % 2 == 0
        }),
        (json!([{ "id": "platform", "operator": "!", "value": "Illumina" }]), |at, _| at % 2 == 1),
        (json!(["UBERON:0000178", "HP:0000365"]), |at, _| feature_of(at) == "HP:0000365"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_equal_those_of_the_generator() {
    let regions = regions().start().await;
    let north = RestClient::new(&regions.network.node(NORTH).unwrap().beacon());
    let broker = RestClient::new(&regions.network.broker.beacon());
    for (filters, holds) in cases() {
        let (one, all) = (people(&regions.cohorts[..1], holds), people(&regions.cohorts, holds));
        for path in ["/individuals", "/biosamples", "/runs", "/analyses"] {
            assert_eq!(count(&north, path, filters.clone()).await, one, "{path} {filters}");
        }
        assert_eq!(count(&broker, "/individuals", filters.clone()).await, all, "{filters}");
    }
    regions.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_and_its_run_go_together() {
    let regions = regions().start().await;
    let north = RestClient::new(&regions.network.node(NORTH).unwrap().beacon());
    let nanopore = json!([{ "id": "platform", "operator": "=", "value": "%nanopore", "scope": "run" }]);
    let expected = people(&regions.cohorts[..1], |at, _| at % 2 == 1);
    for path in ["/biosamples", "/analyses", "/individuals"] {
        assert_eq!(count(&north, path, nanopore.clone()).await, expected, "{path}");
    }
    regions.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cohort_holds_its_members() {
    let regions = regions().start().await;
    let north = RestClient::new(&regions.network.node(NORTH).unwrap().beacon());
    let half = regions.cohorts[0].people.len() / 2;
    let male = |at: usize, male: bool| male && at < half;
    let males =
        regions.cohorts[0].people.iter().enumerate().filter(|(at, p)| male(*at, p.male)).count() as u64;
    let path = "/cohorts/NORTH-FIRST/individuals";
    assert_eq!(count(&north, path, json!([])).await, half as u64);
    assert_eq!(count(&north, path, json!(["NCIT:C20197"])).await, males);
    regions.network.stop().await;
}

const ALLELE: &str = "assemblyId=GRCh38&referenceName=7&start=117559589&referenceBases=ATCT&alternateBases=A";

/// Carriers named by an open region, with those for whom a filter holds.
async fn carriers(rest: &RestClient, filters: &str) -> Vec<String> {
    let path = format!("/g_variants?{ALLELE}&requestedGranularity=record&filters={filters}");
    let (status, body) = rest.get(&path).await.unwrap();
    assert_eq!(status, 200, "{body}");
    let cases = body["response"]["resultSets"][0]["results"][0]["caseLevelData"].as_array().cloned();
    let name = |case: &Value| case["individualId"].as_str().unwrap().to_owned();
    cases.unwrap_or_default().iter().map(name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn genotypes_and_phenotypes_meet() {
    let regions = regions().with_node(OPEN, declared_open).start().await;
    let open = RestClient::new(&regions.network.node(OPEN).unwrap().beacon());
    let everyone = carriers(&open, "").await;
    assert!(!everyone.is_empty());
    let cohort = &regions.cohorts[2];
    let is_male = |id: &String| cohort.people.iter().any(|person| person.id == *id && person.male);
    let males: Vec<String> = everyone.iter().filter(|id| is_male(id)).cloned().collect();
    assert_eq!(carriers(&open, "NCIT:C20197").await, males);
    let (_, body) = open
        .get(&format!("/individuals?{ALLELE}&filters=NCIT:C20197&requestedGranularity=count"))
        .await
        .unwrap();
    assert_eq!(body["responseSummary"]["numTotalResults"].as_u64().unwrap(), males.len() as u64);
    let (_, body) = open
        .get(&format!("/individuals/{}/g_variants?requestedGranularity=record&limit=0", everyone[0]))
        .await
        .unwrap();
    let variants = body["response"]["resultSets"][0]["results"].as_array().unwrap();
    assert!(variants.iter().any(|variant| variant["variantInternalId"] == "GRCh38-7-117559590-ATCT-A"));
    regions.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_is_shown_by_open_regions_only() {
    let regions = regions().with_node(OPEN, declared_open).start().await;
    let open = RestClient::new(&regions.network.node(OPEN).unwrap().beacon());
    let closed = RestClient::new(&regions.network.node(NORTH).unwrap().beacon());
    let (theirs, ours) = (&regions.cohorts[2].people[0].id, &regions.cohorts[0].people[0].id);
    for path in [
        format!("/individuals/{theirs}"),
        format!("/individuals/{theirs}/biosamples"),
        format!("/runs/{theirs}-R/analyses"),
    ] {
        let (status, body) = open.get(&format!("{path}?requestedGranularity=record")).await.unwrap();
        assert_eq!(
            (status, body["responseSummary"]["numTotalResults"].as_u64()),
            (200, Some(1)),
            "{path}: {body}"
        );
    }
    for suffix in ["", "/biosamples", "/g_variants", "/filtering_terms"] {
        let known = closed.get(&format!("/individuals/{ours}{suffix}")).await.unwrap();
        let unknown = closed.get(&format!("/individuals/NOBODY{suffix}")).await.unwrap();
        assert_eq!(known, unknown, "who is here must not show: {suffix}");
        assert_eq!(known.0, 404, "{suffix}");
    }
    let (_, list) = ask(&closed, "/individuals", json!([])).await;
    assert_eq!(list["response"]["resultSets"][0]["results"], json!([]), "counts are no records");
    regions.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_and_a_few_read_the_same() {
    let regions = regions().with_node(NORTH, |node| node.with_policy(FLOOR)).start().await;
    let rest = RestClient::new(&regions.network.node(NORTH).unwrap().beacon());
    // Nobody is 0 cm tall; one in fifty is 150 cm.
    let nobody =
        ask(&rest, "/individuals", json!([{ "id": "LOINC:8308-9", "operator": "<=", "value": "0" }])).await;
    let few =
        ask(&rest, "/individuals", json!([{ "id": "LOINC:8308-9", "operator": "<=", "value": "150" }])).await;
    let content =
        |(status, body): (u16, Value)| (status, body["responseSummary"].clone(), body["response"].clone());
    assert!(people(&regions.cohorts[..1], |at, _| height_of(at) <= 150.0) > 0);
    assert_eq!(content(nobody), content(few));
    let (_, terms) = rest.get("/filtering_terms?limit=0").await.unwrap();
    let terms = terms["response"]["filteringTerms"].as_array().unwrap();
    assert!(terms.iter().any(|term| term["id"] == "NCIT:C20197"));
    regions.network.stop().await;
}

/// The same of people who did not declare their data open.
const CLOSED: &str = "[policy.default]\nconsent = \"opt-out\"\npublic = \"count\"\nsubjects = \"count\"\n\
    minimum_carriers = 10\nminimum_cohort = 10\nlowered_because = \"synthetic people\"\naccounts = false\n";

#[tokio::test(flavor = "multi_thread")]
async fn below_open_free_bounds_are_read_as_bands() {
    let regions = regions().with_node(NORTH, |node| node.with_policy(CLOSED)).start().await;
    let rest = RestClient::new(&regions.network.node(NORTH).unwrap().beacon());
    let mut told = std::collections::BTreeSet::new();
    for age in 0..=60 {
        let filter = json!([{ "id": "age", "operator": "<", "value": format!("P{age}Y") }]);
        let (status, body) = ask(&rest, "/individuals", filter).await;
        assert_eq!(status, 200, "a bound is never an error: {body}");
        let echo = body["meta"]["receivedRequestSummary"]["filters"].as_array().unwrap();
        assert_eq!(echo.len(), 2, "the bound, and the bands that it was read as: {echo:?}");
        let precision = body["responseSummary"]["countPrecision"].as_str();
        assert!(precision.is_none_or(|precision| precision != "exact"), "{body}");
        told.insert(body["responseSummary"]["numTotalResults"].as_u64().unwrap());
    }
    let told: Vec<u64> = told.into_iter().collect();
    assert!(told.len() > 1 && told.windows(2).all(|pair| pair[1] - pair[0] >= 10), "{told:?}");
    regions.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn below_open_alternatives_and_ranges_of_people_are_refused_by_name() {
    let regions = regions().with_node(NORTH, |node| node.with_policy(CLOSED)).start().await;
    let rest = RestClient::new(&regions.network.node(NORTH).unwrap().beacon());
    for filters in [
        json!([["ICD10:E10", "ICD10:G40"]]),
        json!([{ "id": ["ICD10:E10", "ICD10:G40"] }]),
        json!([{ "id": "sex", "operator": "=", "value": "%male" }]),
    ] {
        let (status, body) = ask(&rest, "/individuals", filters.clone()).await;
        assert_eq!(status, 400, "{filters}: {body}");
        assert!(body.to_string().contains("alternatives"), "{body}");
    }
    let range = "assemblyId=GRCh38&referenceName=2&start=0&end=5000";
    let (status, body) = rest.get(&format!("/individuals?{range}")).await.unwrap();
    assert_eq!(status, 400, "{body}");
    assert!(body.to_string().contains("requestParameters"), "{body}");
    let (status, _) = rest.get(&format!("/g_variants?{range}&filters=NCIT:C20197")).await.unwrap();
    assert_eq!(status, 200, "each variant is counted by itself");
    regions.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_permission_people_are_not_asked_about() {
    let policy = "[policy.default]\nopen = true\npublic = \"frequency\"\nminimum_carriers = 0\n";
    let regions = regions().with_node(NORTH, |node| node.with_policy(policy)).start().await;
    let rest = RestClient::new(&regions.network.node(NORTH).unwrap().beacon());
    for path in
        ["/individuals".to_owned(), "/runs".to_owned(), format!("/g_variants?{ALLELE}&filters=NCIT:C20197")]
    {
        assert_eq!(rest.get(&path).await.unwrap().0, 403, "{path}");
    }
    assert_eq!(rest.get(&format!("/g_variants?{ALLELE}")).await.unwrap().0, 200);
    let (_, map) = rest.get("/map").await.unwrap();
    let sets: Vec<&String> = map["response"]["endpointSets"].as_object().unwrap().keys().collect();
    assert_eq!(sets, ["dataset", "genomicVariant"], "only what may be asked is advertised");
    let (_, terms) = rest.get("/filtering_terms").await.unwrap();
    assert_eq!(terms["response"]["filteringTerms"], json!([]));
    regions.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn test_mode_shows_synthetic_people_and_no_others() {
    let regions: RunningRegions = regions().start().await;
    let rest = RestClient::new(&regions.network.node(MIDDLE).unwrap().beacon());
    let (status, body) =
        rest.get("/individuals?testMode=true&requestedGranularity=record&limit=0").await.unwrap();
    assert_eq!((status, body["meta"]["testMode"].as_bool()), (200, Some(true)), "{body}");
    let sets = body["response"]["resultSets"].as_array().unwrap();
    assert_eq!((sets.len(), sets[0]["id"].as_str().unwrap()), (1, format!("SYNTHETIC-{MIDDLE}").as_str()));
    assert!(
        sets[0]["results"]
            .as_array()
            .unwrap()
            .iter()
            .all(|person| person["id"].as_str().unwrap().starts_with("SYN"))
    );
    let (_, real) = rest.get("/individuals?requestedGranularity=record").await.unwrap();
    assert!(!real.to_string().contains("SYNTHETIC"));
    let (_, datasets) = rest.get("/datasets").await.unwrap();
    assert!(!datasets.to_string().contains("SYNTHETIC"));
    regions.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_filter_is_refused_or_answered_with_nothing() {
    let lenient = |mut node: fyr_tests::NodeSpec| {
        node.http = "unknown_filters = \"empty\"\n".to_owned();
        node
    };
    let regions = regions().with_node(MIDDLE, lenient).start().await;
    let strict = RestClient::new(&regions.network.node(NORTH).unwrap().beacon());
    let lenient = RestClient::new(&regions.network.node(MIDDLE).unwrap().beacon());
    for filter in ["NOSUCH:1", "HP:9999999", "nosuchfield:=3"] {
        let (status, body) = strict.get(&format!("/individuals?filters={filter}")).await.unwrap();
        assert_eq!(status, 400, "{filter}: {body}");
        let (status, body) = lenient.get(&format!("/individuals?filters={filter}")).await.unwrap();
        assert_eq!(
            (status, body["responseSummary"]["exists"].as_bool()),
            (200, Some(false)),
            "{filter}: {body}"
        );
        assert!(body["info"]["warnings"].is_object(), "{body}");
    }
    regions.network.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn datasets_show_their_conditions_of_use() {
    let regions = regions().start().await;
    let broker = RestClient::new(&regions.network.broker.beacon());
    let (_, body) = broker.get("/datasets").await.unwrap();
    let collections = body["response"]["collections"].as_array().unwrap();
    assert_eq!(collections.len(), 3);
    for dataset in collections {
        assert_eq!(dataset["dataUseConditions"]["duoDataUse"][0]["id"], "DUO:0000042", "{dataset}");
    }
    regions.network.stop().await;
}
