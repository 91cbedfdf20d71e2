//! A Delta table: which files it has, and how that changes.
//!
//! Fyr writes the Parquet files itself; here they are only listed and unlisted.

use std::{collections::HashMap, sync::Arc, time::SystemTime};

use arrow::datatypes::Schema;
use deltalake_core::{
    DeltaTable, DeltaTableBuilder, DeltaTableError, ensure_table_uri,
    kernel::{
        Action, Add, MetadataExt, StructType,
        engine::arrow_conversion::TryIntoKernel,
        transaction::{CommitBuilder, CommitProperties},
    },
    operations::create::CreateBuilder,
    protocol::{DeltaOperation, SaveMode},
};

use super::{
    delta_files::DeltaFiles,
    layout::{FORMAT, FORMAT_PROPERTY, FileRecord, OLDEST_FORMAT, Table},
    place::StorePlace,
    versions::{files_after, log_of, version_of},
};
use crate::{StoreError, blobs::BlobName};

/// Commits after which the log is summed up in a checkpoint.
const CHECKPOINT_INTERVAL: u64 = 100;

/// One version of a table.
#[derive(Debug)]
pub struct TableLog {
    table: DeltaTable,
}

impl TableLog {
    /// Creates a table.
    pub(crate) async fn create(place: &StorePlace, table: Table, columns: &Schema) -> Result<(), StoreError> {
        let schema: StructType = columns.try_into_kernel()?;
        CreateBuilder::new()
            .with_log_store(at(place, table)?.build_storage()?)
            .with_table_name(table.directory())
            .with_columns(schema.fields().cloned())
            .with_partition_columns(table.partition_columns().iter().copied())
            .with_configuration([(FORMAT_PROPERTY, Some(FORMAT.to_string()))])
            .with_raise_if_key_not_exists(false)
            .await?;
        Ok(())
    }

    /// Opens the newest version of a table, if its format is known.
    ///
    /// # Errors
    ///
    /// The table cannot be read, or has another format.
    pub async fn open(place: &StorePlace, table: Table) -> Result<Self, StoreError> {
        let table = at(place, table)?.load().await?;
        let found = format_of(&table)?;
        if !(OLDEST_FORMAT..=FORMAT).contains(&found) {
            return Err(StoreError::Format { expected: FORMAT, found });
        }
        Ok(Self { table })
    }

    /// Raises the format of a table to this version's, with the columns that it has then, so that older versions of Fyr
    /// leave it alone. Fails if somebody else has committed since it was opened.
    pub(crate) async fn raise(&mut self, columns: &Schema) -> Result<(), StoreError> {
        let schema: StructType = columns.try_into_kernel()?;
        let known = self.table.snapshot()?.schema();
        // Columns that may be empty came without another format: whoever does not know them reads the rest.
        let has_all = schema.fields().all(|column| known.field(column.name()).is_some());
        if format_of(&self.table)? == FORMAT && has_all {
            return Ok(());
        }
        let metadata = self.table.snapshot()?.metadata().clone().with_schema(&schema);
        let metadata = metadata.and_then(|m| m.add_config_key(FORMAT_PROPERTY.into(), FORMAT.to_string()));
        let metadata = metadata.map_err(DeltaTableError::from)?;
        let properties = HashMap::from([(FORMAT_PROPERTY.to_owned(), FORMAT.to_string())]);
        let operation = DeltaOperation::SetTableProperties { properties };
        self.write(vec![Action::Metadata(metadata)], operation).await.map(drop)
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
        add: &[FileRecord],
        remove: impl Fn(&str) -> bool,
    ) -> Result<u64, StoreError> {
        let snapshot = self.table.snapshot()?;
        let files = snapshot.log_data();
        let removed = files.iter().filter(|file| remove(&file.path()));
        let mut actions: Vec<_> = removed.map(|file| Action::Remove(file.remove_action(true))).collect();
        actions.extend(add.iter().map(|record| Action::Add(add_action(record))));
        if actions.is_empty() {
            return Ok(self.version());
        }
        let operation = match add.is_empty() {
            true => DeltaOperation::Delete { predicate: None },
            false => DeltaOperation::Write { mode: SaveMode::Append, partition_by: None, predicate: None },
        };
        self.write(actions, operation).await
    }

    async fn write(&mut self, actions: Vec<Action>, operation: DeltaOperation) -> Result<u64, StoreError> {
        let properties =
            CommitProperties::default().with_create_checkpoint(false).with_cleanup_expired_logs(Some(false));
        let commit = CommitBuilder::from(properties).with_max_retries(0).with_actions(actions).build(
            Some(self.table.snapshot()?),
            self.table.log_store(),
            operation,
        );
        let finished = commit.await?;
        self.table.update_state().await?;
        self.checkpoint().await;
        Ok(finished.version)
    }

    /// Sums the log up and deletes what came before, so that only the present state can be read from it.
    pub(crate) async fn forget(place: &StorePlace, table: Table) -> Result<(), StoreError> {
        let log = Self::open(place, table).await?;
        let (directory, version) = (log_of(table)?, log.version());
        let files = files_after(place.blobs(), &directory, "").await?;
        let checkpoint = BlobName::new(format!("{directory}/{version:020}.checkpoint.parquet"))?;
        if place.blobs().read(&checkpoint).await?.is_none() {
            deltalake_core::checkpoints::create_checkpoint(&log.table, None).await?;
        }
        // Oldest first: whatever is left is in one piece.
        for file in files.iter().filter(|file| version_of(file).is_some_and(|of| of < version)) {
            place.blobs().delete(file).await?;
        }
        Ok(())
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

/// Returns the format that a table says it has; 0 where it says none.
fn format_of(table: &DeltaTable) -> Result<u32, StoreError> {
    let property = table.snapshot()?.metadata().configuration().get(FORMAT_PROPERTY);
    Ok(property.and_then(|format| format.parse().ok()).unwrap_or(0))
}

/// Returns what opens a table. Its address is read by nothing but Delta.
fn at(place: &StorePlace, table: Table) -> Result<DeltaTableBuilder, DeltaTableError> {
    let address = ensure_table_uri(format!("memory:///{}", table.directory()))?;
    let files = Arc::new(DeltaFiles::new(place.shared()));
    Ok(DeltaTableBuilder::from_url(address.clone())?.with_storage_backend(files, address))
}

fn add_action(record: &FileRecord) -> Add {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let partition = record.contig.iter().map(|contig| ("contig".to_owned(), Some(contig.clone())));
    Add {
        path: record.path_in_table().to_owned(),
        partition_values: partition.collect::<HashMap<_, _>>(),
        size: record.bytes.cast_signed(),
        modification_time: i64::try_from(now.as_millis()).unwrap_or_default(),
        data_change: true,
        stats: Some(format!(r#"{{"numRecords":{}}}"#, record.rows)),
        ..Add::default()
    }
}
