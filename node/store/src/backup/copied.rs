//! Copies of bytes, with the hash of what was copied.

use std::{
    fs::OpenOptions,
    io::{self, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use sha2::{Digest, Sha256};

/// Bytes that are copied at a time.
const CHUNK: usize = 1 << 20;

/// Copies bytes into a new file; returns their SHA-256, in hexadecimal, and how many they are. `mode` is who may read the
/// file, before the system takes something from it.
pub(super) fn copy(from: &mut dyn Read, to: &Path, mode: u32) -> io::Result<(String, u64)> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(to)?;
    run(from, |bytes| file.write_all(bytes))
}

/// Reads bytes; returns their SHA-256, in hexadecimal, and how many they are.
pub(super) fn hash(from: &mut dyn Read) -> io::Result<(String, u64)> {
    run(from, |_| Ok(()))
}

fn run(from: &mut dyn Read, mut each: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<(String, u64)> {
    let (mut hasher, mut length, mut chunk) = (Sha256::new(), 0, vec![0; CHUNK]);
    loop {
        let read = match from.read(&mut chunk) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        let bytes = chunk.get(..read).unwrap_or_default();
        if bytes.is_empty() {
            return Ok((hexadecimal(&hasher.finalize()), length));
        }
        hasher.update(bytes);
        each(bytes)?;
        length += read as u64;
    }
}

/// Returns the SHA-256 of bytes, in hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

fn hexadecimal(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
