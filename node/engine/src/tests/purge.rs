//! What is left of people who were taken out: nothing.

use std::{
    collections::BTreeSet,
    fs::File,
    path::{Path, PathBuf},
    sync::Arc,
};

use arrow::{
    array::{Array, AsArray, RecordBatch},
    datatypes::DataType,
};
use fyr_policy::{Cohort, Consents, Statement};
use fyr_store::{
    Call::{self, Heterozygous, Homozygous, Reference},
    Compaction, PurgeSummary, StoreError,
    file::{PackedCarriers, column},
    log::Table,
};
use parquet::arrow::arrow_reader::{
    ArrowReaderOptions, ParquetRecordBatchReaderBuilder, ParquetRecordBatchReaderBuilder as Reader,
};
use proptest::prelude::*;
use roaring::RoaringBitmap;

use super::{
    fixture::{Lab, Record, record, spec},
    world::{self, Dice, World, questions, told},
};
use crate::{Engine, query::dataset::Segment};

const TRIO: &[&str] = &["FIN1F", "FIN2M", "GBR1F"];

/// All files of a store.
fn files(root: &Path) -> Vec<PathBuf> {
    let (mut found, mut open) = (Vec::new(), vec![root.to_owned()]);
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found
}

fn read(path: &Path) -> Vec<RecordBatch> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    reader.build().unwrap().map(Result::unwrap).collect()
}

/// Every text of a column, whatever it is nested in.
fn texts(array: &dyn Array, found: &mut Vec<String>) {
    match array.data_type() {
        DataType::Utf8 => found.extend(array.as_string::<i32>().iter().flatten().map(str::to_owned)),
        DataType::List(_) => texts(array.as_list::<i32>().values(), found),
        DataType::Map(..) => texts(array.as_map().entries(), found),
        DataType::Struct(_) => array.as_struct().columns().iter().for_each(|column| texts(column, found)),
        _ => {}
    }
}

/// Everything in the files of a store that tells of somebody.
fn traces(root: &Path, ids: &[String], numbers: &RoaringBitmap) -> Vec<String> {
    let mut traces = Vec::new();
    for path in files(root) {
        let shown = path.display().to_string();
        let bytes = std::fs::read(&path).unwrap();
        let holds = |id: &&String| bytes.windows(id.len()).any(|window| window == id.as_bytes());
        traces.extend(
            ids.iter().filter(|id| shown.contains(id.as_str())).map(|id| format!("{id} names {shown}")),
        );
        traces.extend(ids.iter().filter(holds).map(|id| format!("{id} is in {shown}")));
        if path.extension().is_none_or(|extension| extension != "parquet") {
            continue;
        }
        for batch in read(&path) {
            let mut found = Vec::new();
            batch.columns().iter().for_each(|column| texts(column, &mut found));
            let named = |id: &&String| found.iter().any(|text| text.contains(id.as_str()));
            traces.extend(ids.iter().filter(named).map(|id| format!("{id} is in a column of {shown}")));
            traces.extend(bits(&batch, numbers).map(|name| format!("a bit is in {name} of {shown}")));
        }
    }
    traces
}

fn bits(batch: &RecordBatch, numbers: &RoaringBitmap) -> Option<&'static str> {
    let calls = batch.column_by_name(column::CALLS)?.as_binary::<i32>();
    let haploid = batch.column_by_name(column::HAPLOID)?.as_binary::<i32>();
    let mut rows = calls.iter().zip(haploid).map(|(calls, haploid)| {
        let packed = PackedCarriers { calls: calls.unwrap().to_vec(), haploid: haploid.map(<[u8]>::to_vec) };
        packed.unpack().unwrap()
    });
    rows.any(|calls| calls != calls.without(numbers)).then_some("calls")
}

fn withdrawn(people: &[String]) -> Arc<Consents> {
    let gone = Statement { withdrawn: true, ..Statement::default() };
    let said = people.iter().map(|id| ("ds".to_owned(), id.clone(), gone));
    Arc::new(Consents::new(1, said.collect::<Vec<_>>()))
}

/// The numbers of people in the bitmaps.
fn numbers(engine: &Engine, people: &[String]) -> RoaringBitmap {
    let snapshot = engine.snapshot();
    let Some(dataset) = snapshot.loaded.get("ds") else { return RoaringBitmap::new() };
    let persons = dataset.persons();
    let chosen: BTreeSet<_> = people.iter().filter_map(|id| persons.of_id(id)).collect();
    persons.numbers(|person| chosen.contains(&person))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn nothing_is_left_and_nobody_notices(seed in any::<u64>()) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(purge_some(&mut Dice::new(seed)));
    }
}

async fn purge_some(dice: &mut Dice) {
    let (world, questions) = (World::draw(dice), questions(dice, 16));
    let people: Vec<usize> = (0..world::PEOPLE).filter(|_| dice.chance(30)).collect();
    let asked: Vec<String> = people
        .iter()
        .map(|person| {
            let names = world.names(*person);
            names[dice.roll(names.len())].clone()
        })
        .collect();
    let lab = Lab::new();
    world.fill(&lab, &BTreeSet::new()).await;
    if dice.chance(50) {
        lab.store().await.compact("ds", Compaction::All).await.unwrap();
    }
    let engine = lab.engine().await;
    let numbers = numbers(&engine, &asked);
    let view = engine.view(&withdrawn(&asked)).await.unwrap();
    let before = told(&view, Cohort::Everyone, &questions).await;
    let rows = view.dataset("ds").map_or(0, |dataset| dataset.variants);
    let summary = lab.store().await.purge("ds", &asked).await.unwrap();
    let ids: Vec<_> =
        people.iter().flat_map(|person| [world::name(*person), world::sample(*person)]).collect();
    assert_eq!(traces(lab.path(), &ids, &numbers), Vec::<String>::new());
    assert_eq!(told(&view, Cohort::Everyone, &questions).await, before, "who reads goes on");
    engine.refresh().await.unwrap();
    let after = engine.view(&Arc::default()).await.unwrap();
    for (before, after) in before.iter().zip(told(&after, Cohort::Everyone, &questions).await) {
        assert_eq!(*before, after, "{asked:?}");
    }
    // What only they had is in no file any more.
    assert!(after.dataset("ds").map_or(0, |dataset| dataset.variants) <= rows);
    assert_eq!(rows_of_nobody(&engine).await, 0, "{asked:?}");
    let again = lab.store().await.purge("ds", &asked).await.unwrap();
    assert_eq!(again, PurgeSummary { version: summary.version, ..PurgeSummary::default() });
}

/// How many rows of alleles say nothing of anybody.
async fn rows_of_nobody(engine: &Engine) -> usize {
    let snapshot = engine.snapshot();
    let Some(dataset) = snapshot.loaded.get("ds") else { return 0 };
    let of_segment = |segment: &Arc<Segment>| {
        let files = segment.record.files.iter().filter(|file| file.table == Table::Variants);
        let batches = files.flat_map(|file| read(&engine.directory().unwrap().join(&file.path)));
        let nobody = |batch: RecordBatch| {
            let calls = batch.column_by_name(column::CALLS).unwrap().as_binary::<i32>();
            let packed =
                |calls: Option<&[u8]>| PackedCarriers { calls: calls.unwrap().to_vec(), haploid: None };
            let is_of_nobody = |calls| packed(calls).lists_nobody_of(&segment.people).unwrap();
            calls.iter().filter(|calls| is_of_nobody(*calls)).count()
        };
        batches.map(nobody).sum::<usize>()
    };
    dataset.segments.iter().map(of_segment).sum()
}

async fn lab() -> Lab {
    let lab = Lab::new();
    let rows = [
        record("1-5-A-T", 0, &[Heterozygous, Homozygous, Reference]),
        record("X-9-A-T", 0, &[Heterozygous, Reference, Reference]),
    ];
    lab.ingest(spec("ds", &[("joint.vcf", TRIO)]), &rows).await;
    lab.ingest(spec("ds", &[("FIN1F.vcf", &["FIN1F"])]), &[record("1-5-A-T", 0, &[Homozygous])]).await;
    lab.ingest(spec("ds", &[("GBR1F.vcf", &["GBR1F"])]), &[record("1-5-A-T", 0, &[Homozygous])]).await;
    lab
}

fn gone() -> Vec<String> {
    vec!["FIN1F".to_owned()]
}

/// Does so many steps of a purge, then dies.
async fn purge_until(lab: &Lab, steps: usize) {
    let mut purge = lab.store().await.begin_purge().await.unwrap();
    for step in 0..steps {
        match step {
            0 => purge.write("ds", &gone(), |_, _| {}).await,
            1 => purge.list().await,
            2 => purge.commit().await,
            3 => purge.clean().await,
            _ => purge.forget().await,
        }
        .unwrap();
    }
    purge.abandon();
}

#[tokio::test]
async fn whenever_it_dies_the_data_are_whole_and_another_run_ends_it() {
    for steps in 0..=5 {
        let lab = lab().await;
        let reader = lab.engine().await;
        let numbers = numbers(&reader, &gone());
        purge_until(&lab, steps).await;
        let expected = if steps < 3 { "4/6 0 2 0 3/3" } else { "4/4 0 2 0 2/2" };
        assert_eq!(lab.counts("ds", "1-5-A-T").await, if steps < 3 { "6/6 0 3 0 3/3" } else { expected });
        let view = lab.engine().await.view(&withdrawn(&gone())).await.unwrap();
        assert_eq!(view.dataset("ds").unwrap().individuals, Some(2), "{steps}");
        let summary = lab.store().await.purge("ds", &gone()).await.unwrap();
        assert_eq!((summary.rewritten, summary.dropped), if steps < 3 { (1, 1) } else { (0, 0) });
        assert_eq!(traces(lab.path(), &gone(), &numbers), Vec::<String>::new(), "{steps}");
        assert_eq!(lab.counts("ds", "1-5-A-T").await, "4/4 0 2 0 2/2");
        let data = files(lab.path()).into_iter().filter(|path| {
            let name = path.to_string_lossy();
            name.ends_with(".parquet") && !name.contains("_delta_log")
        });
        assert_eq!(data.count(), 2 + 1 + 2 + 2, "alleles of 1 and X, of 1; people and rows of segments");
        assert!(reader.refresh().await.unwrap());
    }
}

#[tokio::test]
async fn a_store_goes_on_after_a_purge() {
    let lab = lab().await;
    let store = lab.store().await;
    store.purge("ds", &gone()).await.unwrap();
    for table in Table::ALL {
        let log = files(&lab.path().join(table.directory()).join("_delta_log"));
        let commits = log.iter().filter(|path| path.extension().is_some_and(|extension| extension == "json"));
        assert_eq!(commits.count(), 1, "{table:?}: no former version");
    }
    let joint = lab.try_ingest(spec("ds", &[("joint.vcf", TRIO)]), &[]).await;
    assert!(matches!(joint, Err(StoreError::AlreadyIngested { .. })), "others are in it");
    let rows = [record("1-5-A-T", 0, &[Heterozygous])];
    lab.ingest(spec("ds", &[("later.vcf", &["IBS1F"])]), &rows).await;
    assert_eq!(lab.counts("ds", "1-5-A-T").await, "5/6 1 2 0 3/3");
    let other = ["FIN2M".to_owned(), "nobody".to_owned()];
    let summary = store.purge("ds", &other).await.unwrap();
    assert_eq!((summary.people, summary.rewritten, summary.dropped), (1, 1, 0));
    assert_eq!(lab.counts("ds", "1-5-A-T").await, "3/4 1 1 0 2/2");
    store.remove("ds").await.unwrap();
    assert!(lab.engine().await.snapshot().datasets().is_empty());
}

#[tokio::test]
async fn a_file_that_is_named_after_somebody_loses_its_name() {
    let lab = Lab::new();
    let rows = [record("1-5-A-T", 0, &[Heterozygous]), record("1-5-A-T", 1, &[Reference])];
    lab.ingest(spec("ds", &[("FIN1F.g.vcf.gz", &["FIN1F"]), ("b.vcf", &["FIN2M"])]), &rows).await;
    lab.ingest(spec("ds", &[("all-but-FIN1F.vcf", &["FIN2M"])]), &[record("1-6-A-T", 0, &[Reference])]).await;
    let summary = lab.store().await.purge("ds", &gone()).await.unwrap();
    assert_eq!((summary.people, summary.rewritten, summary.dropped), (1, 2, 0));
    assert_eq!(traces(lab.path(), &gone(), &RoaringBitmap::from_iter([0])), Vec::<String>::new());
    assert_eq!(lab.counts("ds", "1-5-A-T").await, "0/2 0 0 0 1/1");
}

#[tokio::test]
async fn writers_wait_for_each_other() {
    let lab = lab().await;
    let store = lab.store().await;
    let writer = store.begin(spec("ds", &[("later.vcf", TRIO)])).await.unwrap();
    assert!(matches!(store.purge("ds", &gone()).await, Err(StoreError::Locked(_))));
    drop(writer);
    let purge = store.begin_purge().await.unwrap();
    assert!(matches!(store.begin(spec("ds", &[("c.vcf", TRIO)])).await, Err(StoreError::Locked(_))));
    assert!(matches!(store.purge("ds", &gone()).await, Err(StoreError::Locked(_))));
    drop(purge);
    assert!(store.purge("ds", &gone()).await.is_ok());
}

#[tokio::test]
async fn progress_is_told_row_by_row() {
    let lab = lab().await;
    let (sender, receiver) = std::sync::mpsc::channel();
    let tell = move |done, total| sender.send((done, total)).unwrap();
    lab.store().await.purge_with("ds", &gone(), tell).await.unwrap();
    let told: Vec<_> = receiver.iter().collect();
    assert!(told.is_sorted() && told.iter().all(|(_, total)| *total == 4), "{told:?}");
    assert_eq!(told.last(), Some(&(4, 4)));
}

/// The file of alleles of the only segment.
fn only_file(lab: &Lab) -> PathBuf {
    let mut found = files(&lab.path().join("variants/contig=1"));
    assert_eq!(found.len(), 1);
    found.remove(0)
}

#[tokio::test]
async fn a_rewritten_file_is_laid_out_as_a_new_one() {
    let rows = |calls: &[Call]| -> Vec<Record> {
        let row = |n: u64| {
            let mut row = record(&format!("1-{}-A-T", 10 + n), 0, calls);
            row.annotation.vrs = [Some(n.cast_signed()), None];
            row
        };
        (0..3000).map(row).collect()
    };
    let (purged, fresh) = (Lab::new(), Lab::new());
    let calls = [Heterozygous, Homozygous, Call::Missing];
    // Numbers are given in order, so who comes last leaves no gap.
    purged.ingest(spec("ds", &[("a.vcf", &["FIN2M", "GBR1F", "FIN1F"])]), &rows(&calls)).await;
    fresh.ingest(spec("ds", &[("a.vcf", &["FIN2M", "GBR1F"])]), &rows(&calls[..2])).await;
    purged.store().await.purge("ds", &gone()).await.unwrap();
    let layout = |path: &Path| {
        let options = ArrowReaderOptions::new()
            .with_page_index_policy(parquet::file::metadata::PageIndexPolicy::Required);
        let reader = Reader::try_new_with_options(File::open(path).unwrap(), options).unwrap();
        let metadata = reader.metadata();
        let pages = metadata.offset_index().unwrap().iter().map(|columns| {
            let first_rows = |column: &parquet::file::page_index::offset_index::OffsetIndexMetaData| {
                column.page_locations().iter().map(|page| page.first_row_index).collect::<Vec<_>>()
            };
            columns.iter().map(first_rows).collect::<Vec<_>>()
        });
        let groups = metadata.row_groups().iter().map(|group| {
            let columns = group.columns().iter();
            let columns: Vec<_> = columns
                .map(|column| (column.encodings().collect::<Vec<_>>(), column.compression()))
                .collect();
            (group.num_rows(), group.sorting_columns().cloned(), columns)
        });
        (pages.collect::<Vec<_>>(), format!("{:?}", groups.collect::<Vec<_>>()))
    };
    let (purged, fresh) = (only_file(&purged), only_file(&fresh));
    assert_eq!(layout(&purged), layout(&fresh));
    let without_name = |path: &Path| {
        let columns = |batch: RecordBatch| batch.columns()[1..].to_vec();
        read(path).into_iter().map(columns).collect::<Vec<_>>()
    };
    assert_eq!(without_name(&purged), without_name(&fresh));
}
