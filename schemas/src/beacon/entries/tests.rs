//! Envelopes of answers, from one dataset to a broker's.

use serde_json::{Value, json};

use super::*;
use crate::{
    Allowance, AllowanceKind, Contig, Coverage, Frequency, Interbase, NodeState, Observations, Sex, Variant,
    VariantType,
    beacon::{RequestParts, Target},
};

fn voice(aggregator: bool) -> Voice {
    Voice {
        beacon_id: "se.test".to_owned(),
        aggregator,
        source: "Test".to_owned(),
        source_reference: "https://test.example".to_owned(),
    }
}

fn request(granularity: &str, include: &str) -> EntryRequest {
    let body = json!({ "query": {
        "requestedGranularity": granularity, "includeResultsetResponses": include,
        "requestParameters": {
            "referenceName": "3", "start": [45_864_731], "referenceBases": "T", "alternateBases": "C",
            "assemblyId": "GRCh37",
        },
    }});
    let parts = RequestParts::collect(Vec::new(), body.to_string().as_bytes()).unwrap();
    let target = Target { entry_type: EntryType::GenomicVariant, within: None };
    EntryRequest::read(&parts, target).unwrap()
}

fn frequency(group: Group, ac: u64, an: u64) -> Frequency {
    Frequency {
        group,
        allele_count: ac,
        allele_number: an,
        heterozygous: Some(ac),
        homozygous: Some(0),
        hemizygous: None,
    }
}

fn variant_answer(ac: u64, an: u64) -> VariantAnswer {
    VariantAnswer {
        variant: Variant {
            contig: Contig::resolve("3", Assembly::GRCH37).unwrap(),
            interval: Interbase::new(45_864_731, 45_864_732).unwrap(),
            reference_bases: "T".into(),
            alternate_bases: "C".into(),
            variant_type: VariantType::Snp,
            sv_length: None,
        },
        carriers: Some(ac),
        assayed: None,
        people: None,
        observed: None,
        assumed: false,
        frequencies: vec![
            frequency(Group::PopulationSex("FI".into(), Sex::Male), ac, an / 2),
            frequency(Group::Total, ac, an),
        ],
        coverage: Coverage::Complete,
        cases: Vec::new(),
        effects: Vec::new(),
        alternative_ids: Vec::new(),
    }
}

fn dataset(id: &str, ac: u64, release: Release) -> DatasetAnswer {
    let mut variant = variant_answer(ac, 200);
    if release < Release::Frequency {
        variant.frequencies.clear();
    }
    DatasetAnswer {
        id: id.into(),
        beacon_id: "se.node".into(),
        assembly: Assembly::GRCH37,
        state: DatasetState::Answered,
        release,
        exists: ac > 0,
        result_count: (release >= Release::Count).then_some(u64::from(ac > 0)),
        precision: Precision::Exact,
        adjusted_to: Vec::new(),
        coverage: Coverage::Complete,
        variants: if release >= Release::Count { vec![variant] } else { Vec::new() },
        attributable: true,
        versions: None,
        withheld: Vec::new(),
        read_as: Vec::new(),
        entries: Vec::new(),
        handovers: Vec::new(),
        lift: None,
    }
}

fn answer(datasets: Vec<DatasetAnswer>) -> Answer {
    Answer {
        beacon_id: "se.test".into(),
        exists: datasets.iter().any(|d| d.exists),
        datasets,
        totals: Vec::new(),
        totals_assembly: None,
        lower_bound: false,
        nodes: Vec::new(),
        result_count: None,
        warnings: Vec::new(),
        allowances: Vec::new(),
    }
}

fn render(answer: &Answer, request: &EntryRequest, aggregator: bool) -> Value {
    serde_json::to_value(entries_response(answer, request, &voice(aggregator))).unwrap()
}

fn ids(response: &Value) -> Vec<&str> {
    let sets = response["response"]["resultSets"].as_array().unwrap();
    sets.iter().map(|set| set["id"].as_str().unwrap()).collect()
}

#[test]
fn the_bands_that_bounds_were_read_as_are_echoed_once() {
    let bands = vec!["age:>=P20Y".to_owned()];
    let read = |id| DatasetAnswer { read_as: bands.clone(), ..dataset(id, 3, Release::Frequency) };
    let response = render(&answer(vec![read("A"), read("B")]), &request("record", "HIT"), false);
    assert_eq!(response["meta"]["receivedRequestSummary"]["filters"], json!(bands));
}

#[test]
fn a_record_is_written_as_clients_read_it() {
    let response =
        render(&answer(vec![dataset("A", 3, Release::Frequency)]), &request("record", "HIT"), false);
    assert_eq!(response["meta"]["returnedGranularity"], "record");
    assert_eq!(response["responseSummary"], json!({ "exists": true, "numTotalResults": 1 }));
    let set = &response["response"]["resultSets"][0];
    assert_eq!(set["beaconId"], Value::Null);
    assert_eq!(set["resultsCount"], 1);
    assert_eq!(set["countPrecision"], "exact");
    assert_eq!(set["info"]["carriers"], 3);
    assert_eq!(
        set["results"],
        json!([{
            "variantInternalId": "GRCh37-3-45864732-T-C",
            "identifiers": { "genomicHGVSId": "NC_000003.11:g.45864732T>C" },
            "variation": {
                "variantType": "SNP", "referenceBases": "T", "alternateBases": "C",
                "location": {
                    "type": "SequenceLocation", "sequence_id": "HGVSid:3:g.45864732T>C",
                    "interval": {
                        "type": "SequenceInterval",
                        "start": { "type": "Number", "value": 45_864_731 },
                        "end": { "type": "Number", "value": 45_864_732 },
                    },
                },
            },
            "frequencyInPopulations": [{
                "source": "Test", "sourceReference": "https://test.example",
                "frequencies": [
                    { "population": "Total", "alleleFrequency": 0.015, "alleleCount": 3, "alleleNumber": 200,
                      "alleleCountHomozygous": 0, "alleleCountHeterozygous": 3 },
                    { "population": "FI_M", "alleleFrequency": 0.03, "alleleCount": 3, "alleleNumber": 100,
                      "alleleCountHomozygous": 0, "alleleCountHeterozygous": 3 },
                ],
            }],
            "info": { "carriers": 3, "coverage": "complete" },
        }])
    );
}

#[test]
fn the_envelope_is_that_of_what_was_given_and_never_of_more() {
    for (asked, given, returned) in [
        ("boolean", Release::Frequency, "boolean"),
        ("count", Release::Frequency, "count"),
        ("record", Release::Boolean, "boolean"),
        ("record", Release::Count, "count"),
        ("record", Release::Frequency, "record"),
    ] {
        let response = render(&answer(vec![dataset("A", 3, given)]), &request(asked, "HIT"), false);
        assert_eq!(response["meta"]["returnedGranularity"], returned, "{asked} {given}");
        let summary = &response["responseSummary"];
        assert_eq!(summary.get("numTotalResults").is_some(), returned != "boolean");
        assert_eq!(summary.get("countPrecision").is_some(), returned == "count");
        let set = &response["response"]["resultSets"][0];
        assert_eq!(ids(&response), ["A"]);
        assert_eq!(set["results"].as_array().map(Vec::is_empty), Some(returned != "record"));
        assert_eq!(set["info"].get("carriers"), (returned != "boolean").then_some(&json!(3)));
        assert!(response.get("info").is_none_or(|info| info.get("resultSets").is_none()));
    }
}

#[test]
fn the_include_rule_chooses_the_result_sets_and_not_the_summary() {
    let both = answer(vec![dataset("A", 3, Release::Frequency), dataset("B", 0, Release::Frequency)]);
    for (include, expected) in [("HIT", &["A"][..]), ("MISS", &["B"]), ("ALL", &["A", "B"]), ("NONE", &[])] {
        let response = render(&both, &request("record", include), false);
        assert_eq!(ids(&response), expected, "{include}");
        assert_eq!(response["responseSummary"], json!({ "exists": true, "numTotalResults": 1 }));
    }
}

#[test]
fn an_allele_that_nobody_carries_shows_its_denominator() {
    let response =
        render(&answer(vec![dataset("A", 0, Release::Frequency)]), &request("record", "ALL"), false);
    let set = &response["response"]["resultSets"][0];
    assert_eq!((&set["exists"], &set["resultsCount"]), (&json!(false), &json!(0)));
    let total = &set["results"][0]["frequencyInPopulations"][0]["frequencies"][0];
    assert_eq!((&total["alleleCount"], &total["alleleNumber"]), (&json!(0), &json!(200)));
    assert_eq!(response["responseSummary"], json!({ "exists": false, "numTotalResults": 0 }));
}

#[test]
fn where_nothing_is_known_of_some_the_record_says_of_how_many_it_is() {
    let known_of_some = |variant: &mut VariantAnswer| {
        (variant.assayed, variant.people, variant.coverage) = (Some(3), Some(60), Coverage::Unknown);
        variant.observed = Some(Observations { cases: 2, of: 3 });
        variant.frequencies.clear();
    };
    let mut of_some = dataset("A", 3, Release::Frequency);
    known_of_some(&mut of_some.variants[0]);
    let mut sum = answer(vec![of_some]);
    sum.totals = vec![variant_answer(3, 0)];
    sum.totals_assembly = Some(Assembly::GRCH37);
    known_of_some(&mut sum.totals[0]);
    let response = render(&sum, &request("record", "HIT"), true);
    let record = &response["response"]["resultSets"][0]["results"][0];
    let expected = json!({ "carriers": 3, "assayed": 3, "people": 60, "observed": { "cases": 2, "of": 3 } });
    assert_eq!((&record["info"], &record["frequencyInPopulations"]), (&expected, &Value::Null));
    let total = &response["info"]["totals"][0];
    assert_eq!((&total["people"], &total["frequencies"]), (&json!(60), &Value::Null));
}

#[test]
fn a_withheld_dataset_is_listed_and_never_says_no() {
    let mut hidden = dataset("B", 0, Release::None);
    hidden.state = DatasetState::Withheld;
    let response =
        render(&answer(vec![dataset("A", 1, Release::Frequency), hidden]), &request("record", "ALL"), false);
    assert_eq!(ids(&response), ["A"]);
    assert_eq!(response["info"]["withheld"], json!([{ "id": "B", "beaconId": "se.node" }]));
}

#[test]
fn a_broker_names_who_took_part_and_marks_lower_bounds() {
    let mut sum = answer(vec![dataset("A", 3, Release::Frequency)]);
    sum.totals = vec![variant_answer(5, 400)];
    sum.lower_bound = true;
    sum.nodes = vec![
        NodeReport {
            id: "se.node".into(),
            state: NodeState::Answered,
            reason: None,
            allowances: vec![Allowance { kind: AllowanceKind::Day, price: 1, left: 7, most: 10 }],
        },
        NodeReport {
            id: "se.far".into(),
            state: NodeState::TimedOut,
            reason: Some("no answer in time".into()),
            allowances: Vec::new(),
        },
    ];
    let response = render(&sum, &request("record", "HIT"), true);
    assert_eq!(response["response"]["resultSets"][0]["beaconId"], "se.node");
    assert_eq!(response["info"]["lowerBound"], true);
    assert_eq!(response["info"]["nodes"][1]["state"], "timed-out");
    let left = json!([{ "kind": "day", "price": 1, "left": 7, "most": 10 }]);
    assert_eq!(response["info"]["nodes"][0]["allowances"], left);
    assert!(response["info"]["nodes"][1].get("allowances").is_none());
    assert_eq!(response["info"]["totals"][0]["frequencies"][0]["alleleCount"], 5);
    let counted = render(&sum, &request("count", "HIT"), true);
    assert_eq!(counted["responseSummary"]["countPrecision"], "imprecise");
}

#[test]
fn a_dataset_that_only_says_yes_counts_one_and_says_that_this_is_not_exact() {
    let mixed = answer(vec![dataset("A", 3, Release::Boolean), dataset("B", 3, Release::Frequency)]);
    let response = render(&mixed, &request("record", "HIT"), false);
    let set = &response["response"]["resultSets"][0];
    assert_eq!((&set["resultsCount"], &set["countPrecision"]), (&json!(1), &json!("imprecise")));
    assert_eq!(set["results"], json!([]));
}

#[test]
fn numbers_stay_within_32_bits() {
    let mut large = dataset("A", 3, Release::Frequency);
    large.result_count = Some(1 << 40);
    let response = render(&answer(vec![large]), &request("count", "HIT"), false);
    assert_eq!(response["responseSummary"]["numTotalResults"], i32::MAX);
}
