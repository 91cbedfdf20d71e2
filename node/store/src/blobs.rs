//! Named bytes: the little that a store needs of the place where it lies.
//!
//! Two ways of putting decide who was first, and whatever must be certain rests on them: of several who put at once, one
//! does. A listing may lag behind what was put and deleted, as those of object storage may, and is never more than a
//! hint. A claim spares those who would be late their work.

mod claim;
mod local;
mod name;
mod object;
#[cfg(test)]
mod test_faulty;
#[cfg(test)]
mod test_stale;
#[cfg(test)]
mod test_suite;

use std::{
    fmt,
    fs::File,
    io::{self, Cursor, Read, Seek},
    ops::Range,
    path::Path,
};

use async_trait::async_trait;
use bytes::Bytes;
use tempfile::TempDir;

use crate::StoreError;
pub use claim::Claim;
pub use local::LocalBlobs;
pub(crate) use local::map;
pub use name::BlobName;
pub use object::ObjectBlobs;
#[cfg(test)]
pub(crate) use test_faulty::Faulty;
#[cfg(test)]
pub(crate) use test_stale::Stale;

/// A place where bytes lie under names.
#[async_trait]
pub trait Blobs: fmt::Debug + Send + Sync {
    /// Puts bytes under a name that nothing has, durably and as a whole.
    ///
    /// # Errors
    ///
    /// Writing failed.
    async fn put_if_absent(&self, name: &BlobName, bytes: Bytes) -> Result<Put, StoreError>;

    /// Puts a file of [`Blobs::scratch`] under a name that nothing has, durably and as a whole: how bytes are put that
    /// are too many for memory. Where it lies already where it is to be, nothing is copied. The file may be gone then.
    ///
    /// # Errors
    ///
    /// Writing failed.
    async fn put_file_if_absent(&self, name: &BlobName, file: &Path) -> Result<Put, StoreError> {
        let bytes = map(file).map_err(|error| failure("reading a file for", name, error))?;
        self.put_if_absent(name, bytes).await
    }

    /// Makes a directory of this machine for files that are to be put, and for what is needed on the way. It is deleted
    /// when dropped.
    ///
    /// # Errors
    ///
    /// There is no room.
    fn scratch(&self) -> Result<TempDir, StoreError> {
        tempfile::tempdir().map_err(StoreError::io("making a directory for what is to be put"))
    }

    /// Takes the right to be the only one who changes the place; it is given back when dropped, and taken from who dies.
    ///
    /// # Errors
    ///
    /// Another has it, which is [`StoreError::Locked`], or it cannot be taken.
    async fn claim(&self) -> Result<Claim, StoreError>;

    /// Like [`Blobs::claim`], for files in a directory of [`Blobs::scratch`] that were made without the right: they stay.
    /// Another who claimed the place since they were begun may have deleted them.
    ///
    /// # Errors
    ///
    /// As there.
    async fn claim_for(&self, _files: &Path) -> Result<Claim, StoreError> {
        self.claim().await
    }

    /// Puts bytes in the place of those that somebody knows, durably and as a whole.
    ///
    /// # Errors
    ///
    /// Writing failed.
    async fn put_if_unchanged(
        &self,
        name: &BlobName,
        bytes: Bytes,
        known: &BlobVersion,
    ) -> Result<Put, StoreError>;

    /// Reads bytes with their version; none where there are none. They may be mapped: they stay readable, as they were,
    /// when they are replaced or deleted, and nothing is copied.
    ///
    /// # Errors
    ///
    /// Reading failed.
    async fn read(&self, name: &BlobName) -> Result<Option<(Bytes, BlobVersion)>, StoreError>;

    /// Opens bytes to be read once, from their beginning; none where there are none. Opened, they stay readable as they
    /// were. Better than [`Blobs::read`] for whoever copies much.
    ///
    /// # Errors
    ///
    /// Opening failed.
    async fn open(&self, name: &BlobName) -> Result<Option<OpenBlob>, StoreError> {
        let read = self.read(name).await?;
        Ok(read.map(|(bytes, version)| OpenBlob {
            length: bytes.len() as u64,
            bytes: Box::new(Cursor::new(bytes)),
            version,
        }))
    }

    /// Reads a part.
    ///
    /// # Errors
    ///
    /// Reading failed, there is nothing of that name, or it is shorter.
    async fn read_range(&self, name: &BlobName, range: Range<u64>) -> Result<Bytes, StoreError>;

    /// Lists the names below another, in order. May lag behind.
    ///
    /// # Errors
    ///
    /// Listing failed.
    async fn list(&self, below: &BlobName) -> Result<Vec<BlobName>, StoreError>;

    /// Deletes, durably, what is there.
    ///
    /// # Errors
    ///
    /// Deleting failed.
    async fn delete(&self, name: &BlobName) -> Result<(), StoreError>;
}

/// What became of a put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Put {
    /// It was put, and is this version.
    Done(BlobVersion),
    /// Somebody else was faster: nothing was put.
    Lost,
}

/// Which of the bytes that a name had over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobVersion {
    e_tag: Option<String>,
    version: Option<String>,
}

impl BlobVersion {
    /// Returns a text that other bytes of the same name do not have.
    pub fn tag(&self) -> String {
        [&self.e_tag, &self.version]
            .map(|part| part.as_deref().unwrap_or_default())
            .join(" ")
            .trim()
            .to_owned()
    }
}

/// Bytes that are open.
pub struct OpenBlob {
    /// What is left to be read.
    pub bytes: Box<dyn Read + Send>,
    /// How many there are.
    pub length: u64,
    /// Which they are.
    pub version: BlobVersion,
}

impl OpenBlob {
    /// Opens some bytes of a file of this machine, from its beginning.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn of_file(mut file: File, length: u64) -> io::Result<Self> {
        let version = local::version(&file.metadata()?);
        file.rewind()?;
        Ok(Self { bytes: Box::new(file.take(length)), length, version })
    }
}

impl fmt::Debug for OpenBlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenBlob").field("length", &self.length).finish_non_exhaustive()
    }
}

/// Returns an error that names bytes.
fn failure(what: &str, name: &BlobName, source: std::io::Error) -> StoreError {
    StoreError::Io { context: format!("{what} `{name}`"), source }
}

/// Says that there is nothing to read.
pub(crate) fn missing(name: &BlobName) -> StoreError {
    failure("reading", name, std::io::ErrorKind::NotFound.into())
}

/// Says that there is less to read.
fn too_short(name: &BlobName) -> StoreError {
    failure("reading", name, std::io::ErrorKind::UnexpectedEof.into())
}
