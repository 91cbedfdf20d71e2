//! Looks at the files of a store that is used.

use std::{
    collections::{HashMap, HashSet},
    io,
};

use super::{copied, pinned::Pinned, vault::KeptFile};
use crate::{
    StoreError,
    blobs::{BlobName, OpenBlob},
    blocking,
    log::StorePlace,
};

/// How often a newer version is looked at because files of the former are gone.
const ATTEMPTS: u32 = 20;

/// What was looked at, and what is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckedFiles {
    /// How many files the version has.
    pub files: u64,
    /// How many bytes they have.
    pub bytes: u64,
    /// Of how many of them a hash was noted, and is right.
    pub compared: u64,
    /// Files that are wrong, each with how.
    pub faults: Vec<(String, String)>,
}

/// Reads all files of the newest version of a store. Those that are noted have to have the hash that was noted; others
/// must be there, and as long as the store says. `progress` is told how many bytes are done, of how many.
///
/// # Errors
///
/// The logs cannot be read, or a file cannot.
pub async fn check_place(
    place: &StorePlace,
    noted: &HashSet<KeptFile>,
    progress: impl Fn(u64, u64),
) -> Result<CheckedFiles, StoreError> {
    let noted: HashMap<(&str, u64), Vec<&KeptFile>> = noted.iter().fold(HashMap::new(), |mut all, file| {
        all.entry((file.path.as_str(), file.bytes)).or_default().push(file);
        all
    });
    let mut attempt = 1;
    loop {
        let Some(pinned) = Pinned::newest(place).await? else { return Ok(CheckedFiles::default()) };
        let checked = check(place, &pinned, &noted, &progress).await?;
        // What a compaction or a purge has deleted meanwhile is not missing.
        let is_same = Pinned::newest(place).await?.is_some_and(|now| now.version == pinned.version);
        if checked.faults.is_empty() || is_same || attempt == ATTEMPTS {
            return Ok(checked);
        }
        attempt += 1;
    }
}

async fn check(
    place: &StorePlace,
    pinned: &Pinned,
    noted: &HashMap<(&str, u64), Vec<&KeptFile>>,
    progress: &impl Fn(u64, u64),
) -> Result<CheckedFiles, StoreError> {
    let total = pinned.files.iter().map(|(_, bytes)| bytes).sum();
    let (mut checked, mut done) = (CheckedFiles::default(), 0);
    for (name, bytes) in &pinned.files {
        checked.files += 1;
        match place.blobs().open(name).await? {
            None => checked.fault(name, "is missing"),
            Some(open) if *bytes > 0 && open.length != *bytes => {
                checked.fault(name, "is not as long as it was")
            }
            Some(open) => checked.file(name, open, noted).await?,
        }
        done += bytes;
        progress(done, total);
    }
    Ok(checked)
}

impl CheckedFiles {
    fn fault(&mut self, name: &BlobName, why: &str) {
        self.faults.push((name.to_string(), why.to_owned()));
    }

    /// Reads a file and compares its hash, if one was noted of a file of its path and length.
    async fn file(
        &mut self,
        name: &BlobName,
        open: OpenBlob,
        noted: &HashMap<(&str, u64), Vec<&KeptFile>>,
    ) -> Result<(), StoreError> {
        let OpenBlob { mut bytes, length, version: _ } = open;
        self.bytes += length;
        let candidates = noted.get(&(name.as_str(), length)).map(Vec::as_slice).unwrap_or_default();
        let read: io::Result<_> = blocking("checking a file", move || copied::hash(bytes.as_mut())).await?;
        let (sha256, _) = match read {
            Ok(hash) => hash,
            Err(error) => {
                self.fault(name, &format!("cannot be read: {error}"));
                return Ok(());
            }
        };
        if candidates.iter().any(|file| file.sha256 == sha256) {
            self.compared += 1;
        } else if !candidates.is_empty() {
            self.fault(name, "is not what it was when it was backed up");
        }
        Ok(())
    }
}
