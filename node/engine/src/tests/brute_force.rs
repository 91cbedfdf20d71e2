//! Lookups and ranges against a count person by person over the same records.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use futures::TryStreamExt;
use fyr_policy::{People, VariantCount};
use fyr_schemas::{
    BasePattern, BracketQuery, Interbase, Located, Narrowing, RangeQuery, Tally, TypeTerm, Variant,
    VariantQuery, VariantType,
};
use fyr_store::{Annotation, Call, Carriers};
use proptest::prelude::*;

use super::fixture::{Lab, Record, ask, everyone, exact, push, range, spec, variant};
use crate::{
    Engine,
    query::{count::Counted, view::count},
};

const CALLS: [Call; 8] = [
    Call::Missing,
    Call::Partial,
    Call::Reference,
    Call::HaploidReference,
    Call::Half,
    Call::Hemizygous,
    Call::Heterozygous,
    Call::Homozygous,
];

/// Files of a segment: who is in each, and their records.
#[derive(Clone, Debug)]
struct Segment {
    files: Vec<(String, Vec<String>)>,
    records: Vec<Record>,
}

/// The counts of an allele, how many people are asked about, and whether a file says something of each of them.
type Expected = (Tally, u64, bool);

/// Counts person by person: of several calls of a person, the one that says most counts.
fn expected(segments: &[Segment], wanted: impl Fn(&Variant) -> bool) -> BTreeMap<Variant, Expected> {
    expected_of(segments, |_| true, wanted)
}

/// The same, of some people.
fn expected_of(
    segments: &[Segment],
    counted: impl Fn(&str) -> bool,
    wanted: impl Fn(&Variant) -> bool,
) -> BTreeMap<Variant, Expected> {
    let everyone: BTreeSet<&String> =
        segments.iter().flat_map(|s| s.files.iter().flat_map(|(_, people)| people)).collect();
    let mut calls: BTreeMap<&Variant, BTreeMap<&String, Call>> = BTreeMap::new();
    for segment in segments {
        for record in segment.records.iter().filter(|record| wanted(&record.variant)) {
            let people = calls.entry(&record.variant).or_default();
            let called = segment.files[record.shard].1.iter().zip(&record.calls);
            for (person, call) in called.filter(|(person, _)| counted(person)) {
                let best = people.entry(person).or_insert(*call);
                *best = CALLS[rank(*best).max(rank(*call))];
            }
        }
    }
    let tally = |people: BTreeMap<&String, Call>| {
        let mut carriers = Carriers::default();
        (0..).zip(people.values()).for_each(|(index, call)| carriers.push(index, *call));
        carriers.tally(&(0..people.len() as u32).collect())
    };
    let size = everyone.iter().filter(|person| counted(person)).count() as u64;
    let told = |people: BTreeMap<&String, Call>| {
        let is_of_all = people.len() as u64 == size;
        (tally(people), size, is_of_all)
    };
    calls.into_iter().map(|(variant, people)| (variant.clone(), told(people))).collect()
}

fn rank(call: Call) -> usize {
    CALLS.iter().position(|c| *c == call).unwrap()
}

fn found(tallies: &[VariantCount]) -> Vec<(Variant, Expected)> {
    tallies
        .iter()
        .map(|t| {
            let asked = t.count.asked().map(People::number).unwrap();
            (t.variant.clone(), (*t.count.tally(), asked, t.count.is_of_all()))
        })
        .collect()
}

/// Few positions, so that alleles meet; long deletions, so that they reach over pages.
fn any_variant() -> impl Strategy<Value = Variant> {
    let text = (prop::sample::select(vec!["1", "2", "X"]), 1u64..400, 0usize..6, 1u64..300);
    text.prop_map(|(contig, position, kind, length)| {
        let end = position + length;
        variant(&match kind {
            0 => format!("{contig}-{position}-A-T"),
            1 => format!("{contig}-{position}-A-AC"),
            2 => format!("{contig}-{position}-ACC-A"),
            3 => format!("{contig}-{position}-A-<DEL>-{end}"),
            4 => format!("{contig}-{position}-A-<DUP>-{end}"),
            _ => format!("{contig}-{position}-A-G"),
        })
    })
}

/// A segment of two files: the same people or other people.
fn any_segment(name: usize) -> impl Strategy<Value = Segment> {
    let people = prop::sample::subsequence((0..12).map(|n| format!("P{n:02}F")).collect::<Vec<_>>(), 1..8);
    let split = (people, 0usize..4);
    split.prop_flat_map(move |(people, at)| {
        let (first, second) = people.split_at(at.min(people.len() - 1));
        let mut files = vec![(format!("{name}-b"), second.to_vec())];
        if !first.is_empty() {
            files.push((format!("{name}-a"), first.to_vec()));
        }
        let sizes: Vec<usize> = files.iter().map(|(_, people)| people.len()).collect();
        let record = (any_variant(), 0..files.len(), prop::collection::vec(0usize..8, 8));
        prop::collection::vec(record, 0..150).prop_map(move |records| {
            let record = |(variant, shard, calls): &(Variant, usize, Vec<usize>)| Record {
                annotation: Annotation::default(),
                variant: variant.clone(),
                shard: *shard,
                calls: calls[..sizes[*shard]].iter().map(|call| CALLS[*call]).collect(),
            };
            Segment { files: files.clone(), records: records.iter().map(record).collect() }
        })
    })
}

fn any_range() -> impl Strategy<Value = RangeQuery> {
    let interval = (prop::sample::select(vec!["1", "2", "X", "Y"]), 0u64..420, 1u64..80);
    let filters = (prop::option::of(0usize..3), prop::option::of(0u64..60), prop::option::of(0u64..60));
    (interval, filters).prop_map(|((contig, start, length), (kind, minimum, maximum))| RangeQuery {
        narrowing: Narrowing {
            variant_type: kind
                .map(|kind| TypeTerm::of([VariantType::Snp, VariantType::Del, VariantType::Dup][kind])),
            minimum_length: minimum,
            maximum_length: maximum,
            ..Narrowing::default()
        },
        reciprocal_overlap: (length % 5 == 0).then_some(40),
        ..range(contig, start, start + length)
    })
}

async fn fill(lab: &Lab, segments: &[Segment]) {
    for segment in segments {
        let files: Vec<(&str, Vec<&str>)> = segment
            .files
            .iter()
            .map(|(name, people)| (name.as_str(), people.iter().map(String::as_str).collect()))
            .collect();
        let files: Vec<(&str, &[&str])> = files.iter().map(|(name, p)| (*name, p.as_slice())).collect();
        let spec = spec("ds", &files);
        let shards = spec.shards.clone();
        // So little memory that some rows are spilled.
        let store = lab.store().await.with_sort_memory(20_000);
        let mut writer = store.begin(spec).await.unwrap();
        push(&mut writer, &shards, &segment.records).await;
        writer.finish().await.unwrap();
    }
}

/// Chooses some of the people.
fn is_even(person: &str) -> bool {
    person[1..3].parse::<u32>().unwrap().is_multiple_of(2)
}

/// Asks about some people, as a filter does that holds for them, and for somebody without genotypes.
async fn ask_of(engine: &Engine, query: &VariantQuery, counted: fn(&str) -> bool) -> Vec<VariantCount> {
    let snapshot = engine.snapshot();
    let dataset = Arc::clone(&snapshot.loaded["ds"]);
    let people = dataset.everyone.iter().filter(|number| counted(dataset.name_of(*number))).collect();
    let counted = Counted { people: Some(Arc::new(people)), ..everyone() };
    let tallies = count(&snapshot.session, dataset, Located::plain(query).as_ref(), counted).await.unwrap();
    tallies.try_collect().await.unwrap()
}

/// The bracket whose start and end lie in the interval of a range and behind it.
fn bracket(range: &RangeQuery, alternate: &str) -> BracketQuery {
    let (start, end) = (u64::from(range.interval.start()), u64::from(range.interval.end()));
    let open = start % 2 == 0;
    BracketQuery {
        assembly: range.assembly,
        contig: range.contig.clone(),
        start: range.interval,
        end: Interbase::new(start, end + 40).unwrap(),
        narrowing: Narrowing {
            alternate_bases: (!open).then(|| BasePattern::parse(alternate).unwrap()),
            ..range.narrowing.clone()
        },
    }
}

async fn compare(segments: &[Segment], ranges: &[RangeQuery]) {
    let lab = Lab::new();
    fill(&lab, segments).await;
    let engine = lab.engine().await;
    for query in ranges {
        let tallies = ask(&engine, "ds", &VariantQuery::Range(query.clone())).await.unwrap();
        let expected: Vec<_> = expected(segments, |variant| query.matches(variant)).into_iter().collect();
        assert_eq!(found(&tallies), expected, "{query:?}");
    }
    for query in ranges {
        let tallies = ask_of(&engine, &VariantQuery::Range(query.clone()), is_even).await;
        let expected = expected_of(segments, is_even, |variant| query.matches(variant));
        assert_eq!(found(&tallies), expected.into_iter().collect::<Vec<_>>(), "{query:?} of some");
    }
    for (query, wildcard) in ranges.iter().zip(["N", "R", "ANY", "<CN0>"].into_iter().cycle()) {
        let bracket = bracket(query, wildcard);
        let tallies = ask(&engine, "ds", &VariantQuery::Bracket(bracket.clone())).await.unwrap();
        let expected: Vec<_> = expected(segments, |variant| bracket.matches(variant)).into_iter().collect();
        assert_eq!(found(&tallies), expected, "{bracket:?}");
    }
    let asked: Vec<&Variant> = segments.iter().flat_map(|s| s.records.iter().map(|r| &r.variant)).collect();
    for variant in asked.iter().step_by(7) {
        let tallies = ask(&engine, "ds", &exact(&variant.short_form().replace('-', " "))).await.unwrap();
        let same = |v: &Variant| v.short_form() == variant.short_form();
        assert_eq!(found(&tallies), expected(segments, same).into_iter().collect::<Vec<_>>());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn answers_equal_a_count_one_by_one(
        segments in (any_segment(0), any_segment(1), any_segment(2)),
        count in 1usize..4,
        ranges in prop::collection::vec(any_range(), 12),
    ) {
        let segments = [segments.0, segments.1, segments.2];
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        runtime.block_on(compare(&segments[..count], &ranges));
    }
}

/// Many pages and row order broken, so that runs, pages and their boundaries matter.
#[tokio::test]
async fn many_pages_are_searched_as_few_are() {
    let calls = [Call::Heterozygous, Call::Reference];
    let mut records: Vec<Record> = (0..6000u64)
        .map(|n| Record {
            annotation: Annotation::default(),
            variant: variant(&format!("1-{}-A-T", 10 + (n * 7919) % 6000)),
            shard: 0,
            calls: calls.to_vec(),
        })
        .collect();
    let deletion = variant("1-20-A-<DEL>-5900");
    records.push(Record {
        variant: deletion,
        shard: 0,
        calls: calls.to_vec(),
        annotation: Annotation::default(),
    });
    // More alleles at one position than a page holds.
    for length in 1..1200 {
        let bases = format!("1-3000-A-A{}", "C".repeat(length));
        records.push(Record {
            variant: variant(&bases),
            shard: 0,
            calls: calls.to_vec(),
            annotation: Annotation::default(),
        });
    }
    let people = vec!["P01F".to_owned(), "P02F".to_owned()];
    let segment = Segment { files: vec![("a".to_owned(), people)], records };
    let ranges =
        [range("1", 2998, 3003), range("1", 5800, 5850), range("1", 6000, 9000), range("1", 0, 9000)];
    compare(&[segment], &ranges).await;
}

#[tokio::test]
async fn sorted_segments_are_merged_and_never_sorted_again() {
    let lab = Lab::new();
    let segment = |name: &str| Segment {
        files: vec![(name.to_owned(), vec!["P01F".to_owned()])],
        records: vec![Record {
            variant: variant("1-5-A-T"),
            shard: 0,
            calls: vec![Call::Homozygous],
            annotation: Annotation::default(),
        }],
    };
    fill(&lab, &[segment("a"), segment("b")]).await;
    let snapshot = lab.engine().await.snapshot();
    let plan = snapshot.explain("ds", &range("1", 0, 10));
    assert!(plan.contains("SortPreservingMergeExec") && !plan.contains("SortExec"), "{plan}");
    assert!(plan.contains("PageScanExec: files=2, pages=2"), "{plan}");
}
