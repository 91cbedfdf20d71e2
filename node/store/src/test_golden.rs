//! Stores that were written before are read, written on, merged and purged: `golden/store-5` was made by [`fill`] when
//! format 5 was, `golden/store-6` when format 6 was, `golden/store-7` when format 7 was, and they are not made anew.
//!
//! Should the format change on purpose, these stores are read, or migrated, all the same, and another stands beside them.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use fyr_schemas::{
    Alternate, Assembly, Contig, Effect, EntryType, Group, Individual, Interbase, Sex, Tally, Variant,
    model::Entry,
};
use serde_json::json;

use crate::{
    Annotation, Call, Carriers, Compaction, DatasetKind, FrequencyRow, GenotypeRow, MetadataSpec, Regions,
    Repeated, SegmentSpec, SourceFile, Store, StoreError,
    blobs::{BlobName, Blobs, LocalBlobs, ObjectBlobs, Stale},
    file::{contig_of, each, pages, rows},
    log::{Callable, Catalog, SegmentRecord, StorePlace, Table, read_regions},
    people::{EntryRow, FactRow, read_entries, read_individuals},
};
use Call::{Half, HaploidReference, Hemizygous, Heterozygous, Homozygous, Missing, Partial, Reference};

const ASSEMBLY: Assembly = Assembly::GRCH38;

fn directory(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(name)
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Reads `7-10-A-T`, `7-10-A-<DEL>-50`.
fn variant(text: &str) -> Variant {
    let parts: Vec<&str> = text.splitn(5, '-').collect();
    let start = parts[1].parse::<u64>().unwrap() - 1;
    let end = parts.get(4).map_or(start + parts[2].len() as u64, |end| end.parse().unwrap());
    Variant {
        contig: Contig::resolve(parts[0], ASSEMBLY).unwrap(),
        interval: Interbase::new(start, end).unwrap(),
        reference_bases: parts[2].to_owned(),
        alternate_bases: parts[3].to_owned(),
        variant_type: Alternate::parse(parts[3]).unwrap().variant_type(parts[2]),
        sv_length: None,
    }
}

fn spec(dataset: &str, source: &str, people: &[&str]) -> SegmentSpec {
    let individual = |id: &&str| Individual {
        id: (*id).to_owned(),
        sex: if id.ends_with('F') { Sex::Female } else { Sex::Unknown },
        populations: vec![id[..2].to_owned(), "EUR".to_owned()],
        family: None,
    };
    SegmentSpec {
        dataset: dataset.to_owned(),
        assembly: ASSEMBLY,
        kind: if people.is_empty() { DatasetKind::Frequency } else { DatasetKind::Individual },
        normalised: false,
        annotated: true,
        replace: false,
        repeated: Repeated::United,
        sources: vec![SourceFile { name: source.to_owned(), blake3: source.repeat(4), bytes: 1 }],
        individuals: people.iter().map(individual).collect(),
        shards: vec![(0..people.len()).collect()],
    }
}

async fn ingest(store: &Store, spec: SegmentSpec, rows: &[(&str, &[Call])]) -> Result<(), StoreError> {
    let mut writer = store.begin(spec).await?;
    let indices = writer.indices().to_vec();
    let row = |(allele, calls): &(&str, &[Call])| {
        let mut carriers = Carriers::default();
        indices.iter().zip(*calls).for_each(|(index, call)| carriers.push(*index, *call));
        let (ids, filters) = (vec![format!("rs{}", allele.len())], vec!["PASS".to_owned()]);
        let annotation = Annotation { effects: effects(allele), vrs: [Some(7), None] };
        GenotypeRow { variant: variant(allele), ids, filters, shard: 0, carriers, annotation }
    };
    writer.push_genotypes(rows.iter().map(row).collect()).await?;
    writer.finish().await.map(drop)
}

/// Files that list what their own people carry, with all that is said of them.
async fn ingest_files_of_one(store: &Store) {
    let mut spec = spec("ds", "c.vcf", &["P6M", "P4"]);
    spec.sources.push(SourceFile { name: "d.vcf".into(), blake3: "d".repeat(64), bytes: 1 });
    spec.shards = vec![vec![0], vec![1]];
    let mut writer = store.begin(spec).await.unwrap();
    let indices = writer.indices().to_vec();
    let mut carriers = Carriers::default();
    carriers.push(indices[0], Heterozygous);
    let (ids, filters, annotation) = (Vec::new(), Vec::new(), Annotation::default());
    let row = GenotypeRow { variant: variant("7-200-A-T"), ids, filters, shard: 0, carriers, annotation };
    writer.push_genotypes(vec![row]).await.unwrap();
    let interval = |start, end| Interbase::new(start, end).unwrap();
    writer.note(indices[0], &variant("7-1-A-T").contig, interval(300, 400), true);
    writer.note(indices[1], &variant("7-1-A-T").contig, interval(150, 160), false);
    let mut regions = Regions::default();
    regions.add(&variant("X-1-A-T").contig, interval(0, 500));
    let callable = Callable { name: "panel.bed".into(), regions: Some("e".repeat(64)) };
    writer.state_callable(callable, Some(regions));
    writer.finish().await.unwrap();
}

/// Files of one person each that were merged, one of them with all that they would have listed.
async fn ingest_and_merge(store: &Store) {
    for (source, person) in [("p.vcf", "P7M"), ("q.vcf", "P8F")] {
        let mut writer = store.begin(spec("many", source, &[person])).await.unwrap();
        let index = writer.indices()[0];
        let mut carriers = Carriers::default();
        carriers.push(index, Heterozygous);
        let (ids, filters, annotation) = (Vec::new(), Vec::new(), Annotation::default());
        let variant = variant(if person == "P7M" { "7-200-A-T" } else { "7-300-A-T" });
        writer
            .push_genotypes(vec![GenotypeRow { variant, ids, filters, shard: 0, carriers, annotation }])
            .await
            .unwrap();
        if person == "P8F" {
            writer.state_callable(Callable { name: "whole-genome".into(), regions: None }, None);
        }
        writer.finish().await.unwrap();
    }
    store.compact("many", Compaction::All).await.unwrap();
}

fn effects(allele: &str) -> Vec<Effect> {
    let effect = Effect {
        gene: Some("CFTR".into()),
        transcript: Some("NM_000492.4".into()),
        consequences: vec!["inframe_deletion".into()],
        coding_change: Some("c.1521_1523del".into()),
        protein: None,
        protein_change: Some("p.Phe508del".into()),
    };
    if allele.contains("ATCT") { vec![effect] } else { Vec::new() }
}

/// Each kind of row that there is.
async fn fill(store: &Store) {
    let rows: [(&str, &[Call]); 4] = [
        ("7-117559590-ATCT-A", &[Heterozygous, Reference, Homozygous, Missing]),
        ("7-100-A-<DEL>-900", &[Half, Partial, Reference, Heterozygous]),
        ("7-100-A-T", &[Reference; 4]),
        ("X-100-A-T", &[Heterozygous, Hemizygous, Reference, HaploidReference]),
    ];
    ingest(store, spec("ds", "a.vcf", &["P1F", "P2M", "P3F", "S4"]), &rows).await.unwrap();
    let rows: [(&str, &[Call]); 1] = [("7-117559590-ATCT-A", &[Heterozygous])];
    ingest(store, spec("ds", "b.vcf", &["P5F"]), &rows).await.unwrap();
    ingest_files_of_one(store).await;
    describe(store).await;
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
    let mut writer = store.begin(spec("af", "af.vcf", &[])).await.unwrap();
    writer.push_frequencies(vec![row]).await.unwrap();
    writer.finish().await.unwrap();
    ingest_and_merge(store).await;
}

async fn describe(store: &Store) {
    let term = json!({ "id": "EFO:0009654" });
    let relative = |id| json!({ "memberId": id, "role": { "id": "NCIT:C96572" }, "affected": true });
    let documents = [
        (
            EntryType::Individual,
            json!({
                "id": "P1F", "sex": { "id": "NCIT:C16576" }, "diseases": [{ "diseaseCode": { "id": "ICD10:E10" } }],
                "pedigrees": [{
                    "id": "F", "disease": { "diseaseCode": { "id": "OMIM:1" } }, "numSubjects": 2,
                    "members": [relative("P1F"), relative("P4")],
                }],
            }),
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
            json!({ "id": "C", "name": "C", "cohortType": "study-defined", "ids": { "individualIds": ["P1F", "P4"] } }),
        ),
        (EntryType::Dataset, json!({ "id": "ds", "name": "a dataset" })),
    ];
    let spec =
        MetadataSpec { dataset: "ds".into(), assembly: Some(ASSEMBLY), sources: Vec::new(), replace: false };
    let mut writer = store.begin_metadata(spec).await.unwrap();
    documents.into_iter().for_each(|(kind, json)| writer.push(Entry::new(kind, json).unwrap()).unwrap());
    writer.finish().await.unwrap();
}

/// Everything that a store holds, without what differs each time that it is written.
async fn held(place: &StorePlace) -> String {
    let catalog = Catalog::load(place, &Catalog::default()).await.unwrap();
    let segments = catalog.segments.iter().map(|segment| held_by(place, segment));
    segments.collect::<Vec<_>>().concat()
}

fn held_by(place: &StorePlace, segment: &SegmentRecord) -> String {
    let SegmentRecord {
        dataset, kind, content, normalised, annotated, version, individuals, variants, ..
    } = segment;
    let numbers = (normalised, annotated, version, individuals, variants);
    let mut held = vec![format!("{dataset} {kind:?} {content:?} {numbers:?} {:?}", segment.sources)];
    held.extend(segment.whole.map(|whole| format!("whole: {whole}")));
    if let Some(Callable { name, regions: Some(hash) }) = &segment.callable {
        held.push(format!("{name} {:?}", read_regions(place, hash).unwrap()));
    }
    for file in &segment.files {
        let bytes = place.read(&file.path).unwrap();
        match file.table {
            Table::Variants | Table::Frequencies => {
                let rows = pages(Ok(bytes), contig_of(file.contig_name()).unwrap()).flat_map(each);
                held.extend(rows.map(|row| format!("{:?}", row.unwrap())));
            }
            Table::Entries => {
                let rows: Vec<EntryRow> = rows::read(bytes, &file.path).unwrap();
                held.extend(rows.iter().map(|row| format!("{:?} {}", row.key(), row.document)));
            }
            Table::Facts => {
                let rows: Vec<FactRow> = rows::read(bytes, &file.path).unwrap();
                let fact = |row: FactRow| FactRow { segment: String::new(), ..row };
                held.extend(rows.into_iter().map(|row| format!("{:?}", fact(row))));
            }
            Table::Individuals | Table::Segments => {}
        }
    }
    let members = read_individuals(place, [segment]).unwrap();
    held.extend(members.iter().map(|row| format!("{:?}", (row.index, &row.id, row.sex, &row.populations))));
    let seen = members.iter().filter(|row| row.called.is_some() || row.uncalled.is_some());
    held.extend(seen.map(|row| format!("{:?}", (row.index, &row.called, &row.uncalled))));
    let ingests = segment.ingests.iter().map(|ingest| {
        let people = members.iter().filter(|row| row.ingest() == ingest.segment).map(|row| row.index);
        let people: Vec<_> = people.collect();
        format!("{people:?} {:?}", (ingest.variants, ingest.whole, &ingest.callable, &ingest.files))
    });
    held.extend(ingests);
    held.extend(read_entries(place, [segment]).unwrap().iter().map(|key| format!("{key:?}")));
    held.push(String::new());
    held.join("\n")
}

fn golden(store: &str) -> String {
    std::fs::read_to_string(directory(&format!("{store}.txt"))).unwrap()
}

/// All that there are.
const STORES: [&str; 3] = ["store-5", "store-6", "store-7"];

/// The golden store was written when files and logs got rooms of their own, by code that had been moved and not
/// changed; before that no store of this format was kept. It guards every change since, not the move itself.
#[tokio::test]
async fn a_store_of_before_is_read() {
    for store in STORES {
        let told = held(&StorePlace::directory(directory(store))).await;
        assert_eq!(told, golden(store), "{store}: as it was then");
    }
}

/// Places of each kind, and what lists them as they are.
fn places(root: &Path) -> [(StorePlace, Box<dyn Blobs>); 3] {
    let (local, memory, bucket) = (LocalBlobs::new(root), ObjectBlobs::in_memory(), ObjectBlobs::in_memory());
    [
        (StorePlace::new(local.clone()), Box::new(local)),
        (StorePlace::new(memory.clone()), Box::new(memory)),
        (StorePlace::new(Stale::new(bucket.clone())), Box::new(bucket)),
    ]
}

#[tokio::test]
async fn a_store_is_the_same_wherever_it_lies() {
    let root = tempfile::tempdir().unwrap();
    for (place, blobs) in places(root.path()) {
        let store = Store::open_at(place.clone()).await.unwrap();
        fill(&store).await;
        assert_eq!(held(&place).await, golden("store-7"), "{place:?}: as one that was written before");
        let begun = store.begin(spec("ds", "d.vcf", &["P1F"])).await.unwrap();
        let second = store.begin(spec("ds", "e.vcf", &["P1F"])).await;
        assert!(matches!(second, Err(StoreError::Locked(_))), "{place:?}");
        drop(begun);
        let summary = store.purge("ds", &["P4".to_owned()]).await.unwrap();
        assert_eq!((summary.people, summary.rewritten, summary.dropped), (1, 3, 0), "{place:?}");
        let left = held(&place).await;
        assert!(!["P4", "S4", "R4", "A4"].iter().any(|id| left.contains(id)), "{place:?} {left}");
        only_what_is_listed_is_there(&place, blobs.as_ref()).await;
        store.remove("ds").await.unwrap();
        let datasets = Store::open_at(place.clone()).await.unwrap().datasets().await.unwrap();
        assert_eq!(datasets.iter().map(|dataset| dataset.id.as_str()).collect::<Vec<_>>(), ["af", "many"]);
        only_what_is_listed_is_there(&place, blobs.as_ref()).await;
        let regions = blobs.list(&BlobName::new("callable").unwrap()).await.unwrap();
        assert!(regions.is_empty(), "nobody states them any more");
    }
}

/// However far listings lag, no file of a former version is left, nor, after a purge, in a log.
async fn only_what_is_listed_is_there(place: &StorePlace, blobs: &dyn Blobs) {
    let catalog = Catalog::load(place, &Catalog::default()).await.unwrap();
    let listed: BTreeSet<_> = catalog.segments.iter().map(|segment| segment.segment.as_str()).collect();
    for table in Table::ALL {
        let names = blobs.list(&BlobName::new(table.directory()).unwrap()).await.unwrap();
        for name in names.iter().filter(|name| !name.as_str().contains("_delta_log")) {
            let segment = name.file_name().strip_suffix(".parquet").unwrap();
            assert!(listed.contains(segment), "{place:?} {name}");
        }
    }
}

#[tokio::test]
async fn a_purge_leaves_no_former_version_in_any_log() {
    let root = tempfile::tempdir().unwrap();
    for (place, blobs) in places(root.path()) {
        let store = Store::open_at(place.clone()).await.unwrap();
        fill(&store).await;
        store.purge("ds", &["P4".to_owned()]).await.unwrap();
        for table in Table::ALL {
            let log = BlobName::new(format!("{}/_delta_log", table.directory())).unwrap();
            let files = blobs.list(&log).await.unwrap();
            let commits = files.iter().filter(|file| file.as_str().ends_with(".json"));
            assert_eq!(commits.count(), 1, "{place:?} {table:?}: {files:?}");
        }
    }
}

#[tokio::test]
async fn a_store_of_before_is_written_on_and_purged() {
    for (name, rewritten) in STORES.into_iter().zip([2, 3, 3]) {
        let copied = tempfile::tempdir().unwrap();
        copy(&directory(name), copied.path());
        let store = Store::open(copied.path()).await.unwrap();
        assert_eq!(store.aliases("ds", "P4").await.unwrap(), ["P4", "S4"]);
        let again = ingest(&store, spec("ds", "a.vcf", &["P1F"]), &[]).await;
        assert!(matches!(again, Err(StoreError::AlreadyIngested { .. })));
        ingest(&store, spec("ds", "n.vcf", &["P1F"]), &[("7-50-A-AC", &[Homozygous])]).await.unwrap();
        // Whoever writes raises the format, so that no older version reads what it cannot know.
        assert!(is_of_format(copied.path(), 7), "{name}");
        let summary = store.purge("ds", &["P4".to_owned()]).await.unwrap();
        assert_eq!((summary.people, summary.rewritten, summary.dropped), (1, rewritten, 0), "{name}");
        let left = held(&StorePlace::directory(copied.path())).await;
        assert!(!["P4", "S4", "R4", "A4"].iter().any(|id| left.contains(id)), "{left}");
        assert!(left.contains("7-50") || left.contains("start: 49"), "{left}");
    }
}

#[tokio::test]
async fn a_store_of_before_is_merged() {
    for (name, merged) in STORES.into_iter().zip([2, 3, 3]) {
        let copied = tempfile::tempdir().unwrap();
        copy(&directory(name), copied.path());
        let store = Store::open(copied.path()).await.unwrap();
        let before = store.ids("ds").await.unwrap();
        let summary = store.compact("ds", Compaction::All).await.unwrap();
        assert_eq!((summary.merged, summary.made), (merged, 1), "{name}");
        assert_eq!(store.ids("ds").await.unwrap(), before, "{name}");
        for (source, people) in [("a.vcf", "P1F"), ("b.vcf", "P5F")] {
            let again = ingest(&store, spec("ds", source, &[people]), &[]).await;
            assert!(matches!(again, Err(StoreError::AlreadyIngested { .. })), "{name}");
        }
        let summary = store.purge("ds", &["P4".to_owned()]).await.unwrap();
        assert_eq!((summary.people, summary.rewritten, summary.dropped), (1, 2, 0), "{name}");
        let left = held(&StorePlace::directory(copied.path())).await;
        assert!(!["P4", "S4", "R4", "A4"].iter().any(|id| left.contains(id)), "{name}: {left}");
    }
}

/// Returns whether a commit of the table of segments gives it a format.
fn is_of_format(store: &Path, format: u32) -> bool {
    let logs = std::fs::read_dir(store.join("segments").join("_delta_log")).unwrap();
    let commits =
        logs.map(|file| file.unwrap().path()).filter(|path| path.extension() == Some("json".as_ref()));
    let texts = commits.map(|path| std::fs::read_to_string(path).unwrap());
    texts.into_iter().any(|text| text.contains(&format!(r#""fyr.format":"{format}""#)))
}

/// Makes the golden store where it is asked for.
#[tokio::test]
async fn a_golden_store_is_made_on_demand() {
    let Some(place) = std::env::var_os("FYR_MAKE_GOLDEN") else { return };
    let made = tempfile::tempdir().unwrap();
    fill(&Store::open(made.path()).await.unwrap()).await;
    let place = Path::new(&place);
    copy(made.path(), &place.join("store-7"));
    let held = held(&StorePlace::directory(made.path())).await;
    std::fs::write(place.join("store-7.txt"), held).unwrap();
}
