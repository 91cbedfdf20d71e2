//! A place in which nothing changes any more after so many changes, as for a process that was killed.

use std::{
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use bytes::Bytes;

use super::{BlobName, BlobVersion, Blobs, Claim, Put, failure};
use crate::StoreError;

/// Puts and deletes so many times, then fails.
#[derive(Clone, Debug)]
pub(crate) struct Faulty<B> {
    inner: B,
    left: Arc<AtomicUsize>,
}

impl<B> Faulty<B> {
    pub(crate) fn after(changes: usize, inner: B) -> Self {
        Self { inner, left: Arc::new(AtomicUsize::new(changes)) }
    }

    fn change(&self, name: &BlobName) -> Result<(), StoreError> {
        let one_less = |left: usize| left.checked_sub(1);
        let changed = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less);
        changed.map(drop).map_err(|_| failure("changing", name, std::io::ErrorKind::StorageFull.into()))
    }
}

#[async_trait]
impl<B: Blobs> Blobs for Faulty<B> {
    async fn put_if_absent(&self, name: &BlobName, bytes: Bytes) -> Result<Put, StoreError> {
        self.change(name)?;
        self.inner.put_if_absent(name, bytes).await
    }

    async fn claim(&self) -> Result<Claim, StoreError> {
        self.inner.claim().await
    }

    async fn put_if_unchanged(
        &self,
        name: &BlobName,
        bytes: Bytes,
        known: &BlobVersion,
    ) -> Result<Put, StoreError> {
        self.change(name)?;
        self.inner.put_if_unchanged(name, bytes, known).await
    }

    async fn read(&self, name: &BlobName) -> Result<Option<(Bytes, BlobVersion)>, StoreError> {
        self.inner.read(name).await
    }

    async fn read_range(&self, name: &BlobName, range: Range<u64>) -> Result<Bytes, StoreError> {
        self.inner.read_range(name, range).await
    }

    async fn list(&self, below: &BlobName) -> Result<Vec<BlobName>, StoreError> {
        self.inner.list(below).await
    }

    async fn delete(&self, name: &BlobName) -> Result<(), StoreError> {
        self.change(name)?;
        self.inner.delete(name).await
    }
}
