//! Why the state cannot be used. No message holds the id of a person or a password.

use std::{io, path::PathBuf};

/// A failure to read or to change what a node remembers.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Reading or writing a file failed.
    #[error("cannot {action} `{path}`: {source}")]
    Io {
        /// What was being done.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The URL names no database that can be used. It may hold a password and is not repeated.
    #[error("the state's url {0}: write `sqlite:/path/to/state.db` or `postgres://user@host/database`")]
    Url(&'static str),
    /// The database failed.
    #[error("the state's database failed: {0}")]
    Database(#[source] sqlx::Error),
    /// The database is on a server, and is copied by what the server has for it.
    #[error(
        "the state is in PostgreSQL, which is copied with `pg_dump`: run it after `fyr-node backup --without-state`, so that \
         it knows all withdrawals that the data need, and keep the key file with it"
    )]
    NotAFile,
    /// The database was written by a later Fyr.
    #[error("the state has schema {found}, and this program knows {known}: run the program that wrote it")]
    Newer {
        /// Schema of the database.
        found: i64,
        /// The latest schema known here.
        known: i64,
    },
    /// The database is a copy that lags behind.
    #[error("the state's database is a standby, which lags behind: name the primary in `[state] url`")]
    Standby,
    /// The database holds something that this program would not have written.
    #[error("the state's database is damaged ({0}): restore it from a backup")]
    Damaged(&'static str),
    /// The database is in use, but the key that protects it is not there.
    #[error("the state is in use, but its key `{0}` is missing: restore the key from a backup")]
    KeyMissing(PathBuf),
    /// The key file is not a key.
    #[error("`{0}` is not a key: restore the file that was made with the state")]
    KeyInvalid(PathBuf),
    /// The key belongs to another state.
    #[error(
        "the key `{0}` belongs to another state: give every replica the file that the first of them made"
    )]
    KeyWrong(PathBuf),
    /// Others may read a file.
    #[error("others may read `{path}`: run `chmod 600 {path}`")]
    Exposed {
        /// The file.
        path: PathBuf,
    },
    /// The id of a dataset or a person cannot be one.
    #[error("an id is empty, or has control characters (entry {0}): write it as the data do")]
    Id(usize),
    /// A person has withdrawn, and is asked to agree to something.
    #[error(
        "the person has withdrawn (entry {0}): only `fyr-node consent reinstate` takes a withdrawal back, when the person asks for it"
    )]
    Withdrew(usize),
    /// A person is to be forgotten who did not withdraw.
    #[error("the person has not withdrawn (entry {0}): only who withdrew can be forgotten")]
    NotWithdrawn(usize),
    /// What was deleted may still be found in the files.
    #[error("deleted rows may still be found in the state's files, because others read them: run it again")]
    Unclean,
}

impl StateError {
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }
}

impl From<sqlx::Error> for StateError {
    /// What the driver says of a URL that it cannot read repeats parts of it.
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Configuration(_) => Self::Url("has a part that cannot be read"),
            error => Self::Database(error),
        }
    }
}

/// What people consented to is not known to be current, so nothing may be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what people consented to is not known to be current: the state's database does not answer")]
pub struct Stale;
