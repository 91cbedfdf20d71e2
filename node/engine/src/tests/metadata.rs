//! Metadata: how people join their genotypes, what replaces what, and filters against a count one by one.

use fyr_schemas::{Clause, Condition, EntryType, Filter, Filters, Located, Operator, Query, model::Entry};
use fyr_store::{
    Call::{Heterozygous, Reference},
    MetadataSpec, MetadataSummary, StoreError,
};
use proptest::prelude::*;
use roaring::RoaringBitmap;
use serde_json::{Value, json};

use super::fixture::{Lab, record, spec};
use crate::query::entries::Selection;

const TRIO: &[&str] = &["FIN1F", "FIN2M", "GBR1F"];

fn entry(entry_type: EntryType, document: Value) -> Entry {
    Entry::new(entry_type, document).unwrap()
}

fn person(id: &str, codes: &[&str]) -> Entry {
    let diseases: Vec<Value> = codes.iter().map(|code| json!({ "diseaseCode": { "id": code } })).collect();
    entry(EntryType::Individual, json!({ "id": id, "sex": { "id": "NCIT:C16576" }, "diseases": diseases }))
}

pub(super) fn sample(id: &str, individual: &str) -> Entry {
    let document = json!({
        "id": id, "individualId": individual,
        "biosampleStatus": { "id": "EFO:0009654" }, "sampleOriginType": { "id": "UBERON:0000178" },
    });
    entry(EntryType::Biosample, document)
}

pub(super) async fn load(
    lab: &Lab,
    entries: Vec<Entry>,
    replace: bool,
) -> Result<MetadataSummary, StoreError> {
    let spec = MetadataSpec {
        dataset: "ds".into(),
        assembly: Some(super::fixture::ASSEMBLY),
        sources: Vec::new(),
        replace,
    };
    let mut writer = lab.store().await.begin_metadata(spec).await?;
    for entry in entries {
        writer.push(entry)?;
    }
    writer.finish().await
}

fn with(code: &str) -> Condition {
    Condition::Term { id: code.into(), descendants: true }
}

fn filters(excluded: bool, any_of: Vec<Condition>) -> Filters {
    Filters::new(vec![Clause(vec![Filter { scope: None, excluded, any_of }])]).unwrap()
}

/// Ids of the people for whom filters hold.
async fn people(lab: &Lab, filters: Filters) -> Vec<String> {
    let engine = lab.engine().await;
    let snapshot = engine.snapshot();
    let dataset = &snapshot.loaded["ds"];
    let query = Query { filters, ..Query::entries(EntryType::Individual) };
    let located = query.variant.as_ref().and_then(Located::plain);
    let selection =
        Selection::of(&snapshot.session, dataset, (&query, located.as_ref()), false, None).await.unwrap();
    let mut names: Vec<String> = selection.matched.iter().map(|at| dataset.name_of(at).to_owned()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn people_join_by_sample_id_or_by_biosample_id() {
    let lab = Lab::new();
    let rows = [record("1-5-A-T", 0, &[Heterozygous, Reference, Reference])];
    lab.ingest(spec("ds", &[("a.vcf", TRIO)]), &rows).await;
    let entries = vec![
        person("FIN1F", &["ICD10:E10"]),
        person("PATIENT", &["ICD10:I10"]),
        sample("FIN2M", "PATIENT"),
        person("ELSEWHERE", &[]),
    ];
    let summary = load(&lab, entries, false).await.unwrap();
    assert_eq!(summary.joined, 2);
    assert_eq!(summary.without_genotypes, ["ELSEWHERE"]);
    assert_eq!(summary.without_metadata, ["GBR1F"]);
    let engine = lab.engine().await;
    let dataset = engine.snapshot().loaded["ds"].clone();
    assert_eq!((dataset.everyone.len(), dataset.people.len()), (3, 4), "who has no genotypes is not assayed");
    assert_eq!(dataset.number_of("PATIENT"), Some(1), "the number of the sample");
}

#[tokio::test]
async fn a_person_is_known_by_all_names() {
    let lab = Lab::new();
    let rows = [record("1-5-A-T", 0, &[Heterozygous, Reference, Reference])];
    lab.ingest(spec("ds", &[("a.vcf", TRIO)]), &rows).await;
    let entries = vec![
        person("PATIENT", &[]),
        sample("FIN2M", "PATIENT"),
        sample("S2", "PATIENT"),
        person("OTHER", &[]),
    ];
    load(&lab, entries, false).await.unwrap();
    let store = lab.store().await;
    let aliases = async |dataset, person| store.aliases(dataset, person).await.unwrap();
    assert_eq!(aliases("ds", "PATIENT").await, ["PATIENT", "FIN2M", "S2"]);
    assert_eq!(aliases("ds", "S2").await, ["S2", "FIN2M", "PATIENT"]);
    assert_eq!(aliases("ds", "FIN1F").await, ["FIN1F"]);
    assert_eq!(aliases("ds", "nobody").await, ["nobody"]);
    assert_eq!(aliases("elsewhere", "PATIENT").await, ["PATIENT"]);
}

#[tokio::test]
async fn names_that_turn_out_to_be_one_person_are_joined() {
    let lab = Lab::new();
    load(&lab, vec![person("PATIENT", &[])], false).await.unwrap();
    let rows = [record("1-5-A-T", 0, &[Heterozygous, Reference, Reference])];
    lab.ingest(spec("ds", &[("a.vcf", TRIO)]), &rows).await;
    load(&lab, vec![sample("FIN1F", "PATIENT")], false).await.unwrap();
    assert_eq!(lab.store().await.aliases("ds", "FIN1F").await.unwrap(), ["FIN1F", "PATIENT"]);
}

#[tokio::test]
async fn genotypes_that_come_later_find_their_people() {
    let lab = Lab::new();
    load(&lab, vec![person("PATIENT", &["ICD10:E10"]), sample("FIN1F", "PATIENT")], false).await.unwrap();
    lab.ingest(
        spec("ds", &[("a.vcf", TRIO)]),
        &[record("1-5-A-T", 0, &[Heterozygous, Reference, Reference])],
    )
    .await;
    let engine = lab.engine().await;
    let dataset = engine.snapshot().loaded["ds"].clone();
    assert_eq!((dataset.everyone.len(), dataset.people.len()), (3, 3));
    assert_eq!(people(&lab, filters(false, vec![with("ICD10:E10")])).await, ["PATIENT"]);
}

#[tokio::test]
async fn the_later_document_counts() {
    let lab = Lab::new();
    load(&lab, vec![person("P1", &["ICD10:E10"]), person("P2", &["ICD10:E10"])], false).await.unwrap();
    load(&lab, vec![person("P1", &["ICD10:I10"])], false).await.unwrap();
    assert_eq!(people(&lab, filters(false, vec![with("ICD10:E10")])).await, ["P2"]);
    assert_eq!(people(&lab, filters(false, vec![with("ICD10:I10")])).await, ["P1"]);
    load(&lab, vec![person("P3", &[])], true).await.unwrap();
    assert_eq!(people(&lab, Filters::default()).await, ["P3"], "replaced as a whole");
}

#[tokio::test]
async fn what_is_stated_as_absent_is_not_found() {
    let lab = Lab::new();
    let document = |id: &str, excluded| {
        let feature = json!({ "featureType": { "id": "HP:0001250" }, "excluded": excluded });
        json!({ "id": id, "sex": { "id": "NCIT:C20197" }, "phenotypicFeatures": [feature] })
    };
    let entries = [("P1", false), ("P2", true)];
    let entries = entries.map(|(id, excluded)| entry(EntryType::Individual, document(id, excluded)));
    load(&lab, entries.into(), false).await.unwrap();
    assert_eq!(people(&lab, filters(false, vec![with("HP:0001250")])).await, ["P1"]);
    assert_eq!(people(&lab, filters(true, vec![with("HP:0001250")])).await, ["P2"]);
}

#[tokio::test]
async fn an_abandoned_load_leaves_nothing() {
    let lab = Lab::new();
    let spec = MetadataSpec { dataset: "ds".into(), assembly: None, sources: Vec::new(), replace: false };
    let refused = lab.store().await.begin_metadata(spec.clone()).await;
    assert!(matches!(refused, Err(StoreError::NoAssembly(_))));
    let spec = MetadataSpec { assembly: Some(super::fixture::ASSEMBLY), ..spec };
    let mut writer = lab.store().await.begin_metadata(spec).await.unwrap();
    writer.push(person("P1", &[])).unwrap();
    assert!(matches!(writer.push(person("P1", &[])), Err(StoreError::DuplicateEntry { .. })));
    drop(writer);
    assert!(lab.store().await.datasets().await.unwrap().is_empty());
}

const CODES: [&str; 6] = ["ICD10:E10", "ICD10:E11", "ICD10:I10", "ICD10:I20", "NCIT:C1", "NCIT:C2"];

fn conditions() -> impl Strategy<Value = Condition> {
    const ASKED: [&str; 5] = ["ICD10:E10", "ICD10:E1", "ICD10:E10-I15", "ICD10:I", "NCIT:C1"];
    prop_oneof![
        prop::sample::select(&ASKED[..]).prop_map(with),
        prop::sample::select(&["NCIT:C1", "icd10:I10", "NCIT:%"][..]).prop_map(|value| Condition::Value {
            field: "diseases.diseaseCode".into(),
            operator: Operator::Equal,
            value: value.into(),
        }),
    ]
}

/// Whether somebody with these codes is meant, decided one by one.
fn holds(condition: &Condition, codes: &[&str]) -> bool {
    let asked = match condition {
        Condition::Term { id, .. } => id.as_str(),
        Condition::Value { value, .. } if value.starts_with("icd10") => "ICD10:I10",
        Condition::Value { value, .. } if value == "NCIT:C1" => "NCIT:C1",
        // A pattern is held against texts and labels, and there are none.
        Condition::Value { .. } => return false,
    };
    codes.iter().any(|code| match asked {
        "ICD10:E10-I15" => ["ICD10:E10", "ICD10:E11", "ICD10:I10"].contains(code),
        asked if asked.starts_with("ICD10") => code.starts_with(asked),
        asked => *code == asked,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn filters_equal_a_count_one_by_one(
        people in prop::collection::vec(prop::sample::subsequence(&CODES[..], 0..=3), 1..12),
        clauses in prop::collection::vec((any::<bool>(), prop::collection::vec(conditions(), 1..3)), 0..4),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let lab = Lab::new();
            let entries = people.iter().enumerate().map(|(at, codes)| person(&format!("P{at:02}"), codes));
            load(&lab, entries.collect(), false).await.unwrap();
            let filter = |(excluded, any_of): &(bool, Vec<Condition>)| {
                Clause(vec![Filter { scope: None, excluded: *excluded, any_of: any_of.clone() }])
            };
            let found = super::metadata::people(&lab, Filters::new(clauses.iter().map(filter).collect()).unwrap()).await;
            let is_meant = |codes: &Vec<&str>| clauses.iter().all(|(excluded, any_of)| {
                any_of.iter().any(|condition| holds(condition, codes)) != *excluded
            });
            let expected: Vec<String> = people.iter().enumerate()
                .filter(|(_, codes)| is_meant(codes))
                .map(|(at, _)| format!("P{at:02}"))
                .collect();
            assert_eq!(found, expected);
        });
    }
}

#[tokio::test]
async fn a_run_leads_to_its_sample_and_its_person() {
    let lab = Lab::new();
    let run = |id: &str, sample: &str, platform: &str| {
        entry(
            EntryType::Run,
            json!({
                "id": id, "biosampleId": sample, "runDate": "2026-01-01", "platform": platform,
            }),
        )
    };
    let entries = vec![
        person("P1", &[]),
        sample("S1", "P1"),
        sample("S2", "P1"),
        run("R1", "S1", "A"),
        run("R2", "S2", "B"),
    ];
    load(&lab, entries, false).await.unwrap();
    let engine = lab.engine().await;
    let snapshot = engine.snapshot();
    let condition =
        Condition::Value { field: "platform".into(), operator: Operator::Equal, value: "a".into() };
    for (target, expected) in [(EntryType::Biosample, 1), (EntryType::Run, 1), (EntryType::Individual, 1)] {
        let query = Query { filters: filters(false, vec![condition.clone()]), ..Query::entries(target) };
        let selection = Selection::of(&snapshot.session, &snapshot.loaded["ds"], (&query, None), false, None)
            .await
            .unwrap();
        let scoped: &RoaringBitmap = &selection.matched;
        // Without a scope, everything of the person that states it counts; both runs are of one person.
        assert!(scoped.len() >= expected, "{target}");
        let scope = Some(EntryType::Run);
        let scoped = Filter { scope, excluded: false, any_of: vec![condition.clone()] };
        let query =
            Query { filters: Filters::new(vec![Clause(vec![scoped])]).unwrap(), ..Query::entries(target) };
        let selection = Selection::of(&snapshot.session, &snapshot.loaded["ds"], (&query, None), false, None)
            .await
            .unwrap();
        assert_eq!(selection.matched.len(), expected, "{target}");
    }
}
