//! A Delta table: which files it has, and how that changes.
//!
//! Fyr writes the Parquet files itself; here they are only listed and unlisted.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use arrow::datatypes::Schema;
use deltalake_core::{
    DeltaTable, DeltaTableBuilder, ensure_table_uri,
    kernel::{
        Action, Add, StructType,
        engine::arrow_conversion::TryIntoKernel,
        transaction::{CommitBuilder, CommitProperties},
    },
    operations::create::CreateBuilder,
    protocol::{DeltaOperation, SaveMode},
};

use super::{
    layout::{FORMAT, FORMAT_PROPERTY, FileRecord, Table, sync_directory},
    place::StorePlace,
};
use crate::{
    StoreError,
    blobs::{BlobName, Blobs},
};

/// Commits after which the log is summed up in a checkpoint.
const CHECKPOINT_INTERVAL: u64 = 100;

/// One version of a table.
#[derive(Debug)]
pub struct TableLog {
    table: DeltaTable,
    directory: PathBuf,
}

impl TableLog {
    /// Creates a table.
    pub(crate) async fn create(root: &Path, table: Table, columns: &Schema) -> Result<(), StoreError> {
        let schema: StructType = columns.try_into_kernel()?;
        let location = table.path(root);
        CreateBuilder::new()
            .with_location(location.to_string_lossy())
            .with_table_name(table.directory())
            .with_columns(schema.fields().cloned())
            .with_partition_columns(table.partition_columns().iter().copied())
            .with_configuration([(FORMAT_PROPERTY, Some(FORMAT.to_string()))])
            .with_raise_if_key_not_exists(false)
            .await?;
        sync_commit(&location, 0)
    }

    /// Opens the newest version of a table, if its format is known.
    ///
    /// # Errors
    ///
    /// The table cannot be read, or has another format.
    pub async fn open(root: &Path, table: Table) -> Result<Self, StoreError> {
        let directory = table.path(root);
        let url = ensure_table_uri(directory.to_string_lossy())?;
        let table = DeltaTableBuilder::from_url(url)?.load().await?;
        let property = table.snapshot()?.metadata().configuration().get(FORMAT_PROPERTY);
        let found = property.and_then(|format| format.parse().ok()).unwrap_or(0);
        if found != FORMAT {
            return Err(StoreError::Format { expected: FORMAT, found });
        }
        Ok(Self { table, directory })
    }

    /// Returns whether a table is there.
    pub(crate) async fn exists(place: &StorePlace, table: Table) -> Result<bool, StoreError> {
        Ok(newest_version(place, table).await?.is_some())
    }

    /// Returns the version.
    pub(crate) fn version(&self) -> u64 {
        self.table.version().unwrap_or_default()
    }

    /// Returns the paths of the files below the table's directory.
    ///
    /// # Errors
    ///
    /// The log is damaged.
    pub fn files(&self) -> Result<Vec<String>, StoreError> {
        Ok(self.table.snapshot()?.log_data().iter().map(|file| file.path().into_owned()).collect())
    }

    /// Lists and unlists files in one commit, and returns its version. Fails if somebody else has
    /// committed since the table was opened.
    ///
    /// # Errors
    ///
    /// Another commit was faster, or writing failed.
    pub async fn commit(
        &mut self,
        root: &Path,
        add: &[FileRecord],
        remove: impl Fn(&str) -> bool,
    ) -> Result<u64, StoreError> {
        let snapshot = self.table.snapshot()?;
        let files = snapshot.log_data();
        let removed = files.iter().filter(|file| remove(&file.path()));
        let mut actions: Vec<_> = removed.map(|file| Action::Remove(file.remove_action(true))).collect();
        for record in add {
            actions.push(Action::Add(add_action(root, record)?));
        }
        if actions.is_empty() {
            return Ok(self.version());
        }
        let operation = match add.is_empty() {
            true => DeltaOperation::Delete { predicate: None },
            false => DeltaOperation::Write { mode: SaveMode::Append, partition_by: None, predicate: None },
        };
        let properties =
            CommitProperties::default().with_create_checkpoint(false).with_cleanup_expired_logs(Some(false));
        let commit = CommitBuilder::from(properties).with_max_retries(0).with_actions(actions).build(
            Some(snapshot),
            self.table.log_store(),
            operation,
        );
        let finished = commit.await?;
        self.table.update_state().await?;
        sync_commit(&self.directory, finished.version)?;
        self.checkpoint().await;
        Ok(finished.version)
    }

    /// Sums the log up and deletes what came before, so that only the present state can be read from it.
    pub(crate) async fn forget(root: &Path, table: Table) -> Result<(), StoreError> {
        let log = Self::open(root, table).await?;
        let (directory, version) = (log.directory.join("_delta_log"), log.version());
        let prefix = format!("{version:020}.");
        let sums_up = |name: &str| name.starts_with(&prefix) && name.contains("checkpoint");
        if !names(&directory)?.iter().any(|name| sums_up(name)) {
            deltalake_core::checkpoints::create_checkpoint(&log.table, None).await?;
        }
        let names = names(&directory)?;
        for name in names.iter().filter(|name| sums_up(name) || name.starts_with("_last")) {
            sync(&directory.join(name))?;
        }
        sync_directory(&directory)?;
        let mut former: Vec<_> =
            names.iter().filter(|name| version_of(name).is_some_and(|v| v < version)).collect();
        // Oldest first: whatever is left is in one piece.
        former.sort_unstable();
        for name in former {
            let path = directory.join(name);
            let context = format!("deleting `{}`", path.display());
            std::fs::remove_file(path).map_err(StoreError::io(context))?;
        }
        sync_directory(&directory)
    }

    /// Sums the log up now and then. A commit does not depend on it.
    async fn checkpoint(&self) {
        if !(self.version() + 1).is_multiple_of(CHECKPOINT_INTERVAL) {
            return;
        }
        if let Err(error) = deltalake_core::checkpoints::create_checkpoint(&self.table, None).await {
            tracing::warn!(%error, table = %self.table.table_url(), "no checkpoint");
        }
    }
}

fn add_action(root: &Path, record: &FileRecord) -> Result<Add, StoreError> {
    let metadata = std::fs::metadata(root.join(&record.path)).map_err(StoreError::io("listing a file"))?;
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    let modification_time =
        modified.and_then(|time| i64::try_from(time.as_millis()).ok()).unwrap_or_default();
    let partition = record.contig.iter().map(|contig| ("contig".to_owned(), Some(contig.clone())));
    Ok(Add {
        path: record.path_in_table().to_owned(),
        partition_values: partition.collect::<HashMap<_, _>>(),
        size: record.bytes.cast_signed(),
        modification_time,
        data_change: true,
        stats: Some(format!(r#"{{"numRecords":{}}}"#, record.rows)),
        ..Add::default()
    })
}

/// Returns the newest version of a table; none if there is no table.
///
/// # Errors
///
/// The log cannot be read.
pub async fn newest_version(place: &StorePlace, table: Table) -> Result<Option<u64>, StoreError> {
    newest_of(place.blobs(), table).await
}

/// A listing may lag behind, so it is only where the search begins.
async fn newest_of(blobs: &dyn Blobs, table: Table) -> Result<Option<u64>, StoreError> {
    let listed = blobs.list(&BlobName::new(format!("{}/_delta_log", table.directory()))?).await?;
    let commit = |name: &BlobName| name.file_name().strip_suffix(".json")?.parse::<u64>().ok();
    let mut newest = listed.iter().filter_map(commit).max();
    if newest.is_none() {
        newest = checkpoint_of(blobs, table).await?;
    }
    loop {
        let next = newest.map_or(0, |version| version + 1);
        let name = BlobName::new(format!("{}/_delta_log/{next:020}.json", table.directory()))?;
        if blobs.read(&name).await?.is_none() {
            return Ok(newest);
        }
        newest = Some(next);
    }
}

/// Returns the version that the log was summed up at the last time: commits before may have been deleted.
async fn checkpoint_of(blobs: &dyn Blobs, table: Table) -> Result<Option<u64>, StoreError> {
    let name = BlobName::new(format!("{}/_delta_log/_last_checkpoint", table.directory()))?;
    let Some((bytes, _)) = blobs.read(&name).await? else { return Ok(None) };
    let checkpoint: serde_json::Value = serde_json::from_slice(&bytes)
        .map_err(|error| StoreError::Corrupt(format!("reading `{name}`: {error}")))?;
    Ok(checkpoint.get("version").and_then(serde_json::Value::as_u64))
}

/// Makes a commit durable: the log is written without syncing.
fn sync_commit(table: &Path, version: u64) -> Result<(), StoreError> {
    let log = table.join("_delta_log");
    sync(&log.join(format!("{version:020}.json")))?;
    sync_directory(&log)
}

fn sync(file: &Path) -> Result<(), StoreError> {
    let context = || format!("syncing `{}`", file.display());
    std::fs::File::open(file).and_then(|file| file.sync_all()).map_err(StoreError::io(context()))
}

fn names(directory: &Path) -> Result<Vec<String>, StoreError> {
    let context = || format!("listing `{}`", directory.display());
    let entries = std::fs::read_dir(directory).map_err(StoreError::io(context()))?;
    Ok(entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect())
}

/// Returns the version that a file of a log is about.
fn version_of(name: &str) -> Option<u64> {
    let (version, _) = name.split_once('.')?;
    version.parse().ok().filter(|_| version.len() == 20)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::blobs::{LocalBlobs, ObjectBlobs, Stale};

    async fn put(blobs: &dyn Blobs, name: &str, bytes: &'static str) {
        let name = BlobName::new(format!("segments/_delta_log/{name}")).unwrap();
        blobs.put_if_absent(&name, Bytes::from(bytes)).await.unwrap();
    }

    #[tokio::test]
    async fn the_newest_commit_is_found_however_far_a_listing_lags() {
        let directory = tempfile::tempdir().unwrap();
        let places: [Box<dyn Blobs>; 3] = [
            Box::new(LocalBlobs::new(directory.path())),
            Box::new(ObjectBlobs::in_memory()),
            Box::new(Stale::new(ObjectBlobs::in_memory())),
        ];
        for blobs in &places {
            let newest = || newest_of(blobs.as_ref(), Table::Segments);
            assert_eq!(newest().await.unwrap(), None, "{blobs:?}");
            for version in 0..4 {
                put(blobs.as_ref(), &format!("{version:020}.json"), "{}").await;
                assert_eq!(newest().await.unwrap(), Some(version), "{blobs:?}");
            }
            put(blobs.as_ref(), "_last_checkpoint", r#"{"version":3,"size":1}"#).await;
            for version in 0..3 {
                let name = BlobName::new(format!("segments/_delta_log/{version:020}.json")).unwrap();
                blobs.delete(&name).await.unwrap();
            }
            put(blobs.as_ref(), "00000000000000000004.json", "{}").await;
            assert_eq!(newest().await.unwrap(), Some(4), "{blobs:?}");
        }
        let stale = Stale::new(ObjectBlobs::in_memory());
        put(&stale, "_last_checkpoint", r#"{"version":7}"#).await;
        put(&stale, "00000000000000000008.json", "{}").await;
        assert_eq!(newest_of(&stale, Table::Segments).await.unwrap(), Some(8), "nothing is listed yet");
    }
}
