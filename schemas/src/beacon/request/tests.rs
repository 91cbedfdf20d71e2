//! Requests as clients send them, and as nobody should.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{Granularity, IncludeResultsets, Pagination};

fn parse(pairs: &[(&str, &str)], body: &str) -> Result<EntryRequest, RequestError> {
    let pairs = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    EntryRequest::read(&RequestParts::collect(pairs, body.as_bytes())?, variants())
}

fn variants() -> Target {
    Target { entry_type: EntryType::GenomicVariant, within: None }
}

fn post(body: Value) -> Result<EntryRequest, RequestError> {
    parse(&[], &body.to_string())
}

/// A question with these requestParameters.
fn ask(parameters: Value) -> Result<EntryRequest, RequestError> {
    post(json!({ "query": { "requestParameters": parameters } }))
}

fn allele_query() -> VariantQuery {
    let contig = Contig::resolve("3", Assembly::Grch37).unwrap();
    VariantQuery::Allele(AlleleQuery::new(Assembly::Grch37, contig, 45_864_731, "T", "C").unwrap())
}

fn exact() -> Value {
    json!({
        "referenceName": "3", "start": [45_864_731], "referenceBases": "T", "alternateBases": "C",
        "assemblyId": "GRCh37",
    })
}

fn exact_with(name: &str, value: Value) -> Value {
    let mut parameters = exact();
    parameters[name] = value;
    parameters
}

#[test]
fn every_form_of_an_exact_question_is_the_same_question() {
    for (client, parameters) in [
        ("portal", exact()),
        ("nested", json!({ "g_variant": exact() })),
        ("int", exact_with("start", json!(45_864_731))),
        ("string", exact_with("start", json!("45864731"))),
        ("list of strings", exact_with("start", json!(["45864731"]))),
        ("lower case", exact_with("referenceBases", json!("t"))),
        ("chr", exact_with("referenceName", json!("chr3"))),
        ("number", exact_with("referenceName", json!(3))),
        ("accession", exact_with("referenceName", json!("NC_000003.11"))),
        ("synonym", exact_with("assemblyId", json!("hg19"))),
        ("patch", exact_with("assemblyId", json!("GRCh37.p13"))),
        ("end", exact_with("end", json!([45_864_732]))),
        ("empty end", exact_with("end", json!([]))),
        ("null", exact_with("variantType", Value::Null)),
        ("type", exact_with("variantType", json!("SNP"))),
        ("unknown beside known", exact_with("colour", json!("red"))),
        ("empty unsupported", exact_with("geneId", json!(""))),
    ] {
        assert_eq!(ask(parameters).map(|r| r.query.variant), Ok(Some(allele_query())), "{client}");
    }
}

#[test]
fn the_portal_s_whole_body_is_read() {
    let request = post(json!({
        "meta": { "apiVersion": "2.0" },
        "query": {
            "filters": [], "includeResultsetResponses": "HIT",
            "pagination": { "skip": 0, "limit": 1, "currentPage": null, "nextPage": null, "previousPage": null },
            "requestParameters": exact(), "requestedGranularity": "record", "testMode": false,
        },
    }))
    .unwrap();
    assert_eq!(request.query.granularity, Granularity::Record);
    assert_eq!(request.query.pagination, Pagination { skip: 0, limit: 1 });
    let echo = serde_json::to_value(&request.received).unwrap();
    assert_eq!(echo["requestParameters"]["g_variant"], exact());
    assert_eq!(echo["apiVersion"], "2.0");
}

#[test]
fn the_facade_s_query_string_is_read() {
    let pairs = [
        ("start", "45864731"),
        ("alternateBases", "C"),
        ("referenceBases", "T"),
        ("referenceName", "3"),
        ("assemblyId", "GRCh37"),
        ("includeResultsetResponses", "ALL"),
    ];
    let request = parse(&pairs, "").unwrap();
    assert_eq!(request.query.variant, Some(allele_query()));
    assert_eq!(request.received.include(), IncludeResultsets::All);
    assert_eq!(request.query.granularity, Granularity::Boolean);
}

#[test]
fn a_start_and_an_end_make_a_range() {
    let locus = json!({
        "referenceName": "3", "start": [45_864_731], "end": [45_864_732], "assemblyId": "GRCh37",
        "referenceBases": null, "alternateBases": "",
    });
    let Ok(Some(VariantQuery::Range(range))) = ask(locus).map(|r| r.query.variant) else {
        panic!("no range")
    };
    assert_eq!((range.interval.start(), range.interval.end()), (45_864_731, 45_864_732));
    assert_eq!((range.reference_bases, range.alternate_bases), (None, None));

    let narrowed = json!({
        "referenceName": "3", "start": 10, "end": 90, "assemblyId": "GRCh38", "alternateBases": "ttt",
        "variantType": "ins", "variantMinLength": "2",
    });
    let Ok(Some(VariantQuery::Range(range))) = ask(narrowed).map(|r| r.query.variant) else {
        panic!("no range")
    };
    assert_eq!(range.alternate_bases.as_deref(), Some("TTT"));
    assert_eq!((range.variant_type, range.minimum_length), (Some(VariantType::Ins), Some(2)));
}

#[test]
fn granularity_and_pages_are_found_in_every_place_and_the_inner_one_counts() {
    let at = |query: Value, parameters: Value, top: Value, meta: Value| {
        let mut body = json!({ "query": query, "meta": meta });
        body["query"]["requestParameters"] = exact();
        for (name, value) in parameters.as_object().unwrap() {
            body["query"]["requestParameters"][name] = value.clone();
        }
        for (name, value) in top.as_object().unwrap() {
            body[name] = value.clone();
        }
        let query = post(body).unwrap().query;
        (query.granularity, query.pagination.limit)
    };
    let none = || json!({});
    let word = |word: &str| json!({ "requestedGranularity": word });
    let page = |limit: u32| json!({ "pagination": { "limit": limit } });
    assert_eq!(at(none(), none(), none(), word("RECORD")).0, Granularity::Record);
    assert_eq!(at(none(), none(), word("count"), word("record")).0, Granularity::Count);
    assert_eq!(at(none(), word("RECORD"), word("count"), none()).0, Granularity::Record);
    assert_eq!(at(word("Count"), word("record"), none(), none()).0, Granularity::Count);
    assert_eq!(at(page(3), page(4), page(5), none()).1, 3);
    assert_eq!(at(none(), page(4), page(5), none()).1, 4);
    assert_eq!(at(none(), none(), page(5), none()).1, 5);
}

#[test]
fn datasets_and_nodes_can_be_named_and_left_out() {
    let mut parameters = exact();
    parameters["datasetIds"] = json!(["A", "B"]);
    parameters["excludeDatasetIds"] = json!("C,D");
    parameters["excludeBeaconIds"] = json!(["se.x"]);
    let datasets = ask(parameters).unwrap().query.datasets;
    assert_eq!(datasets.only, ["A", "B"]);
    assert_eq!(datasets.exclude, ["C", "D"]);
    assert_eq!(datasets.exclude_nodes, ["se.x"]);
}

#[test]
fn known_parameters_that_cannot_be_evaluated_are_refused_by_name() {
    let with = |name: &str, value: Value| ask(exact_with(name, value));
    for (name, refused) in [
        ("aminoacidChange", ask(json!({ "geneId": "TP53", "aminoacidChange": "R175H" })).map(|_| ())),
        ("geneId", with("geneId", json!("TP53")).map(|_| ())),
        ("geneId", with("geneid", json!("TP53")).map(|_| ())),
        ("aminoacidChange", with("aminoacidChange", json!("V600E")).map(|_| ())),
        ("genomicAlleleShortForm", with("allele", json!("NM_004006.2:c.4375C>T")).map(|_| ())),
        ("mateName", with("mateName", json!("7")).map(|_| ())),
        ("similarity", with("similarity", json!("high")).map(|_| ())),
        ("copyChange", with("copyChange", json!("EFO:0030070")).map(|_| ())),
        ("start", with("start", json!("1,2")).map(|_| ())),
        ("alternateBases", with("alternateBases", json!("N")).map(|_| ())),
    ] {
        let error = refused.expect_err(name);
        assert_eq!(error.code().http_status(), 400, "{name}");
        assert!(error.to_string().contains(name), "{name}: {error}");
    }
}

#[test]
fn what_asks_nothing_or_too_little_is_refused() {
    for (case, parameters, hint) in [
        ("all", Value::Null, "requestParameters"),
        ("old all", json!([]), "requestParameters"),
        ("unknown alone", json!({ "colour": "red" }), "colour"),
        ("start alone", json!({ "referenceName": "3", "start": 5, "assemblyId": "GRCh37" }), "end"),
        ("no reference bases", exact_with("referenceBases", Value::Null), "referenceBases"),
        ("no name", exact_with("referenceName", Value::Null), "referenceName"),
        ("no assembly", exact_with("assemblyId", Value::Null), "assemblyId"),
        ("no start", exact_with("start", Value::Null), "start"),
        ("other assembly", exact_with("assemblyId", json!("hg18")), "assemblyId"),
        ("wrong accession", exact_with("referenceName", json!("NC_000003.12")), "referenceName"),
        ("negative", exact_with("start", json!(-1)), "start"),
        ("huge", exact_with("start", json!(u64::MAX)), "start"),
        ("object", exact_with("start", json!({})), "start"),
        ("other type", exact_with("variantType", json!("DEL")), "variantType"),
        ("other length", exact_with("variantMinLength", json!(9)), "variantMinLength"),
    ] {
        let error = ask(parameters).expect_err(case);
        assert!(error.to_string().contains(hint), "{case}: {error}");
    }
    for (case, body) in
        [("text", "hello"), ("list", "[]"), ("cut off", "{\"query\":"), ("query", "{\"query\":3}")]
    {
        assert!(parse(&[], body).is_err(), "{case}");
    }
}

#[test]
fn an_accession_alone_names_its_assembly() {
    let mut parameters = exact_with("referenceName", json!("NC_000003.11"));
    parameters["assemblyId"] = Value::Null;
    assert_eq!(ask(parameters).map(|r| r.query.variant), Ok(Some(allele_query())));
}

#[test]
fn lists_need_no_question() {
    let parts = RequestParts::collect(vec![("limit".to_owned(), "0".to_owned())], b"").unwrap();
    assert_eq!(CollectionRequest::try_from(parts).unwrap().received.pagination().limit, 0);
}

/// JSON that resembles requests closely enough to get past the first checks.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[ACGTN<>\\[\\].,0-9 -]{0,6}".prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
    ];
    let name = prop_oneof![
        4 => prop::sample::select(vec![
            "query", "meta", "requestParameters", "g_variant", "pagination", "start", "end", "assemblyId",
            "referenceName", "referenceBases", "alternateBases", "variantType", "limit", "skip", "filters",
        ]).prop_map(str::to_owned),
        1 => ".{0,4}".prop_map(String::from),
    ];
    leaf.prop_recursive(4, 40, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name.clone(), inner, 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_body_makes_the_parser_panic(body in any_json()) {
        let _ = post(body);
    }

    #[test]
    fn no_parameters_make_the_parser_panic(
        values in prop::collection::vec(any_json(), 5),
    ) {
        let mut parameters = exact();
        for (name, value) in ["start", "end", "referenceBases", "alternateBases", "variantType"].iter().zip(values) {
            parameters[*name] = value;
        }
        let _ = ask(parameters);
    }

    #[test]
    fn no_query_string_makes_the_parser_panic(
        pairs in prop::collection::vec(("(start|end|referenceName|assemblyId|.{0,5})", ".{0,12}"), 0..8),
    ) {
        let parts = RequestParts::collect(pairs, b"").unwrap();
        let _ = EntryRequest::read(&parts, variants());
    }
}
