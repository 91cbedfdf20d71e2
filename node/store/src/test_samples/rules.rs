//! What is refused, in which words, and what is left whenever a change fails.

use super::{
    loads::{Block, DATASET, Load, Stated, counted, describe, file, held, load, samples},
    model::BIOSAMPLE,
};
use crate::{
    Call::{Heterozygous, Homozygous, Missing, Reference},
    MetadataSpec, RemovedSamples, Repeated, SegmentSummary, Store, StoreError,
    blobs::{Faulty, ObjectBlobs},
    log::StorePlace,
};

async fn store() -> (StorePlace, Store) {
    let place = StorePlace::in_memory();
    (place.clone(), Store::open_at(place).await.unwrap())
}

/// Loads, where nothing may stand in the way.
async fn loaded(store: &Store, load: &Load) -> SegmentSummary {
    load.ingest(store, Repeated::Refused).await.unwrap()
}

/// Loads what is refused; nothing changes.
async fn refused(place: &StorePlace, load: &Load, repeated: Repeated) -> String {
    let before = held(place).await;
    let store = Store::open_at(place.clone()).await.unwrap();
    let error = load.ingest(&store, repeated).await.unwrap_err();
    assert!(matches!(error, StoreError::Held(_)), "{error}");
    assert_eq!(held(place).await, before);
    error.to_string()
}

async fn removed(store: &Store, ids: &[&str]) -> Result<RemovedSamples, StoreError> {
    let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    store.remove_samples(DATASET, &ids).await
}

/// Of each sample a file of two sequences.
fn trio() -> Load {
    let calls = &[Heterozygous, Homozygous, Reference][..];
    load(&[file("trio.vcf", &["A", "B", "C"], &[("1-10-A-T", calls), ("X-10-A-T", calls)])])
}

fn of_a(name: &str, allele: &'static str) -> Load {
    load(&[file(name, &["A"], &[(allele, &[Homozygous])])])
}

#[tokio::test]
async fn a_sample_that_is_there_is_refused_by_name() {
    let (place, store) = store().await;
    loaded(&store, &trio()).await;
    let both = load(&[file("b.vcf", &["D", "C", "A"], &[("1-20-A-T", &[Reference; 3])])]);
    let why = refused(&place, &both, Repeated::Refused).await;
    for part in
        ["`ds` has genotypes of sample `C` on 1 already, from `trio.vcf`, since 20", "and of 1 more of these"]
    {
        assert!(why.contains(part), "{why}");
    }
    assert!(why.contains("--replace-sample") && why.contains("--add"), "{why}");
    let elsewhere = loaded(&store, &of_a("MT.vcf", "MT-10-A-T")).await;
    assert_eq!((elsewhere.united, elsewhere.replaced), (0, 0), "parts by sequence come one after the other");
    let again = trio().ingest(&store, Repeated::United).await.unwrap_err();
    assert!(matches!(again, StoreError::AlreadyIngested { again: "--replace-sample", .. }), "{again}");
}

#[tokio::test]
async fn who_is_there_by_blocks_or_by_a_statement_alone_is_there() {
    let quiet = |name: &str| load(&[file(name, &["A"], &[])]);
    let block = |is_called| Block { sample: "A", contig: "1", start: 5, is_called };
    let blocks = |is_called| Load { blocks: vec![block(is_called)], ..quiet("quiet.vcf") };
    let stated = |stated| Load { stated, ..quiet("quiet.vcf") };
    for first in [blocks(true), blocks(false), stated(Stated::On("1")), stated(Stated::Everywhere)] {
        let (place, store) = store().await;
        loaded(&store, &first).await;
        let why = refused(&place, &of_a("a.vcf", "1-10-A-T"), Repeated::Refused).await;
        assert!(why.contains("sample `A` on 1 already, from `quiet.vcf`"), "{why}");
        let on_x = of_a("x.vcf", "X-10-A-T").ingest(&store, Repeated::Refused).await;
        assert_eq!(on_x.is_err(), first.stated == Stated::Everywhere, "{first:?}");
    }
    // So does a new file speak by them, and one that says nothing may correct whatever was said.
    let (place, store) = store().await;
    loaded(&store, &of_a("a.vcf", "1-10-A-T")).await;
    for second in [blocks(true), stated(Stated::Everywhere), stated(Stated::On("1")), quiet("empty.vcf")] {
        refused(&place, &second, Repeated::Refused).await;
    }
    let everywhere = Load { stated: Stated::Everywhere, ..quiet("first.vcf") };
    let (place, store) = self::store().await;
    loaded(&store, &everywhere).await;
    let why = refused(&place, &stated(Stated::Everywhere), Repeated::Refused).await;
    assert!(why.contains("on every sequence already"), "{why}");
}

#[tokio::test]
async fn in_a_segment_of_several_files_a_sample_is_where_its_own_file_is() {
    let (place, store) = store().await;
    let files = [
        file("a.vcf", &["A"], &[("1-10-A-T", &[Heterozygous])]),
        file("b.vcf", &["B"], &[("1-20-A-T", &[Missing]), ("X-10-A-T", &[Heterozygous])]),
    ];
    loaded(&store, &load(&files)).await;
    loaded(&store, &of_a("a-x.vcf", "X-20-A-T")).await;
    let why = refused(&place, &of_a("a-1.vcf", "1-20-A-T"), Repeated::Refused).await;
    assert!(why.contains("from `a.vcf` or one of 1 files that were loaded with it"), "{why}");
}

#[tokio::test]
async fn a_corrected_file_takes_the_place_of_the_wrong_one_and_of_nothing_else() {
    let (place, store) = store().await;
    loaded(&store, &trio()).await;
    loaded(&store, &of_a("mt.vcf", "MT-10-A-T")).await;
    let corrected = load(&[file("new.vcf", &["A", "D"], &[("1-10-A-T", &[Reference, Heterozygous])])]);
    let summary = corrected.ingest(&store, Repeated::Replaced).await.unwrap();
    let lost: Vec<_> = summary.lost.iter().map(fyr_schemas::Contig::name).collect();
    assert_eq!((summary.united, summary.replaced, lost), (0, 1, vec!["X", "MT"]));
    let (segments, _) = held(&place).await;
    assert_eq!(segments.len(), 2, "the segment of A alone is gone");
    assert_eq!(segments[0].samples.keys().collect::<Vec<_>>(), ["B", "C"]);
    assert_eq!((segments[0].whole, segments[0].rows), (Some(true), 2));
    let counts = counted(&place).await;
    assert_eq!(counts.get("1-10-A-T"), Some(&(3, 8)));
    assert_eq!((counts.get("X-10-A-T"), counts.get("MT-10-A-T")), (Some(&(2, 4)), None));
    // The same once more changes nothing, and the sample keeps its number.
    let before = held(&place).await;
    corrected.ingest(&store, Repeated::Replaced).await.unwrap();
    assert_eq!(held(&place).await, before);
}

#[tokio::test]
async fn what_is_left_of_a_segment_is_what_was_never_loaded_with_others() {
    let (place, store) = store().await;
    let a = file("a.vcf", &["A"], &[("1-10-A-T", &[Heterozygous]), ("X-10-A-T", &[Heterozygous])]);
    let b = file("b.vcf", &["B"], &[("1-20-A-T", &[Heterozygous])]);
    let blocks = vec![Block { sample: "A", contig: "1", start: 50, is_called: true }];
    loaded(&store, &Load { files: vec![a.clone(), b], stated: Stated::On("1"), blocks }).await;
    assert_eq!(held(&place).await.0[0].whole, Some(false));
    let removal = removed(&store, &["A"]).await.unwrap();
    assert_eq!((removal.rewritten, removal.dropped, removal.samples), (1, 0, vec!["A".to_owned()]));
    let (segments, _) = held(&place).await;
    assert_eq!(segments[0].alleles.keys().collect::<Vec<_>>(), ["1-20-A-T"]);
    assert_eq!((segments[0].whole, segments[0].rows), (Some(true), 1), "no allele is open any more");
    assert!(segments[0].stated.is_some(), "of B it is stated still");
    loaded(&store, &load(&[a])).await;
    assert_eq!(samples(&place).await.len(), 2, "a file whose samples are gone is taken again");
    removed(&store, &["B", "A"]).await.unwrap();
    assert!(store.datasets().await.unwrap().is_empty());
}

#[tokio::test]
async fn who_is_not_there_cannot_be_removed() {
    let (place, store) = store().await;
    loaded(&store, &trio()).await;
    let before = held(&place).await;
    let error = removed(&store, &["A", "nobody"]).await.unwrap_err();
    assert!(error.to_string().contains("no genotypes of a sample `nobody`"), "{error}");
    let error = store.remove_samples("other", &["A".to_owned()]).await.unwrap_err();
    assert!(matches!(error, StoreError::UnknownDataset(_)));
    assert_eq!(held(&place).await, before);
    removed(&store, &["A"]).await.unwrap();
    assert!(matches!(removed(&store, &["A"]).await, Err(StoreError::UnknownSample { .. })));
}

#[tokio::test]
async fn samples_of_one_person_are_told_apart_where_they_can_be() {
    let [biosample, person] = BIOSAMPLE;
    let one =
        |name: &str, sample: &'static str| load(&[file(name, &[sample], &[("1-10-A-T", &[Heterozygous])])]);
    let (place, store) = store().await;
    describe(&store, biosample, person).await;
    loaded(&store, &one("e.vcf", person)).await;
    let why = refused(&place, &one("e2.vcf", biosample), Repeated::Refused).await;
    assert!(why.contains("sample `E2` (the same person as sample `E`) on 1 already, from `e.vcf`"), "{why}");
    let why = refused(&place, &one("e2.vcf", biosample), Repeated::Replaced).await;
    assert!(why.contains("take `E` out first"), "{why}");
    let added = one("e2.vcf", biosample).ingest(&store, Repeated::United).await.unwrap();
    assert_eq!((added.united, added.replaced), (1, 0));
    assert_eq!(counted(&place).await["1-10-A-T"], (1, 2), "a person counts once");
    let replaced = one("e2b.vcf", biosample).ingest(&store, Repeated::Replaced).await.unwrap();
    assert_eq!((replaced.united, replaced.replaced), (1, 1), "what it was united with stays");
    let removal = removed(&store, &[biosample]).await.unwrap();
    assert_eq!(removal.beside, [person]);
    assert_eq!(samples(&place).await.into_iter().collect::<Vec<_>>(), [person]);
    removed(&store, &[biosample]).await.unwrap();
    assert!(samples(&place).await.is_empty(), "an id of the person means all that is left");
    // One file with both: a bit is of the person.
    loaded(&store, &load(&[file("both.vcf", &["E", "E2"], &[("1-10-A-T", &[Heterozygous, Missing])])])).await;
    let error = removed(&store, &[person]).await.unwrap_err();
    assert!(matches!(error, StoreError::Inseparable { .. }), "{error}");
    removed(&store, &[person, biosample]).await.unwrap();
}

#[tokio::test]
async fn documents_stay_and_nobody_else_gets_their_number() {
    let (place, store) = store().await;
    loaded(&store, &of_a("a.vcf", "1-10-A-T")).await;
    let run = serde_json::json!({ "id": "R", "biosampleId": "A", "runDate": "2026-01-01" });
    let spec = MetadataSpec { dataset: DATASET.into(), assembly: None, sources: Vec::new(), replace: false };
    let mut writer = store.begin_metadata(spec).await.unwrap();
    let run = fyr_schemas::model::Entry::new(fyr_schemas::EntryType::Run, run).unwrap();
    writer.push(run).unwrap();
    writer.finish().await.unwrap();
    removed(&store, &["A"]).await.unwrap();
    loaded(&store, &load(&[file("b.vcf", &["B"], &[("1-10-A-T", &[Heterozygous])])])).await;
    assert_eq!(held(&place).await.1, 1, "the run is there");
    loaded(&store, &of_a("a.vcf", "1-10-A-T")).await;
    let purged = store.purge(DATASET, &["B".to_owned()]).await.unwrap();
    assert_eq!((purged.dropped, held(&place).await.1), (1, 1), "the run was not of B");
    store.purge(DATASET, &["A".to_owned()]).await.unwrap();
    assert_eq!(held(&place).await.1, 0, "the run was of A, as before");
}

/// Something that changes a store.
#[derive(Clone, Copy, Debug)]
enum Change {
    Replace,
    Add,
    Remove,
}

impl Change {
    async fn make(self, place: StorePlace) -> Result<(), StoreError> {
        let store = Store::open_at(place).await?;
        let corrected = load(&[file("new.vcf", &["A", "D"], &[("1-10-A-T", &[Reference, Heterozygous])])]);
        match self {
            Self::Replace => corrected.ingest(&store, Repeated::Replaced).await.map(drop),
            Self::Add => corrected.ingest(&store, Repeated::United).await.map(drop),
            Self::Remove => removed(&store, &["A", "B"]).await.map(drop),
        }
    }
}

/// A store with a joint file, files of one, and a statement.
async fn filled() -> ObjectBlobs {
    let blobs = ObjectBlobs::in_memory();
    let store = Store::open_at(StorePlace::new(blobs.clone())).await.unwrap();
    loaded(&store, &trio()).await;
    loaded(&store, &Load { stated: Stated::On("MT"), ..of_a("mt.vcf", "MT-10-A-T") }).await;
    blobs
}

#[tokio::test]
async fn whenever_a_change_fails_the_store_is_as_before_or_after() {
    for change in [Change::Replace, Change::Add, Change::Remove] {
        let before = held(&StorePlace::new(filled().await)).await;
        let whole = StorePlace::new(filled().await);
        change.make(whole.clone()).await.unwrap();
        let after = held(&whole).await;
        assert_ne!(before, after);
        let (mut failures, mut changes) = (0, 0);
        loop {
            let blobs = filled().await;
            let outcome = change.make(StorePlace::new(Faulty::after(changes, blobs.clone()))).await;
            let place = StorePlace::new(blobs);
            let (found, expected) = (held(&place).await, if outcome.is_ok() { &after } else { &before });
            assert_eq!(&found, expected, "{change:?} {changes} {outcome:?}");
            if outcome.is_err() {
                failures += 1;
                change.make(place.clone()).await.unwrap();
                assert_eq!(
                    held(&place).await,
                    after,
                    "{change:?} {changes}: what was left is in nobody's way"
                );
            } else if changes > failures + 3 {
                break;
            }
            changes += 1;
        }
        assert!(failures > 5, "{change:?} {failures}");
    }
}
