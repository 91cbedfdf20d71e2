//! Bytes in object storage, or in memory, by the trait of the crate `object_store`.

use std::{ops::Range, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use futures::TryStreamExt;
use object_store::{
    GetOptions, GetRange, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload, PutResult,
    UpdateVersion, memory::InMemory, path::Path,
};

use tokio::sync::Mutex;

use super::{BlobName, BlobVersion, Blobs, Claim, Put, failure, missing, too_short};
use crate::StoreError;

/// A bucket, or memory. Who claims it is known among clones only: what several processes change needs a lease of its own,
/// put if unchanged, which nothing needs yet.
#[derive(Clone, Debug)]
pub struct ObjectBlobs {
    store: Arc<dyn ObjectStore>,
    claim: Arc<Mutex<()>>,
}

impl ObjectBlobs {
    /// Uses what the crate `object_store` has opened. It must be able to put conditionally.
    pub fn new(store: Arc<dyn ObjectStore>) -> Self {
        Self { store, claim: Arc::default() }
    }

    /// Starts with an empty place in memory. Clones share it.
    pub fn in_memory() -> Self {
        Self::new(Arc::new(InMemory::new()))
    }

    async fn put(&self, name: &BlobName, bytes: Bytes, mode: PutMode) -> Result<Put, StoreError> {
        let put = self.store.put_opts(&path(name), PutPayload::from(bytes), PutOptions::from(mode)).await;
        match put {
            Ok(PutResult { e_tag, version, .. }) => Ok(Put::Done(BlobVersion { e_tag, version })),
            Err(
                object_store::Error::AlreadyExists { .. }
                | object_store::Error::Precondition { .. }
                | object_store::Error::NotFound { .. },
            ) => Ok(Put::Lost),
            Err(error) => Err(failed("writing", name, error)),
        }
    }

    async fn get(
        &self,
        name: &BlobName,
        range: Option<Range<u64>>,
    ) -> Result<Option<(Bytes, BlobVersion)>, StoreError> {
        let options = GetOptions { range: range.map(GetRange::Bounded), ..GetOptions::default() };
        let got = match self.store.get_opts(&path(name), options).await {
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            got => got.map_err(|error| failed("reading", name, error))?,
        };
        let version = BlobVersion { e_tag: got.meta.e_tag.clone(), version: got.meta.version.clone() };
        let bytes = got.bytes().await.map_err(|error| failed("reading", name, error))?;
        Ok(Some((bytes, version)))
    }
}

fn path(name: &BlobName) -> Path {
    // A name is a path already: nothing is to be escaped.
    Path::parse(name.as_str()).unwrap_or_else(|_| Path::from(name.as_str()))
}

fn failed(what: &str, name: &BlobName, error: object_store::Error) -> StoreError {
    failure(what, name, std::io::Error::other(error))
}

#[async_trait]
impl Blobs for ObjectBlobs {
    async fn put_if_absent(&self, name: &BlobName, bytes: Bytes) -> Result<Put, StoreError> {
        self.put(name, bytes, PutMode::Create).await
    }

    async fn claim(&self) -> Result<Claim, StoreError> {
        let held = Arc::clone(&self.claim).try_lock_owned();
        held.map(Claim::of).map_err(|_| StoreError::Locked(self.store.to_string()))
    }

    async fn put_if_unchanged(
        &self,
        name: &BlobName,
        bytes: Bytes,
        known: &BlobVersion,
    ) -> Result<Put, StoreError> {
        let BlobVersion { e_tag, version } = known.clone();
        self.put(name, bytes, PutMode::Update(UpdateVersion { e_tag, version })).await
    }

    async fn read(&self, name: &BlobName) -> Result<Option<(Bytes, BlobVersion)>, StoreError> {
        self.get(name, None).await
    }

    async fn read_range(&self, name: &BlobName, range: Range<u64>) -> Result<Bytes, StoreError> {
        let length = range.end.checked_sub(range.start).ok_or_else(|| too_short(name))?;
        // Nothing is a range that object storage does not know.
        if length == 0 {
            let (bytes, _) = self.read(name).await?.ok_or_else(|| missing(name))?;
            return if range.end <= bytes.len() as u64 { Ok(Bytes::new()) } else { Err(too_short(name)) };
        }
        let (bytes, _) = self.get(name, Some(range)).await?.ok_or_else(|| missing(name))?;
        if bytes.len() as u64 == length { Ok(bytes) } else { Err(too_short(name)) }
    }

    async fn list(&self, below: &BlobName) -> Result<Vec<BlobName>, StoreError> {
        let listed: Vec<_> = self
            .store
            .list(Some(&path(below)))
            .try_collect()
            .await
            .map_err(|error| failed("listing", below, error))?;
        let names = listed.into_iter().filter_map(|object| BlobName::new(object.location.as_ref()).ok());
        let mut names: Vec<_> = names.filter(|name| name.is_below(below)).collect();
        names.sort_unstable();
        Ok(names)
    }

    async fn delete(&self, name: &BlobName) -> Result<(), StoreError> {
        match self.store.delete(&path(name)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed("deleting", name, error)),
        }
    }
}
