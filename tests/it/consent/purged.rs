//! After a purge nothing is left of a person in any file, answers are as they were, and no later file brings
//! them back.

use std::{
    collections::BTreeSet,
    fs::File,
    path::{Path, PathBuf},
};

use arrow::{
    array::{Array, AsArray},
    record_batch::RecordBatch,
    util::display::array_value_to_string,
};
use fyr_ingest::{
    IngestOptions, Progress, ingest,
    metadata::{MetadataOptions, load},
};
use fyr_node_cli::read_withdrawn;
use fyr_schemas::Assembly;
use fyr_state::ChangeKind;
use fyr_store::Repeated;
use fyr_tests::{NetworkSpec, TestNetwork, network::TestNode};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::{
    NODE, OPEN, REGION, change,
    files::{OF_ONE, People, vcf},
    questions::{self, Doors},
    run, text, withdraw,
};

/// Columns of packed sets.
const PACKED: [&str; 2] = ["calls", "haploid"];

/// All files below a directory.
fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

fn batches(path: &Path) -> Vec<RecordBatch> {
    let reader =
        ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap().build().unwrap();
    reader.map(Result::unwrap).collect()
}

/// The packed sets of a row's calls, read as their documentation says.
fn sets(calls: &[u8]) -> Vec<&[u8]> {
    let Some((present, mut rest)) = calls.split_first() else { return Vec::new() };
    let others = present.count_ones() - 1;
    let mut sets = Vec::new();
    for _ in 0..others {
        let digits = rest.iter().position(|byte| byte & 0x80 == 0).unwrap() + 1;
        let (length, after) = rest.split_at(digits);
        let (set, after) = after.split_at(numbers(length)[0] as usize);
        sets.push(set);
        rest = after;
    }
    sets.push(rest);
    sets
}

/// Who is in a packed set, read as its documentation says.
fn people(packed: &[u8]) -> BTreeSet<u32> {
    let rest = &packed[1..];
    let neighbours = |next: &mut u32, gap: u32, more: u32| {
        let first = *next + gap;
        *next = first + more + 1;
        first..*next
    };
    let mut next = 0;
    match packed[0] {
        1 => numbers(rest).into_iter().flat_map(|gap| neighbours(&mut next, gap, 0)).collect(),
        2 => numbers(rest).chunks(2).flat_map(|run| neighbours(&mut next, run[0], run[1])).collect(),
        3 => {
            let (zeros, bytes) = rest.split_at(rest.iter().position(|byte| byte & 0x80 == 0).unwrap() + 1);
            let bits = bytes.iter().flat_map(|byte| (0..8).map(move |bit| byte >> bit & 1 == 1));
            (8 * numbers(zeros)[0]..)
                .zip(bits)
                .filter(|(_, is_in)| *is_in)
                .map(|(number, _)| number)
                .collect()
        }
        way => panic!("there is no way {way} to pack a set"),
    }
}

/// Reads LEB128 numbers.
fn numbers(bytes: &[u8]) -> Vec<u32> {
    let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |n, byte| n << 7 | u32::from(byte & 0x7f));
    bytes.split_inclusive(|byte| byte & 0x80 == 0).map(number).collect()
}

/// What stands in a store, read by nothing of Fyr's.
struct Disk {
    files: Vec<(PathBuf, Vec<u8>)>,
    tables: Vec<(PathBuf, RecordBatch)>,
}

impl Disk {
    fn read(store: &Path) -> Self {
        let read = |path: PathBuf| {
            let bytes = std::fs::read(&path).unwrap();
            (path, bytes)
        };
        let files: Vec<_> = files(store).into_iter().map(read).collect();
        let is_table = |path: &&PathBuf| path.extension().is_some_and(|ending| ending == "parquet");
        let paths = files.iter().map(|(path, _)| path).filter(is_table);
        let tables =
            paths.flat_map(|path| batches(path).into_iter().map(|batch| (path.clone(), batch))).collect();
        Self { files, tables }
    }

    /// The files in which a text stands, as it is or packed into a column; and those that are named so.
    fn with_text(&self, needle: &str) -> BTreeSet<PathBuf> {
        let has = |bytes: &[u8]| bytes.windows(needle.len()).any(|window| window == needle.as_bytes());
        let named = |path: &Path| path.to_string_lossy().contains(needle);
        let plain = self.files.iter().filter(|(path, bytes)| has(bytes) || named(path)).map(|(path, _)| path);
        let packed = self.tables.iter().filter(|(_, batch)| cells(batch).any(|cell| cell.contains(needle)));
        plain.chain(packed.map(|(path, _)| path)).cloned().collect()
    }

    /// The numbers under which bitmaps know somebody.
    fn numbers(&self, ids: &[String]) -> BTreeSet<u32> {
        let mut numbers = BTreeSet::new();
        for (path, batch) in &self.tables {
            if !path.to_string_lossy().contains("/individuals/") {
                continue;
            }
            let column = |name: &str| batch.column_by_name(name).unwrap();
            for row in 0..batch.num_rows() {
                if ids.contains(&array_value_to_string(column("id"), row).unwrap()) {
                    numbers.insert(array_value_to_string(column("index"), row).unwrap().parse().unwrap());
                }
            }
        }
        numbers
    }

    /// How many bitmaps of calls have one of these numbers.
    fn bitmaps_with(&self, numbers: &BTreeSet<u32>) -> usize {
        let cells = |batch: &RecordBatch, name: &str| {
            let column = batch.column_by_name(name)?.as_binary::<i32>().iter();
            Some(column.flatten().map(<[u8]>::to_vec).collect::<Vec<_>>())
        };
        let of_batch = |(_, batch): &(PathBuf, RecordBatch)| {
            let mut found = Vec::new();
            for calls in cells(batch, "calls").into_iter().flatten() {
                found.extend(sets(&calls).into_iter().map(people));
            }
            found.extend(cells(batch, "haploid").into_iter().flatten().map(|set| people(&set)));
            found
        };
        let sets = self.tables.iter().flat_map(of_batch);
        sets.filter(|set| numbers.iter().any(|number| set.contains(number))).count()
    }

    /// How many rows of variants there are of an allele.
    fn rows_of(&self, allele: &str) -> usize {
        let [contig, position, reference, alternate] =
            allele.split('-').collect::<Vec<_>>().try_into().unwrap();
        let start = (position.parse::<u32>().unwrap() - 1).to_string();
        let mut rows = 0;
        for (path, batch) in &self.tables {
            let path = path.to_string_lossy();
            if !path.contains("/variants/") || !path.contains(&format!("contig={contig}/")) {
                continue;
            }
            let is = |name: &str, row, value: &str| {
                array_value_to_string(batch.column_by_name(name).unwrap(), row).unwrap() == value
            };
            let matches = |row: &usize| {
                is("start", *row, &start)
                    && is("reference_bases", *row, reference)
                    && is("alternate_bases", *row, alternate)
            };
            rows += (0..batch.num_rows()).filter(matches).count();
        }
        rows
    }
}

/// Every cell of a batch, as text; bitmaps aside.
fn cells(batch: &RecordBatch) -> impl Iterator<Item = String> {
    let schema = batch.schema();
    let is_text = |(_, name): &(usize, String)| !PACKED.contains(&name.as_str());
    let names: Vec<_> = schema.fields().iter().map(|field| field.name().clone()).enumerate().collect();
    let columns = names.into_iter().filter(is_text).map(|(at, _)| batch.column(at).clone());
    columns
        .collect::<Vec<_>>()
        .into_iter()
        .flat_map(|column| (0..column.len()).map(move |row| array_value_to_string(&column, row).unwrap()))
}

fn ids(person: &str) -> Vec<String> {
    ["", "-B", "-R", "-A"].map(|ending| format!("{person}{ending}")).to_vec()
}

/// Loads files for the same people again, as the commands do.
async fn again(node: &TestNode, people: &People, gone: &[&str]) -> (usize, u64) {
    let withdrawn = read_withdrawn(node.state().await.unwrap(), &node.store(), "test").await.unwrap();
    let directory = node.directory().join("again");
    std::fs::create_dir_all(&directory).unwrap();
    let stays = people.id(7).to_owned();
    let by_person: Vec<String> =
        gone.iter().map(|id| (*id).to_owned()).chain([people.sample(&stays)]).collect();
    let by_sample: Vec<String> =
        gone.iter().map(|id| format!("{id}-B")).chain([people.sample(&stays)]).collect();
    let mut left_out = 0;
    for (name, samples, allele) in [("a.vcf", by_person, "5-100-A-C"), ("b.vcf", by_sample, "5-200-A-C")] {
        let path = directory.join(name);
        std::fs::write(&path, vcf(&samples, allele, "0/1")).unwrap();
        let mut options = IngestOptions::new(node.store(), REGION, Assembly::GRCH38, vec![path]);
        options.withdrawn = withdrawn.clone();
        options.repeated = Repeated::United;
        left_out += ingest(options, Progress::default()).await.unwrap().withdrawn;
    }
    let options = MetadataOptions {
        store: node.store(),
        beside: &[],
        dataset: REGION.to_owned(),
        assembly: None,
        entry_type: None,
        columns: None,
        replace: true,
        inputs: people.cohort.metadata.clone(),
        withdrawn,
    };
    (left_out, load(options, Progress::default()).await.unwrap().withdrawn)
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_on_the_disk_and_nobody_comes_back() {
    let directory = tempfile::tempdir().unwrap();
    let people = People::generate(directory.path(), 17, 20);
    let spec = people.node("everyone", &[]).with_policy(OPEN);
    let network = NetworkSpec { nodes: vec![spec], ..NetworkSpec::default() };
    let network = TestNetwork::start(directory.path(), network).await.unwrap();
    let node = network.node(NODE).unwrap();
    let gone = [people.id(0), people.id(2)];
    let all: Vec<String> = gone.iter().flat_map(|id| ids(id)).collect();

    // By whichever of their ids somebody withdraws.
    withdraw(node, REGION, &format!("{}-B", gone[0])).await;
    withdraw(node, REGION, gone[1]).await;
    let mut rng = ChaCha8Rng::seed_from_u64(17);
    let named = [gone[0], gone[1], people.id(1)];
    let questions = questions::all(&people, &named, &mut rng);
    let doors = Doors::of(node).await;
    let before = doors.answers(&questions, &named).await;

    let disk = Disk::read(&node.store());
    let numbers = disk.numbers(&all);
    assert_eq!(numbers.len(), 2);
    assert!(all.iter().all(|id| !disk.with_text(id).is_empty()), "the search finds what there is");
    assert!(disk.bitmaps_with(&numbers) > 0 && disk.rows_of(OF_ONE) == 1);
    change(node, &["purge"], &[]).await.unwrap();
    assert_eq!(Disk::read(&node.store()).numbers(&all), numbers, "without --yes nothing happens");

    change(node, &["purge"], &["--quiet", "--yes"]).await.unwrap();
    let disk = Disk::read(&node.store());
    for id in &all {
        assert_eq!(disk.with_text(id), BTreeSet::new(), "where {id} stands");
    }
    assert_eq!((disk.bitmaps_with(&numbers), disk.rows_of(OF_ONE)), (0, 0));
    compare(&before, &doors.answers(&questions, &named).await);
    change(node, &["purge"], &["--quiet", "--yes"]).await.unwrap();
    compare(&before, &doors.answers(&questions, &named).await);
    let actions = node.state().await.unwrap().changes_since(0).await.unwrap();
    assert_eq!(actions.iter().filter(|change| change.action == ChangeKind::Forget).count(), 2, "once each");

    let (samples, entries) = again(node, &people, &gone).await;
    assert_eq!((samples, entries), (4, 8), "two files of two people; four entries of each");
    let disk = Disk::read(&node.store());
    for id in &all {
        assert_eq!(disk.with_text(id), BTreeSet::new(), "where {id} stands again");
    }
    assert_eq!(disk.rows_of("5-100-A-C"), 1);
    network.stop().await;
}

fn compare(before: &[(String, String)], after: &[(String, String)]) {
    assert_eq!(before.len(), after.len());
    for ((asked, before), (_, after)) in before.iter().zip(after) {
        assert_eq!(before, after, "{asked}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_or_dataset_can_be_purged_alone_and_nobody_else_can() {
    let directory = tempfile::tempdir().unwrap();
    let people = People::generate(directory.path(), 19, 12);
    let spec = people.node("everyone", &[]).with_policy(OPEN);
    let network = NetworkSpec { nodes: vec![spec], ..NetworkSpec::default() };
    let network = TestNetwork::start(directory.path(), network).await.unwrap();
    let node = network.node(NODE).unwrap();
    let config = text(&node.config());
    run(&["purge", "--config", &config, "--yes"]).await.unwrap();
    let (first, second) = (people.id(3), people.id(4));
    let purge = async |person: &str| {
        change(node, &["purge"], &["--quiet", "--yes", "--dataset", REGION, "--person", person]).await
    };
    let refused = purge(first).await.unwrap_err();
    assert!(refused.contains("has not withdrawn") && !refused.contains(first), "{refused}");
    withdraw(node, REGION, first).await;
    withdraw(node, REGION, second).await;
    purge(&format!("{first}-B")).await.unwrap();
    let disk = Disk::read(&node.store());
    assert!(disk.with_text(first).is_empty() && !disk.with_text(second).is_empty());
    change(node, &["purge"], &["--quiet", "--yes", "--dataset", "ANOTHER"]).await.unwrap();
    assert!(!Disk::read(&node.store()).with_text(second).is_empty());
    change(node, &["purge"], &["--quiet", "--yes", "--dataset", REGION]).await.unwrap();
    assert!(Disk::read(&node.store()).with_text(second).is_empty());
    network.stop().await;
}
