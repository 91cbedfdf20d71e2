//! A store that was written before is read: `golden/store-5` was made by [`fill`] when format 5 was, and is not made anew.
//!
//! Should the format change on purpose, this store is read, or migrated, all the same, and another stands beside it.

use std::path::{Path, PathBuf};

use fyr_policy::Cohort;
use fyr_schemas::{Effect, EntryType, Group, Tally, VariantQuery, model::Entry};
use fyr_store::{Annotation, Call, FrequencyRow, MetadataSpec, SegmentSpec, Store};
use serde_json::json;

use super::{
    fixture::{ASSEMBLY, Lab, Record, ask, counts, exact, range, record, source, spec, variant},
    world::{Dice, answers, questions},
};
use crate::{DatasetKind, Engine};
use Call::{Half, HaploidReference, Hemizygous, Heterozygous, Homozygous, Missing, Partial, Reference};

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to)
        } else {
            drop(std::fs::copy(entry.path(), to).unwrap())
        }
    }
}

/// Each kind of row that there is.
async fn fill(lab: &Lab) {
    let people: &[&str] = &["FIN1F", "FIN2M", "GBR1F", "S4"];
    let effect = Effect {
        gene: Some("CFTR".into()),
        transcript: Some("NM_000492.4".into()),
        consequences: vec!["inframe_deletion".into()],
        coding_change: Some("c.1521_1523del".into()),
        protein: None,
        protein_change: Some("p.Phe508del".into()),
    };
    let annotation = Annotation { effects: vec![effect], vrs: [Some(7), Some(-7)] };
    let deletion = record("7-117559590-ATCT-A", 0, &[Heterozygous, Reference, Homozygous, Missing]);
    let rows = [
        Record { annotation, ..deletion },
        record("7-100-A-<DEL>-900", 0, &[Half, Partial, Reference, Heterozygous]),
        record("7-100-A-T", 0, &[Reference; 4]),
        record("X-100-A-T", 0, &[Heterozygous, Hemizygous, Reference, HaploidReference]),
    ];
    lab.ingest(spec("ds", &[("a.vcf", people)]), &rows).await;
    let rows = [record("7-117559590-ATCT-A", 0, &[Heterozygous]), record("7-50-A-AC", 0, &[Heterozygous])];
    lab.ingest(spec("ds", &[("b.vcf", &["IBS1F"])]), &rows).await;
    describe(lab).await;
    let counted =
        |allele_count| Tally { allele_count, allele_number: 1000, homozygous: Some(2), ..Tally::default() };
    let row = FrequencyRow {
        variant: variant("7-117559590-ATCT-A"),
        ids: vec!["rs113993960".into()],
        filters: vec!["PASS".into()],
        shard: 0,
        annotation: Annotation::default(),
        tallies: vec![(Group::Total, counted(20)), (Group::Population("FIN".into()), counted(4))],
    };
    let spec =
        SegmentSpec { kind: DatasetKind::Frequency, sources: vec![source("af.vcf")], ..spec("af", &[]) };
    let mut writer = lab.store().await.begin(spec).await.unwrap();
    writer.push_frequencies(vec![row]).await.unwrap();
    writer.finish().await.unwrap();
}

async fn describe(lab: &Lab) {
    let term = json!({ "id": "EFO:0009654" });
    let documents = [
        (
            EntryType::Individual,
            json!({ "id": "FIN1F", "sex": { "id": "NCIT:C16576" },
            "diseases": [{ "diseaseCode": { "id": "ICD10:E10" } }],
            "pedigrees": [{ "id": "F", "disease": { "diseaseCode": { "id": "OMIM:1" } }, "members": [
                { "memberId": "FIN1F", "role": { "id": "NCIT:C64435" }, "affected": true },
                { "memberId": "FIN2M", "role": { "id": "NCIT:C96572" }, "affected": false }] }] }),
        ),
        (EntryType::Individual, json!({ "id": "P4", "sex": { "id": "NCIT:C20197" } })),
        (
            EntryType::Biosample,
            json!({ "id": "S4", "individualId": "P4", "biosampleStatus": term, "sampleOriginType": term }),
        ),
        (
            EntryType::Run,
            json!({ "id": "R4", "biosampleId": "S4", "runDate": "2026-01-01", "platform": "A" }),
        ),
        (
            EntryType::Analysis,
            json!({ "id": "A4", "runId": "R4", "analysisDate": "2026-01-01", "pipelineName": "p" }),
        ),
        (
            EntryType::Cohort,
            json!({ "id": "C", "name": "C", "cohortType": "study-defined",
            "ids": { "individualIds": ["FIN1F", "P4"] } }),
        ),
        (EntryType::Dataset, json!({ "id": "ds", "name": "a dataset" })),
    ];
    let sources = vec![source("people.json")];
    let spec = MetadataSpec { dataset: "ds".into(), assembly: Some(ASSEMBLY), sources, replace: false };
    let mut writer = lab.store().await.begin_metadata(spec).await.unwrap();
    documents.into_iter().for_each(|(kind, json)| writer.push(Entry::new(kind, json).unwrap()).unwrap());
    writer.finish().await.unwrap();
}

/// Everything that is told of it.
async fn told(engine: &Engine) -> String {
    let mut told = Vec::new();
    for allele in ["7-117559590-ATCT-A", "7-100-A-<DEL>", "7-100-A-T", "X-100-A-T", "7-50-A-AC"] {
        for tally in ask(engine, "ds", &exact(&allele.replace('-', ":"))).await.unwrap() {
            told.push(format!("{} {} {:?}", tally.variant.short_form(), counts(&tally), tally.effects));
        }
    }
    for dataset in ["ds", "af"] {
        let tallies = ask(engine, dataset, &VariantQuery::Range(range("7", 0, 200_000_000))).await.unwrap();
        told.extend(
            tallies.iter().map(|tally| format!("{dataset} {} {}", tally.variant.short_form(), counts(tally))),
        );
    }
    let view = engine.view(&std::sync::Arc::default()).await.unwrap();
    told.extend(answers(&view, Cohort::Everyone, &questions(&mut Dice::new(5), 60)).await);
    told.join("\n")
}

#[tokio::test]
async fn a_store_of_before_is_read_and_written_on() {
    let (old, new) = (Lab::new(), Lab::new());
    copy(&directory().join("store-5"), old.path());
    fill(&new).await;
    let read = told(&old.engine().await).await;
    assert_eq!(read, told(&new.engine().await).await, "as one that is written now");
    assert!(read.contains("7-117559590-ATCT-A 4/8 2 1 0 4/5"), "{read}");
    let again = old.try_ingest(spec("ds", &[("a.vcf", &["FIN1F"])]), &[]).await;
    assert!(matches!(again, Err(fyr_store::StoreError::AlreadyIngested { .. })));
    old.ingest(spec("ds", &[("c.vcf", &["FIN1F"])]), &[record("7-50-A-AC", 0, &[Homozygous])]).await;
    assert_eq!(old.counts("ds", "7-50-A-AC").await, "3/4 1 1 0 2/5");
    let aliases = old.store().await.aliases("ds", "P4").await.unwrap();
    assert_eq!(aliases, ["P4", "S4"]);
    let summary = old.store().await.purge("ds", &["P4".to_owned()]).await.unwrap();
    assert_eq!((summary.people, summary.rewritten), (1, 2));
    assert_eq!(old.counts("ds", "X-100-A-T").await, "2/5 1 0 1 3/4");
}

/// Makes the golden store, once: `FYR_MAKE_GOLDEN=… cargo test -p fyr-engine --lib -- golden`.
#[tokio::test]
async fn a_store_is_made_where_it_is_asked_for() {
    let Some(place) = std::env::var_os("FYR_MAKE_GOLDEN") else { return };
    let lab = Lab::new();
    fill(&lab).await;
    drop(Store::open(lab.path()).await.unwrap());
    copy(lab.path(), Path::new(&place));
}
