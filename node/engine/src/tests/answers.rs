//! Counts of people: shards, segments, groups, kinds of alleles.

use std::time::Duration;

use Call::{HaploidReference, Hemizygous, Heterozygous, Homozygous, Missing, Reference};
use fyr_policy::Needs;
use fyr_schemas::{Assembly, EntryType, Group, Located, Query, Sex, VariantQuery};
use fyr_store::Call;
use tokio::time::timeout;

use super::fixture::{Lab, ask, counts, exact, range, record, spec};
use crate::EngineError;

const TRIO: &[&str] = &["FIN1F", "FIN2M", "GBR1F"];

#[tokio::test]
async fn what_was_written_is_counted() {
    let lab = Lab::new();
    let rows = [
        record("7-117559590-ATCT-A", 0, &[Heterozygous, Reference, Homozygous]),
        record("7-100-A-T", 0, &[Reference, Missing, Reference]),
        record("X-100-A-T", 0, &[Heterozygous, Hemizygous, Reference]),
    ];
    let summary = lab.ingest(spec("ds", &[("a.vcf", TRIO)]), &rows).await;
    assert_eq!((summary.variants, summary.individuals, summary.duplicates), (3, 3, 0));
    assert_eq!(lab.counts("ds", "7-117559590-ATCT-A").await, "3/6 1 1 0 3/3");
    assert_eq!(lab.counts("ds", "7:117559589:GATCT:GA").await, "3/6 1 1 0 3/3");
    assert_eq!(lab.counts("ds", "7-100-A-T").await, "0/4 0 0 0 2/3");
    assert_eq!(lab.counts("ds", "X-100-A-T").await, "2/5 1 0 1 3/3");
    for absent in ["7-100-A-G", "7-101-A-T", "8-100-A-T", "7-117559590-ATC-A"] {
        assert_eq!(lab.counts("ds", absent).await, "unknown", "{absent}");
    }
}

#[tokio::test]
async fn groups_are_counted_from_the_same_calls() {
    let lab = Lab::new();
    let rows = [record("1-5-A-T", 0, &[Heterozygous, Homozygous, Reference])];
    lab.ingest(spec("ds", &[("a.vcf", TRIO)]), &rows).await;
    let tally = lab.ask("ds", "1-5-A-T").await.unwrap();
    let groups = tally.count.sets().groups();
    let of = |group: Group| {
        let found = groups.iter().find(|(g, _)| *g == group).map(|(_, tally)| *tally);
        found.map(|tally| (tally.allele_count, tally.allele_number))
    };
    assert_eq!(of(Group::Population("FIN".into())), Some((3, 4)));
    assert_eq!(of(Group::Population("EUR".into())), Some((3, 6)));
    assert_eq!(of(Group::Sex(Sex::Female)), Some((1, 4)));
    assert_eq!(of(Group::PopulationSex("FIN".into(), Sex::Male)), Some((2, 2)));
    assert_eq!(of(Group::PopulationSex("GBR".into(), Sex::Male)), None);
    assert_eq!(of(Group::Total), None);
}

#[tokio::test]
async fn people_of_files_without_the_allele_were_not_assayed() {
    let lab = Lab::new();
    let files: &[(&str, &[&str])] = &[("a.vcf", &["FIN1F", "FIN2M"]), ("b.vcf", &["GBR1F"])];
    let rows = [
        record("1-5-A-T", 0, &[Heterozygous, Reference]),
        record("1-5-A-T", 1, &[Homozygous]),
        record("1-6-A-T", 1, &[Heterozygous]),
    ];
    let summary = lab.ingest(spec("ds", files), &rows).await;
    assert_eq!((summary.variants, summary.duplicates), (2, 0));
    assert_eq!(lab.counts("ds", "1-5-A-T").await, "3/6 1 1 0 3/3");
    assert_eq!(lab.counts("ds", "1-6-A-T").await, "1/2 1 0 0 1/3");
}

#[tokio::test]
async fn segments_add_up_and_the_same_person_counts_once() {
    let lab = Lab::new();
    lab.ingest(spec("ds", &[("a.vcf", TRIO)]), &[record("1-5-A-T", 0, &[Heterozygous, Reference, Missing])])
        .await;
    let again = [
        record("1-5-A-T", 0, &[Homozygous, Heterozygous]),
        record("1-9-A-T", 0, &[Heterozygous, Heterozygous]),
    ];
    lab.ingest(spec("ds", &[("b.vcf", &["IBS1M", "FIN1F"])]), &again).await;
    assert_eq!(lab.counts("ds", "1-5-A-T").await, "3/6 1 1 0 3/4");
    assert_eq!(lab.counts("ds", "1-9-A-T").await, "2/4 2 0 0 2/4");
    let summary = &lab.store().await.datasets().await.unwrap()[0];
    assert_eq!((summary.individuals, summary.segments, summary.variants), (Some(4), 2, 3));
    assert_eq!(lab.engine().await.snapshot().datasets(), lab.store().await.datasets().await.unwrap());
}

#[tokio::test]
async fn the_same_allele_twice_in_a_file_is_one_and_is_listed() {
    let lab = Lab::new();
    let rows = [
        record("1-5-A-T", 0, &[Heterozygous, Reference, Missing]),
        record("1-5-A-T", 0, &[Heterozygous, Homozygous, Reference]),
    ];
    let summary = lab.ingest(spec("ds", &[("a.vcf", TRIO)]), &rows).await;
    assert_eq!((summary.variants, summary.duplicates), (1, 1));
    assert_eq!((summary.first_duplicates[0].records, summary.first_duplicates[0].shard), (2, 0));
    assert_eq!(lab.counts("ds", "1-5-A-T").await, "3/6 1 1 0 3/3");
}

#[tokio::test]
async fn symbolic_alleles_differ_by_their_end() {
    let lab = Lab::new();
    let rows = [
        record("1-5-A-<DEL>-50", 0, &[Heterozygous, Reference, Reference]),
        record("1-5-A-<DEL>-90", 0, &[Heterozygous, Homozygous, Reference]),
        record("1-5-A-<DUP>-90", 0, &[Homozygous, Homozygous, Reference]),
    ];
    lab.ingest(spec("ds", &[("a.vcf", TRIO)]), &rows).await;
    let found = ask(&lab.engine().await, "ds", &exact("1:5:A:<DEL>")).await.unwrap();
    let found: Vec<_> =
        found.iter().map(|t| (t.variant.interval.end(), t.count.tally().allele_count)).collect();
    assert_eq!(found, [(50, 1), (90, 3)]);
}

#[tokio::test]
async fn an_unanchored_indel_is_found() {
    let lab = Lab::new();
    let rows = [record("7-117559590-ATCT-A", 0, &[Heterozygous, HaploidReference, Reference])];
    lab.ingest(spec("ds", &[("a.vcf", TRIO)]), &rows).await;
    assert_eq!(lab.counts("ds", "7:117559590:ATCT:A").await, "1/5 1 0 0 3/3");
    let query =
        fyr_schemas::AlleleQuery::new(Assembly::GRCH38, super::fixture::contig("7"), 117_559_590, "TCT", "");
    let query = VariantQuery::Allele(query.unwrap());
    assert_eq!(counts(&ask(&lab.engine().await, "ds", &query).await.unwrap()[0]), "1/5 1 0 0 3/3");
}

#[tokio::test]
async fn a_range_holds_what_overlaps_it() {
    let lab = Lab::new();
    let rows = [
        record("1-5-A-<DEL>-5000", 0, &[Heterozygous, Reference, Reference]),
        record("1-4000-A-T", 0, &[Heterozygous, Reference, Reference]),
        record("1-4100-ATT-A", 0, &[Reference, Homozygous, Reference]),
        record("1-6000-A-T", 0, &[Heterozygous, Reference, Reference]),
        record("2-4000-A-T", 0, &[Heterozygous, Reference, Reference]),
    ];
    lab.ingest(spec("ds", &[("a.vcf", TRIO)]), &rows).await;
    let engine = lab.engine().await;
    let names = async |query| {
        let found = ask(&engine, "ds", &VariantQuery::Range(query)).await.unwrap();
        found.iter().map(|tally| tally.variant.short_form()).collect::<Vec<_>>()
    };
    assert_eq!(names(range("1", 3999, 4101)).await, ["1-5-A-<DEL>", "1-4000-A-T", "1-4100-ATT-A"]);
    assert_eq!(names(range("1", 4101, 4102)).await, ["1-5-A-<DEL>", "1-4100-ATT-A"]);
    assert_eq!(names(range("1", 5000, 5999)).await, Vec::<String>::new());
    assert_eq!(names(range("3", 0, 5999)).await, Vec::<String>::new());
    let mut short = range("1", 0, 1 << 30);
    short.narrowing.maximum_length = Some(1);
    assert_eq!(names(short).await, ["1-4000-A-T", "1-6000-A-T"]);
}

#[tokio::test]
async fn another_assembly_is_refused() {
    let lab = Lab::new();
    lab.ingest(spec("ds", &[("a.vcf", TRIO)]), &[]).await;
    let query = fyr_schemas::AlleleQuery::parse(Assembly::GRCH37, "1-5-A-T").unwrap();
    let answer = ask(&lab.engine().await, "ds", &VariantQuery::Allele(query)).await;
    assert!(matches!(answer, Err(EngineError::OtherAssembly(Assembly::GRCH37))));
}

#[tokio::test]
async fn a_range_that_needs_too_much_memory_is_refused() {
    let lab = Lab::new();
    let rows: Vec<_> = (1..600).map(|n| record(&format!("1-{n}-A-T"), 0, &[Homozygous; 3])).collect();
    lab.ingest(spec("ds", &[("a.vcf", TRIO)]), &rows).await;
    let options = crate::EngineOptions { memory_limit: 1 << 10 };
    let engine =
        crate::Engine::open(lab.path().to_str().unwrap(), options, std::sync::Arc::default()).await.unwrap();
    let answer = ask(&engine, "ds", &VariantQuery::Range(range("1", 0, 600))).await;
    assert!(matches!(answer, Err(EngineError::Limit(_))));
}

#[tokio::test]
async fn sequences_with_awkward_names_are_kept_apart() {
    let lab = Lab::new();
    let names = ["HLA-A*01:01", "HLA-A*01;01", "a/b", "a%2Fb"];
    let allele = |name: &str| {
        let mut record = record("1-5-A-T", 0, &[Heterozygous, Reference, Reference]);
        record.variant.contig = super::fixture::contig(name);
        record
    };
    let rows: Vec<_> = names.iter().map(|name| allele(name)).collect();
    lab.ingest(spec("ds", &[("a.vcf", TRIO)]), &rows).await;
    let engine = lab.engine().await;
    for name in names {
        let found = ask(&engine, "ds", &VariantQuery::Range(range(name, 0, 10))).await.unwrap();
        assert_eq!(found.iter().map(counts).collect::<Vec<_>>(), ["1/6 1 0 0 3/3"], "{name}");
    }
}

#[tokio::test]
async fn a_question_over_many_alleles_lets_a_deadline_pass() {
    let lab = Lab::new();
    let rows: Vec<_> =
        (1..1_000).map(|start| record(&format!("1-{start}-A-T"), 0, &[Heterozygous; 3])).collect();
    lab.ingest(spec("ds", &[("a.vcf", TRIO)]), &rows).await;
    let engine = lab.engine().await;
    let view = engine.view(&std::sync::Arc::default()).await.unwrap();
    let dataset = view.of("ds", fyr_policy::Cohort::Everyone).await.unwrap().unwrap();
    let located = Located::plain(&VariantQuery::Range(range("1", 0, 2_000)));
    let query = Query::entries(EntryType::Individual);
    let ask = || view.entry_count(&dataset, Needs::default(), (&query, located.as_ref()), 100);
    assert!(timeout(Duration::from_secs(60), ask()).await.unwrap().is_ok());
    assert!(timeout(Duration::ZERO, ask()).await.is_err(), "it is gone through in one go");
}
