//! A place whose listings lag behind, as those of object storage may.

use std::{
    collections::HashMap,
    ops::Range,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use bytes::Bytes;

use super::{BlobName, BlobVersion, Blobs, Claim, Put};
use crate::StoreError;

/// Lists what was there when it was asked the last time; at first nothing.
#[derive(Clone, Debug)]
pub(crate) struct Stale<B> {
    inner: B,
    listed: Arc<Mutex<HashMap<BlobName, Vec<BlobName>>>>,
}

impl<B> Stale<B> {
    pub(crate) fn new(inner: B) -> Self {
        Self { inner, listed: Arc::default() }
    }
}

#[async_trait]
impl<B: Blobs> Blobs for Stale<B> {
    async fn put_if_absent(&self, name: &BlobName, bytes: Bytes) -> Result<Put, StoreError> {
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
        self.inner.put_if_unchanged(name, bytes, known).await
    }

    async fn read(&self, name: &BlobName) -> Result<Option<(Bytes, BlobVersion)>, StoreError> {
        self.inner.read(name).await
    }

    async fn read_range(&self, name: &BlobName, range: Range<u64>) -> Result<Bytes, StoreError> {
        self.inner.read_range(name, range).await
    }

    async fn list(&self, below: &BlobName) -> Result<Vec<BlobName>, StoreError> {
        let now = self.inner.list(below).await?;
        Ok(self.listed.lock().unwrap().insert(below.clone(), now).unwrap_or_default())
    }

    async fn delete(&self, name: &BlobName) -> Result<(), StoreError> {
        self.inner.delete(name).await
    }
}
