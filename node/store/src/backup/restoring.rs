//! Puts the files of a backup back into a store.

use std::collections::BTreeSet;

use super::vault::{KeptFile, Vault};
use crate::{
    StoreError,
    blobs::{BlobName, Put},
    blocking,
    log::{Catalog, StorePlace, Table, clean, newest_version},
};

/// The file at the top of a store's directory that says that a restore has not ended. While it is there, the store is used
/// by nobody else.
pub const RESTORING: &str = "restoring.json";

/// Who may read the files of a store: the system's setting of the process decides.
const MODE: u32 = 0o666;

/// Puts files back, in their order, and checks their hashes on the way. What is there already is compared, so that a restore
/// that was killed goes on. `progress` is told how many bytes are done, of how many. The caller holds the claim of the place.
///
/// # Errors
///
/// [`StoreError::DamagedBackup`] where a file is missing in the backup, or is not what was copied;
/// [`StoreError::InTheWay`] where another file is there; or writing failed.
pub async fn put_back(
    place: &StorePlace,
    vault: &Vault,
    files: &[KeptFile],
    progress: impl Fn(u64, u64),
) -> Result<(), StoreError> {
    let total = files.iter().map(|file| file.bytes).sum();
    let mut done = 0;
    for file in files {
        put_back_file(place, vault, file).await?;
        done += file.bytes;
        progress(done, total);
    }
    if newest_version(place, Table::Segments).await?.is_some() {
        // The logs may list files of an ingest that had not ended.
        clean(place, &Catalog::load(place, &Catalog::default()).await?, &BTreeSet::new()).await?;
    }
    Ok(())
}

/// Puts one file back.
///
/// # Errors
///
/// As for [`put_back`].
pub async fn put_back_file(place: &StorePlace, vault: &Vault, file: &KeptFile) -> Result<(), StoreError> {
    let name = BlobName::new(file.path.as_str())?;
    if is_there(place, &name, file).await? {
        return Ok(());
    }
    let scratch = place.blobs().scratch()?;
    let copy = scratch.path().join("copy");
    vault.take(file, &copy, MODE).await?;
    match place.blobs().put_file_if_absent(&name, &copy).await? {
        Put::Done(_) => Ok(()),
        Put::Lost => Err(StoreError::InTheWay(name.to_string())),
    }
}

/// Returns whether a file is there as it is to be.
async fn is_there(place: &StorePlace, name: &BlobName, file: &KeptFile) -> Result<bool, StoreError> {
    let Some(mut open) = place.blobs().open(name).await? else { return Ok(false) };
    let kept = file.clone();
    let is_same = blocking("comparing files", move || kept.is(open.bytes.as_mut())).await?;
    match is_same.map_err(StoreError::io(format!("reading `{name}`")))? {
        true => Ok(true),
        false => Err(StoreError::InTheWay(name.to_string())),
    }
}
