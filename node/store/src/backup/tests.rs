//! Backups of stores that are used, killed anywhere, and put back.

use std::{
    collections::{BTreeMap, HashSet},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use fyr_schemas::{Assembly, Contig, Individual, Interbase, Sex, Variant, VariantType};
use tempfile::TempDir;

use super::*;
use crate::{
    Annotation, Call, Carriers, Compaction, DatasetKind, GenotypeRow, Repeated, SegmentSpec, SourceFile,
    Store, StoreError,
    blobs::{BlobName, Faulty, LocalBlobs},
    log::{Catalog, StorePlace, Table, newest_version},
};

/// A store with each kind of table, regions, and a log of several versions.
fn golden(to: &Path) {
    copy_tree(&Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/store-7"), to);
}

fn copy_tree(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_tree(&entry.path(), &to)
        } else {
            assert!(std::fs::copy(entry.path(), to).is_ok())
        }
    }
}

/// All files of a store, but for those that nothing depends on.
fn tree(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut found, mut open) = (BTreeMap::new(), vec![root.to_owned()]);
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(directory).unwrap().map(Result::unwrap) {
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.path().is_dir() && name != ".staging" {
                open.push(entry.path());
            } else if !name.starts_with('.') && name != "_last_checkpoint" && !entry.path().is_dir() {
                let path = entry.path();
                found.insert(path.strip_prefix(root).unwrap().to_owned(), std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

struct Site {
    directory: TempDir,
}

impl Site {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn place(&self, name: &str) -> StorePlace {
        StorePlace::directory(self.path(name))
    }

    fn vault(&self) -> Vault {
        Vault::at(self.place("vault"))
    }

    /// Takes a backup as a process of its own would, and seals it.
    async fn take(&self, id: &str) -> Copied {
        take(&self.place("store"), &self.vault(), id).await.unwrap()
    }

    /// Puts a backup back into a new directory.
    async fn put(&self, id: &str, to: &str) -> Result<(), StoreError> {
        let files: Vec<KeptFile> = self.vault().backup(id).await?;
        put_back(&self.place(to), &self.vault(), &files, |_, _| {}).await
    }

    async fn load(&self, person: &str) {
        let store = Store::open(&self.path("store")).await.unwrap();
        load(&store, person).await.unwrap();
    }
}

async fn take(place: &StorePlace, vault: &Vault, id: &str) -> Result<Copied, StoreError> {
    let _claim = vault.claim().await?;
    let mut known = KnownFiles::default();
    if let Some(last) = vault.backups().await?.last() {
        known.add(&vault.backup::<Vec<KeptFile>>(last).await?);
    }
    let copied = back_up(place, (vault, &mut known), |done, total| assert!(done <= total)).await?;
    vault.seal(id, &copied.files).await?;
    Ok(copied)
}

/// Loads a file of one person, who carries something.
async fn load(store: &Store, person: &str) -> Result<(), StoreError> {
    let spec = SegmentSpec {
        normalised: false,
        annotated: false,
        dataset: "D".into(),
        assembly: Assembly::GRCH38,
        kind: DatasetKind::Individual,
        replace: false,
        repeated: Repeated::United,
        sources: vec![SourceFile { name: format!("{person}.vcf"), blake3: person.into(), bytes: 1 }],
        individuals: vec![Individual {
            id: person.into(),
            sex: Sex::Female,
            populations: Vec::new(),
            family: None,
        }],
        shards: vec![vec![0]],
    };
    let mut writer = store.begin(spec).await?;
    let mut carriers = Carriers::default();
    writer.indices().iter().for_each(|&index| carriers.push(index, Call::Heterozygous));
    let variant = Variant {
        contig: Contig::resolve("1", Assembly::GRCH38).unwrap(),
        interval: Interbase::new(9, 10).unwrap(),
        reference_bases: "A".into(),
        alternate_bases: "C".into(),
        variant_type: VariantType::Snp,
        sv_length: None,
    };
    let (annotation, ids, filters) = (Annotation::default(), Vec::new(), Vec::new());
    writer
        .push_genotypes(vec![GenotypeRow { annotation, variant, ids, filters, shard: 0, carriers }])
        .await?;
    writer.finish().await.map(drop)
}

#[tokio::test]
async fn what_is_put_back_is_the_same_to_the_byte() {
    let site = Site::new();
    golden(&site.path("store"));
    let taken = site.take("1").await;
    assert!(taken.version.is_some() && taken.new_files > 10, "{taken:?}");
    site.put("1", "back").await.unwrap();
    assert_eq!(tree(&site.path("back")), tree(&site.path("store")));
    let datasets = async |name| Store::open(&site.path(name)).await.unwrap().datasets().await.unwrap();
    assert_eq!(datasets("back").await, datasets("store").await);
    for file in &taken.files {
        site.vault().check(file).await.unwrap();
    }
}

#[tokio::test]
async fn what_was_copied_is_not_copied_again() {
    let site = Site::new();
    for person in ["a", "b"] {
        site.load(person).await;
    }
    let first = site.take("1").await;
    assert_eq!(first.new_files, first.files.len() as u64);
    let again = site.take("2").await;
    assert_eq!((again.new_files, again.new_bytes, &again.files), (0, 0, &first.files));
    site.load("c").await;
    let third = site.take("3").await;
    let before: HashSet<&KeptFile> = first.files.iter().collect();
    let new: Vec<_> = third.files.iter().filter(|file| !before.contains(file)).collect();
    assert_eq!(third.new_files, new.len() as u64);
    assert!(new.len() < third.files.len() / 2, "{new:?}");
    // A file of the same name and length is another one.
    let path = site.path("store").join(&new[0].path);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[0] ^= 1;
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, &bytes).unwrap();
    let name = BlobName::new(new[0].path.as_str()).unwrap();
    let (mut known, mut copied) = (KnownFiles::default(), Copied::default());
    known.add(&third.files);
    let vault = site.vault();
    assert!(copied.add((&vault, &mut known), &site.place("store"), &name).await.unwrap());
    assert_eq!((copied.new_files, copied.files[0].bytes), (1, new[0].bytes));
    assert_ne!(copied.files[0].sha256, new[0].sha256);
}

#[tokio::test]
async fn a_backup_killed_at_any_put_is_whole_or_not_there() {
    let site = Site::new();
    site.load("a").await;
    site.load("b").await;
    let expected = tree(&site.path("store"));
    for changes in 0.. {
        let vault = Vault::at(StorePlace::new(Faulty::after(changes, LocalBlobs::new(site.path("vault")))));
        let taken = take(&site.place("store"), &vault, "1").await;
        let there = site.vault().backups().await.unwrap();
        assert_eq!(there.len(), usize::from(taken.is_ok()), "{changes}: {taken:?}");
        if taken.is_ok() {
            assert!(changes > 0);
            break;
        }
    }
    // Each attempt left what it had copied, so that the last one copied nothing twice; and all of it is right.
    site.put("1", "back").await.unwrap();
    assert_eq!(tree(&site.path("back")), expected);
}

#[tokio::test]
async fn a_restore_killed_at_any_put_goes_on_and_is_no_older_store_before() {
    let site = Site::new();
    site.load("a").await;
    site.load("b").await;
    let expected = tree(&site.path("store"));
    site.take("1").await;
    let files: Vec<KeptFile> = site.vault().backup("1").await.unwrap();
    let newest = newest_version(&site.place("store"), Table::Segments).await.unwrap();
    for changes in 0..=files.len() {
        let to = format!("back-{changes}");
        let faulty = StorePlace::new(Faulty::after(changes, LocalBlobs::new(site.path(&to))));
        let put = put_back(&faulty, &site.vault(), &files, |_, _| {}).await;
        assert_eq!(put.is_ok(), changes == files.len(), "{changes}: {put:?}");
        if let Ok(catalog) = Catalog::load(&site.place(&to), &Catalog::default()).await {
            assert!(
                catalog.version.is_none() || catalog.version == newest,
                "{changes}: {:?}",
                catalog.version
            );
        }
        site.put("1", &to).await.unwrap();
        assert_eq!(tree(&site.path(&to)), expected, "{changes}");
        std::fs::remove_dir_all(site.path(&to)).unwrap();
    }
}

#[tokio::test]
async fn what_is_not_as_it_was_is_found_and_not_put_back() {
    let site = Site::new();
    site.load("a").await;
    let taken = site.take("1").await;
    for file in &taken.files {
        let object = site.path("vault/objects").join(&file.sha256[..2]).join(&file.sha256);
        let whole = std::fs::read(&object).unwrap();
        let mut flipped = whole.clone();
        *flipped.last_mut().unwrap() ^= 4;
        for damaged in [Some(flipped), Some(whole[..whole.len() - 1].to_vec()), None] {
            match damaged {
                Some(bytes) => std::fs::write(&object, bytes).unwrap(),
                None => std::fs::remove_file(&object).unwrap(),
            }
            let found = site.vault().check(file).await.unwrap_err();
            assert!(
                matches!(&found, StoreError::DamagedBackup { what } if what.contains(&file.path)),
                "{found}"
            );
            let refused = site.put("1", "back").await.unwrap_err();
            assert!(matches!(&refused, StoreError::DamagedBackup { .. }), "{refused}");
            assert!(!site.path("back").join(&file.path).exists());
            let _ = std::fs::remove_dir_all(site.path("back"));
        }
        std::fs::write(&object, whole).unwrap();
    }
    let sealed = site.path("vault/backups/1.json");
    let whole = std::fs::read(&sealed).unwrap();
    for at in (0..whole.len() - 1).step_by(7) {
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        std::fs::write(&sealed, &flipped).unwrap();
        assert!(site.vault().backup::<Vec<KeptFile>>("1").await.is_err(), "byte {at}");
    }
    std::fs::write(&sealed, &whole).unwrap();
    assert!(matches!(site.vault().backup::<Vec<KeptFile>>("2").await, Err(StoreError::NoBackup(_))));
    assert!(matches!(site.vault().seal("1", &()).await, Err(StoreError::InTheWay(_))));
}

#[tokio::test]
async fn a_half_restored_directory_is_no_store() {
    let site = Site::new();
    golden(&site.path("store"));
    std::fs::write(site.path("store").join(RESTORING), "{}").unwrap();
    let refused = Store::open(&site.path("store")).await.unwrap_err();
    assert!(matches!(refused, StoreError::Restoring(_)), "{refused}");
}

#[tokio::test]
async fn only_what_no_backup_has_is_pruned() {
    let site = Site::new();
    for (person, id) in [("a", "1"), ("b", "2"), ("c", "3")] {
        site.load(person).await;
        Store::open(&site.path("store")).await.unwrap().compact("D", Compaction::All).await.unwrap();
        site.take(id).await;
    }
    let vault = site.vault();
    let mut wanted = HashSet::new();
    for id in ["2", "3"] {
        wanted.extend(vault.backup::<Vec<KeptFile>>(id).await.unwrap().into_iter().map(|file| file.sha256));
    }
    assert!(vault.prune(&["1".to_owned()], &wanted).await.unwrap() > 0);
    assert_eq!(vault.backups().await.unwrap(), ["2", "3"]);
    assert_eq!(vault.prune(&[], &wanted).await.unwrap(), 0, "nothing is left to do");
    for (id, people) in [("2", 2), ("3", 3)] {
        site.put(id, id).await.unwrap();
        let datasets = Store::open(&site.path(id)).await.unwrap().datasets().await.unwrap();
        assert_eq!(datasets[0].individuals, Some(people));
    }
}

/// People come one by one, are merged, and are purged, all the while backups are taken: each is one committed version.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_store_that_changes_is_of_one_version() {
    let site = Arc::new(Site::new());
    site.load("p0").await;
    let ended = Arc::new(AtomicBool::new(false));
    let (theirs, end) = (Arc::clone(&site), Arc::clone(&ended));
    let writing = tokio::spawn(async move {
        let store = Store::open(&theirs.path("store")).await.unwrap();
        for number in 1..25 {
            load(&store, &format!("p{number}")).await.unwrap();
            if number % 3 == 0 {
                store.compact("D", Compaction::All).await.unwrap();
            }
            if number % 4 == 0 {
                store.purge("D", &[format!("p{}", number - 2)]).await.unwrap();
            }
        }
        end.store(true, Ordering::SeqCst);
    });
    let mut versions = Vec::new();
    while !ended.load(Ordering::SeqCst) {
        versions.push(site.take(&format!("{:04}", versions.len())).await.version);
    }
    writing.await.unwrap();
    assert!(versions.len() > 2 && versions.is_sorted(), "{versions:?}");
    let step = versions.len().div_ceil(12);
    for number in (0..versions.len()).step_by(step) {
        let (id, to) = (format!("{number:04}"), format!("back-{number}"));
        site.put(&id, &to).await.unwrap();
        let place = site.place(&to);
        let catalog = Catalog::load(&place, &Catalog::default()).await.unwrap();
        assert_eq!(catalog.version, versions[number]);
        for file in catalog.segments.iter().flat_map(|segment| &segment.files) {
            let name = BlobName::new(file.path.as_str()).unwrap();
            assert_eq!(place.blobs().open(&name).await.unwrap().unwrap().length, file.bytes, "{name}");
        }
        // It goes on as the original would have.
        let store = Store::open(&site.path(&to)).await.unwrap();
        let people = store.datasets().await.unwrap()[0].individuals.unwrap();
        load(&store, "new").await.unwrap();
        store.compact("D", Compaction::All).await.unwrap();
        assert_eq!(store.datasets().await.unwrap()[0].individuals, Some(people + 1));
    }
}
