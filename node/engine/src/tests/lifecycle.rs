//! Commits, refusals, removal, crashes.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use Call::{Heterozygous, Homozygous, Reference};
use fyr_schemas::{Assembly, Contig};
use fyr_store::{
    Call, SegmentSpec, Store, StoreError,
    log::{FileRecord, StorePlace, Table, TableLog},
};

use super::fixture::{Lab, OPTIONS, Record, push, record, spec};
use crate::{DatasetKind, Engine, EngineError};

const PAIR: &[&str] = &["FIN1F", "FIN2M"];

fn first() -> (SegmentSpec, Vec<Record>) {
    (spec("ds", &[("a.vcf", PAIR)]), vec![record("1-5-A-T", 0, &[Heterozygous, Reference])])
}

fn second() -> (SegmentSpec, Vec<Record>) {
    (spec("ds", &[("b.vcf", PAIR)]), vec![record("1-5-A-T", 0, &[Homozygous, Homozygous])])
}

/// All data files and staged runs.
fn files(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "parquet" || e == "arrow") {
                found.push(path);
            }
        }
    }
    found
}

#[tokio::test]
async fn an_absent_or_empty_store_serves_nothing_until_there_is_something() {
    let lab = Lab::new();
    let engine = lab.engine().await;
    assert!(engine.snapshot().datasets().is_empty());
    assert!(!engine.refresh().await.unwrap());
    lab.store().await;
    assert!(engine.refresh().await.unwrap());
    assert!(engine.snapshot().datasets().is_empty());
    let (spec, rows) = first();
    lab.ingest(spec, &rows).await;
    assert!(engine.refresh().await.unwrap());
    assert!(!engine.refresh().await.unwrap());
    assert_eq!(engine.snapshot().datasets()[0].id, "ds");
}

#[tokio::test]
async fn a_segment_is_invisible_until_it_is_finished() {
    let lab = Lab::new();
    let (spec, rows) = first();
    let shards = spec.shards.clone();
    let mut writer = lab.store().await.begin(spec).await.unwrap();
    push(&mut writer, &shards, &rows).await;
    assert!(lab.engine().await.snapshot().datasets().is_empty());
    writer.finish().await.unwrap();
    assert_eq!(lab.counts("ds", "1-5-A-T").await, "1/4 1 0 0 2/2");
}

#[tokio::test]
async fn a_dropped_writer_leaves_nothing() {
    let lab = Lab::new();
    let (spec, rows) = first();
    let shards = spec.shards.clone();
    let mut writer = lab.store().await.begin(spec).await.unwrap();
    push(&mut writer, &shards, &rows).await;
    drop(writer);
    assert_eq!(files(lab.path()), Vec::<PathBuf>::new());
    assert_eq!(std::fs::read_dir(lab.path().join(".staging")).unwrap().count(), 0);
    assert!(lab.store().await.datasets().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_second_writer_is_refused_while_the_first_writes() {
    let lab = Lab::new();
    let writer = lab.store().await.begin(first().0).await.unwrap();
    assert!(matches!(lab.store().await.begin(second().0).await, Err(StoreError::Locked(_))));
    assert!(matches!(lab.store().await.remove("ds").await, Err(StoreError::Locked(_))));
    drop(writer);
    assert!(lab.store().await.begin(second().0).await.is_ok());
}

#[tokio::test]
async fn the_same_file_is_refused_unless_it_replaces() {
    let lab = Lab::new();
    let (spec, rows) = first();
    lab.ingest(spec.clone(), &rows).await;
    let refused = lab.try_ingest(spec.clone(), &rows).await;
    assert!(matches!(refused, Err(StoreError::AlreadyIngested { file, .. }) if file == "a.vcf"));
    lab.ingest(SegmentSpec { replace: true, ..spec.clone() }, &rows).await;
    lab.ingest(SegmentSpec { dataset: "other".into(), ..spec }, &rows).await;
    assert_eq!(lab.counts("ds", "1-5-A-T").await, "1/4 1 0 0 2/2");
}

#[tokio::test]
async fn a_dataset_keeps_its_assembly_and_kind() {
    let lab = Lab::new();
    let (spec, rows) = first();
    lab.ingest(spec, &rows).await;
    let (next, _) = second();
    let other_assembly = SegmentSpec { assembly: Assembly::GRCH37, ..next.clone() };
    let other_kind = SegmentSpec { kind: DatasetKind::Frequency, ..next };
    for spec in [other_assembly, other_kind] {
        assert!(matches!(lab.store().await.begin(spec).await, Err(StoreError::Conflict { .. })));
    }
}

#[tokio::test]
async fn alleles_under_a_name_that_means_another_sequence_are_refused_by_name() {
    for (name, means) in [("23", "X"), ("NC_000007", "7"), ("CM000664.2", "2"), ("GL000220.1", "GL000220.1")]
    {
        let lab = Lab::new();
        let (spec, mut rows) = first();
        rows[0].variant.contig = Contig::canonical(name).unwrap();
        lab.ingest(spec, &rows).await;
        let opened = Engine::open(lab.path().to_str().unwrap(), OPTIONS, Arc::default()).await;
        if name == means {
            assert_eq!(opened.unwrap().snapshot().datasets()[0].id, "ds");
            continue;
        }
        let refused = opened.unwrap_err().to_string();
        assert!(
            refused.starts_with(&format!("dataset `ds` has alleles of `{name}`, which is {means} of GRCh38"))
        );
        lab.store().await.remove("ds").await.unwrap();
        assert!(lab.engine().await.snapshot().datasets().is_empty(), "the way out is open");
    }
}

#[tokio::test]
async fn replacing_leaves_only_the_new_segment() {
    let lab = Lab::new();
    let (spec, rows) = first();
    lab.ingest(spec, &rows).await;
    let before = lab.engine().await;
    let (spec, rows) = second();
    lab.ingest(SegmentSpec { replace: true, ..spec }, &rows).await;
    assert_eq!(lab.counts("ds", "1-5-A-T").await, "4/4 0 2 0 2/2");
    assert_eq!(files(lab.path()).len(), 3);
    // A reader keeps what it had open.
    let old = super::fixture::ask(&before, "ds", &super::fixture::exact("1-5-A-T")).await.unwrap();
    assert_eq!(old[0].count.tally().allele_count, 1);
    assert!(before.refresh().await.unwrap());
    let new = super::fixture::ask(&before, "ds", &super::fixture::exact("1-5-A-T")).await.unwrap();
    assert_eq!(new[0].count.tally().allele_count, 4);
}

#[tokio::test]
async fn a_removed_dataset_is_gone_with_its_files() {
    let lab = Lab::new();
    let (spec, rows) = first();
    lab.ingest(spec.clone(), &rows).await;
    lab.ingest(SegmentSpec { dataset: "other".into(), ..spec }, &rows).await;
    lab.store().await.remove("ds").await.unwrap();
    assert_eq!(lab.engine().await.snapshot().datasets().len(), 1);
    assert_eq!(lab.counts("other", "1-5-A-T").await, "1/4 1 0 0 2/2");
    assert_eq!(files(lab.path()).len(), 3);
    assert!(matches!(lab.store().await.remove("ds").await, Err(StoreError::UnknownDataset(_))));
}

#[tokio::test]
async fn leftovers_of_a_killed_ingest_are_invisible_and_cleared_by_the_next() {
    let lab = Lab::new();
    let (spec, rows) = first();
    lab.ingest(spec, &rows).await;
    let orphan = leave_orphans(lab.path()).await;
    assert_eq!(lab.counts("ds", "1-5-A-T").await, "1/4 1 0 0 2/2");
    let (spec, rows) = second();
    lab.ingest(spec, &rows).await;
    assert!(!orphan.exists());
    assert_eq!(files(lab.path()).len(), 6);
    let log = TableLog::open(&StorePlace::directory(lab.path()), Table::Variants).await.unwrap();
    assert_eq!(log.files().unwrap().len(), 2);
    assert_eq!(lab.counts("ds", "1-5-A-T").await, "4/4 0 2 0 2/2");
}

/// Does what an ingest does up to, but without, its commit: staged runs, data files, a listed file, and
/// an unlisted row of `segments`.
async fn leave_orphans(root: &Path) -> PathBuf {
    let copy = files(root).into_iter().find(|path| path.to_string_lossy().contains("/variants/")).unwrap();
    let record = FileRecord {
        rows: 1,
        bytes: std::fs::metadata(&copy).unwrap().len(),
        ..FileRecord::of_contig(Table::Variants, &super::fixture::contig("1"), "orphan")
    };
    let orphan = root.join(&record.path);
    std::fs::copy(&copy, &orphan).unwrap();
    let mut log = TableLog::open(&StorePlace::directory(root), Table::Variants).await.unwrap();
    log.commit(&[record], |_| false).await.unwrap();
    std::fs::copy(&copy, root.join("segments/orphan.parquet")).unwrap();
    let staging = root.join(".staging/orphan");
    std::fs::create_dir_all(&staging).unwrap();
    std::fs::copy(&copy, staging.join("run-000000.arrow")).unwrap();
    orphan
}

#[tokio::test]
async fn another_format_is_refused() {
    let lab = Lab::new();
    lab.store().await;
    let log = lab.path().join("segments/_delta_log/00000000000000000000.json");
    let text = std::fs::read_to_string(&log).unwrap();
    assert!(text.contains(r#""fyr.format":"7""#));
    std::fs::write(&log, text.replace(r#""fyr.format":"7""#, r#""fyr.format":"99""#)).unwrap();
    let is_refused = |error: &StoreError| matches!(error, StoreError::Format { expected: 7, found: 99 });
    assert!(Store::open(lab.path()).await.is_err_and(|error| is_refused(&error)));
    let options = crate::EngineOptions { memory_limit: 1 << 20 };
    assert!(
        crate::Engine::open(lab.path().to_str().unwrap(), options, std::sync::Arc::default())
            .await
            .is_err_and(|error| matches!(error, EngineError::Store(error) if is_refused(&error)))
    );
}

#[tokio::test]
async fn a_node_may_begin_its_audit_log_before_the_first_ingest() {
    let lab = Lab::new();
    std::fs::create_dir(lab.path().join("audit")).unwrap();
    let others = ["audit"];
    assert!(matches!(Store::open(lab.path()).await, Err(StoreError::NotAStore(_))));
    assert!(Store::open_beside(lab.path(), &others).await.is_ok());
}

#[tokio::test]
async fn a_directory_with_other_things_does_not_become_a_store() {
    let lab = Lab::new();
    std::fs::write(lab.path().join("thesis.docx"), "").unwrap();
    assert!(matches!(Store::open(lab.path()).await, Err(StoreError::NotAStore(_))));
}
