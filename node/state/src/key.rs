//! The secret beside the state: without it nobody can tell whom a remembered hash means.

use std::{
    fmt,
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    path::Path,
};

use blake3::{Hash, Hasher};

use crate::{NoiseSecret, StateError};

/// The one namespace of a store: what its people are called holds in every dataset. It stands where a dataset could.
pub(crate) const NAMESPACE: &str = "";

/// The keys derived from the key file. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Key {
    people: [u8; 32],
    noise: [u8; 32],
    check: Hash,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

impl Key {
    /// Reads the key of a state; makes one for a state that is new.
    pub(crate) fn open(path: &Path, new: bool) -> Result<Self, StateError> {
        match Self::read(path) {
            Err(StateError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {
                if !new {
                    return Err(StateError::KeyMissing(path.to_owned()));
                }
                create(path)?;
                Self::read(path)
            }
            key => key,
        }
    }

    fn read(path: &Path) -> Result<Self, StateError> {
        let text = fs::read_to_string(path).map_err(StateError::io("read the state's key", path))?;
        refuse_exposed(path)?;
        let secret = Hash::from_hex(text.trim()).map_err(|_| StateError::KeyInvalid(path.to_owned()))?;
        Ok(Self::derive(secret.as_bytes()))
    }

    fn derive(secret: &[u8; 32]) -> Self {
        let check = blake3::derive_key("fyr state v1 check", secret);
        let people = blake3::derive_key("fyr state v1 people", secret);
        let noise = blake3::derive_key("fyr state v1 noise", secret);
        Self { people, noise, check: Hash::from_bytes(check) }
    }

    /// A key under which nothing is remembered.
    pub(crate) fn of_nobody() -> Self {
        Self::derive(&[0; 32])
    }

    /// Hashes an id of a dataset, or of a namespace.
    pub(crate) fn hash(&self, dataset: &str, id: &str) -> Hash {
        let mut hasher = Hasher::new_keyed(&self.people);
        hasher.update(&(dataset.len() as u64).to_le_bytes()).update(dataset.as_bytes());
        hasher.update(id.as_bytes()).finalize()
    }

    /// Returns the secret from which noise is drawn.
    pub(crate) fn noise(&self) -> NoiseSecret {
        NoiseSecret::new(self.noise)
    }

    /// Returns what tells this key from others, and nothing else of it.
    pub(crate) fn check(&self) -> String {
        self.check.to_hex().to_string()
    }
}

/// Writes a new key that only the owner can read. An existing file is never overwritten.
fn create(path: &Path) -> Result<(), StateError> {
    let secret = random().map_err(StateError::io("make random numbers for", path))?;
    if let Some(directory) = path.parent() {
        create_directory(directory)?;
    }
    let mut file =
        private(OpenOptions::new().create_new(true)).open(path).map_err(StateError::io("create", path))?;
    writeln!(file, "{}", Hash::from_bytes(secret).to_hex())
        .and_then(|()| file.sync_all())
        .map_err(StateError::io("write", path))?;
    sync_directory(path)
}

fn random() -> std::io::Result<[u8; 32]> {
    let mut bytes = [0; 32];
    let filled = rustls::crypto::ring::default_provider().secure_random.fill(&mut bytes);
    filled.map(|()| bytes).map_err(|_| std::io::Error::from(ErrorKind::Other))
}

/// Returns an id that nothing else has: 32 hexadecimal digits.
///
/// # Errors
///
/// The system has no random numbers.
pub fn new_id() -> Result<String, StateError> {
    let bytes = random().map_err(StateError::io("make random numbers for", "an id"))?;
    Ok(Hash::from_bytes(bytes).to_hex().chars().take(32).collect())
}

/// Lets a file be written that only the owner can read.
pub(crate) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options.write(true)
}

/// Creates a directory and those above it; only the owner may enter what is new.
pub(crate) fn create_directory(directory: &Path) -> Result<(), StateError> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(directory).map_err(StateError::io("create the directory", directory))
}

/// A new file is durable only when its directory is.
pub(crate) fn sync_directory(path: &Path) -> Result<(), StateError> {
    let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) else {
        return Ok(());
    };
    fs::File::open(directory)
        .and_then(|directory| directory.sync_all())
        .map_err(StateError::io("sync the directory", directory))
}

/// Refuses a file that others than its owner may read.
#[cfg(unix)]
pub(crate) fn refuse_exposed(path: &Path) -> Result<(), StateError> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = fs::metadata(path).map_err(StateError::io("read", path))?;
    match metadata.permissions().mode() & 0o077 {
        0 => Ok(()),
        _ => Err(StateError::Exposed { path: path.to_owned() }),
    }
}

#[cfg(not(unix))]
pub(crate) fn refuse_exposed(_: &Path) -> Result<(), StateError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_depends_on_key_dataset_and_id() {
        let key = Key::derive(&[1; 32]);
        let hash = key.hash("A", "BC");
        assert_eq!(hash, Key::derive(&[1; 32]).hash("A", "BC"));
        assert_ne!(hash, Key::derive(&[2; 32]).hash("A", "BC"));
        assert_ne!(hash, key.hash("AB", "C"), "where the dataset ends is hashed too");
        assert_ne!(key.check(), Key::derive(&[2; 32]).check());
    }

    #[test]
    fn a_key_is_never_printed() {
        let key = Key::derive(&[1; 32]);
        assert_eq!(format!("{key:?}"), "Key");
    }
}
