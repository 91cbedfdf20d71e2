//! The files of Delta's logs as the crate `deltalake-core` reads and writes them: [`Blobs`] by the trait of the crate
//! `object_store`.
//!
//! Delta believes what a listing says, so that of a log is made whole here, whatever the place lists.

use std::{fmt, ops::Range, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream::BoxStream};
use object_store::{
    CopyOptions, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, UploadPart, path::Path,
};

use super::versions::{files_after, is_log};
use crate::{
    StoreError,
    blobs::{BlobName, Blobs, Put},
};

/// What Delta's errors call a place.
const NAME: &str = "the store";

/// The place of a store, as Delta sees it.
#[derive(Clone, Debug)]
pub(super) struct DeltaFiles(Arc<dyn Blobs>);

impl DeltaFiles {
    pub(super) fn new(blobs: Arc<dyn Blobs>) -> Self {
        Self(blobs)
    }

    async fn put(&self, name: &BlobName, bytes: Bytes, mode: &PutMode) -> object_store::Result<()> {
        match mode {
            PutMode::Create => match self.0.put_if_absent(name, bytes).await.map_err(failed)? {
                Put::Done(_) => Ok(()),
                Put::Lost => Err(exists(name)),
            },
            PutMode::Overwrite => self.overwrite(name, bytes).await,
            PutMode::Update(_) => Err(not_needed("put_opts of a version")),
        }
    }

    /// Puts bytes, whatever is there; as often as it takes until nobody else was faster.
    async fn overwrite(&self, name: &BlobName, bytes: Bytes) -> object_store::Result<()> {
        loop {
            let put = match self.0.read(name).await.map_err(failed)? {
                Some((_, known)) => self.0.put_if_unchanged(name, bytes.clone(), &known).await,
                None => self.0.put_if_absent(name, bytes.clone()).await,
            };
            if put.map_err(failed)? != Put::Lost {
                return Ok(());
            }
        }
    }

    async fn read(&self, location: &Path) -> object_store::Result<(Bytes, ObjectMeta)> {
        let found = self.0.read(&name_of(location)?).await.map_err(failed)?;
        let (bytes, _) = found.ok_or_else(|| absent(location))?;
        let size = bytes.len() as u64;
        // Times decide nothing here: no log is ever cleared by its age.
        let last_modified = Default::default();
        Ok((
            bytes,
            ObjectMeta { location: location.clone(), last_modified, size, e_tag: None, version: None },
        ))
    }

    /// Lists what is there, below a name and after another.
    async fn listed(&self, below: &Path, after: &str) -> object_store::Result<Vec<ObjectMeta>> {
        let below = name_of(below)?;
        let names = match is_log(&below) {
            true => files_after(self.0.as_ref(), &below, after).await.map_err(failed)?,
            false => self.0.list(&below).await.map_err(failed)?,
        };
        let mut listed = Vec::with_capacity(names.len());
        for name in names.iter().filter(|name| name.as_str() > after) {
            match self.read(&Path::from(name.as_str())).await {
                Err(object_store::Error::NotFound { .. }) => {}
                found => listed.push(found?.1),
            }
        }
        Ok(listed)
    }

    fn list_after(
        &self,
        below: Option<&Path>,
        after: String,
    ) -> BoxStream<'static, object_store::Result<ObjectMeta>> {
        let (files, below) = (self.clone(), below.cloned());
        let listing = async move {
            let below = below.ok_or_else(|| not_needed("list of everything"))?;
            let listed = files.listed(&below, &after).await?;
            Ok::<_, object_store::Error>(futures::stream::iter(listed.into_iter().map(Ok)))
        };
        futures::stream::once(listing).try_flatten().boxed()
    }
}

impl fmt::Display for DeltaFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NAME)
    }
}

fn name_of(location: &Path) -> object_store::Result<BlobName> {
    BlobName::new(location.as_ref()).map_err(failed)
}

fn failed(error: StoreError) -> object_store::Error {
    object_store::Error::Generic { store: NAME, source: Box::new(error) }
}

fn exists(name: &BlobName) -> object_store::Error {
    let source = std::io::Error::from(std::io::ErrorKind::AlreadyExists);
    object_store::Error::AlreadyExists { path: name.to_string(), source: Box::new(source) }
}

fn absent(location: &Path) -> object_store::Error {
    let source = std::io::Error::from(std::io::ErrorKind::NotFound);
    object_store::Error::NotFound { path: location.to_string(), source: Box::new(source) }
}

fn not_needed(operation: &str) -> object_store::Error {
    object_store::Error::NotImplemented { operation: operation.to_owned(), implementer: NAME.to_owned() }
}

#[async_trait]
impl ObjectStore for DeltaFiles {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> object_store::Result<PutResult> {
        self.put(&name_of(location)?, payload.into(), &options.mode).await?;
        Ok(PutResult { e_tag: None, version: None })
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        _: PutMultipartOptions,
    ) -> object_store::Result<Box<dyn MultipartUpload>> {
        Ok(Box::new(Collected { files: self.clone(), name: name_of(location)?, parts: Vec::new() }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> object_store::Result<GetResult> {
        let (bytes, meta) = self.read(location).await?;
        options.check_preconditions(&meta)?;
        let range = match &options.range {
            Some(range) => range
                .as_range(meta.size)
                .map_err(|error| object_store::Error::Generic { store: NAME, source: Box::new(error) })?,
            None => 0..meta.size,
        };
        let part = futures::stream::iter([Ok(part(&bytes, &range))]).boxed();
        Ok(GetResult { payload: GetResultPayload::Stream(part), meta, range, attributes: Default::default() })
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, object_store::Result<Path>>,
    ) -> BoxStream<'static, object_store::Result<Path>> {
        let files = self.clone();
        let delete = move |location: object_store::Result<Path>| {
            let files = files.clone();
            async move {
                let location = location?;
                files.0.delete(&name_of(&location)?).await.map_err(failed)?;
                Ok(location)
            }
        };
        locations.then(delete).boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, object_store::Result<ObjectMeta>> {
        self.list_after(prefix, String::new())
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, object_store::Result<ObjectMeta>> {
        self.list_after(prefix, offset.to_string())
    }

    async fn list_with_delimiter(&self, _: Option<&Path>) -> object_store::Result<ListResult> {
        Err(not_needed("list_with_delimiter"))
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> object_store::Result<()> {
        Err(not_needed("copy_opts"))
    }
}

fn part(bytes: &Bytes, range: &Range<u64>) -> Bytes {
    let within = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
    bytes.slice(within(range.start)..within(range.end).max(within(range.start)))
}

/// Parts of a checkpoint that is written in several, put as one when all are there.
#[derive(Debug)]
struct Collected {
    files: DeltaFiles,
    name: BlobName,
    parts: Vec<PutPayload>,
}

#[async_trait]
impl MultipartUpload for Collected {
    fn put_part(&mut self, part: PutPayload) -> UploadPart {
        self.parts.push(part);
        Box::pin(futures::future::ready(Ok(())))
    }

    async fn complete(&mut self) -> object_store::Result<PutResult> {
        let all: PutPayload = self.parts.iter().flatten().cloned().collect();
        self.files.overwrite(&self.name, all.into()).await?;
        Ok(PutResult { e_tag: None, version: None })
    }

    async fn abort(&mut self) -> object_store::Result<()> {
        self.parts.clear();
        Ok(())
    }
}
