//! Why a backup cannot be taken, put back or verified.

use std::{io, path::PathBuf};

use fyr_audit::AuditError;
use fyr_state::StateError;
use fyr_store::StoreError;

use crate::{StartError, belonging::BelongingError, config::InvalidConfig};

/// A backup cannot be taken, put back or verified.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The configuration makes no sense.
    #[error("configuration: {0}")]
    Config(#[from] InvalidConfig),
    /// The store, or where backups lie, cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The state cannot be opened.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The state cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// The state is not that of the store.
    #[error(transparent)]
    Belonging(#[from] BelongingError),
    /// The audit log cannot be read.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// A file cannot be read or written.
    #[error("cannot {action} `{}`: {source}", path.display())]
    Io {
        /// What was being done.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// There is no store.
    #[error("no store at `{}`: check [store] url in the configuration", .0.display())]
    NoStore(PathBuf),
    /// Backups would lie within the store.
    #[error("`{}` lies in the store's directory: name another one, best on another disk", .0.display())]
    Inside(PathBuf),
    /// The directory has something else in it.
    #[error("`{}` has something else in it than backups: name an empty directory, or one of backups", .0.display())]
    NotForBackups(PathBuf),
    /// The directory has backups of another store.
    #[error("`{}` has backups of another store: name a directory of its own for each", .0.display())]
    OtherStore(PathBuf),
    /// Another backup is being taken.
    #[error("another backup is being written to `{}`: wait for it to end", .0.display())]
    Busy(PathBuf),
    /// Somebody else uses the place that is to be restored.
    #[error("another command is writing to `{}`: wait for it to end", .0.display())]
    StoreBusy(PathBuf),
    /// There is no backup in the directory.
    #[error("there is no backup in `{}`: a backup that did not end is none; check the directory", .0.display())]
    NoBackups(PathBuf),
    /// The store's directory has something in it.
    #[error(
        "`{}` has something in it already (`{found}`): move it away; the state, the audit log and `belonging.jsonl` may stay, \
         and are used if they are not older than the backup",
        store.display()
    )]
    NotEmpty {
        /// The directory.
        store: PathBuf,
        /// A name in it.
        found: String,
    },
    /// A node is running.
    #[error("the node that records to `{}` is running: stop it first", .0.display())]
    Running(PathBuf),
    /// A restore of another backup has not ended.
    #[error(
        "a restore of backup {begun} into `{}` has not ended: run it again with --backup {begun}, or empty the directory",
        store.display()
    )]
    OtherRestore {
        /// The directory.
        store: PathBuf,
        /// The backup that is half restored.
        begun: String,
    },
    /// The state that is there is older than that of the backup.
    #[error(
        "the state at `{place}` is older than that of the backup: it ends with change {found}, and the backup has {expected}: \
         move it away, and the backup's is used"
    )]
    OlderState {
        /// Where it is.
        place: String,
        /// Its version.
        found: u64,
        /// The version in the backup.
        expected: u64,
    },
    /// The state that is there is another one.
    #[error(
        "the state at `{place}` is another one than the backup's: name the one that survived with --state, or move this one \
         away, and the backup's is used"
    )]
    ForeignState {
        /// Where it is.
        place: String,
    },
    /// The state is not in the backup, and not where the configuration says.
    #[error(
        "the state is not in the backup, which was taken without it, and not at the place that [state] names: put it there \
         first, from its own backup of the same time or later"
    )]
    StateNotInBackup,
    /// Nobody said who withdrew since the backup.
    #[error(
        "the state that knows who withdrew since {since} is not there, so that they would be counted again. Name it with \
         --state if it survived anywhere (state.db of the old directory). If it is lost, write the ids of everybody who withdrew, \
         opted out or refused something since then into a file, one a line, and name it with --withdrawn; or, if there was \
         nobody, say --no-withdrawals-since. Either needs --reason"
    )]
    WithdrawalsUnknown {
        /// When the backup was taken.
        since: String,
    },
    /// The audit log has withdrawals of people whom nobody has named.
    #[error(
        "the audit log `{}` says that {people} people withdrew since the backup whose ids are not in its data: write these ids, \
         as they were withdrawn by, into the file of --withdrawn, and run this again",
        log.display()
    )]
    LogKnowsMore {
        /// The log.
        log: PathBuf,
        /// How many people.
        people: usize,
    },
    /// Nothing says why.
    #[error(
        "--reason is empty: say what happened to the state, and how you know who withdrew since; the history keeps it"
    )]
    NoReason,
}

impl BackupError {
    pub(super) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }
}
