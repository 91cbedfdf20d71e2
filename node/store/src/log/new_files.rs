//! Files that are put and not yet listed.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use futures::executor::block_on;
use tempfile::TempDir;

use super::{layout::FileRecord, place::StorePlace};
use crate::{
    StoreError,
    blobs::{BlobName, Put},
};

/// Files of a segment that nothing lists yet. Dropped before they are kept, they are deleted.
#[derive(Debug)]
pub(crate) struct NewFiles {
    place: StorePlace,
    /// Where files are until they are complete.
    scratch: TempDir,
    records: Vec<FileRecord>,
    kept: bool,
    /// Whether files wait until all are put.
    waiting: bool,
}

impl NewFiles {
    /// Starts an empty list.
    pub(crate) fn new(place: &StorePlace) -> Result<Self, StoreError> {
        let scratch = place.blobs().scratch()?;
        Ok(Self { place: place.clone(), scratch, records: Vec::new(), kept: false, waiting: false })
    }

    /// Starts an empty list for one who has no claim yet: files wait until [`NewFiles::put_all`].
    pub(crate) fn waiting(place: &StorePlace) -> Result<Self, StoreError> {
        let mut files = Self::new(place)?;
        files.waiting = true;
        Ok(files)
    }

    /// Returns where files are until they are complete.
    pub(crate) fn directory(&self) -> &Path {
        self.scratch.path()
    }

    /// Puts the files that wait into their places, and from now on each as it comes. The caller holds the claim.
    pub(crate) fn put_all(&mut self) -> Result<(), StoreError> {
        self.waiting = false;
        for (number, record) in std::mem::take(&mut self.records).into_iter().enumerate() {
            let (from, rows) = (self.scratch.path().join((number + 1).to_string()), record.rows);
            self.adopt(record, &from, rows)?;
        }
        Ok(())
    }

    /// Returns the files.
    pub(crate) fn records(&self) -> &[FileRecord] {
        &self.records
    }

    /// Leaves the files where they are from now on.
    pub(crate) fn keep(&mut self) {
        self.kept = true;
    }

    /// Creates a file, which [`NewFiles::close`] puts into its place.
    pub(crate) fn create(&mut self, record: FileRecord) -> Result<File, StoreError> {
        let context = format!("staging `{}`", record.path);
        self.records.push(record);
        File::create_new(self.staged()).map_err(StoreError::io(context))
    }

    /// Puts the file created last into its place, whole and durable, and notes its size.
    pub(crate) fn close(&mut self, file: File, rows: u64) -> Result<(), StoreError> {
        drop(file);
        self.put(&self.staged(), rows)
    }

    /// Puts a complete file into its place, durably, and notes its size.
    pub(crate) fn adopt(&mut self, record: FileRecord, from: &Path, rows: u64) -> Result<(), StoreError> {
        self.records.push(record);
        self.put(from, rows)
    }

    /// Returns where the file created last is.
    fn staged(&self) -> PathBuf {
        self.scratch.path().join(self.records.len().to_string())
    }

    fn put(&mut self, from: &Path, rows: u64) -> Result<(), StoreError> {
        let bytes = std::fs::metadata(from).map_err(StoreError::io("writing a table"))?.len();
        let Some(record) = self.records.last_mut() else { return Ok(()) };
        (record.rows, record.bytes) = (rows, bytes);
        if self.waiting {
            return Ok(());
        }
        let name = BlobName::new(record.path.as_str())?;
        match block_on(self.place.blobs().put_file_if_absent(&name, from))? {
            Put::Done(_) => Ok(()),
            Put::Lost => {
                // It is somebody else's.
                self.records.pop();
                let source = std::io::ErrorKind::AlreadyExists.into();
                Err(StoreError::Io { context: format!("creating `{name}`"), source })
            }
        }
    }

    /// Deletes the files. What waits has no name yet: another may have given it to a file of theirs.
    pub(crate) fn delete(&mut self) {
        if self.waiting {
            return;
        }
        for record in std::mem::take(&mut self.records) {
            // What cannot be deleted now is deleted by the next writer.
            let _ = BlobName::new(record.path).map(|name| block_on(self.place.blobs().delete(&name)));
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
