//! SQLite: one file of this machine, with its write-ahead log beside it.

use std::{
    fs::{self, OpenOptions},
    io::ErrorKind,
    path::{Path, PathBuf},
    time::Duration,
};

use sqlx::{AnyConnection, AnyPool, any::AnyConnectOptions};

use super::{Identity, PATIENCE};
use crate::{StateError, key};

/// What every connection keeps to. `FULL` makes a commit durable before it returns, `secure_delete`
/// overwrites what is deleted, and nothing is written to the system's directory of temporary files.
const SETTINGS: &str = "PRAGMA busy_timeout = 10000; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
                        PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY;";

/// Counts the tables of a name.
pub(super) const TABLES: &str = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = $1";

/// How often something is tried again that other processes may be in the way of.
const ATTEMPTS: u32 = 200;

/// Makes the file if it is not there. SQLite gives its log the permissions of the file.
pub(super) fn create(path: &str) -> Result<PathBuf, StateError> {
    let path = path.strip_prefix("//").unwrap_or(path);
    if path.is_empty() || path.starts_with(':') || path.contains('?') {
        return Err(StateError::Url("names no file"));
    }
    let path = std::path::absolute(path).map_err(StateError::io("find", path))?;
    if let Some(directory) = path.parent() {
        key::create_directory(directory)?;
    }
    match key::private(OpenOptions::new().create_new(true)).open(&path) {
        Ok(_) => key::sync_directory(&path)?,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => key::refuse_exposed(&path)?,
        Err(error) => return Err(StateError::io("create", &path)(error)),
    }
    Ok(path)
}

/// Names the file to the driver, whatever characters its path has.
pub(super) fn options(path: &Path) -> Result<AnyConnectOptions, StateError> {
    let text = path.to_str().ok_or(StateError::Url("is no text"))?;
    let text = text.replace('%', "%25").replace('?', "%3F").replace('#', "%23");
    format!("sqlite://{text}?mode=rw").parse().map_err(|_| StateError::Url("cannot be read"))
}

pub(super) async fn settle(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(SETTINGS).execute(connection).await.map(drop)
}

/// Lets readers read while one writes. The setting stays with the file; making it needs the file alone.
pub(super) async fn use_write_ahead_log(pool: &AnyPool) -> Result<(), StateError> {
    for _ in 0..ATTEMPTS {
        let mode = sqlx::query_scalar::<_, String>("PRAGMA journal_mode = WAL").fetch_all(pool).await;
        if mode.is_ok_and(|mode| mode == ["wal"]) {
            return Ok(());
        }
        tokio::time::sleep(PATIENCE / ATTEMPTS).await;
    }
    Err(StateError::Damaged("it cannot keep a write-ahead log; it has to lie on a local disk"))
}

/// A file that was moved away goes on to be readable by who has it open, and never changes any more.
#[cfg(unix)]
pub(super) fn identity(path: &Path) -> Result<Identity, StateError> {
    use std::os::unix::fs::MetadataExt;
    let metadata = fs::metadata(path).map_err(StateError::io("read", path))?;
    Ok(Identity(metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
pub(super) fn identity(path: &Path) -> Result<Identity, StateError> {
    fs::metadata(path).map(|_| Identity::default()).map_err(StateError::io("read", path))
}

/// Writes the file anew without what was deleted, and empties the log.
pub(super) async fn clean(pool: &AnyPool) -> Result<(), StateError> {
    sqlx::raw_sql("VACUUM").execute(pool).await?;
    for _ in 0..ATTEMPTS {
        let rows: Vec<(i64, i64, i64)> =
            sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_all(pool).await?;
        if rows.first().is_some_and(|(busy, _, _)| *busy == 0) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err(StateError::Unclean)
}
