//! Files that are written and not yet listed.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use super::layout::{FileRecord, sync_directory};
use crate::StoreError;

/// Files of a segment that nothing lists yet. Dropped before they are kept, they are deleted.
#[derive(Debug, Default)]
pub(crate) struct NewFiles {
    root: PathBuf,
    records: Vec<FileRecord>,
    kept: bool,
}

impl NewFiles {
    /// Starts a list of files below the root of a store.
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), records: Vec::new(), kept: false }
    }

    /// Returns the files.
    pub(crate) fn records(&self) -> &[FileRecord] {
        &self.records
    }

    /// Leaves the files where they are from now on.
    pub(crate) fn keep(&mut self) {
        self.kept = true;
    }

    /// Creates a file; what is written to it is counted by [`NewFiles::close`].
    pub(crate) fn create(&mut self, record: FileRecord) -> Result<File, StoreError> {
        let path = self.add(record)?;
        File::create_new(&path).map_err(StoreError::io(format!("creating `{}`", path.display())))
    }

    /// Moves a complete file to its place, makes it durable and notes its size.
    pub(crate) fn adopt(&mut self, record: FileRecord, from: &Path, rows: u64) -> Result<(), StoreError> {
        let path = self.add(record)?;
        let moved = std::fs::rename(from, &path).and_then(|()| File::open(&path));
        self.close(moved.map_err(StoreError::io(format!("creating `{}`", path.display())))?, rows)
    }

    /// Lists a file that is to be, and makes its directory.
    fn add(&mut self, record: FileRecord) -> Result<PathBuf, StoreError> {
        let path = self.root.join(&record.path);
        self.records.push(record);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(StoreError::io("creating a table directory"))?;
        }
        Ok(path)
    }

    /// Makes the file created last durable and notes its size.
    pub(crate) fn close(&mut self, file: File, rows: u64) -> Result<(), StoreError> {
        let context = "writing a table";
        file.sync_all().map_err(StoreError::io(context))?;
        let bytes = file.metadata().map_err(StoreError::io(context))?.len();
        let Some(record) = self.records.last_mut() else { return Ok(()) };
        (record.rows, record.bytes) = (rows, bytes);
        match self.root.join(&record.path).parent() {
            Some(parent) => sync_directory(parent),
            None => Ok(()),
        }
    }

    /// Deletes the files.
    pub(crate) fn delete(&mut self) {
        for record in std::mem::take(&mut self.records) {
            // What cannot be deleted now is deleted by the next writer.
            let _ = std::fs::remove_file(self.root.join(&record.path));
        }
    }
}

impl Drop for NewFiles {
    fn drop(&mut self) {
        if !self.kept {
            self.delete();
        }
    }
}
