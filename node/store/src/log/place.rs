//! Where a store lies.

use std::{path::Path, sync::Arc};

use bytes::Bytes;

use crate::{
    StoreError,
    blobs::{BlobName, Blobs, LocalBlobs},
};

/// Where a store lies. What is committed is read through [`Blobs`]; Delta's logs, and files while they are written, are
/// in a directory still.
#[derive(Clone, Debug)]
pub struct StorePlace {
    root: Arc<Path>,
    blobs: Arc<dyn Blobs>,
}

impl StorePlace {
    /// Names a directory.
    pub fn directory(root: impl Into<Arc<Path>>) -> Self {
        let root = root.into();
        Self { blobs: Arc::new(LocalBlobs::new(Arc::clone(&root))), root }
    }

    /// Returns the directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns what reads and puts there.
    pub fn blobs(&self) -> &dyn Blobs {
        self.blobs.as_ref()
    }

    /// Reads a committed file. Blocks.
    ///
    /// # Errors
    ///
    /// It is not there, which is an I/O error of that kind, or cannot be read.
    pub fn read(&self, path: &str) -> Result<Bytes, StoreError> {
        let name = BlobName::new(path)?;
        let read = futures::executor::block_on(self.blobs.read(&name))?;
        read.map(|(bytes, _)| bytes).ok_or_else(|| crate::blobs::missing(&name))
    }
}
