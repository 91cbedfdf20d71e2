//! Datasets that hold counts instead of people.

use std::sync::Arc;

use fyr_policy::{Cohort, ConsentItems, Consents, Statement};
use fyr_schemas::{AlleleQuery, Group, Tally, VariantQuery};
use fyr_store::{Annotation, Compaction, FrequencyRow, SegmentSpec, SegmentSummary, StoreError};

use super::fixture::{ASSEMBLY, Lab, ask, contig, counts, source, spec, variant};
use crate::DatasetKind;

fn frequency_spec(files: &[&str]) -> SegmentSpec {
    SegmentSpec {
        kind: DatasetKind::Frequency,
        sources: files.iter().map(|name| source(name)).collect(),
        ..spec("af", &[])
    }
}

fn row(allele: &str, shard: u32, allele_count: u64) -> FrequencyRow {
    let tally =
        |allele_count| Tally { allele_count, allele_number: 1000, homozygous: Some(1), ..Tally::default() };
    FrequencyRow {
        variant: variant(allele),
        ids: Vec::new(),
        filters: Vec::new(),
        shard,
        annotation: Annotation::default(),
        tallies: vec![
            (Group::Total, tally(allele_count)),
            (Group::Population("FIN".into()), tally(allele_count / 2)),
        ],
    }
}

async fn ingest(lab: &Lab, files: &[&str], rows: Vec<FrequencyRow>) -> Result<SegmentSummary, StoreError> {
    let mut writer = lab.store().await.begin(frequency_spec(files)).await?;
    writer.push_frequencies(rows).await?;
    writer.finish().await
}

#[tokio::test]
async fn counts_are_given_back_as_they_came() {
    let lab = Lab::new();
    let summary = ingest(&lab, &["a"], vec![row("1-5-A-T", 0, 20), row("1-2-A-T", 0, 4)]).await.unwrap();
    assert_eq!((summary.variants, summary.individuals), (2, 0));
    let tally = lab.ask("af", "1-5-A-T").await.unwrap();
    assert_eq!(lab.counts("af", "1-5-A-T").await, "20/1000 ? 1 ? ?/?");
    assert_eq!((tally.count.tally().heterozygous, tally.count.asked()), (None, None));
    let groups = tally.count.sets().groups();
    assert_eq!(groups.len(), 1);
    assert_eq!((&groups[0].0, groups[0].1.allele_count), (&Group::Population("FIN".into()), 10));
    assert_eq!(lab.store().await.datasets().await.unwrap()[0].individuals, None);
}

#[tokio::test]
async fn of_merged_segments_the_latest_is_believed() {
    let lab = Lab::new();
    ingest(&lab, &["a"], vec![row("1-5-A-T", 0, 20), row("1-7-A-T", 0, 2)]).await.unwrap();
    ingest(&lab, &["b"], vec![row("1-5-A-T", 0, 30)]).await.unwrap();
    ingest(&lab, &["c"], vec![row("1-5-A-T", 0, 40), row("1-6-A-T", 0, 3)]).await.unwrap();
    let asked = ["1-5-A-T", "1-6-A-T", "1-7-A-T"];
    for merged in [3, 0] {
        let summary = lab.store().await.compact("af", Compaction::All).await.unwrap();
        assert_eq!((summary.merged, summary.segments), (merged, 1));
        let mut told = Vec::new();
        for allele in asked {
            told.push(lab.counts("af", allele).await);
        }
        assert_eq!(told, ["40/1000 ? 1 ? ?/?", "3/1000 ? 1 ? ?/?", "2/1000 ? 1 ? ?/?"]);
    }
}

#[tokio::test]
async fn two_records_of_a_file_must_not_contradict_each_other() {
    let lab = Lab::new();
    let other = ingest(&lab, &["a"], vec![row("1-5-A-T", 0, 20), row("1-5-A-T", 0, 30)]).await;
    assert!(matches!(other, Err(StoreError::TwoCounts { file, .. }) if file == "a"));
    let summary = ingest(&lab, &["a"], vec![row("1-5-A-T", 0, 20), row("1-5-A-T", 0, 20)]).await.unwrap();
    assert_eq!((summary.variants, summary.duplicates), (1, 1));
    assert_eq!(lab.counts("af", "1-5-A-T").await, "20/1000 ? 1 ? ?/?");
}

#[tokio::test]
async fn two_files_must_not_contradict_each_other() {
    let lab = Lab::new();
    let same = vec![row("1-5-A-T", 0, 20), row("1-5-A-T", 1, 20)];
    assert_eq!(ingest(&lab, &["a", "b"], same).await.unwrap().duplicates, 0);
    let other = vec![row("1-5-A-T", 0, 20), row("1-5-A-T", 1, 21)];
    let refused = ingest(&lab, &["c", "d"], other).await;
    assert!(matches!(refused, Err(StoreError::Contradiction { first, .. }) if first == "c"));
    assert_eq!(lab.store().await.datasets().await.unwrap()[0].segments, 1);
}

#[tokio::test]
async fn the_latest_segment_is_believed() {
    let lab = Lab::new();
    ingest(&lab, &["a"], vec![row("1-5-A-T", 0, 20), row("1-2-A-T", 0, 4)]).await.unwrap();
    ingest(&lab, &["b"], vec![row("1-5-A-T", 0, 30)]).await.unwrap();
    assert_eq!(lab.counts("af", "1-5-A-T").await, "30/1000 ? 1 ? ?/?");
    assert_eq!(lab.counts("af", "1-2-A-T").await, "4/1000 ? 1 ? ?/?");
}

#[tokio::test]
async fn a_breakend_is_one_allele_however_an_older_store_names_its_mate() {
    let lab = Lab::new();
    let with_mate = |mate: &str, count| {
        let mut row = row("1-5-A-T", 0, count);
        row.variant.alternate_bases = format!("A[{mate}:9[");
        row
    };
    let told = async |alternate: &str| {
        let asked = AlleleQuery::new(ASSEMBLY, contig("1"), 4, "A", alternate).unwrap();
        let found = ask(&lab.engine().await, "af", &VariantQuery::Allele(asked)).await.unwrap();
        found.iter().map(counts).collect::<Vec<_>>()
    };
    ingest(&lab, &["a"], vec![with_mate("chr17", 20)]).await.unwrap();
    for alternate in ["A[17:9[", "A[chr17:9["] {
        assert_eq!(told(alternate).await, ["20/1000 ? 1 ? ?/?"], "{alternate}");
    }
    ingest(&lab, &["b"], vec![with_mate("17", 30)]).await.unwrap();
    assert_eq!(told("A[17:9[").await, ["30/1000 ? 1 ? ?/?"], "the latest segment is believed");
    assert!(told("A[17:10[").await.is_empty());
}

#[tokio::test]
async fn a_row_without_a_total_is_refused() {
    let lab = Lab::new();
    let mut row = row("1-5-A-T", 0, 20);
    row.tallies.remove(0);
    assert!(ingest(&lab, &["a"], vec![row]).await.is_err());
    let mut writer = lab.store().await.begin(frequency_spec(&["a"])).await.unwrap();
    assert!(matches!(writer.push_genotypes(Vec::new()).await, Err(StoreError::Conflict { .. })));
}

#[tokio::test]
async fn counts_are_about_nobody_who_could_consent() {
    let lab = Lab::new();
    ingest(&lab, &["a"], vec![row("1-5-A-T", 0, 20)]).await.unwrap();
    let engine = lab.engine().await;
    let gone = Statement { withdrawn: true, ..Statement::default() };
    let consents = Consents::new(1, [("af".to_owned(), "FIN1F".to_owned(), gone)]);
    let view = engine.view(&Arc::new(consents)).await.unwrap();
    let opt_in = Cohort::Consenting { needed: ConsentItems::from_bits(15), unstated: false, released: false };
    let dataset = view.of("af", opt_in).await.unwrap().unwrap();
    assert!(Arc::ptr_eq(&dataset, &engine.snapshot().loaded["af"]));
}
