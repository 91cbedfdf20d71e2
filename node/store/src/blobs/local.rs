//! Bytes in files of a directory, mapped where they are read.

use std::{
    fs::{File, Metadata, TryLockError},
    io::{ErrorKind, Write},
    ops::Range,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use bytes::Bytes;
use memmap2::{Advice, Mmap};
use tempfile::{NamedTempFile, TempDir, TempPath};

use super::{BlobName, BlobVersion, Blobs, Claim, OpenBlob, Put, failure, missing, too_short};
use crate::{StoreError, blocking};

/// The file that is locked while one version takes the place of another.
const REPLACING: &str = ".blobs.lock";
/// The file that whoever changes the place holds locked. The operating system takes it from a process that dies.
const CLAIM: &str = ".lock";
/// Where files lie that are to be put.
const SCRATCH: &str = ".staging";
/// What the names of files begin with that are not complete. No [`BlobName`] does.
const INCOMPLETE: &str = ".put-";

/// A directory. Several processes may put at once.
#[derive(Clone, Debug)]
pub struct LocalBlobs {
    root: Arc<Path>,
}

impl LocalBlobs {
    /// Names the directory; it is made when something is put.
    pub fn new(root: impl Into<Arc<Path>>) -> Self {
        Self { root: root.into() }
    }

    fn path(&self, name: &BlobName) -> PathBuf {
        self.root.join(name.as_str())
    }

    /// Returns the names in the directory itself that this place did not make for its own ends.
    ///
    /// # Errors
    ///
    /// It cannot be listed.
    pub fn top_names(&self) -> Result<Vec<String>, StoreError> {
        let context = || format!("listing `{}`", self.root.display());
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.root).map_err(StoreError::io(context()))? {
            let name = entry.map_err(StoreError::io(context()))?.file_name();
            names.push(name.to_string_lossy().into_owned());
        }
        names.retain(|name| ![REPLACING, CLAIM, SCRATCH].contains(&name.as_str()));
        Ok(names)
    }

    /// Returns where bytes are to be, in a directory that is there, durably.
    fn made_room(&self, name: &BlobName) -> std::io::Result<PathBuf> {
        let path = self.path(name);
        let directory = path.parent().unwrap_or(&self.root);
        if !directory.is_dir() {
            std::fs::create_dir_all(directory)?;
            for above in directory.ancestors().skip(1).take_while(|above| above.starts_with(&self.root)) {
                File::open(above)?.sync_all()?;
            }
        }
        Ok(path)
    }

    /// Writes bytes to a file that has no name yet, durably.
    fn written(&self, name: &BlobName, bytes: &Bytes) -> std::io::Result<NamedTempFile> {
        let path = self.made_room(name)?;
        let directory = path.parent().unwrap_or(&self.root);
        let mut file = tempfile::Builder::new().prefix(INCOMPLETE).tempfile_in(directory)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        Ok(file)
    }

    fn put_new_file(&self, name: &BlobName, from: &Path) -> std::io::Result<Put> {
        let path = self.made_room(name)?;
        let file = File::open(from)?;
        file.sync_all()?;
        match TempPath::try_from_path(from)?.persist_noclobber(&path) {
            Ok(()) => done(&file, &path),
            Err(error) if error.error.kind() == ErrorKind::AlreadyExists => Ok(Put::Lost),
            Err(error) => Err(error.error),
        }
    }

    fn take_claim(&self, kept: Option<&Path>) -> Result<Claim, StoreError> {
        let fault = |error| StoreError::io(format!("claiming `{}`", self.root.display()))(error);
        std::fs::create_dir_all(&self.root).map_err(fault)?;
        let file = File::options().create(true).truncate(false).write(true).open(self.root.join(CLAIM));
        let file = file.map_err(fault)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StoreError::Locked(self.root.display().to_string())),
            Err(TryLockError::Error(error)) => return Err(fault(error)),
        }
        // Of those who died: nobody else is putting now.
        match self.clear_scratch(kept) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(fault(error)),
            _ => Ok(Claim::of(file)),
        }
    }

    /// Deletes what was to be put, except for one directory.
    fn clear_scratch(&self, kept: Option<&Path>) -> std::io::Result<()> {
        let all = self.root.join(SCRATCH);
        let Some(kept) = kept else { return std::fs::remove_dir_all(all) };
        for directory in std::fs::read_dir(all)? {
            let directory = directory?;
            if Some(directory.file_name().as_os_str()) != kept.file_name() {
                std::fs::remove_dir_all(directory.path())?;
            }
        }
        Ok(())
    }

    fn put_new(&self, name: &BlobName, bytes: &Bytes) -> std::io::Result<Put> {
        let path = self.path(name);
        match self.written(name, bytes)?.persist_noclobber(&path) {
            Ok(file) => done(&file, &path),
            Err(error) if error.error.kind() == ErrorKind::AlreadyExists => Ok(Put::Lost),
            Err(error) => Err(error.error),
        }
    }

    fn replace(&self, name: &BlobName, bytes: &Bytes, known: &BlobVersion) -> std::io::Result<Put> {
        let path = self.path(name);
        let file = self.written(name, bytes)?;
        // Given back when it is closed.
        let lock =
            File::options().create(true).truncate(false).write(true).open(self.root.join(REPLACING))?;
        lock.lock()?;
        match std::fs::metadata(&path) {
            Ok(metadata) if version(&metadata) == *known => done(&file.persist(&path)?, &path),
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(Put::Lost),
        }
    }

    fn list_below(&self, below: &BlobName) -> std::io::Result<Vec<BlobName>> {
        let (mut found, mut open) = (Vec::new(), vec![below.clone()]);
        while let Some(directory) = open.pop() {
            let entries = match std::fs::read_dir(self.path(&directory)) {
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                entries => entries?,
            };
            for entry in entries {
                let entry = entry?;
                let name = format!("{directory}/{}", entry.file_name().to_string_lossy());
                // What is no name is not of those who put here.
                let Ok(name) = BlobName::new(name) else { continue };
                if entry.file_type()?.is_dir() { open.push(name) } else { found.push(name) }
            }
        }
        found.sort_unstable();
        Ok(found)
    }

    fn remove(&self, name: &BlobName) -> std::io::Result<()> {
        let path = self.path(name);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
            Ok(()) => self.sync_after_removal(&path),
        }
    }

    /// Makes a removal durable, and removes the directories that became empty by it.
    fn sync_after_removal(&self, path: &Path) -> std::io::Result<()> {
        for directory in path.ancestors().skip(1).take_while(|above| above.starts_with(&self.root)) {
            // Fails, as it should, where something is left.
            if directory == self.root.as_ref() || std::fs::remove_dir(directory).is_err() {
                return File::open(directory)?.sync_all();
            }
        }
        Ok(())
    }

    fn opened(&self, name: &BlobName) -> std::io::Result<Option<OpenBlob>> {
        match File::open(self.path(name)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            file => {
                let file = file?;
                let metadata = file.metadata()?;
                let (length, version) = (metadata.len(), version(&metadata));
                Ok(Some(OpenBlob { bytes: Box::new(file), length, version }))
            }
        }
    }

    fn mapped(&self, name: &BlobName) -> std::io::Result<Option<(Bytes, BlobVersion)>> {
        match File::open(self.path(name)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            file => {
                let file = file?;
                Ok(Some((map_file(&file)?, version(&file.metadata()?))))
            }
        }
    }
}

fn done(file: &File, path: &Path) -> std::io::Result<Put> {
    sync_parent(path)?;
    Ok(Put::Done(version(&file.metadata()?)))
}

fn sync_parent(path: &Path) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), |directory| File::open(directory)?.sync_all())
}

/// A file that takes the place of another is another file, written later.
pub(super) fn version(metadata: &Metadata) -> BlobVersion {
    let time = (metadata.mtime(), metadata.mtime_nsec());
    BlobVersion {
        e_tag: Some(format!("{}-{}.{}-{}", metadata.ino(), time.0, time.1, metadata.size())),
        version: None,
    }
}

#[async_trait]
impl Blobs for LocalBlobs {
    async fn put_if_absent(&self, name: &BlobName, bytes: Bytes) -> Result<Put, StoreError> {
        let (blobs, of) = (self.clone(), name.clone());
        let put = blocking("putting bytes", move || blobs.put_new(&of, &bytes)).await?;
        put.map_err(|error| failure("writing", name, error))
    }

    async fn put_file_if_absent(&self, name: &BlobName, file: &Path) -> Result<Put, StoreError> {
        let (blobs, of, file) = (self.clone(), name.clone(), file.to_owned());
        let put = blocking("putting a file", move || blobs.put_new_file(&of, &file)).await?;
        put.map_err(|error| failure("writing", name, error))
    }

    fn scratch(&self) -> Result<TempDir, StoreError> {
        let all = self.root.join(SCRATCH);
        let made = std::fs::create_dir_all(&all).and_then(|()| tempfile::tempdir_in(all));
        made.map_err(StoreError::io("creating the staging directory"))
    }

    async fn claim(&self) -> Result<Claim, StoreError> {
        let blobs = self.clone();
        blocking("claiming a place", move || blobs.take_claim(None)).await?
    }

    async fn claim_for(&self, files: &Path) -> Result<Claim, StoreError> {
        let (blobs, files) = (self.clone(), files.to_owned());
        blocking("claiming a place", move || blobs.take_claim(Some(&files))).await?
    }

    async fn put_if_unchanged(
        &self,
        name: &BlobName,
        bytes: Bytes,
        known: &BlobVersion,
    ) -> Result<Put, StoreError> {
        let (blobs, of, known) = (self.clone(), name.clone(), known.clone());
        let put = blocking("putting bytes", move || blobs.replace(&of, &bytes, &known)).await?;
        put.map_err(|error| failure("writing", name, error))
    }

    /// Maps the file, which takes no longer than to hand it to another thread.
    async fn read(&self, name: &BlobName) -> Result<Option<(Bytes, BlobVersion)>, StoreError> {
        self.mapped(name).map_err(|error| failure("reading", name, error))
    }

    async fn open(&self, name: &BlobName) -> Result<Option<OpenBlob>, StoreError> {
        self.opened(name).map_err(|error| failure("opening", name, error))
    }

    async fn read_range(&self, name: &BlobName, range: Range<u64>) -> Result<Bytes, StoreError> {
        let (bytes, _) = self.read(name).await?.ok_or_else(|| missing(name))?;
        let within = |at: u64| usize::try_from(at).ok().filter(|at| *at <= bytes.len());
        match (within(range.start), within(range.end)) {
            (Some(start), Some(end)) if start <= end => Ok(bytes.slice(start..end)),
            _ => Err(too_short(name)),
        }
    }

    async fn list(&self, below: &BlobName) -> Result<Vec<BlobName>, StoreError> {
        let (blobs, of) = (self.clone(), below.clone());
        let listed = blocking("listing", move || blobs.list_below(&of)).await?;
        listed.map_err(|error| failure("listing", below, error))
    }

    async fn delete(&self, name: &BlobName) -> Result<(), StoreError> {
        let (blobs, of) = (self.clone(), name.clone());
        let deleted = blocking("deleting", move || blobs.remove(&of)).await?;
        deleted.map_err(|error| failure("deleting", name, error))
    }
}

/// Maps a file that is never written again.
pub(crate) fn map(path: &Path) -> std::io::Result<Bytes> {
    map_file(&File::open(path)?)
}

#[expect(unsafe_code, reason = "mapping a file is only sound while nobody truncates it")]
fn map_file(file: &File) -> std::io::Result<Bytes> {
    if file.metadata()?.len() == 0 {
        return Ok(Bytes::new());
    }
    // SAFETY: files of a store are written once, before they have their names, and are only ever replaced or deleted
    // as a whole, which leaves existing maps valid.
    let map = unsafe { Mmap::map(file)? };
    // Lookups jump; without this, each would read ahead far more than the page that it needs.
    map.advise(Advice::Random)?;
    Ok(Bytes::from_owner(map))
}
