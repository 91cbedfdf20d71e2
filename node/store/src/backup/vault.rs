//! Where copies are kept: bytes under their hashes, and lists of what belongs together.
//!
//! ```text
//! objects/3f/3fa1…      bytes, under their SHA-256
//! backups/ID.json       what one backup has, sealed by its SHA-256; put last, so that it is whole or not there
//! ```

use std::{
    collections::HashSet,
    io::{self, Read},
    path::Path,
};

use bytes::Bytes;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use tempfile::TempDir;

use super::copied;
use crate::{
    StoreError,
    blobs::{BlobName, Claim, OpenBlob, Put},
    blocking,
    log::StorePlace,
};

const OBJECTS: &str = "objects";
const BACKUPS: &str = "backups";
const EXTENSION: &str = ".json";
/// Copies may hold keys: nobody else reads them.
const PRIVATE: u32 = 0o600;

/// A file as a backup has it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptFile {
    /// What it is called where it was copied from.
    pub path: String,
    /// SHA-256 of its bytes, in hexadecimal: what it is called where it is kept.
    pub sha256: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// What tells the file that was copied from another of its path; empty where nothing does.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tag: String,
}

impl KeptFile {
    /// Returns whether these are its bytes.
    ///
    /// # Errors
    ///
    /// They cannot be read.
    pub fn is(&self, bytes: &mut dyn Read) -> io::Result<bool> {
        let (sha256, length) = copied::hash(bytes)?;
        Ok(sha256 == self.sha256 && length == self.bytes)
    }

    fn name(&self) -> Result<BlobName, StoreError> {
        let is_hash = self.sha256.len() == 64 && self.sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
        match self.sha256.get(..2).filter(|_| is_hash) {
            Some(first) => BlobName::new(format!("{OBJECTS}/{first}/{}", self.sha256)),
            None => Err(damaged(format!("`{}` has no hash", self.path))),
        }
    }
}

/// A list of what belongs together, as it is written.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Sealed<'a> {
    sha256: String,
    #[serde(borrow)]
    backup: &'a RawValue,
}

/// A place for backups.
#[derive(Clone, Debug)]
pub struct Vault {
    place: StorePlace,
}

impl Vault {
    /// Names the place; it is made when something is kept.
    pub fn at(place: StorePlace) -> Self {
        Self { place }
    }

    /// Takes the right to be the only one who changes it.
    ///
    /// # Errors
    ///
    /// Another has it, which is [`StoreError::Locked`].
    pub async fn claim(&self) -> Result<Claim, StoreError> {
        self.place.blobs().claim().await
    }

    /// Makes a directory for what is to be kept. It is deleted when dropped.
    ///
    /// # Errors
    ///
    /// There is no room.
    pub fn scratch(&self) -> Result<TempDir, StoreError> {
        self.place.blobs().scratch()
    }

    /// Keeps what is open; returns whether it was not kept before.
    ///
    /// # Errors
    ///
    /// Reading or writing failed, or there is a file of its hash that is not as long.
    pub async fn keep(&self, path: &str, from: OpenBlob) -> Result<(KeptFile, bool), StoreError> {
        let OpenBlob { bytes: mut reader, length, version } = from;
        let scratch = self.scratch()?;
        let copy = scratch.path().join("copy");
        let to = copy.clone();
        let copying = move || copied::copy(reader.as_mut(), &to, PRIVATE);
        let failed = StoreError::io(format!("copying `{path}`"));
        let (sha256, bytes) = blocking("copying a file", copying).await?.map_err(failed)?;
        if bytes != length {
            return Err(StoreError::io(format!("copying `{path}`"))(io::ErrorKind::UnexpectedEof.into()));
        }
        let file = KeptFile { path: path.to_owned(), sha256, bytes, tag: version.tag() };
        if self.has(&file).await? {
            return Ok((file, false));
        }
        let put = self.place.blobs().put_file_if_absent(&file.name()?, &copy).await?;
        Ok((file, put != Put::Lost))
    }

    /// Keeps bytes; returns whether they were not kept before.
    ///
    /// # Errors
    ///
    /// As for [`Vault::keep`].
    pub async fn keep_bytes(&self, path: &str, bytes: Bytes) -> Result<(KeptFile, bool), StoreError> {
        let (sha256, length) = (copied::sha256(&bytes), bytes.len() as u64);
        let file = KeptFile { path: path.to_owned(), sha256, bytes: length, tag: String::new() };
        if self.has(&file).await? {
            return Ok((file, false));
        }
        let put = self.place.blobs().put_if_absent(&file.name()?, bytes).await?;
        Ok((file, put != Put::Lost))
    }

    /// Returns whether a file is kept, by its name and length alone.
    ///
    /// # Errors
    ///
    /// It is there with another length, or the place cannot be read.
    pub async fn has(&self, file: &KeptFile) -> Result<bool, StoreError> {
        let name = file.name()?;
        match self.place.blobs().open(&name).await? {
            Some(open) if open.length != file.bytes => Err(damaged(format!(
                "`{name}` (`{}`) has {} bytes, not {}",
                file.path, open.length, file.bytes
            ))),
            open => Ok(open.is_some()),
        }
    }

    /// Reads a kept file whole, and checks its hash.
    ///
    /// # Errors
    ///
    /// [`StoreError::DamagedBackup`] where it is missing, or not what it was.
    pub async fn check(&self, file: &KeptFile) -> Result<(), StoreError> {
        let mut open = self.open(file).await?;
        let hashing = move || copied::hash(open.bytes.as_mut());
        self.compare(file, blocking("reading a backup", hashing).await?)
    }

    /// Copies a kept file into a new file, and checks its hash on the way. `mode` is who may read it.
    ///
    /// # Errors
    ///
    /// [`StoreError::DamagedBackup`] where it is missing, or not what it was; or writing failed.
    pub async fn take(&self, file: &KeptFile, to: &Path, mode: u32) -> Result<(), StoreError> {
        let mut open = self.open(file).await?;
        let to = to.to_owned();
        let copying = move || copied::copy(open.bytes.as_mut(), &to, mode);
        self.compare(file, blocking("reading a backup", copying).await?)
    }

    async fn open(&self, file: &KeptFile) -> Result<OpenBlob, StoreError> {
        let name = file.name()?;
        let open = self.place.blobs().open(&name).await?;
        open.ok_or_else(|| damaged(format!("`{name}` (`{}`) is missing", file.path)))
    }

    fn compare(&self, file: &KeptFile, read: io::Result<(String, u64)>) -> Result<(), StoreError> {
        let name = file.name()?;
        match read.map_err(StoreError::io(format!("copying `{name}` (`{}`)", file.path)))? {
            (sha256, bytes) if sha256 == file.sha256 && bytes == file.bytes => Ok(()),
            _ => Err(damaged(format!("`{name}` (`{}`) is not what was copied", file.path))),
        }
    }

    /// Returns the ids of all backups, in order.
    ///
    /// # Errors
    ///
    /// The place cannot be read.
    pub async fn backups(&self) -> Result<Vec<String>, StoreError> {
        let names = self.place.blobs().list(&BlobName::new(BACKUPS)?).await?;
        Ok(names
            .iter()
            .filter_map(|name| name.file_name().strip_suffix(EXTENSION))
            .map(str::to_owned)
            .collect())
    }

    /// Says what belongs to a backup, which is there from then on.
    ///
    /// # Errors
    ///
    /// There is one of that id, or writing failed.
    pub async fn seal(&self, id: &str, backup: &impl Serialize) -> Result<(), StoreError> {
        let failed = |error: serde_json::Error| StoreError::io(format!("writing backup {id}"))(error.into());
        let backup = serde_json::value::to_raw_value(backup).map_err(failed)?;
        let sealed = Sealed { sha256: copied::sha256(backup.get().as_bytes()), backup: &backup };
        let mut text = serde_json::to_vec(&sealed).map_err(failed)?;
        text.push(b'\n');
        match self.place.blobs().put_if_absent(&of_id(id)?, Bytes::from(text)).await? {
            Put::Done(_) => Ok(()),
            Put::Lost => Err(StoreError::InTheWay(of_id(id)?.to_string())),
        }
    }

    /// Returns what belongs to a backup.
    ///
    /// # Errors
    ///
    /// There is none of that id, or it is not what it was.
    pub async fn backup<T: DeserializeOwned>(&self, id: &str) -> Result<T, StoreError> {
        let name = of_id(id)?;
        let read = self.place.blobs().read(&name).await?;
        let (text, _) = read.ok_or_else(|| StoreError::NoBackup(format!("`{id}`")))?;
        let changed = || damaged(format!("`{name}` is not what was written"));
        let sealed: Sealed<'_> = serde_json::from_slice(&text).map_err(|_| changed())?;
        if sealed.sha256 != copied::sha256(sealed.backup.get().as_bytes()) {
            return Err(changed());
        }
        serde_json::from_str(sealed.backup.get())
            .map_err(|error| damaged(format!("`{name}` is of a later Fyr, or none: {error}")))
    }

    /// Deletes backups, and then whatever is kept and none of `wanted`, which has the hashes of all others. Returns how
    /// many files went. The caller holds the claim.
    ///
    /// # Errors
    ///
    /// Deleting failed; another run does what is left.
    pub async fn prune(&self, backups: &[String], wanted: &HashSet<String>) -> Result<u64, StoreError> {
        for id in backups {
            self.place.blobs().delete(&of_id(id)?).await?;
        }
        let mut deleted = 0;
        for name in self.place.blobs().list(&BlobName::new(OBJECTS)?).await? {
            if !wanted.contains(name.file_name()) {
                self.place.blobs().delete(&name).await?;
                deleted += 1;
            }
        }
        Ok(deleted)
    }
}

fn of_id(id: &str) -> Result<BlobName, StoreError> {
    BlobName::new(format!("{BACKUPS}/{id}{EXTENSION}"))
}

fn damaged(what: String) -> StoreError {
    StoreError::DamagedBackup { what }
}
