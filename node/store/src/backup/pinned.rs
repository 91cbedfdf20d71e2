//! One committed version of a store, as the files that it consists of.

use std::{collections::HashSet, time::Duration};

use bytes::Bytes;

use crate::{
    StoreError,
    blobs::BlobName,
    log::{Catalog, FileRecord, StorePlace, Table, TableLog, log_files, newest_version},
};

/// How often it is tried to read logs that somebody changes meanwhile.
const ATTEMPTS: u32 = 20;
const PAUSE: Duration = Duration::from_millis(50);

/// One committed version.
#[derive(Debug)]
pub(super) struct Pinned {
    /// The version of `segments`.
    pub(super) version: u64,
    /// The files of the logs, with what is in them. Those of `segments` come last.
    pub(super) logs: Vec<(BlobName, Bytes)>,
    /// All other files, each with how long it is; 0 where nothing says so.
    pub(super) files: Vec<(BlobName, u64)>,
}

impl Pinned {
    /// Takes the newest version; none where there is no store.
    pub(super) async fn newest(place: &StorePlace) -> Result<Option<Self>, StoreError> {
        let mut attempt = 1;
        loop {
            if newest_version(place, Table::Segments).await?.is_none() {
                return Ok(None);
            }
            match Self::now(place).await {
                // Somebody writes: what belongs together is read once more.
                Err(error) if attempt < ATTEMPTS && !matches!(error, StoreError::Format { .. }) => {
                    tracing::debug!(%error, attempt, "the logs changed while they were read");
                    tokio::time::sleep(PAUSE * attempt).await;
                    attempt += 1;
                }
                pinned => return pinned.map(Some),
            }
        }
    }

    async fn now(place: &StorePlace) -> Result<Self, StoreError> {
        let segments = PinnedLog::newest(place, Table::Segments).await?;
        let catalog = Catalog::of(&segments.log, place, &Catalog::default())?;
        let records: Vec<&FileRecord> = catalog.segments.iter().flat_map(|segment| &segment.files).collect();
        let mut logs = Vec::new();
        for table in Table::DATA {
            let pinned = PinnedLog::newest(place, table).await?;
            let listed: HashSet<String> = pinned.log.files()?.into_iter().collect();
            // A segment of before was replaced, and its files are not listed any more.
            let mut theirs = records.iter().filter(|file| file.table == table);
            if let Some(lost) = theirs.find(|file| !listed.contains(file.path_in_table())) {
                return Err(StoreError::Corrupt(format!("`{}` is not listed", lost.path)));
            }
            logs.extend(pinned.files);
        }
        // Put back in this order, a log that misses something cannot be read, rather than be that of an older version.
        logs.extend(segments.files.into_iter().rev());
        let rows = catalog.segments.iter().map(|record| {
            let file = FileRecord::of_table(Table::Segments, &record.segment);
            BlobName::new(file.path).map(|name| (name, 0))
        });
        let data =
            records.iter().map(|file| BlobName::new(file.path.as_str()).map(|name| (name, file.bytes)));
        let mut files = rows.chain(data).collect::<Result<Vec<_>, _>>()?;
        files.extend(catalog.region_files()?.into_iter().map(|name| (name, 0)));
        Ok(Self { version: segments.log.version(), logs, files })
    }
}

/// The log of one table up to one version.
struct PinnedLog {
    log: TableLog,
    files: Vec<(BlobName, Bytes)>,
}

impl PinnedLog {
    /// Takes the newest version, and makes sure that the files that were read are all of it.
    async fn newest(place: &StorePlace, table: Table) -> Result<Self, StoreError> {
        let log = TableLog::open(place, table).await?;
        let alone = StorePlace::in_memory();
        let mut files = Vec::new();
        for name in log_files(place, table, log.version()).await? {
            let Some((bytes, _)) = place.blobs().read(&name).await? else { continue };
            alone.blobs().put_if_absent(&name, bytes.clone()).await?;
            files.push((name, bytes));
        }
        let read = TableLog::open(&alone, table).await?;
        let as_set = |log: &TableLog| log.files().map(|files| files.into_iter().collect::<HashSet<_>>());
        if read.version() != log.version() || as_set(&read)? != as_set(&log)? {
            return Err(StoreError::Corrupt(format!("the log of `{}` is not whole", table.directory())));
        }
        Ok(Self { log, files })
    }
}
