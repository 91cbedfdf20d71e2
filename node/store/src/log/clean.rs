//! Removing what no segment lists: leftovers of a crashed ingest, and data that was removed.

use std::{collections::HashSet, io::ErrorKind, path::Path};

use super::{
    catalog::Catalog,
    layout::{self, EXTENSION, Table, segment_of},
    table_log::TableLog,
};
use crate::StoreError;

/// Unlists and deletes everything that does not belong to a listed segment. The caller holds the lock.
pub(crate) async fn clean(root: &Path, catalog: &Catalog) -> Result<(), StoreError> {
    let listed: HashSet<&str> = catalog.segments.iter().map(|record| record.segment.as_str()).collect();
    let is_stale = |path: &str| segment_of(path).is_some_and(|segment| !listed.contains(segment));
    for table in Table::DATA {
        TableLog::open(root, table).await?.commit(root, &[], is_stale).await?;
    }
    for table in Table::ALL {
        delete_files(&table.path(root), &is_stale)?;
    }
    match std::fs::remove_dir_all(layout::staging(root)) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(StoreError::io("clearing the staging directory")(error))
        }
        _ => Ok(()),
    }
}

/// Deletes stale Parquet files of a table and the partition directories that become empty.
fn delete_files(directory: &Path, is_stale: &impl Fn(&str) -> bool) -> Result<(), StoreError> {
    let context = || format!("clearing `{}`", directory.display());
    let mut is_changed = false;
    for entry in std::fs::read_dir(directory).map_err(StoreError::io(context()))? {
        let path = entry.map_err(StoreError::io(context()))?.path();
        if path.is_dir() {
            if !path.ends_with("_delta_log") {
                delete_files(&path, is_stale)?;
                // Fails, as it should, where files are left.
                is_changed |= std::fs::remove_dir(&path).is_ok();
            }
        } else if is_stale_file(&path, is_stale) {
            std::fs::remove_file(&path).map_err(StoreError::io(context()))?;
            is_changed = true;
        }
    }
    // What was deleted must not be back after a power failure.
    if is_changed { layout::sync_directory(directory) } else { Ok(()) }
}

fn is_stale_file(path: &Path, is_stale: &impl Fn(&str) -> bool) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    path.extension().is_some_and(|extension| extension == EXTENSION) && name.is_some_and(is_stale)
}
