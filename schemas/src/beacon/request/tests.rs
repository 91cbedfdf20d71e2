//! Requests as clients send them, and as nobody should.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{
    AlleleQuery, Assembly, Contig, Granularity, IncludeResultsets, Pagination, TypeTerm, VariantType,
};

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
    let contig = Contig::resolve("3", Assembly::GRCH37).unwrap();
    VariantQuery::Allele(AlleleQuery::new(Assembly::GRCH37, contig, 45_864_731, "T", "C").unwrap())
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
    assert_eq!(range.narrowing, crate::Narrowing::default());

    let narrowed = json!({
        "referenceName": "3", "start": 10, "end": 90, "assemblyId": "GRCh38", "alternateBases": "ttt",
        "variantType": "ins", "variantMinLength": "2",
    });
    let Ok(Some(VariantQuery::Range(range))) = ask(narrowed).map(|r| r.query.variant) else {
        panic!("no range")
    };
    let narrowing = range.narrowing;
    assert_eq!(narrowing.alternate_bases.as_ref().map(|bases| bases.as_str()), Some("TTT"));
    assert_eq!(narrowing.variant_type, Some(TypeTerm::of(VariantType::Ins)));
    assert_eq!(narrowing.minimum_length, Some(2));
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
    let with = |name: &str, value: Value| ask(exact_with(name, value)).map(|_| ());
    for (name, refused) in [
        ("geneId", with("geneId", json!("TP53"))),
        ("geneId", with("geneid", json!("TP53"))),
        ("aminoacidChange", with("aminoacidChange", json!("V600E"))),
        ("genomicAlleleShortForm", with("allele", json!("NM_004006.2:c.4375C>T"))),
        ("mateName", with("mateName", json!("7"))),
        ("mateName", ask(json!({ "geneId": "TP53", "mateName": "7" })).map(|_| ())),
        ("similarity", with("similarity", json!("high"))),
        ("variantType", with("copyChange", json!("EFO:0030070"))),
        ("variantType", with("variantType", json!("EFO:0030072"))),
        ("end", with("start", json!("1,2"))),
        ("repeatSubunitCount", with("repeatSubunitCount", json!(3))),
        ("requestProfile", with("requestProfile", json!("VQSterminusRequest"))),
        ("matchParts", with("matchParts", json!("perhaps"))),
        ("reciprocalOverlap", ask(json!({
            "referenceName": "3", "start": "1,2", "end": "5,6", "assemblyId": "GRCh37", "reciprocalOverlap": 0.5,
        })).map(|_| ())),
    ] {
        let error = refused.expect_err(name);
        assert_eq!(error.code().http_status(), 400, "{name}");
        assert!(error.to_string().contains(name), "{name}: {error}");
    }
}

#[test]
fn each_kind_of_question_is_read() {
    let site = |more: Value| {
        let mut parameters = json!({ "referenceName": "3", "assemblyId": "GRCh37" });
        for (name, value) in more.as_object().unwrap() {
            parameters[name] = value.clone();
        }
        parameters
    };
    for (kind, parameters) in [
        ("bracket", site(json!({ "start": [10, 20], "end": [30, 40] }))),
        ("bracket", site(json!({ "start": "10,20", "end": "30" }))),
        (
            "bracket",
            site(json!({ "startRange": [10, 20], "endRange": [30, 40], "copyChange": "EFO:0030070" })),
        ),
        ("bracket", site(json!({ "start": 10, "referenceBases": "A", "alternateBases": "N" }))),
        ("bracket", site(json!({ "startPos": 10, "sequence": "T" }))),
        ("range", site(json!({ "start": 10, "end": 20, "reciprocalOverlap": "0.8", "variantType": "DEL" }))),
        ("range", site(json!({ "start": 10, "mateName": "17" }))),
        (
            "range",
            site(
                json!({ "start": 10, "end": 20, "adjacencyAccession": "NC_000017.10", "adjacencyRange": [5, 9] }),
            ),
        ),
        (
            "range",
            site(json!({ "start": 10, "referenceBases": "AC", "alternateBases": "GT", "matchParts": true })),
        ),
        (
            "range",
            site(
                json!({ "start": 10, "end": 20, "molecularEffect": "SO:0001583", "sequenceLength": [1, 5] }),
            ),
        ),
        ("gene", json!({ "geneId": "BRAF" })),
        ("gene", json!({ "genomicFeature": "BRAF", "aminoacidChange": "V600E", "variantType": "SNP" })),
        ("gene", json!({ "aminoacidChange": "p.Val600Glu", "requestProfile": "aminoacidChangeRequest" })),
        ("name", json!({ "allele": "NM_004006.2:c.4375C>T" })),
        ("name", json!({ "genomicAlleleShortForm": "NC_000003.11:g.45864732T>C" })),
        ("name", json!({ "variantId": "ga4gh:VA.4t6JnYWqHwYw9WzBT_lmWBb3tLQNalkT" })),
        ("allele", json!({ "variantId": "GRCh37-3-45864732-T-C" })),
        ("allele", json!({ "allele": "NC_000003.11:45864731:T:C" })),
    ] {
        let read = ask(parameters.clone()).map(|request| request.query.variant.unwrap().kind());
        assert_eq!(read, Ok(kind), "{parameters}");
    }
}

/// What nobody can mean, for each parameter, put into requests that are right otherwise.
#[test]
fn malformed_values_are_refused_with_the_name_of_the_parameter() {
    let coordinates = [
        "-1",
        "1.5",
        "x",
        "0x10",
        "1e400",
        "2147483648",
        "99999999999999999999",
        "1,2,3",
        "1;2",
        "1-2",
        "NaN",
        "+",
        "1 2",
        "٣",
        "1_000",
        "--1",
        "1,x",
        ",,x",
        "true",
        "null",
        "{}",
        "1,-2",
        "½",
        "1..2",
        "0b1",
    ];
    let bases = [
        "X", "5", "A C", "A,C", "é", "AC-", "<", "<>", "<DEL", "DEL>", "A>", "[1:2[", "A]1]", "A]:5]", "*",
        "?", "A\tC", "acgx", "<A B>", "A[1:5]", "..A", "Q", "ACGTJ", "A/C", "A|C", "\u{0}", "'A'", "(A)",
        "A+", "=",
    ];
    let names = [
        "chr 7",
        "<1>",
        "*",
        "=1",
        "a,b",
        "7\t8",
        "NC_000003.12",
        "NC_000003.13",
        "(3)",
        "[3]",
        "{3}",
        "\"3\"",
    ];
    let assemblies = ["hg18", "GRCh36", "GRCh39", "38.5", "GRC", "NCBI36", "hg", "T2T", "mm10", "GRCh37-38"];
    let types =
        ["FUSION", "SO:0", "SNPS", "DEL,INS", "EFO:0030072", "EFO:9", "SO:00001483", "deletion?", "-", "7"];
    let lengths = ["-1", "x", "1.5", "1,2", "1e400", "99999999999999999999", "ten", "0x1", "+-1", "1 000"];
    let named: [(&str, Vec<&str>); 8] = [
        ("start", coordinates.to_vec()),
        ("end", coordinates.to_vec()),
        ("alternateBases", bases.to_vec()),
        ("referenceBases", bases[..24].to_vec()),
        ("referenceName", names.to_vec()),
        ("assemblyId", assemblies.to_vec()),
        ("variantType", types.to_vec()),
        ("variantMinLength", lengths.to_vec()),
    ];
    let mut cases = Vec::new();
    for (name, values) in named {
        for value in values {
            let range = json!({ "referenceName": "3", "start": 100, "end": 200, "assemblyId": "GRCh37", name: value });
            cases.push((vec![name], range));
        }
    }
    let hgvs = [
        "NC_000003.11",
        "NC_000003.11:g.",
        "NC_000003.11:g.T>C",
        "NC_000003.11:g.5T>",
        "NC_000003.11:g.5>C",
        "NC_000003.11:g.0T>C",
        "NC_000003.11:g.-5T>C",
        "NC_000003.11:g.5T>T",
        "NC_000003.11:g.5=",
        "NC_000003.11:g.5X>C",
        "NC_000003.11:g.(5_9)_20del",
        "NC_000003.11:g.5insA",
        "NC_000003.11:g.5_6insX",
        "NC_000003.11:g.5_6insN",
        "NC_000003.11:g.5+1A>C",
        "NC_000003.11:g.99999999999T>C",
        "NC_000003.11:q.5T>C",
        "NC_000003.11:g.5_del",
        "NC_000003.11:g.5del7",
        "NC_000003.11:g.5_6con9",
        "NC_000003.11:g.?",
        "NC_000003.11:g.5T>C;6A>G",
        "NM_1.1:c.",
        "NM_1.1:c.5",
        "NM_1.1:c.5del5_6",
        "NM_1.1:c.0A>C",
        "NM_1.1:r.5a>c",
        "NM_1.1:c.5A>",
        "NM_1.1:c.*A>C",
        "NM_1.1:c.5+A>C",
        ":g.5A>C",
        "BRAF:p.",
        "BRAF:p.600",
        "BRAF:p.V600",
        "BRAF:p.?",
        "BRAF:p.v600e",
        "ga4gh:VA.",
        "ga4gh:VA.x",
        "ga4gh:SL.4t6JnYWqHwYw9WzBT_lmWBb3tLQNalkT",
        "NC_000003.11:5:A",
        "NC_000003.11:x:A:C",
        "NC_000003.11:-1:A:C",
        "NC_000003.11:5:A:A",
        "NC_000003.11:5::",
        "NC_000003.11:5:X:A",
        "NC_000003.11:4294967296:A:C",
        "NC_000003.11:5:0:",
        "3-5-A",
        "3-x-A-C",
        "3-0-A-C",
        "3-5-A-A",
        "3-5-A-",
        "3-5-X-C",
        "3-2147483648-A-C",
        "-5-A-C",
        "3-5-A-C-G",
        "3--5-A-C",
        "hello",
        "3",
        "é-5-A-C",
        "GRCh37-3-5-A",
        "GRCh37-3-x-A-C",
        "GRCh37-",
        "GRCh37-3-5-A-<DEL",
        "[]",
        "NC_000003.11:g.5_4insA>",
    ];
    for text in hgvs {
        for name in ["genomicAlleleShortForm", "variantId"] {
            let faults =
                vec![name, "referenceName", "start", "alternateBases", "referenceBases", "aminoacidChange"];
            cases.push((faults, json!({ name: text, "assemblyId": "GRCh37" })));
        }
    }
    let proteins = [
        "V600",
        "600E",
        "v600e",
        "Val600?",
        "V0E",
        "p.",
        "p.?",
        "V600 E",
        "Foo600Bar",
        "V-1E",
        "VV600E",
        "1",
    ];
    let genes = ["BR AF", "BRAF,TP53", "é", "<BRAF>", "BRAF;", "a/b", "\"x\"", "(BRAF)", "BRAF'", "*"];
    let effects =
        ["missense", "SO:1", "SO:0001583,SO:0001587", "stop", "MISSENSE_VARIANT", "?", "so:0001583"];
    for (name, values) in
        [("aminoacidChange", &proteins[..]), ("geneId", &genes), ("molecularEffect", &effects)]
    {
        cases.extend(values.iter().map(|value| (vec![name], json!({ "geneId": "BRAF", name: value }))));
    }
    assert!(cases.len() > 300, "{}", cases.len());
    let wrong = cases.into_iter().filter_map(|(names, parameters)| {
        let error = match ask(parameters.clone()) {
            Ok(request) => return Some(format!("{parameters} is read as {:?}", request.query.variant)),
            Err(error) => error,
        };
        let names_it = names.iter().any(|name| error.to_string().contains(name));
        let told = names_it && error.code().http_status() == 400;
        (!told).then(|| format!("{parameters}: {error}"))
    });
    assert_eq!(wrong.collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn what_asks_nothing_or_too_little_is_refused() {
    for (case, parameters, hint) in [
        ("all", Value::Null, "requestParameters"),
        ("old all", json!([]), "requestParameters"),
        ("unknown alone", json!({ "colour": "red" }), "colour"),
        ("start alone", json!({ "referenceName": "3", "start": 5, "assemblyId": "GRCh37" }), "end"),
        ("no alternate bases", exact_with("alternateBases", Value::Null), "alternateBases"),
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
        let names = ["start", "end", "referenceBases", "alternateBases", "variantType"];
        for (name, value) in names.iter().zip(values) {
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

    #[test]
    fn no_notation_makes_the_parser_panic(
        text in prop_oneof![
            ".{0,40}",
            "(NC_000003\\.11|NM_1\\.1|BRAF|chr3|3|GRCh37|ga4gh)[:\\-.](g\\.|c\\.|p\\.|VA)?[0-9_+*\\-:ACGTNdelinsupv<>\\[\\]()=?]{0,30}",
        ],
    ) {
        for name in ["allele", "variantId", "aminoacidChange", "geneId", "variantType", "alternateBases"] {
            let _ = ask(json!({ name: text, "assemblyId": "GRCh37" }));
            let _ = ask(json!({ name: text, "assemblyId": "GRCh37", "referenceName": "3", "start": 5, "end": 9 }));
        }
    }
}

#[test]
fn what_says_whom_it_is_about_is_never_ignored() {
    let people = |pairs: &[(&str, &str)], body: Value| {
        let pairs = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let parts = RequestParts::collect(pairs, body.to_string().as_bytes()).unwrap();
        EntryRequest::read(&parts, Target { entry_type: EntryType::Individual, within: None })
    };
    let nothing = json!({});
    for (pairs, body, expected) in [
        (&[("filter", "HP:0001250")][..], nothing.clone(), "write `filters`"),
        (&[("biosampleIds", "S1,S2")], nothing.clone(), "one id is evaluated at a time"),
        (
            &[("biosampleIds", "S1"), ("individualIds", "P1")],
            nothing.clone(),
            "one id is evaluated at a time",
        ),
        (&[], json!({ "query": { "filters": [{}] } }), "a filter has no `id`"),
        (
            &[],
            json!({ "filters": [{ "id": "HP:1", "exclude": true }] }),
            "`exclude` is no member of a filter",
        ),
        (&[("filters", "LOINC:8308-9:>abc")], nothing.clone(), "as a number"),
        (&[("filters", "NCIT:C83164:>30")], nothing.clone(), "age at onset"),
        (&[("filters", "EDAM:data_2295:=BRCA1,EDAM:data_2295:=BRCA2")], nothing.clone(), "takes one gene"),
    ] {
        let error = people(pairs, body.clone()).unwrap_err().to_string();
        assert!(error.contains(expected), "{pairs:?} {body}: {error}");
    }
    let one = people(&[("biosampleIds", "S1")], nothing.clone()).unwrap().query.within;
    assert_eq!(one, Some(EntryRef { entry_type: EntryType::Biosample, id: "S1".into() }));
    let gene = json!({ "query": { "filters": [
        { "id": "edam:data_2295", "operator": "=", "value": "BRCA1" }, { "id": "HP:0001250" },
    ] } });
    let asked = people(&[], gene).unwrap().query;
    let Some(VariantQuery::Gene(gene)) = asked.variant else { panic!("a gene") };
    assert_eq!((gene.gene(), asked.filters.clauses().len()), (Some("BRCA1"), 1));
}

#[test]
fn a_list_of_datasets_takes_no_filters() {
    let parts = |filters: &str| RequestParts::collect(vec![("filters".into(), filters.into())], b"").unwrap();
    assert!(CollectionRequest::try_from(parts("HP:0001250")).is_err());
    assert!(CollectionRequest::try_from(parts("")).is_ok());
}

#[test]
fn the_default_granularity_is_for_whoever_states_none() {
    let parts = |pairs: Vec<(String, String)>| RequestParts::collect(pairs, b"").unwrap();
    let read = |parts: RequestParts| ReceivedRequest::read(&parts).unwrap().granularity();
    assert_eq!(read(parts(Vec::new()).with_granularity(Granularity::Record)), Granularity::Record);
    let stated = vec![("requestedGranularity".to_owned(), "boolean".to_owned())];
    assert_eq!(read(parts(stated).with_granularity(Granularity::Record)), Granularity::Boolean);
}
