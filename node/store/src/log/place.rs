//! Where a store lies.

use std::{path::Path, sync::Arc};

use bytes::Bytes;

use crate::{
    StoreError,
    blobs::{BlobName, Blobs, LocalBlobs, ObjectBlobs, missing},
};

/// Where a store lies: all that is read and written of it goes through [`Blobs`].
#[derive(Clone, Debug)]
pub struct StorePlace {
    blobs: Arc<dyn Blobs>,
}

impl StorePlace {
    /// Returns the directory that an address names: a path, before which `file://` may stand. No other URL names one.
    pub fn directory_of(address: &str) -> Option<&Path> {
        let path = address.strip_prefix("file://").unwrap_or(address);
        Some(Path::new(path)).filter(|_| !path.contains("://"))
    }

    /// Takes whatever holds bytes under names.
    pub fn new(blobs: impl Blobs + 'static) -> Self {
        Self { blobs: Arc::new(blobs) }
    }

    /// Names a directory.
    pub fn directory(root: impl Into<Arc<Path>>) -> Self {
        Self::new(LocalBlobs::new(root))
    }

    /// Starts with an empty place in memory, which clones share.
    pub fn in_memory() -> Self {
        Self::new(ObjectBlobs::in_memory())
    }

    /// Returns what reads and puts there.
    pub fn blobs(&self) -> &dyn Blobs {
        self.blobs.as_ref()
    }

    /// Returns what reads and puts there, for those who keep it.
    pub(crate) fn shared(&self) -> Arc<dyn Blobs> {
        Arc::clone(&self.blobs)
    }

    /// Reads a committed file. Blocks.
    ///
    /// # Errors
    ///
    /// It is not there, which is an I/O error of that kind, or cannot be read.
    pub fn read(&self, path: &str) -> Result<Bytes, StoreError> {
        let name = BlobName::new(path)?;
        let read = futures::executor::block_on(self.blobs.read(&name))?;
        read.map(|(bytes, _)| bytes).ok_or_else(|| missing(&name))
    }
}
