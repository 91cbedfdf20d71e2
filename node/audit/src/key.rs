//! The secret beside the log: it makes digests of questions unguessable and the chain unforgeable.

use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

use blake3::{Hash, Hasher};

use super::{AuditError, ended};

/// The keys derived from the key file. Never printed.
#[derive(Clone)]
pub(super) struct Keys {
    chain: [u8; 32],
    query: [u8; 32],
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys")
    }
}

impl Keys {
    /// Reads the key of a log; makes one for a log that has no records yet.
    pub(super) fn beside(log: &Path) -> Result<Self, AuditError> {
        let path = path_beside(log);
        match Self::read(&path) {
            Err(AuditError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {
                let has_records = fs::metadata(log).is_ok_and(|metadata| metadata.len() > 0);
                if has_records || ended::files(log).is_ok_and(|files| !files.is_empty()) {
                    return Err(AuditError::KeyMissing(path));
                }
                create(&path)?;
                Self::read(&path)
            }
            keys => keys,
        }
    }

    /// Reads the key of a log that is only to be checked.
    pub(super) fn of_existing(log: &Path) -> Result<Self, AuditError> {
        Self::read(&path_beside(log))
    }

    fn read(path: &Path) -> Result<Self, AuditError> {
        let text = fs::read_to_string(path).map_err(AuditError::io("read the audit key", path))?;
        refuse_exposed(path)?;
        let secret = Hash::from_hex(text.trim()).map_err(|_| AuditError::KeyInvalid(path.to_owned()))?;
        let derive = |context| blake3::derive_key(context, secret.as_bytes());
        Ok(Self { chain: derive("fyr audit v1 chain"), query: derive("fyr audit v1 query") })
    }

    /// Hashes a record.
    pub(super) fn hash(&self, record: &[u8]) -> Hash {
        Hasher::new_keyed(&self.chain).update(record).finalize()
    }

    /// Digests a question.
    pub(super) fn digest(&self, query: &[u8]) -> Hash {
        Hasher::new_keyed(&self.query).update(query).finalize()
    }
}

fn path_beside(log: &Path) -> PathBuf {
    log.with_extension("key")
}

/// Writes a new key that only the owner can read. An existing file is never overwritten.
fn create(path: &Path) -> Result<(), AuditError> {
    let mut secret = [0; 32];
    rustls::crypto::ring::default_provider().secure_random.fill(&mut secret).map_err(|_| {
        AuditError::io("make random numbers for", path)(std::io::Error::from(ErrorKind::Other))
    })?;
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).map_err(AuditError::io("create the directory", directory))?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(AuditError::io("create the audit key", path))?;
    writeln!(file, "{}", Hash::from_bytes(secret).to_hex())
        .and_then(|()| file.sync_all())
        .map_err(AuditError::io("write the audit key", path))
}

#[cfg(unix)]
fn refuse_exposed(path: &Path) -> Result<(), AuditError> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = fs::metadata(path).map_err(AuditError::io("read the audit key", path))?;
    match metadata.permissions().mode() & 0o077 {
        0 => Ok(()),
        _ => Err(AuditError::KeyExposed { path: path.to_owned() }),
    }
}

#[cfg(not(unix))]
fn refuse_exposed(_: &Path) -> Result<(), AuditError> {
    Ok(())
}
