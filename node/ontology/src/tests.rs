//! Small ontologies of each form.

use std::path::PathBuf;

use fyr_schemas::{Clause, Filter};
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

const OBO: &str = "format-version: 1.4\ndata-version: 2026-01-01\n\n\
    [Term]\nid: HP:0000001\nname: All\n\n\
    [Term]\nid: HP:0000707\nname: Nervous system\nis_a: HP:0000001 ! All\n\n\
    [Term]\nid: HP:0001250\nname: Seizure\nalt_id: HP:0002279\nis_a: HP:0000707\n\n\
    [Term]\nid: HP:0020219\nname: Motor seizure\nis_a: HP:0001250\n\n\
    [Term]\nid: HP:0000009\nname: obsolete\nis_obsolete: true\nreplaced_by: HP:0001250\n";

fn file(directory: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = directory.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn load(sources: Vec<(&str, Option<PathBuf>)>) -> Result<Ontologies, OntologyError> {
    let source = |(prefix, path): (&str, Option<PathBuf>)| OntologySource {
        prefix: prefix.to_owned(),
        path,
        ..OntologySource::default()
    };
    Ontologies::load(&sources.into_iter().map(source).collect::<Vec<_>>())
}

fn ids(ontologies: &Ontologies, id: &str, descendants: bool) -> Vec<String> {
    ontologies.matches(id, descendants).unwrap().ids
}

#[test]
fn narrower_terms_are_found_in_obo() {
    let directory = tempfile::tempdir().unwrap();
    let ontologies = load(vec![("HP", Some(file(&directory, "hp.obo", OBO)))]).unwrap();
    let seizures = ["HP:0000009", "HP:0001250", "HP:0002279", "HP:0020219"];
    assert_eq!(ids(&ontologies, "HP:0001250", true), seizures);
    assert_eq!(ids(&ontologies, "HP:0000009", true), seizures, "what a former id means now");
    assert_eq!(ids(&ontologies, "HP:0020219", true), ["HP:0020219"]);
    assert_eq!(ids(&ontologies, "HP:0001250", false), seizures[..3]);
    assert_eq!(ids(&ontologies, "HP:0000001", true).len(), 6);
    assert_eq!(ids(&ontologies, "HP:9999999", true), ["HP:9999999"], "of a later release");
    assert_eq!(ontologies.label("HP:0001250"), Some("Seizure"));
    let hp = ontologies.vocabularies().into_iter().find(|vocabulary| vocabulary.prefix == "HP").unwrap();
    assert_eq!(hp.version.as_deref(), Some("2026-01-01"));
}

#[test]
fn tables_of_edges_and_of_terms_are_read() {
    let directory = tempfile::tempdir().unwrap();
    let edges = file(&directory, "mondo.tsv", "child\tparent\nMONDO:2\tMONDO:1\nMONDO:3\tMONDO:2\n");
    let terms = "id\tlabel\tshorthand\tparents\nDUO:1\tuse\t\t\nDUO:2\tresearch\tGRU\tDUO:1|IAO:1\n";
    let terms = file(&directory, "duo.tsv", terms);
    let ontologies = load(vec![("MONDO", Some(edges)), ("DUO", Some(terms))]).unwrap();
    assert_eq!(ids(&ontologies, "MONDO:1", true), ["MONDO:1", "MONDO:2", "MONDO:3"]);
    assert_eq!(ids(&ontologies, "DUO:1", true), ["DUO:1", "DUO:2"]);
    assert_eq!(ontologies.label("DUO:2"), Some("research"));
}

#[test]
fn faults_name_file_and_line() {
    let directory = tempfile::tempdir().unwrap();
    for (name, text, expected) in [
        ("a.tsv", "child\tparent\nnonsense\tHP:1\n", "line 2: no CURIE stands in the column of ids"),
        ("b.tsv", "x\ty\n", "line 1: the header names no column `id` or `child`"),
        ("c.tsv", "", "the file is empty"),
        ("d.obo", "[Term]\nnonsense\n", "d.obo"),
    ] {
        let error = load(vec![("HP", Some(file(&directory, name, text)))]).unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains(name), "{error}");
    }
    assert!(matches!(load(vec![("HP", Some("nowhere".into()))]), Err(OntologyError::Io { .. })));
    assert!(matches!(load(vec![("HP", None), ("hp", None)]), Err(OntologyError::Twice(_))));
}

#[test]
fn longer_codes_are_narrower() {
    let ontologies = Ontologies::default();
    let below = |asked: &str, code: &str| {
        let ranges = ontologies.matches(asked, true).unwrap().code_ranges;
        ranges.iter().any(|(from, to)| from.as_str() <= code && code < to.as_str())
    };
    for (asked, code, expected) in [
        ("ICD10:F31", "ICD10:F31", true),
        ("ICD10:F31", "ICD10:F3181", true),
        ("ICD10:F31", "ICD10:F31.81", true),
        ("ICD10:F31", "ICD10:F32", false),
        ("ICD10:F31", "ICD10:F3", false),
        ("ICD10:F31.8", "ICD10:F3181", true),
        ("ICD10:F318", "ICD10:F31.81", true),
        ("ICD10:F31.8", "ICD10:F31.9", false),
        ("ICD10:I", "ICD10:I99", true),
        ("ICD10:I", "ICD10:J00", false),
        ("ICD10:I20-I25", "ICD10:I20", true),
        ("ICD10:I20-I25", "ICD10:I25.9", true),
        ("ICD10:I20-I25", "ICD10:I26", false),
        ("ICD10:A00-Z99", "ICD10:Z99.9", true),
        ("ICD10CM:E10", "ICD10:E10", false),
    ] {
        assert_eq!(below(asked, code), expected, "{asked} {code}");
    }
    for nonsense in ["ICD10:31", "ICD10:I25-I20", "ICD10:I2-I3", "ICD10:F31%", "ICD10:-"] {
        assert!(ontologies.matches(nonsense, true).is_err(), "{nonsense}");
    }
    assert_eq!(ontologies.matches("ICD10:F31", false).unwrap().ids, ["ICD10:F31"]);
}

#[test]
fn what_is_known_does_not_depend_on_data() {
    let ontologies = load(vec![("LOCAL", None)]).unwrap();
    for known in ["NCIT:C16576", "LOCAL:1", "SNOMED:1"] {
        assert_eq!(ids(&ontologies, known, true), [known]);
    }
    assert_eq!(ontologies.matches("NOSUCH:1", false), Err(UnknownTerm("NOSUCH:1".into())));
    assert_eq!(ontologies.matches("sex", false), Err(UnknownTerm("sex".into())));
}

#[test]
fn clients_hear_where_narrower_terms_do_not_count() {
    let filters = |descendants| {
        let condition = Condition::Term { id: "NCIT:C3058".into(), descendants };
        Filters::new(vec![Clause(vec![Filter { scope: None, excluded: false, any_of: vec![condition] }])])
            .unwrap()
    };
    let ontologies = Ontologies::default();
    assert_eq!(ontologies.check(&filters(true)).unwrap().warnings.len(), 1);
    assert_eq!(ontologies.check(&filters(false)), Ok(Checked::default()));
}

#[test]
fn terms_that_a_loaded_ontology_lacks_are_named() {
    let directory = tempfile::tempdir().unwrap();
    let ontologies = load(vec![("HP", Some(file(&directory, "hp.obo", OBO)))]).unwrap();
    let check = |ids: &[&str]| {
        let any_of = ids.iter().map(|id| Condition::Term { id: (*id).into(), descendants: true }).collect();
        let filters =
            Filters::new(vec![Clause(vec![Filter { scope: None, excluded: false, any_of }])]).unwrap();
        ontologies.check(&filters)
    };
    let checked = check(&["HP:9999999", "HP:0001250", "HP:9999999"]).unwrap();
    assert_eq!(checked.lacking, ["HP:9999999"]);
    assert!(checked.warnings[0].contains("2026-01-01 does not have it"), "{checked:?}");
    assert_eq!(check(&["HP:0001250"]), Ok(Checked::default()));
    assert!(check(&["NOSUCH:1"]).is_err());
}

/// An id that was given up twice, one that leads nowhere, and two that lead to each other.
#[test]
fn former_ids_lead_to_their_end() {
    let directory = tempfile::tempdir().unwrap();
    let term = |id: u32, more: &str| format!("[Term]\nid: HP:{id:07}\nname: x\n{more}\n");
    let obo = [
        "format-version: 1.2\n\n".to_owned(),
        term(1, ""),
        term(10, "is_a: HP:0000001\nalt_id: HP:0000015\n"),
        term(11, "is_obsolete: true\nreplaced_by: HP:0000010\n"),
        term(12, "is_obsolete: true\nreplaced_by: HP:0000011\n"),
        term(13, "is_obsolete: true\nconsider: HP:0000010\n"),
        term(14, "is_obsolete: true\nreplaced_by: HP:0000015\n"),
        term(21, "is_obsolete: true\nreplaced_by: HP:0000022\n"),
        term(22, "is_obsolete: true\nreplaced_by: HP:0000021\n"),
    ]
    .concat();
    let ontologies = load(vec![("HP", Some(file(&directory, "hp.obo", &obo)))]).unwrap();
    let all = ["HP:0000010", "HP:0000011", "HP:0000012", "HP:0000014", "HP:0000015"];
    for asked in all {
        for descendants in [true, false] {
            assert_eq!(ids(&ontologies, asked, descendants), all, "{asked}");
        }
    }
    assert_eq!(ids(&ontologies, "HP:0000001", true).len(), 6);
    assert_eq!(ids(&ontologies, "HP:0000013", true), ["HP:0000013"]);
    assert_eq!(ids(&ontologies, "HP:0000021", true), ["HP:0000021", "HP:0000022"]);
    assert_eq!(ids(&ontologies, "HP:0000022", false), ["HP:0000021", "HP:0000022"]);
}

proptest! {
    /// Terms with any narrower ones and any former ids, in circles too: what matches is what stepping from term to term
    /// comes to, and a term is wider than those that match it and no others.
    #[test]
    fn what_matches_and_what_is_wider_are_one_relation(
        edges in prop::collection::vec((0usize..8, 0usize..8), 0..10),
        former in prop::collection::vec((0usize..8, 0usize..8), 0..6),
    ) {
        let id = |at: usize| format!("T:{at}");
        let mut hierarchy = Hierarchy::default();
        (0..8).for_each(|at| hierarchy.term(&id(at), None));
        edges.iter().for_each(|(narrower, wider)| hierarchy.is_a(&id(*narrower), &id(*wider)));
        former.iter().for_each(|(old, new)| hierarchy.formerly(&id(*old), &id(*new)));
        // Whether one step leads from one term to another, and then any number of steps.
        let closure = |step: &dyn Fn(usize, usize) -> bool| {
            let mut reach = [[false; 8]; 8];
            (0..8).for_each(|a| (0..8).for_each(|b| reach[a][b] = a == b || step(a, b)));
            for via in 0..8 {
                (0..8).for_each(|a| (0..8).for_each(|b| reach[a][b] |= reach[a][via] && reach[via][b]));
            }
            reach
        };
        let renamed = |a: usize, b: usize| a != b && former.contains(&(a, b));
        let now = closure(&renamed);
        let down = closure(&|a, b| edges.contains(&(b, a)) || renamed(b, a));
        let is_last = |a: usize| (0..8).all(|b| !renamed(a, b));
        for (asked, now) in now.iter().enumerate() {
            let comes_to = |at: &usize| now[*at];
            let reached: Vec<usize> = (0..8).filter(comes_to).collect();
            let has_last = reached.iter().any(|at| is_last(*at));
            let ends: Vec<usize> = reached.into_iter().filter(|at| !has_last || is_last(*at)).collect();
            let expected: Vec<String> =
                (0..8).filter(|b| ends.iter().any(|end| down[*end][*b])).map(id).collect();
            prop_assert_eq!(hierarchy.matching(&id(asked), true), Some(expected.clone()));
            for stated in 0..8 {
                let stated = id(stated);
                let wider = hierarchy.wider(std::iter::once(stated.as_str()));
                prop_assert_eq!(wider.contains(&id(asked)), expected.contains(&stated), "{} {}", asked, stated);
            }
        }
    }
}

#[test]
fn what_terms_are_narrower_than_is_known_with_them() {
    let ontologies = Ontologies::default();
    let all = ontologies.with_wider(["ICD10:F3181", "SNOMED:1"].into_iter());
    let expected =
        ["ICD10:F", "ICD10:F31", "ICD10:F31.8", "ICD10:F31.81", "ICD10:F318", "ICD10:F3181", "SNOMED:1"];
    assert_eq!(all.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    for (id, expected) in [
        ("ICD10:I20-I25", true),
        ("ICD10:I2", true),
        ("ICD10:I20", false),
        ("ICD10:I", false),
        ("LOINC:8308-9", false),
    ] {
        assert_eq!(ontologies.is_block(id), expected, "{id}");
    }
}
