//! One writer at a time.

use std::{
    fs::{File, TryLockError},
    path::Path,
};

use super::layout;
use crate::StoreError;

/// The right to write to a store, given back when dropped. The operating system takes it from a
/// process that dies.
#[derive(Debug)]
pub(crate) struct StoreLock {
    _file: File,
}

impl StoreLock {
    /// Takes the lock of a store, or says that another has it.
    pub(crate) fn take(root: &Path) -> Result<Self, StoreError> {
        let path = layout::lock(root);
        let context = format!("opening `{}`", path.display());
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(StoreError::io(context.clone()))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Locked(root.display().to_string())),
            Err(TryLockError::Error(error)) => Err(StoreError::io(context)(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_writer_is_refused_until_the_first_ends() {
        let directory = tempfile::tempdir().unwrap();
        let first = StoreLock::take(directory.path()).unwrap();
        assert!(matches!(StoreLock::take(directory.path()), Err(StoreError::Locked(_))));
        drop(first);
        assert!(StoreLock::take(directory.path()).is_ok());
    }
}
