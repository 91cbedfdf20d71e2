//! Backups of a node: its data, its state, their keys, and its audit log; taken while it serves, and put back.
//!
//! Bytes lie under their hashes in a directory, and a list of what belongs together is put last
//! (`fyr_store::backup`). **The order** makes a pair of it: first one committed version of the data, then the state, then the
//! audit log. So the state knows every withdrawal that the data need, what was charged for answers from them, and no more of
//! the log than there is.
//!
//! What is put back is used by nobody before all of it is there and people who withdrew since are out of it: a file in the
//! store's directory says so from the first byte to the last (`backup/mark.rs`). Where a state survived that is not older than
//! the backup's, it stays: it has every withdrawal and every charge. Where none did, the audit log is asked if it survived, and
//! somebody has to say who withdrew since; whatever can have been spent since counts as spent.

mod error;
mod files;
mod list;
mod logged;
mod mark;
mod pruning;
mod restoring;
mod state;
mod taking;
mod verifying;

pub use error::BackupError;
pub use list::{AuditBackup, Backup, StateBackup, StoreBackup};
pub use logged::FromLog;
pub use restoring::{Lost, RestoreOptions, Restored, RestoredLog, restore};
pub use state::RestoredState;
pub use taking::{BackupOptions, Taken, take_backup};
pub use verifying::{Unsound, VerifiedBackup, VerifiedNode, verify_backups, verify_node};

#[cfg(test)]
mod tests;
