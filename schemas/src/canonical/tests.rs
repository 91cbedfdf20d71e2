//! The forms are what the vectors say, and what the guide says.

use std::collections::BTreeSet;

use serde_json::Value;
use sha2::{Digest, Sha256};

#[path = "../../golden/vectors.rs"]
mod vectors;

use crate::{
    AlleleQuery, Assembly, Contig, Interbase, Located, LocatedKey, Query, Variant, VariantQuery, VariantType,
};

const GUIDE: &str = include_str!("../../../docs/identity.md");

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn what_is_signed_is_what_the_vectors_say() {
    for vector in vectors::signed() {
        let form = vector.query.signable();
        assert_eq!(String::from_utf8_lossy(&form), vector.form, "{}", vector.name);
        assert_eq!(hexadecimal(&Sha256::digest(&form)), vector.sha256, "{}", vector.name);
    }
}

#[test]
fn every_vector_is_another_question_and_has_another_form() {
    let vectors = vectors::signed();
    let forms: BTreeSet<_> = vectors.iter().map(|vector| vector.query.signable()).collect();
    assert_eq!(forms.len(), vectors.len());
    let names: BTreeSet<_> = vectors.iter().map(|vector| &vector.name).collect();
    assert_eq!(names.len(), vectors.len());
}

#[test]
fn the_guide_shows_a_question_as_it_is_signed() {
    let example = vectors::signed().swap_remove(0);
    assert!(GUIDE.contains(&example.form));
    assert!(GUIDE.contains(&example.sha256));
}

#[test]
fn the_guide_names_every_field() {
    let rows = GUIDE.lines().filter(|line| line.starts_with("| `"));
    let table: BTreeSet<&str> = rows.flat_map(|row| row.split('`').skip(1).step_by(2)).collect();
    let forms = vectors::signed().into_iter().map(|vector| vector.form).collect::<String>();
    let fields = forms.lines().filter_map(|line| line.rsplit_once(' ')).filter(|(name, length)| {
        let is_name = |byte: u8| byte == b'_' || byte.is_ascii_lowercase();
        !name.is_empty() && name.bytes().all(is_name) && length.parse::<usize>().is_ok()
    });
    let missing: Vec<_> = fields.map(|(name, _)| name).filter(|name| !table.contains(name)).collect();
    assert_eq!(missing, Vec::<&str>::new());
}

#[test]
fn what_a_question_is_about_leaves_out_how_it_is_asked() {
    let vectors = vectors::signed();
    let subject = |name: &str| {
        vectors.iter().find(|vector| vector.name == name).map(|vector| vector.query.subject()).unwrap()
    };
    let plain = subject("an allele, all else at its default");
    for same in
        ["granularity record", "another page", "test mode", "one dataset", "all but one node", "purpose GRU"]
    {
        assert_eq!(subject(same), plain, "{same}");
    }
    for other in ["the same allele in the other assembly", "a range", "people who carry an allele"] {
        assert_ne!(subject(other), plain, "{other}");
    }
    assert!(plain.starts_with(b"version 14\nfyr-subject-v1\nentry_type 14\ngenomicVariant\nallele 90\n"));
}

fn located(of: &Value) -> Option<Located> {
    let assembly = |of: &Value| of["assembly"].as_str().unwrap().parse::<Assembly>().unwrap();
    Some(if let Some(of) = of.get("allele") {
        let contig = Contig::resolve(of["contig"].as_str().unwrap(), assembly(of)).unwrap();
        let text = |name: &str| of[name].as_str().unwrap();
        let start = of["start"].as_u64().unwrap();
        let query = AlleleQuery::new(assembly(of), contig, start, text("deleted"), text("inserted"));
        Located::Allele { query: query.unwrap(), forms: Vec::new() }
    } else if let Some(ranges) = of.get("range") {
        let ranges = ranges.as_array().unwrap().iter().map(vectors::range).collect();
        Located::Ranges { ranges, gene: of["gene"].as_str().map(str::to_owned) }
    } else if let Some(of) = of.get("bracket") {
        Located::Bracket(vectors::bracket(of))
    } else if let Some(of) = of.get("everywhere") {
        Located::Everywhere(assembly(of), vectors::narrowing(of))
    } else {
        let of = of.get("vrs")?;
        Located::Digest(assembly(of), of["prefix"].as_u64().unwrap().cast_signed())
    })
}

fn keys() -> Vec<(vectors::Vector, LocatedKey)> {
    let key = |of: &Value| {
        let (vector, located) = (vectors::vector(of), located(&of["located"]));
        let key = LocatedKey::of(of["dataset"].as_str().unwrap(), &vector.query, located.as_ref());
        (vector, key)
    };
    vectors::all("located").iter().map(key).collect()
}

#[test]
fn located_keys_are_what_the_vectors_say() {
    let keys = keys();
    for (vector, key) in &keys {
        assert_eq!(String::from_utf8_lossy(key.bytes()), vector.form, "{}", vector.name);
        assert_eq!(key.to_string(), vector.sha256, "{}", vector.name);
        assert_eq!(hexadecimal(&key.digest()), vector.sha256, "{}", vector.name);
    }
    let distinct: BTreeSet<_> = keys.iter().map(|(_, key)| key.digest()).collect();
    assert_eq!(distinct.len(), keys.len());
}

fn key_of(text: &str) -> LocatedKey {
    let query = VariantQuery::parse(text, Some(Assembly::GRCH38)).unwrap();
    let located = Located::plain(&query).unwrap();
    LocatedKey::of("D", &Query::variants(query), Some(&located))
}

#[test]
fn notations_of_one_allele_have_one_key() {
    for (one, others) in [
        (
            "7-117559590-ATCT-A",
            &["NC_000007.14:117559590:TCT:", "chr7:117559589:GATCT:GA", "7-117559591-TCTT-T"][..1],
        ),
        ("7-100-A-AT", &["NC_000007.14:100::T", "7-100-AC-ATC"]),
        ("7-100-AC-GT", &["7-99-TAC-TGT"]),
    ] {
        for other in others {
            assert_eq!(key_of(one), key_of(other), "{one} {other}");
        }
    }
    assert_ne!(key_of("7-100-A-AT"), key_of("7-101-A-AT"));
    assert_ne!(key_of("7-100-A-AT"), key_of("7-100-A-AG"));
    assert_ne!(key_of("7-100-A-<DEL>"), key_of("7-100-A-<DUP>"));
}

#[test]
fn a_stored_allele_has_the_key_of_the_question_for_it() {
    for (text, start, r, a) in [
        ("NC_000007.14:117559590:TCT:", 117_559_589, "ATCT", "A"),
        ("7-100-A-G", 99, "A", "G"),
        ("7-100-A-<DEL>", 99, "A", "<DEL>"),
    ] {
        let variant = Variant {
            contig: Contig::resolve("7", Assembly::GRCH38).unwrap(),
            interval: Interbase::new(start, start + 40).unwrap(),
            reference_bases: r.into(),
            alternate_bases: a.into(),
            variant_type: VariantType::Complex,
            sv_length: Some(-40),
        };
        assert_eq!(LocatedKey::of_allele("D", Assembly::GRCH38, &variant), key_of(text), "{text}");
    }
}

#[test]
fn the_order_of_filters_makes_no_other_key() {
    let named = |name: &str| vectors::signed().into_iter().find(|vector| vector.name == name).unwrap().query;
    let (one, other) = (named("two clauses"), named("two clauses in the other order"));
    assert_ne!(one.signable(), other.signable());
    assert_eq!(LocatedKey::of("D", &one, None), LocatedKey::of("D", &other, None));
    let (clauses, one_clause) = (named("two clauses"), named("one of two filters"));
    assert_ne!(LocatedKey::of("D", &clauses, None), LocatedKey::of("D", &one_clause, None));
}

#[test]
fn a_gene_without_effects_is_its_range() {
    let query = named_range();
    let located =
        |gene: Option<&str>| Located::Ranges { ranges: vec![query.clone()], gene: gene.map(str::to_owned) };
    let question = Query::variants(VariantQuery::Range(query.clone()));
    let key = |gene| LocatedKey::of("D", &question, Some(&located(gene)));
    assert_eq!(key(Some("CFTR")), key(None));
}

fn named_range() -> crate::RangeQuery {
    let contig = Contig::resolve("7", Assembly::GRCH38).unwrap();
    crate::RangeQuery::of(Assembly::GRCH38, contig, Interbase::new(5, 9).unwrap())
}
