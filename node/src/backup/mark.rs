//! The file that says that a restore has not ended: from before the first byte until everything is in force.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Write},
    path::Path,
};

use serde::{Deserialize, Serialize};

use super::error::BackupError;
use crate::layout;

/// Where the state comes from. It is decided once: later, a state that the restore itself put there would look as if it
/// had survived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Source {
    /// The node never had one.
    Nowhere,
    /// It is where the configuration says, and not older than the backup's.
    InPlace,
    /// It survived somewhere else, and is copied to its place.
    Given,
    /// It is lost; the backup's is put in its place.
    Backup,
}

/// What is being restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mark {
    /// The backup.
    pub(super) backup: String,
    /// Where the state comes from.
    pub(super) state: Source,
}

impl Mark {
    /// Reads the mark of a restore that has not ended; none where there is none. One that is torn was written by somebody
    /// who died before anything else was.
    pub(super) fn read(store: &Path) -> Result<Option<Self>, BackupError> {
        let path = layout::restoring(store);
        match fs::read(&path) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(BackupError::io("read", path)(error)),
        }
    }

    /// Writes the mark, durably.
    pub(super) fn write(&self, store: &Path) -> Result<(), BackupError> {
        let path = layout::restoring(store);
        let write = || {
            let mut file = File::create(&path)?;
            serde_json::to_writer(&file, self)?;
            file.write_all(b"\n")?;
            file.sync_all()?;
            sync(store)
        };
        write().map_err(BackupError::io("write", &path))
    }

    /// Takes the mark away, durably: the store is whole.
    pub(super) fn remove(store: &Path) -> Result<(), BackupError> {
        let path = layout::restoring(store);
        fs::remove_file(&path).and_then(|()| sync(store)).map_err(BackupError::io("remove", path))
    }
}

pub(super) fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}
