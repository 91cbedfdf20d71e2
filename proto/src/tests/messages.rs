//! Messages that no Fyr sends, and what stands in the vectors.

use fyr_schemas::{
    Clause, Condition, EntryRef, EntryType, Filter, Filters, InvalidFilters, InvalidQuery, Operator, Query,
    VariantQuery,
};

use crate::{document, v1};

#[path = "../../../schemas/golden/vectors.rs"]
#[expect(dead_code, reason = "keys are read elsewhere")]
mod vectors;

#[test]
fn a_question_of_the_vectors_is_signed_alike_behind_the_wire() {
    for vector in vectors::signed() {
        let read = Query::try_from(v1::Question::from(&vector.query)).unwrap();
        assert_eq!(String::from_utf8_lossy(&read.signable()), vector.form, "{}", vector.name);
    }
}

fn query() -> Query {
    let term = Condition::Term { id: "HP:0001250".into(), descendants: false };
    let value =
        Condition::Value { field: "age".into(), operator: Operator::GreaterOrEqual, value: "P3Y".into() };
    let filter = |condition, excluded| Filter {
        scope: Some(EntryType::Individual),
        excluded,
        any_of: vec![condition],
    };
    let allele = VariantQuery::parse("7-117559590-ATCT-A", Some(fyr_schemas::Assembly::GRCH38)).unwrap();
    Query {
        variant: Some(allele),
        within: Some(EntryRef { entry_type: EntryType::Cohort, id: "C".into() }),
        filters: Filters::new(vec![Clause(vec![filter(term, true), filter(value, false)])]).unwrap(),
        ..Query::entries(EntryType::Biosample)
    }
}

#[test]
fn variants_are_asked_for_where_no_type_is_named() {
    let message = v1::Question { entry_type: String::new(), ..v1::Question::from(&query()) };
    assert_eq!(Query::try_from(message).unwrap().entry_type, EntryType::GenomicVariant);
}

#[test]
fn what_is_no_question_is_refused() {
    let message = || v1::Question::from(&query());
    let operator = |operator: &str| v1::Condition {
        kind: Some(v1::condition::Kind::Value(v1::ValueCondition {
            field: "age".into(),
            operator: operator.into(),
            value: "P3Y".into(),
        })),
    };
    let filtered = |scope: &str, condition| {
        let filter = v1::Filter { scope: scope.into(), excluded: false, any_of: vec![condition] };
        v1::Question { clauses: vec![v1::Clause { filters: vec![filter] }], ..message() }
    };
    let variant = |variant| v1::Question { variant: Some(variant), ..message() };
    let mate = |start, end| {
        let mate = Some(v1::Mate { reference_name: "7".into(), start, end });
        let narrowing = Some(v1::Narrowing { mate, ..v1::Narrowing::default() });
        variant(v1::question::Variant::Gene(v1::Gene { gene: "BRAF".into(), narrowing }))
    };
    assert!(Query::try_from(mate(None, None)).is_ok());
    assert!(Query::try_from(filtered("run", operator("<"))).is_ok());
    let of_no_assembly = v1::Allele { assembly_id: "GRCh36".into(), ..v1::Allele::default() };
    for (fault, broken) in [
        ("type", v1::Question { entry_type: "planet".into(), ..message() }),
        ("granularity", v1::Question { granularity: 9, ..message() }),
        ("purpose", v1::Question { purpose: Some(v1::Purpose::default()), ..message() }),
        ("batch", v1::Question { batch: Some(String::new()), ..message() }),
        ("scope", filtered("planet", operator("<"))),
        ("operator", filtered("run", operator("<>"))),
        ("condition", filtered("run", v1::Condition { kind: None })),
        ("half a mate", mate(Some(5), None)),
        ("the other half", mate(None, Some(5))),
        ("assembly", variant(v1::question::Variant::Allele(of_no_assembly))),
    ] {
        assert!(Query::try_from(broken).is_err(), "{fault}");
    }
    // A limit of a door would be none of another.
    let value = |value: String| v1::Condition {
        kind: Some(v1::condition::Kind::Value(v1::ValueCondition {
            field: "sex".into(),
            operator: "=".into(),
            value,
        })),
    };
    for (limit, condition) in [
        (InvalidFilters::Long("value"), value("a".repeat(257))),
        (InvalidFilters::Wildcards, value("%a".repeat(5))),
    ] {
        assert_eq!(Query::try_from(filtered("", condition)), Err(InvalidQuery::Filters(limit)));
    }
    let filter = v1::Filter { any_of: vec![operator("<"); 101], ..v1::Filter::default() };
    let many = v1::Question { clauses: vec![v1::Clause { filters: vec![filter] }], ..message() };
    assert_eq!(Query::try_from(many), Err(InvalidQuery::Filters(InvalidFilters::Conditions)));
    let nothing = Query::try_from(v1::Question::default());
    assert_eq!(nothing, Err(InvalidQuery::Missing("variant")));
    assert!(document("[]").is_err() && document("{").is_err() && document("{}").is_ok());
}
