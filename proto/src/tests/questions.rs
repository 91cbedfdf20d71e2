//! What a client asked, and signed, is what the last one on the way reads, behind every door and every call.

use std::time::Duration;

use fyr_schemas::{
    AlleleQuery, Assembly, BasePattern, BracketQuery, Clause, Condition, Contig, DatasetSelection, EntryRef,
    EntryType, Epoch, Filter, Filters, FrequencyBound, GeneQuery, Granularity, Interbase, Mate, Narrowing,
    Operator, Pagination, ProteinChange, Purpose, Query, RangeQuery, Substitution, VariantQuery,
    beacon::{EntryRequest, RequestParts, Target},
};
use proptest::{collection::vec, option, prelude::*, sample::select};
use prost::Message;
use serde_json::{Value, json};

use crate::v1;

const SIGNS: [&str; 6] = ["=", "!", "<", "<=", ">", ">="];

fn assembly() -> impl Strategy<Value = Assembly> {
    select(vec![Assembly::GRCH37, Assembly::GRCH38])
}

fn contig() -> impl Strategy<Value = Contig> {
    let names = ["1", "chr7", "X", "chrM", "22", "HLA-A*01:01:01:01", "GL000220.1"];
    select(names.to_vec()).prop_map(|name| Contig::resolve(name, Assembly::GRCH38).unwrap())
}

fn interval() -> impl Strategy<Value = Interbase> {
    (0u64..1_000_000, 1u64..5_000).prop_map(|(start, len)| Interbase::new(start, start + len).unwrap())
}

fn allele() -> impl Strategy<Value = VariantQuery> {
    let alternates =
        prop_oneof!["[ACGTacgt]{1,5}", Just("<DEL>".to_owned()), Just("G]17:198982]".to_owned())];
    (assembly(), contig(), 1u64..100_000_000, "[ACGTacgt]{1,5}", alternates).prop_filter_map(
        "the alleles differ",
        |(assembly, contig, start, reference, alternate)| {
            AlleleQuery::new(assembly, contig, start, &reference, &alternate).ok().map(VariantQuery::Allele)
        },
    )
}

prop_compose! {
    fn narrowing()(
        kind in option::of(select(vec!["SNP", "DEL", "INDEL", "CNV", "EFO:0030070", "EFO:0030069", "BND"])),
        reference in option::of("[ACGTNRYU]{1,4}"),
        alternate in option::of(prop_oneof!["[acgtnry]{1,4}", Just("<DUP>".to_owned())]),
        lengths in (option::of(0u64..1000), option::of(0u64..1000)),
        mate in option::of((contig(), option::of(interval()))),
        part in option::of((0u32..1000, "[ACGT]{2}", "[ACGT]{2}")),
        protein in option::of(select(vec!["V600E", "BRAF:p.V600E", "p.Arg1443Ter"])),
        effect in option::of(select(vec!["stop_gained", "SO:0001587"])),
    ) -> Narrowing {
        let bases = |text: Option<String>| text.map(|text| BasePattern::parse(&text).unwrap());
        Narrowing {
            variant_type: kind.map(|kind| kind.parse().unwrap()),
            reference_bases: bases(reference),
            alternate_bases: bases(alternate),
            minimum_length: lengths.0,
            maximum_length: lengths.1,
            mate: mate.map(|(contig, interval)| Mate { contig, interval }),
            parts_of: part.map(|(start, reference_bases, alternate_bases)| Substitution {
                start, reference_bases, alternate_bases,
            }),
            protein_change: protein.map(|text| ProteinChange::parse(text).unwrap()),
            effect: effect.map(str::to_owned),
        }
    }
}

fn range() -> impl Strategy<Value = VariantQuery> {
    (assembly(), contig(), interval(), option::of(1u8..=100), narrowing()).prop_map(
        |(assembly, contig, interval, reciprocal_overlap, narrowing)| {
            VariantQuery::Range(RangeQuery { assembly, contig, interval, reciprocal_overlap, narrowing })
        },
    )
}

fn variant() -> impl Strategy<Value = VariantQuery> {
    let bracket = (assembly(), contig(), interval(), interval(), narrowing()).prop_map(
        |(assembly, contig, start, end, narrowing)| {
            VariantQuery::Bracket(BracketQuery { assembly, contig, start, end, narrowing })
        },
    );
    let gene = narrowing()
        .prop_map(|narrowing| VariantQuery::Gene(GeneQuery::new(Some("HLA-A"), narrowing).unwrap()));
    let names = [
        "NM_000492.4:c.1521_1523del",
        " NC_000007.14:g.117559591_117559593del",
        "chr7:g.100_102del",
        "ga4gh:VA.4t6JnYWqHwYw9WzBT_lmWBb3tLQNalkT",
    ];
    let name = (select(names.to_vec()), Just(Some(Assembly::GRCH38)))
        .prop_map(|(text, assembly)| VariantQuery::parse(text, assembly).unwrap());
    prop_oneof![allele().boxed(), range().boxed(), bracket.boxed(), gene.boxed(), name.boxed()]
}

fn purpose() -> impl Strategy<Value = Purpose> {
    let texts = [
        "GRU",
        "HMB; commercial; methods",
        "POA; project=Ett projekt, till",
        "DS; disease=MONDO:0007254; disease=MONDO:0005105",
        "care; case=17-å",
    ];
    select(texts.to_vec()).prop_map(|text| text.parse().unwrap())
}

fn filter() -> impl Strategy<Value = Filter> {
    let term = (select(vec!["HP:0001250", "hp:0001250", "NCIT:C16576"]), any::<bool>()).prop_map(
        |(id, descendants)| Condition::Term {
            id: fyr_schemas::model::canonical_curie(id).unwrap(),
            descendants,
        },
    );
    let signs = SIGNS.map(|sign| Operator::from_sign(sign).unwrap());
    let same = vec![Operator::Equal, Operator::NotEqual];
    let measured = (select(vec!["age", "LOINC:26515-7"]), select(signs.to_vec()), "[0-9]{1,4}|P[0-9]{1,2}Y");
    let worded = (select(vec!["sex.label", "LOINC:26515-7"]), select(same), "\\PC{0,12}");
    let value = prop_oneof![measured, worded].prop_map(|(field, operator, value)| Condition::Value {
        field: field.into(),
        operator,
        value,
    });
    let scope = option::of(select(EntryType::ALL.to_vec()));
    (scope, any::<bool>(), vec(prop_oneof![term, value], 1..3)).prop_map(|(scope, excluded, any_of)| Filter {
        scope,
        excluded,
        any_of,
    })
}

prop_compose! {
    fn lists()(
        only in vec("[ -~]{1,8}", 0..3),
        exclude in vec("[A-Z]{1,4}", 0..3),
        exclude_nodes in vec("[a-z.]{1,9}", 0..3),
        only_nodes in vec("\\PC{1,4}", 0..3),
    ) -> DatasetSelection {
        DatasetSelection { only, exclude, exclude_nodes, only_nodes }
    }
}

/// How a question is asked, beside what it is about.
fn manner() -> impl Strategy<Value = Query> {
    let granularity = select(vec![Granularity::Boolean, Granularity::Count, Granularity::Record]);
    let handling = (
        any::<bool>(),
        option::of(any::<u32>().prop_map(Epoch)),
        option::of("[^\\pC]{1,9}".prop_map(|id| id.parse().unwrap())),
        option::of(any::<u64>().prop_map(Duration::from_millis)),
    );
    (granularity, lists(), (0u32..9, 0u32..9), any::<bool>(), option::of(purpose()), handling).prop_map(
        |(granularity, datasets, (skip, limit), test_mode, purpose, (dry_run, epoch, batch, wait))| Query {
            granularity,
            datasets,
            pagination: Pagination { skip, limit },
            test_mode,
            purpose,
            dry_run,
            epoch,
            batch,
            wait,
            ..Query::entries(EntryType::GenomicVariant)
        },
    )
}

fn frequencies() -> impl Strategy<Value = Vec<FrequencyBound>> {
    let bound = (select(SIGNS.to_vec()), 0u64..=1_000_000_000).prop_map(|(sign, billionths)| {
        let value = format!("{}.{:09}", billionths / 1_000_000_000, billionths % 1_000_000_000);
        let operator = Operator::from_sign(sign).unwrap();
        let condition = Condition::Value { field: "alleleFrequency".into(), operator, value };
        Clause(vec![Filter { scope: None, excluded: false, any_of: vec![condition] }])
    });
    vec(bound, 0..3).prop_map(|bounds| {
        FrequencyBound::split(Filters::new(bounds).unwrap(), EntryType::GenomicVariant).unwrap().1
    })
}

prop_compose! {
    fn question()(
        manner in manner().boxed(),
        variant in option::of(variant().boxed()),
        entry_type in select(EntryType::ALL.to_vec()),
        within in option::of((select(EntryType::ALL.to_vec()), "[ -~]{1,8}")),
        filters in vec(vec(filter().boxed(), 1..3).prop_map(Clause), 0..3),
        bounds in frequencies().boxed(),
    ) -> Query {
        let Query { granularity, datasets, pagination, test_mode, purpose, dry_run, epoch, batch, wait, .. } = manner;
        Query {
            entry_type,
            variant,
            within: within.map(|(entry_type, id)| EntryRef { entry_type, id }),
            filters: Filters::new(filters).unwrap(),
            // Only variants have a frequency.
            frequencies: if entry_type == EntryType::GenomicVariant { bounds } else { Vec::new() },
            granularity, datasets, pagination, test_mode, purpose, dry_run, epoch, batch, wait,
        }
    }
}

/// A question with some of the parts of another.
fn with_parts_of(query: &Query, other: &Query, parts: &[bool]) -> Query {
    let mut mixed = query.clone();
    let mut parts = parts.iter().copied();
    macro_rules! take {
        ($($($field:ident).+),* $(,)?) => {$(
            if parts.next().unwrap_or_default() {
                mixed.$($field).+ = other.$($field).+.clone();
            }
        )*};
    }
    take!(
        entry_type,
        variant,
        within,
        filters,
        frequencies,
        granularity,
        datasets.only,
        datasets.exclude,
        datasets.exclude_nodes,
        datasets.only_nodes,
        pagination.skip,
        pagination.limit,
        test_mode,
        purpose,
        dry_run,
        epoch,
        batch,
    );
    mixed
}

/// The same question as one whose sets are sorted.
fn ordered(query: &Query) -> Query {
    let mut ordered = Query { wait: None, ..query.clone() };
    let DatasetSelection { only, exclude, exclude_nodes, only_nodes } = &mut ordered.datasets;
    for list in [only, exclude, exclude_nodes, only_nodes] {
        list.sort();
        list.dedup();
    }
    ordered
}

proptest! {
    #[test]
    fn any_question_survives_a_chain_of_brokers(query in question().prop_filter("asks", Query::asks)) {
        let mut read = query.clone();
        for _ in 0..3 {
            let message = v1::Question::from(&read);
            let sent = v1::Question::decode(message.encode_to_vec().as_slice()).unwrap();
            prop_assert_eq!(&sent, &message);
            read = Query::try_from(sent).unwrap();
            prop_assert_eq!(&read, &query);
            prop_assert_eq!(read.signable(), query.signable());
        }
    }

    #[test]
    fn questions_are_signed_alike_if_and_only_if_they_are_the_same(
        one in question().boxed(),
        other in question().boxed(),
        parts in vec(prop::bool::weighted(0.1), 17),
    ) {
        let mixed = with_parts_of(&one, &other, &parts);
        prop_assert_eq!(ordered(&one) == ordered(&mixed), one.signable() == mixed.signable());
        prop_assert_eq!(ordered(&one) == ordered(&other), one.signable() == other.signable());
    }

    #[test]
    fn how_long_somebody_waits_is_not_signed(query in question(), wait in any::<u64>()) {
        let other = Query { wait: Some(Duration::from_millis(wait)), ..query.clone() };
        prop_assert_eq!(other.signable(), query.signable());
    }

    #[test]
    fn a_question_in_json_is_signed_as_its_node_reads_it(body in json_question()) {
        let parts = RequestParts::collect(Vec::new(), body.to_string().as_bytes()).unwrap();
        let target = Target { entry_type: EntryType::GenomicVariant, within: None };
        let query = EntryRequest::read(&parts, target).unwrap().query;
        prop_assert!(query.purpose.is_some());
        let read = Query::try_from(v1::Question::from(&query)).unwrap();
        prop_assert_eq!(read.signable(), query.signable());
        prop_assert_eq!(read, query);
    }
}

prop_compose! {
    fn json_question()(
        place in json_place(),
        filters in vec(json_filter(), 0..3),
        granularity in select(vec!["boolean", "COUNT", "record"]),
        datasets in vec("[A-Za-z0-9-]{1,8}", 0..3),
        test_mode in any::<bool>(),
        purpose in purpose(),
    ) -> Value {
        json!({
            "meta": { "purpose": purpose.to_string() },
            "query": {
                "requestParameters": place,
                "filters": filters,
                "requestedGranularity": granularity,
                "datasetIds": datasets,
                "testMode": test_mode,
            },
        })
    }
}

fn json_place() -> impl Strategy<Value = Value> {
    let (start, len) = (0u64..1_000_000, 1u64..500);
    let allele = (start.clone(), select(vec![("a", "G"), ("ATCT", "a"), ("A", "AN"), ("C", "<DEL>")]))
        .prop_map(|(start, (r, a))| {
            json!({ "assemblyId": "hg38", "referenceName": "chrX", "start": [start], "referenceBases": r,
                "alternateBases": a })
        });
    let range = (start.clone(), len).prop_map(|(start, len)| {
        json!({ "assemblyId": "GRCh37", "referenceName": "7", "start": start, "end": start + len,
            "variantType": "DEL", "variantMinLength": 3 })
    });
    let bracket = start.prop_map(|start| {
        json!({ "assemblyId": "GRCh38", "referenceName": "NC_000007.14", "start": [start, start + 5],
            "end": [start + 9, start + 12], "variantType": "EFO:0030070" })
    });
    let gene = Just(json!({ "geneId": "BRAF", "aminoacidChange": "V600E" }));
    let name = Just(json!({ "allele": "NM_004333.6:c.1799T>A" }));
    prop_oneof![allele, range, bracket, gene, name]
}

fn json_filter() -> impl Strategy<Value = Value> {
    let filters = [
        json!({ "id": "hp:0001250", "includeDescendantTerms": false, "scope": "individuals" }),
        json!({ "id": "age", "operator": ">=", "value": "P30Y" }),
        json!([{ "id": "HP:0001250" }, { "id": "HP:0000001", "excluded": true }]),
        json!({ "id": ["HP:0001250", "HP:0002664"] }),
    ];
    select(filters.to_vec())
}
