//! Copies the files of a store to where backups are kept.

use std::{collections::HashMap, io::ErrorKind};

use super::{
    pinned::Pinned,
    vault::{KeptFile, Vault},
};
use crate::{
    StoreError,
    blobs::{BlobName, OpenBlob},
    log::StorePlace,
};

/// How often a newer version is taken because files of the former are gone. Each copies only what it has more.
const ATTEMPTS: u32 = 20;

/// Files that were copied before, by path and tag: they need not be read again.
#[derive(Clone, Debug, Default)]
pub struct KnownFiles(HashMap<(String, String), KeptFile>);

impl KnownFiles {
    /// Takes up files of a former backup.
    pub fn add<'a>(&mut self, files: impl IntoIterator<Item = &'a KeptFile>) {
        let tagged = files.into_iter().filter(|file| !file.tag.is_empty());
        self.0.extend(tagged.map(|file| ((file.path.clone(), file.tag.clone()), file.clone())));
    }

    fn get(&self, path: &str, open: &OpenBlob) -> Option<&KeptFile> {
        let file = self.0.get(&(path.to_owned(), open.version.tag()))?;
        Some(file).filter(|file| file.bytes == open.length)
    }
}

/// What a copy of a store consists of, and what it took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// Its version; none where nothing was ever loaded.
    pub version: Option<u64>,
    /// Its files. What makes it a store comes last.
    pub files: Vec<KeptFile>,
    /// How many of the files were not kept before.
    pub new_files: u64,
    /// How many bytes they have.
    pub new_bytes: u64,
}

impl Copied {
    /// Takes up a file that was copied.
    pub fn take(&mut self, (file, is_new): (KeptFile, bool)) {
        self.new_files += u64::from(is_new);
        self.new_bytes += if is_new { file.bytes } else { 0 };
        self.files.push(file);
    }

    /// Copies a file of a place, unless it was copied before; returns whether it is there.
    ///
    /// # Errors
    ///
    /// Reading or writing failed.
    pub async fn add(
        &mut self,
        (vault, known): (&Vault, &mut KnownFiles),
        place: &StorePlace,
        name: &BlobName,
    ) -> Result<bool, StoreError> {
        let Some(open) = place.blobs().open(name).await? else { return Ok(false) };
        self.add_open((vault, known), name.as_str(), open).await?;
        Ok(true)
    }

    /// Copies what is open, unless it was copied before.
    ///
    /// # Errors
    ///
    /// Reading or writing failed.
    pub async fn add_open(
        &mut self,
        (vault, known): (&Vault, &mut KnownFiles),
        path: &str,
        open: OpenBlob,
    ) -> Result<(), StoreError> {
        let before = known.get(path, &open).cloned();
        let kept = match before {
            Some(file) if vault.has(&file).await? => (file, false),
            _ => vault.keep(path, open).await?,
        };
        known.add([&kept.0]);
        self.take(kept);
        Ok(())
    }
}

/// Copies one committed version of a store, whatever is done to it meanwhile. `progress` is told how many bytes are done, of
/// how many. The caller holds the vault's claim.
///
/// # Errors
///
/// Reading or writing failed, or the store changes all the time.
pub async fn back_up(
    place: &StorePlace,
    (vault, known): (&Vault, &mut KnownFiles),
    progress: impl Fn(u64, u64),
) -> Result<Copied, StoreError> {
    let (mut new_files, mut new_bytes) = (0, 0);
    for _ in 0..ATTEMPTS {
        let mut copied = Copied { new_files, new_bytes, ..Copied::default() };
        let Some(pinned) = Pinned::newest(place).await? else { return Ok(copied) };
        if copy(place, (vault, &mut *known), pinned, (&mut copied, &progress)).await? {
            return Ok(copied);
        }
        (new_files, new_bytes) = (copied.new_files, copied.new_bytes);
    }
    let source = ErrorKind::NotFound.into();
    Err(StoreError::Io { context: "copying the store, of which files go all the time".into(), source })
}

/// Copies a version; returns whether all of it was there.
async fn copy(
    place: &StorePlace,
    (vault, known): (&Vault, &mut KnownFiles),
    pinned: Pinned,
    (copied, progress): (&mut Copied, &impl Fn(u64, u64)),
) -> Result<bool, StoreError> {
    copied.version = Some(pinned.version);
    let total = pinned.files.iter().map(|(_, bytes)| bytes).sum();
    let mut done = 0;
    for (name, bytes) in &pinned.files {
        if !copied.add((vault, known), place, name).await? {
            return Ok(false);
        }
        done += bytes;
        progress(done, total);
    }
    for (name, bytes) in pinned.logs {
        copied.take(vault.keep_bytes(name.as_str(), bytes).await?);
    }
    Ok(true)
}
