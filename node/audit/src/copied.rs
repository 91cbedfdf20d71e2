//! Up to which version the changes of the state stand in the log: a number in a file beside it.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use super::AuditError;

/// The version up to which changes are recorded.
#[derive(Debug)]
pub(super) struct Copied {
    path: PathBuf,
    version: AtomicU64,
}

impl Copied {
    /// Reads the number; zero where there is none yet, so that the whole history is recorded.
    pub(super) fn beside(log: &Path) -> Self {
        let path = log.with_extension("state");
        let text = fs::read_to_string(&path).unwrap_or_default();
        Self { version: AtomicU64::new(text.trim().parse().unwrap_or_default()), path }
    }

    pub(super) fn get(&self) -> u64 {
        self.version.load(Ordering::Relaxed)
    }

    /// Notes another version, so that a crash leaves the old number or the new one.
    pub(super) fn set(&self, version: u64) -> Result<(), AuditError> {
        self.version.store(version, Ordering::Relaxed);
        let new = self.path.with_extension("state.new");
        let context = AuditError::io("note what was recorded in", &self.path);
        let write = || {
            let mut file = fs::File::create(&new)?;
            writeln!(file, "{version}")?;
            file.sync_all()?;
            fs::rename(&new, &self.path)
        };
        write().map_err(context)
    }
}

/// Says up to which version changes of the state stand in a log that nobody writes to: of a state that is a copy of before,
/// later ones are still to be recorded.
///
/// # Errors
///
/// The number beside the log cannot be written.
pub fn set_copied(log: &Path, version: u64) -> Result<(), AuditError> {
    Copied::beside(log).set(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_survives() {
        let directory = tempfile::tempdir().unwrap();
        let log = directory.path().join("decisions.jsonl");
        assert_eq!(Copied::beside(&log).get(), 0);
        Copied::beside(&log).set(17).unwrap();
        assert_eq!(Copied::beside(&log).get(), 17);
        fs::write(directory.path().join("decisions.state"), "no number").unwrap();
        assert_eq!(Copied::beside(&log).get(), 0, "rather twice than not at all");
    }
}
