//! Where a log ended at some time, kept elsewhere: a log that does not have it any more was cut.

use std::{cmp::Ordering, path::Path};

use serde::{Deserialize, Serialize};

use super::AuditError;

/// The last record of a log at some time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEnd {
    /// Its number.
    pub sequence: u64,
    /// Its hash, in hexadecimal.
    pub hash: String,
}

impl LogEnd {
    /// Refuses a log whose end is before this, or has another hash. A record that is followed by others is looked at by
    /// [`super::verify_against`] only.
    pub(super) fn check(&self, path: &Path, found: &Self) -> Result<(), AuditError> {
        let path = path.to_owned();
        match found.sequence.cmp(&self.sequence) {
            Ordering::Less => Err(AuditError::Cut { path, known: self.sequence, found: found.sequence }),
            Ordering::Equal if found != self => Err(AuditError::Exchanged { path, sequence: self.sequence }),
            Ordering::Equal | Ordering::Greater => Ok(()),
        }
    }
}
