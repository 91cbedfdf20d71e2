//! Why the audit log cannot be used.

use std::{io, path::PathBuf};

/// A failure to open or to check an audit log.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// Reading or writing failed.
    #[error("cannot {action} `{path}`: {source}")]
    Io {
        /// What was being done.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// Another process has the log open.
    #[error("another process writes to the audit log `{0}`: give each process its own `[audit] path`")]
    Locked(PathBuf),
    /// The log has records, but the key that protects them is not there.
    #[error("the audit log has records, but its key `{0}` is missing: restore the key, or move the log away")]
    KeyMissing(PathBuf),
    /// The key file is not a key.
    #[error("`{0}` is not an audit key: restore the file that was made with the log")]
    KeyInvalid(PathBuf),
    /// Others may read the key.
    #[error("others may read the audit key `{path}`: run `chmod 600 {path}`")]
    KeyExposed {
        /// The key file.
        path: PathBuf,
    },
    /// A record was changed, removed, or put in.
    #[error("`{path}`, line {line}: {reason}: keep a copy of the file and restore it from a backup")]
    Damaged {
        /// The log.
        path: PathBuf,
        /// Line, counted from 1.
        line: u64,
        /// What is wrong.
        reason: String,
    },
    /// The last record cannot be continued.
    #[error(
        "the last record of `{path}` is damaged ({reason}): run `fyr-node audit verify`, keep the file, and move it away to start a new log"
    )]
    LastRecord {
        /// The log.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Records that were there are not there any more.
    #[error(
        "`{path}` ends with record {found}, and the state knows of record {known}: restore the files of the log from a \
         backup; if the records are lost, keep what is left, and go on with `fyr-node audit begin`, which is recorded"
    )]
    Cut {
        /// The log.
        path: PathBuf,
        /// Number of the last record that was there.
        known: u64,
        /// Number of the last record that is there.
        found: u64,
    },
    /// A record is not the one that was there.
    #[error(
        "record {sequence} of `{path}` is not the one that the state knows of: the log was exchanged; restore the files \
         of the log from a backup; if they are lost, go on with `fyr-node audit begin`, which is recorded"
    )]
    Exchanged {
        /// The log.
        path: PathBuf,
        /// Number of the record.
        sequence: u64,
    },
    /// The file was removed while the node was running.
    #[error("the audit log `{0}` was removed while it was open")]
    Removed(PathBuf),
    /// A former failure left the file in an unknown state.
    #[error("the audit log `{0}` failed before: restart the node once the disk is sound")]
    Broken(PathBuf),
}

impl AuditError {
    pub(super) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }
}

/// A decision was not recorded. Why is in the log of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the decision could not be recorded")]
pub struct Unrecorded;
