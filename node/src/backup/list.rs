//! What a backup consists of.

use fyr_audit::LogEnd;
use fyr_store::{
    StoreError,
    backup::{KeptFile, Vault},
};
use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, macros::format_description};

/// Version of the list. Raised when an older Fyr would put something back wrong.
pub(super) const FORMAT: u32 = 1;

/// What one backup consists of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backup {
    /// Version of this list.
    pub format: u32,
    /// Its id: when it was begun, so that ids sort by age.
    pub id: String,
    /// When its list was written, RFC 3339, UTC.
    pub taken: String,
    /// Version of Fyr.
    pub fyr: String,
    /// Id of the node.
    pub node: String,
    /// The data.
    pub store: StoreBackup,
    /// What the node remembers beside them; none where it never remembered anything.
    pub state: Option<StateBackup>,
    /// The log of decisions; none where there was none.
    pub audit: Option<AuditBackup>,
    /// The log of the owner's own questions; none where there was none.
    pub owner_audit: Option<AuditBackup>,
}

/// The data of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreBackup {
    /// Id of the store; none where it never had a state.
    pub id: Option<String>,
    /// The version that was copied; none where nothing was ever loaded.
    pub version: Option<u64>,
    /// Files by their paths in the store's directory.
    pub files: Vec<KeptFile>,
}

/// The state of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateBackup {
    /// Its id.
    pub id: String,
    /// The version that was copied.
    pub version: u64,
    /// The database; none where it is backed up in another way.
    pub database: Option<KeptFile>,
    /// The secret that belongs to it; none where it is backed up in another way.
    pub key: Option<KeptFile>,
}

/// The audit log of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditBackup {
    /// A record that the log has: with which it was known to have ended shortly before.
    pub end: Option<LogEnd>,
    /// Files by what their names have in the place of the log's own extension; its key among them.
    pub files: Vec<KeptFile>,
}

impl Backup {
    /// Returns all its files.
    pub fn files(&self) -> impl Iterator<Item = &KeptFile> {
        let state = self.state.iter().flat_map(|state| state.database.iter().chain(&state.key));
        let audit = self.audit.iter().chain(&self.owner_audit).flat_map(|audit| &audit.files);
        self.store.files.iter().chain(state).chain(audit)
    }

    /// Reads the list of a backup.
    pub(super) async fn read(vault: &Vault, id: &str) -> Result<Self, StoreError> {
        let backup: Self = vault.backup(id).await?;
        match backup.format {
            FORMAT => Ok(backup),
            found => Err(StoreError::Format { expected: FORMAT, found }),
        }
    }
}

/// Names a backup that is begun now.
pub(super) fn id_of(now: OffsetDateTime) -> String {
    let format = format_description!("[year][month][day]T[hour][minute][second].[subsecond digits:3]Z");
    now.to_offset(time::UtcOffset::UTC).format(format).unwrap_or_default()
}
