//! Counts from sums beside counts of the alleles themselves.

use std::sync::Arc;

use fyr_schemas::{Condition, EntryType, Filter, Filters, FrequencyBound, Group, Located, Operator, Tally};
use fyr_store::{Annotation, Call, FrequencyRow, SegmentSpec};
use proptest::prelude::*;

use super::fixture::{Lab, Record, ask, everyone, push, range, record, source, spec};
use crate::{
    DatasetKind,
    query::{census, dataset::Dataset, view::count},
};

const PEOPLE: &[&str] = &["P0F", "P1M", "P2F"];

async fn dataset(lab: &Lab) -> Arc<Dataset> {
    Arc::clone(&lab.engine().await.snapshot().loaded["ds"])
}

/// Alleles of several pages; some that nobody carries, some that reach over pages.
fn records(seed: u64) -> Vec<Record> {
    let allele = |n: u64| {
        let (position, kind) = (10 + n * 3, (n * 7919 + seed) % 11);
        let call =
            |call: Call, every: u64| if (n + seed).is_multiple_of(every) { call } else { Call::Reference };
        let calls = [call(Call::Heterozygous, 3), call(Call::Homozygous, 5), call(Call::Missing, 7)];
        let name = match kind {
            0 => format!("1-{position}-A-<DEL>-{}", position + 900),
            1 => format!("1-{position}-ACG-A"),
            _ => format!("1-{position}-A-T"),
        };
        record(&name, 0, &if n / 600 == 1 { [Call::Heterozygous; 3] } else { calls })
    };
    (0..2000).map(allele).collect()
}

#[tokio::test]
async fn a_place_is_counted_as_its_alleles_are() {
    let lab = Lab::new();
    lab.ingest(spec("ds", &[("a.vcf", PEOPLE)]), &records(1)).await;
    let (engine, dataset) = (lab.engine().await, dataset(&lab).await);
    for (start, end) in
        [(0, 9), (0, 5_000), (0, 20_000), (11, 12), (1_800, 3_700), (1_545, 1_546), (5_990, 9_000)]
    {
        let query = range("1", start, end);
        let located = Located::Ranges { ranges: vec![query.clone()], gene: None };
        let tallies = ask(&engine, "ds", &fyr_schemas::VariantQuery::Range(query)).await.unwrap();
        let expected = tallies.iter().filter(|tally| tally.count.tally().allele_count > 0).count() as u64;
        assert_eq!(
            census::seen(&dataset, Some(&located), &[]).await.unwrap(),
            Some(expected),
            "{start}-{end}"
        );
    }
    let all = count(&engine.snapshot().session, Arc::clone(&dataset), None, everyone()).await.unwrap();
    let all: Vec<_> = futures::TryStreamExt::try_collect(all).await.unwrap();
    let seen =
        all.iter().filter(|tally: &&fyr_policy::VariantCount| tally.count.tally().allele_count > 0).count();
    assert_eq!(census::seen(&dataset, None, &[]).await.unwrap(), Some(seen as u64));
}

#[tokio::test]
async fn every_interval_finds_what_overlaps_it_and_no_more() {
    let lab = Lab::new();
    let carried = ["1-4-A-T", "1-4-A-C", "1-6-ACG-A", "1-7-A-<DEL>-12", "1-9-A-AC", "1-14-A-T"];
    let records = carried.map(|allele| record(allele, 0, &[Call::Heterozygous; 3]));
    let nobodys = record("1-10-A-T", 0, &[Call::Reference; 3]);
    lab.ingest(spec("ds", &[("a.vcf", PEOPLE)]), &[&records[..], &[nobodys]].concat()).await;
    let (engine, dataset) = (lab.engine().await, dataset(&lab).await);
    let intervals = (0..16).flat_map(|start| (start + 1..17).map(move |end| (start, end)));
    for (start, end) in intervals {
        let overlaps = |allele: &str| {
            let interval = super::fixture::variant(allele).interval;
            u64::from(interval.start()) < end && u64::from(interval.end()) > start
        };
        let expected = carried.iter().filter(|allele| overlaps(allele)).count();
        let query = range("1", start, end);
        let located = Located::Ranges { ranges: vec![query.clone()], gene: None };
        let seen = census::seen(&dataset, Some(&located), &[]).await.unwrap();
        assert_eq!(seen, Some(expected as u64), "{start}-{end}");
        let tallies = ask(&engine, "ds", &fyr_schemas::VariantQuery::Range(query)).await.unwrap();
        let told = tallies.iter().filter(|tally| tally.count.tally().allele_count > 0).count();
        assert_eq!(told, expected, "{start}-{end}");
    }
}

#[tokio::test]
async fn what_sums_cannot_tell_is_not_counted_by_them() {
    let lab = Lab::new();
    lab.ingest(spec("ds", &[("a.vcf", PEOPLE)]), &records(1)).await;
    let rare = bound(Operator::Less, "0.5");
    let one = dataset(&lab).await;
    assert_eq!(census::seen(&one, None, &[rare]).await.unwrap(), None, "AN is not among the sums");
    let mut writer = lab.store().await.begin(spec("ds", &[("b.vcf", &["P3F"])])).await.unwrap();
    push(&mut writer, &[vec![0]], &[record("1-13-A-T", 0, &[Call::Heterozygous])]).await;
    writer.finish().await.unwrap();
    assert_eq!(census::seen(&dataset(&lab).await, None, &[]).await.unwrap(), None, "segments share alleles");
}

fn bound(operator: Operator, value: &str) -> FrequencyBound {
    let condition = Condition::Value { field: "alleleFrequency".into(), operator, value: value.into() };
    let filter = Filter { scope: None, excluded: false, any_of: vec![condition] };
    let filters = Filters::new(vec![fyr_schemas::Clause(vec![filter])]).unwrap();
    FrequencyBound::split(filters, EntryType::GenomicVariant).unwrap().1[0]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn frequencies_are_compared_exactly(
        counts in prop::collection::vec((0u64..40, 0u64..40), 1..1500),
        value in prop::sample::select(vec!["0.5", "0.25", "0.1", "0", "1"]),
        operator in prop::sample::select(vec![
            Operator::Less, Operator::LessOrEqual, Operator::Greater, Operator::GreaterOrEqual, Operator::Equal,
        ]),
    ) {
        let bound = bound(operator, value);
        let counts: Vec<_> = counts.into_iter().map(|(a, b)| (a.min(b), b)).collect();
        let asked = |(ac, an): &&(u64, u64)| {
            let threshold: f64 = value.parse().unwrap();
            *ac > 0 && operator.holds((*ac as f64).total_cmp(&(threshold * *an as f64)))
        };
        let expected = counts.iter().filter(asked).count() as u64;
        let row = |(n, (allele_count, allele_number)): (usize, (u64, u64))| FrequencyRow {
            variant: super::fixture::variant(&format!("2-{}-A-T", n + 1)),
            ids: Vec::new(),
            filters: Vec::new(),
            shard: 0,
            annotation: Annotation::default(),
            tallies: vec![(Group::Total, Tally { allele_count, allele_number, ..Tally::default() })],
        };
        let rows = counts.iter().copied().enumerate().map(row).collect();
        let counted = tokio::runtime::Runtime::new().unwrap().block_on(async {
            let lab = Lab::new();
            let sources = vec![source("a")];
            let spec = SegmentSpec { kind: DatasetKind::Frequency, sources, ..spec("ds", &[]) };
            let mut writer = lab.store().await.begin(spec).await.unwrap();
            writer.push_frequencies(rows).await.unwrap();
            writer.finish().await.unwrap();
            census::seen(&dataset(&lab).await, None, &[bound]).await.unwrap()
        });
        prop_assert_eq!(counted, Some(expected));
    }
}
