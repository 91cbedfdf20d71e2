//! Files of a node that are no part of its tables: copied into a backup, and put into their places.

use std::{
    fs::{self, DirBuilder, File},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use fyr_store::{
    StoreError,
    backup::{Copied, KeptFile, KnownFiles, Vault},
    blobs::{BlobName, OpenBlob},
    log::StorePlace,
};

use super::{error::BackupError, mark::sync};

/// Nobody but the owner reads what may be secret.
const PRIVATE: u32 = 0o600;

/// Copies the reference sequences and tables of genes that lie beside the tables: lists first, since sequences are there
/// before a list names them.
pub(super) async fn copy_genomes(
    place: &StorePlace,
    (vault, known): (&Vault, &mut KnownFiles),
    copied: &mut Copied,
) -> Result<(), StoreError> {
    let below = BlobName::new(fyr_genome::DIRECTORY)?;
    let is_list = |name: &BlobName| name.as_str().ends_with(".json");
    let lists: Vec<_> = place.blobs().list(&below).await?.into_iter().filter(is_list).collect();
    for name in &lists {
        copied.add((vault, &mut *known), place, name).await?;
    }
    for name in place.blobs().list(&below).await?.iter().filter(|name| !is_list(name)) {
        copied.add((vault, &mut *known), place, name).await?;
    }
    Ok(())
}

/// Copies a file of this machine, of which nothing tells whether it was copied before.
pub(super) async fn copy_file(
    (vault, copied): (&Vault, &mut Copied),
    path: &str,
    from: &Path,
) -> Result<KeptFile, BackupError> {
    let open = || File::open(from).and_then(|file| file.metadata().map(|metadata| (file, metadata.len())));
    let (file, length) = open().map_err(BackupError::io("read", from))?;
    let open = OpenBlob::of_file(file, length).map_err(BackupError::io("read", from))?;
    let (file, is_new) = vault.keep(path, open).await?;
    let file = KeptFile { tag: String::new(), ..file };
    copied.take((file.clone(), is_new));
    Ok(file)
}

/// Puts a file into its place, durably and as a whole, readable by its owner alone. What is there stays.
pub(super) async fn put(vault: &Vault, file: &KeptFile, to: &Path) -> Result<(), BackupError> {
    if to.exists() {
        return Ok(());
    }
    let new = new_beside(to)?;
    vault.take(file, &new, PRIVATE).await?;
    rename(&new, to)
}

/// Returns where a file is made before it gets its name; what somebody left there who died is deleted.
pub(super) fn new_beside(to: &Path) -> Result<PathBuf, BackupError> {
    let directory = to.parent().unwrap_or(Path::new("."));
    let made = DirBuilder::new().mode(0o700).recursive(true).create(directory);
    made.map_err(BackupError::io("create the directory", directory))?;
    let mut name = to.file_name().unwrap_or_default().to_owned();
    name.push(".restoring");
    let new = to.with_file_name(name);
    match fs::remove_file(&new) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(BackupError::io("delete", &new)(error))
        }
        _ => Ok(new),
    }
}

/// Gives a file its name, durably.
pub(super) fn rename(new: &Path, to: &Path) -> Result<(), BackupError> {
    let renamed = File::open(new)
        .and_then(|file| file.sync_all())
        .and_then(|()| fs::rename(new, to))
        .and_then(|()| sync(to.parent().unwrap_or(Path::new("."))));
    renamed.map_err(BackupError::io("write", to))
}
