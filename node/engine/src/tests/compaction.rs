//! However segments are merged, questions are told the same.

use std::{collections::BTreeSet, ops::ControlFlow, path::PathBuf, sync::Arc};

use futures::TryStreamExt;
use fyr_policy::{Cohort, Consents, Statement};
use fyr_schemas::Located;
use fyr_store::{
    Call::{self, Heterozygous, Homozygous, Missing, Reference},
    CompactSummary, Compaction, StoreError,
    log::{Catalog, Content, StorePlace},
};
use proptest::prelude::*;

use super::{
    assumptions::Loads,
    fixture::{Lab, everyone, range, record, spec},
    world::{self, Dice, Load, World, cohort_of, questions, statements, told},
};
use crate::{
    Engine, View,
    query::{census, view::count},
};

async fn compact(lab: &Lab) -> CompactSummary {
    lab.store().await.compact("ds", Compaction::All).await.unwrap()
}

fn run(work: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(work);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whoever_was_looked_at_is_counted_as_one_by_one(seed in any::<u64>()) {
        run(compare_counts(&mut Dice::new(seed)));
    }
}

/// Loads, merges now and then on the way, and counts person by person.
async fn compare_counts(dice: &mut Dice) {
    let percent = [12, 25, 60][dice.roll(3)];
    let loads = Loads::draw(dice, 5, percent);
    if loads.ingests.is_empty() {
        return;
    }
    let lab = Lab::new();
    for (number, ingest) in loads.ingests.iter().enumerate() {
        ingest.load(&lab, number).await;
        if dice.chance(25) {
            let how = if dice.chance(50) { Compaction::All } else { Compaction::Tiers(2) };
            lab.store().await.compact("ds", how).await.unwrap();
        }
    }
    let before = lab.engine().await.snapshot().dataset("ds").unwrap().segments;
    let summary = compact(&lab).await;
    assert_eq!(before - summary.merged + summary.made, summary.segments);
    loads.check(&lab).await;
    let again = CompactSummary { merged: 0, made: 0, ..summary };
    let version = lab.engine().await.snapshot().version().unwrap();
    assert_eq!(compact(&lab).await, CompactSummary { version, ..again }, "nothing is left to do");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_question_is_told_the_same(seed in any::<u64>()) {
        run(compare_answers(&mut Dice::new(seed)));
    }
}

/// Asks of random people with documents, some of whom withdrew or did not agree, before and after.
async fn compare_answers(dice: &mut Dice) {
    let (mut world, questions) = (World::draw(dice), questions(dice, 16));
    // What an allele does is said by whoever brings it, and stays known in a merged segment when they are left out.
    let is_annotated = dice.chance(40);
    if !is_annotated {
        world.loads.iter_mut().for_each(Load::forget_annotations);
    }
    let said = statements(dice).into_iter().enumerate().filter_map(|(person, said)| {
        said.map(|said: Statement| ("ds".to_owned(), world.names(person)[0].clone(), said))
    });
    let mut consents = vec![Arc::default(), Arc::new(Consents::new(1, said.collect::<Vec<_>>()))];
    let mut cohorts = vec![Cohort::Everyone, cohort_of(dice)];
    if is_annotated {
        consents.truncate(1);
        cohorts.truncate(1);
    }
    let lab = Lab::new();
    world.fill(&lab, &BTreeSet::new()).await;
    let reader = lab.engine().await;
    let (mut before, mut views) = (Vec::new(), Vec::new());
    for consents in &consents {
        let view = reader.view(consents).await.unwrap();
        for cohort in cohorts.iter().copied() {
            before.push(all_told(&view, cohort, &questions).await);
        }
        views.push(view);
    }
    if lab.store().await.compact("ds", Compaction::All).await.unwrap().merged == 0 {
        return;
    }
    let mut during = Vec::new();
    for view in &views {
        for cohort in cohorts.iter().copied() {
            during.push(all_told(view, cohort, &questions).await);
        }
    }
    assert_eq!(during, before, "who reads goes on");
    assert!(reader.refresh().await.unwrap());
    let mut after = Vec::new();
    for consents in &consents {
        let view = reader.view(consents).await.unwrap();
        for cohort in cohorts.iter().copied() {
            after.push(all_told(&view, cohort, &questions).await);
        }
    }
    for (before, after) in before.iter().flatten().zip(after.iter().flatten()) {
        assert_eq!(before, after);
    }
    assert_eq!(before.len(), after.len());
}

/// Also whether frequencies can be compared, and whom the view names.
async fn all_told(view: &View, cohort: Cohort, questions: &[world::Question]) -> Vec<String> {
    let mut all = told(view, cohort, questions).await;
    if let Ok(Some(dataset)) = view.of("ds", cohort).await {
        all.push(format!("{:?}", dataset.must_tell_frequencies().map_err(|error| error.to_string())));
    }
    all.push(format!("{:?}", view.people("ds")));
    all
}

/// Files of one person each, one ingest a file, of alleles that each of them shares with some.
async fn load_singles(lab: &Lab, people: std::ops::Range<u64>) {
    for person in people {
        let calls: [Call; 3] = [Heterozygous, Homozygous, Missing];
        let row = |n: u64| {
            let call = calls[((person + n) % 3) as usize];
            record(&format!("{}-{}-A-T", ["1", "X"][(n % 2) as usize], 10 + n), 0, &[call])
        };
        let rows: Vec<_> = (0..40).filter(|n| (n * 7 + person) % 5 < 2).map(row).collect();
        let (file, name) = (format!("{person}.vcf"), format!("P{person:02}F"));
        lab.ingest(spec("ds", &[(&file, &[&name])]), &rows).await;
    }
}

async fn counted(engine: &Engine) -> Vec<String> {
    let (snapshot, everywhere) = (engine.snapshot(), None::<&Located>);
    let dataset = Arc::clone(&snapshot.loaded["ds"]);
    let found = count(&snapshot.session, dataset, everywhere, everyone()).await.unwrap();
    let found: Vec<_> = found.try_collect().await.unwrap();
    found
        .iter()
        .map(|found| format!("{} {}", found.variant.short_form(), super::fixture::counts(found)))
        .collect()
}

#[tokio::test]
async fn more_segments_than_can_be_read_at_once_become_one_that_is_counted_by_sums() {
    let lab = Lab::new();
    load_singles(&lab, 0..70).await;
    let before = lab.engine().await;
    let expected = counted(&before).await;
    let located = Located::Ranges { ranges: vec![range("1", 0, 30)], gene: None };
    let by_sums = |engine: &Engine| Arc::clone(&engine.snapshot().loaded["ds"]);
    assert_eq!(census::seen(&by_sums(&before), Some(&located), &[]).await.unwrap(), None);
    let summary = compact(&lab).await;
    assert_eq!((summary.merged, summary.made, summary.segments), (70, 1, 1));
    let after = lab.engine().await;
    assert_eq!(counted(&after).await, expected);
    let carried = |line: &&String| line.starts_with("1-") && !line.contains(" 0/");
    let there = |line: &&String| line[2..].split('-').next().unwrap().parse::<u64>().unwrap() <= 30;
    let carried = expected.iter().filter(carried).filter(there).count() as u64;
    assert_eq!(census::seen(&by_sums(&after), Some(&located), &[]).await.unwrap(), Some(carried));
}

#[tokio::test]
async fn files_stay_known_when_their_segments_are_merged() {
    let lab = Lab::new();
    load_singles(&lab, 0..3).await;
    let place = StorePlace::directory(lab.path());
    let created = Catalog::load(&place, &Catalog::default()).await.unwrap().segments[1].created.clone();
    compact(&lab).await;
    let again = lab.try_ingest(spec("ds", &[("1.vcf", &["P01F"])]), &[]).await;
    let Err(StoreError::AlreadyIngested { since, .. }) = again else { panic!("{again:?}") };
    assert_eq!(since, created, "as before");
    // Whoever is taken out takes the file along, as if its segment were still by itself.
    lab.store().await.purge("ds", &["P01F".to_owned()]).await.unwrap();
    lab.ingest(spec("ds", &[("1.vcf", &["P01F"])]), &[record("1-10-A-T", 0, &[Reference])]).await;
    assert!(lab.try_ingest(spec("ds", &[("2.vcf", &["P02F"])]), &[]).await.is_err());
}

fn files(lab: &Lab) -> BTreeSet<PathBuf> {
    let (mut found, mut open) = (BTreeSet::new(), vec![lab.path().to_owned()]);
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "parquet")
                && !path.to_string_lossy().contains("_delta_log")
            {
                found.insert(path);
            }
        }
    }
    found
}

/// Does so many steps of a compaction, then dies.
async fn compact_until(lab: &Lab, steps: usize) {
    let merged =
        lab.store().await.merge("ds", Compaction::All, |_, _| ControlFlow::Continue(())).await.unwrap();
    if steps == 0 {
        return merged.abandon();
    }
    let mut compaction = merged.put().await.unwrap();
    for step in 1..steps {
        match step {
            1 => compaction.list().await,
            2 => compaction.commit().await.map(drop),
            _ => compaction.clean().await,
        }
        .unwrap();
    }
    compaction.abandon();
}

#[tokio::test]
async fn whenever_it_dies_the_data_are_whole_and_another_run_ends_it() {
    for steps in 0..=4 {
        let lab = Lab::new();
        load_singles(&lab, 0..4).await;
        let reader = lab.engine().await;
        let expected = counted(&reader).await;
        compact_until(&lab, steps).await;
        assert_eq!(counted(&reader).await, expected, "{steps}: who reads goes on");
        assert_eq!(counted(&lab.engine().await).await, expected, "{steps}");
        let summary = compact(&lab).await;
        assert_eq!((summary.merged, summary.made), if steps < 3 { (4, 1) } else { (0, 0) }, "{steps}");
        assert_eq!(counted(&lab.engine().await).await, expected, "{steps}");
        assert_eq!(
            files(&lab).len(),
            2 + 1 + 1,
            "{steps}: alleles of 1 and X, people, the row of the segment"
        );
        load_singles(&lab, 4..5).await;
        let staged = std::fs::read_dir(lab.path().join(".staging")).map_or(0, Iterator::count);
        assert_eq!(staged, 0, "{steps}");
    }
}

#[tokio::test]
async fn who_writes_meanwhile_is_not_held_up() {
    let lab = Lab::new();
    load_singles(&lab, 0..3).await;
    let given_up = lab.store().await.compact_with("ds", Compaction::All, |_, _| ControlFlow::Break(())).await;
    assert!(matches!(given_up, Err(StoreError::GivenUp)));
    let merged =
        lab.store().await.merge("ds", Compaction::All, |_, _| ControlFlow::Continue(())).await.unwrap();
    load_singles(&lab, 3..4).await;
    let expected = counted(&lab.engine().await).await;
    assert!(matches!(merged.put().await, Err(StoreError::Overtaken)));
    assert_eq!(counted(&lab.engine().await).await, expected);
    let merged =
        lab.store().await.merge("ds", Compaction::All, |_, _| ControlFlow::Continue(())).await.unwrap();
    lab.store().await.purge("ds", &["P00F".to_owned()]).await.unwrap();
    assert!(matches!(merged.put().await, Err(StoreError::Overtaken)), "nobody comes back");
    let store = lab.store().await;
    let writer = store.begin(spec("ds", &[("later.vcf", &["P09F"])])).await.unwrap();
    let merging = store.compact("ds", Compaction::All).await;
    assert!(matches!(merging, Err(StoreError::Locked(_))));
    drop(writer);
    assert_eq!(compact(&lab).await.merged, 3);
    assert!(matches!(
        store.compact("other", Compaction::All).await,
        Err(StoreError::UnknownDataset(dataset)) if dataset == "other"
    ));
}

#[tokio::test]
async fn segments_that_say_different_things_of_all_their_alleles_stay_apart() {
    let lab = Lab::new();
    for (number, (normalised, annotated)) in
        [(false, false), (true, false), (false, true), (true, true), (true, false), (false, true)]
            .into_iter()
            .enumerate()
    {
        let (file, name) = (format!("{number}.vcf"), format!("P{number}F"));
        let spec = fyr_store::SegmentSpec { normalised, annotated, ..spec("ds", &[(&file, &[&name])]) };
        lab.ingest(spec, &[record("1-10-A-T", 0, &[Heterozygous])]).await;
    }
    let summary = compact(&lab).await;
    assert_eq!((summary.merged, summary.made, summary.segments), (4, 2, 4));
    assert_eq!(lab.counts("ds", "1-10-A-T").await, "6/12 6 0 0 6/6");
}

#[tokio::test]
async fn a_merged_segment_is_whole_where_each_row_tells_of_everybody() {
    let whole = async |lab: &Lab| {
        compact(lab).await;
        let catalog = Catalog::load(&StorePlace::directory(lab.path()), &Catalog::default()).await.unwrap();
        let segments = catalog.segments.iter().filter(|segment| segment.content == Content::Variants);
        segments.map(|segment| segment.whole).collect::<Vec<_>>()
    };
    let lab = Lab::new();
    for file in ["a.vcf", "b.vcf"] {
        let rows = [record("1-10-A-T", 0, &[Heterozygous, Reference])];
        lab.ingest(spec("ds", &[(file, &["P1F", "P2F"])]), &rows).await;
    }
    assert_eq!(whole(&lab).await, [Some(true)]);
    lab.ingest(spec("ds", &[("c.vcf", &["P3F"])]), &[record("1-11-A-T", 0, &[Heterozygous])]).await;
    assert_eq!(whole(&lab).await, [Some(false)]);
}
