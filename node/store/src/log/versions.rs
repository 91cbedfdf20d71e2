//! Which versions the log of a table has. A listing may lag behind, so it is only where the search begins.

use super::{layout::Table, place::StorePlace};
use crate::{
    StoreError,
    blobs::{BlobName, Blobs},
};

/// The directory of a log, below its table's.
const LOG: &str = "_delta_log";

/// Returns the newest version of a table; none if there is no table.
///
/// # Errors
///
/// The log cannot be read.
pub async fn newest_version(place: &StorePlace, table: Table) -> Result<Option<u64>, StoreError> {
    let log = log_of(table)?;
    newest_of(place.blobs(), &log, &place.blobs().list(&log).await?).await
}

/// Returns where the log of a table is.
pub(super) fn log_of(table: Table) -> Result<BlobName, StoreError> {
    BlobName::new(format!("{}/{LOG}", table.directory()))
}

/// Returns whether a name is that of a log.
pub(super) fn is_log(name: &BlobName) -> bool {
    name.file_name() == LOG
}

/// Returns the newest version of a log, of which some files are listed.
async fn newest_of(
    blobs: &dyn Blobs,
    log: &BlobName,
    listed: &[BlobName],
) -> Result<Option<u64>, StoreError> {
    let commit = |name: &BlobName| name.file_name().strip_suffix(".json")?.parse::<u64>().ok();
    let mut newest = listed.iter().filter_map(commit).max();
    if newest.is_none() {
        newest = checkpoint_of(blobs, log).await?;
    }
    loop {
        let next = newest.map_or(0, |version| version + 1);
        if blobs.read(&commit_of(log, next)?).await?.is_none() {
            return Ok(newest);
        }
        newest = Some(next);
    }
}

/// Returns the names of all files of a log after one of them, in order, of which a listing may lack some: of each
/// version down to the first that is not there any more, its commit and the checkpoint that it may have.
pub(super) async fn files_after(
    blobs: &dyn Blobs,
    log: &BlobName,
    after: &str,
) -> Result<Vec<BlobName>, StoreError> {
    let mut files = blobs.list(log).await?;
    let mut version = newest_of(blobs, log, &files).await?;
    while let Some(at) = version {
        let commit = commit_of(log, at)?;
        let is_there = commit.as_str() > after && blobs.read(&commit).await?.is_some();
        files.push(BlobName::new(format!("{log}/{at:020}.checkpoint.parquet"))?);
        files.push(commit);
        version = at.checked_sub(1).filter(|_| is_there);
    }
    files.retain(|file| file.as_str() > after);
    files.sort_unstable();
    files.dedup();
    Ok(files)
}

/// Returns the names of the files of a table's log up to a version. Some may be none of it.
pub(crate) async fn log_files(
    place: &StorePlace,
    table: Table,
    version: u64,
) -> Result<Vec<BlobName>, StoreError> {
    let mut files = files_after(place.blobs(), &log_of(table)?, "").await?;
    files.retain(|file| version_of(file).is_some_and(|of| of <= version));
    Ok(files)
}

fn commit_of(log: &BlobName, version: u64) -> Result<BlobName, StoreError> {
    BlobName::new(format!("{log}/{version:020}.json"))
}

/// Returns the version that a file of a log is about.
pub(super) fn version_of(file: &BlobName) -> Option<u64> {
    let (version, _) = file.file_name().split_once('.')?;
    version.parse().ok().filter(|_| version.len() == 20)
}

/// Returns the version that the log was summed up at the last time: commits before may have been deleted.
async fn checkpoint_of(blobs: &dyn Blobs, log: &BlobName) -> Result<Option<u64>, StoreError> {
    let name = BlobName::new(format!("{log}/_last_checkpoint"))?;
    let Some((bytes, _)) = blobs.read(&name).await? else { return Ok(None) };
    let checkpoint: serde_json::Value = serde_json::from_slice(&bytes)
        .map_err(|error| StoreError::Corrupt(format!("reading `{name}`: {error}")))?;
    Ok(checkpoint.get("version").and_then(serde_json::Value::as_u64))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::blobs::{LocalBlobs, ObjectBlobs, Stale};

    fn named(name: &str) -> BlobName {
        BlobName::new(format!("segments/_delta_log/{name}")).unwrap()
    }

    async fn put(place: &StorePlace, name: &str, bytes: &'static str) {
        place.blobs().put_if_absent(&named(name), Bytes::from(bytes)).await.unwrap();
    }

    #[tokio::test]
    async fn the_newest_commit_is_found_however_far_a_listing_lags() {
        let directory = tempfile::tempdir().unwrap();
        let places = [
            StorePlace::new(LocalBlobs::new(directory.path())),
            StorePlace::in_memory(),
            StorePlace::new(Stale::new(ObjectBlobs::in_memory())),
        ];
        for place in &places {
            let newest = || newest_version(place, Table::Segments);
            assert_eq!(newest().await.unwrap(), None, "{place:?}");
            for version in 0..4 {
                put(place, &format!("{version:020}.json"), "{}").await;
                assert_eq!(newest().await.unwrap(), Some(version), "{place:?}");
            }
            put(place, "_last_checkpoint", r#"{"version":3,"size":1}"#).await;
            for version in 0..3 {
                place.blobs().delete(&named(&format!("{version:020}.json"))).await.unwrap();
            }
            put(place, "00000000000000000004.json", "{}").await;
            assert_eq!(newest().await.unwrap(), Some(4), "{place:?}");
        }
        let stale = StorePlace::new(Stale::new(ObjectBlobs::in_memory()));
        put(&stale, "_last_checkpoint", r#"{"version":7}"#).await;
        put(&stale, "00000000000000000008.json", "{}").await;
        assert_eq!(newest_version(&stale, Table::Segments).await.unwrap(), Some(8), "nothing is listed yet");
    }

    #[tokio::test]
    async fn all_that_a_log_has_is_found_before_it_is_listed() {
        let stale = StorePlace::new(Stale::new(ObjectBlobs::in_memory()));
        for version in 2..6 {
            put(&stale, &format!("{version:020}.json"), "{}").await;
        }
        put(&stale, "_last_checkpoint", r#"{"version":3}"#).await;
        let log = log_of(Table::Segments).unwrap();
        let after = named(&format!("{:020}", 3));
        for (after, versions) in [("", 1..=5), (after.as_str(), 3..=5)] {
            let files = files_after(stale.blobs(), &log, after).await.unwrap();
            let commits = files.iter().filter(|file| file.as_str().ends_with(".json"));
            assert_eq!(commits.filter_map(version_of).collect::<Vec<_>>(), versions.collect::<Vec<_>>());
        }
    }
}
