//! The identity of the inputs: what a store remembers so that it takes no file twice.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use fyr_store::SourceFile;
use tokio_util::sync::CancellationToken;

use super::{IngestError, Phase, Progress};

const BUFFER: usize = 1 << 20;

/// Computes the content hash of every input.
pub(crate) async fn identify(
    inputs: &[PathBuf],
    progress: &Progress,
) -> Result<Vec<SourceFile>, IngestError> {
    progress.start(Phase::Hashing, total_bytes(inputs)?);
    let mut sources: Vec<SourceFile> = Vec::with_capacity(inputs.len());
    let abandoned = CancellationToken::new();
    let _abandoned_on_drop = abandoned.clone().drop_guard();
    for path in inputs {
        let job = (path.clone(), progress.clone(), abandoned.clone());
        let hashing = tokio::task::spawn_blocking(move || hash(&job.0, &job.1, &job.2));
        let source = hashing.await.map_err(|_| IngestError::Interrupted)??;
        if let Some(twin) = sources.iter().find(|other| other.blake3 == source.blake3) {
            let message =
                format!("`{}` and `{}` have the same content: name one of them", twin.name, source.name);
            return Err(IngestError::Options(message));
        }
        sources.push(source);
    }
    Ok(sources)
}

/// Returns the size of all inputs on disk.
pub(crate) fn total_bytes(inputs: &[PathBuf]) -> Result<u64, IngestError> {
    let size = |path: &PathBuf| std::fs::metadata(path).map_err(|e| IngestError::read(path, e));
    inputs.iter().map(|path| size(path).map(|metadata| metadata.len())).sum()
}

/// Hashes a file, or stops when nobody waits for it any more.
fn hash(path: &Path, progress: &Progress, abandoned: &CancellationToken) -> Result<SourceFile, IngestError> {
    let mut file = File::open(path).map_err(|e| IngestError::read(path, e))?;
    let mut hasher = blake3::Hasher::new();
    let (mut buffer, mut bytes) = (vec![0; BUFFER], 0);
    loop {
        let n = file.read(&mut buffer).map_err(|e| IngestError::read(path, e))?;
        if n == 0 {
            break;
        }
        if abandoned.is_cancelled() {
            return Err(IngestError::Interrupted);
        }
        hasher.update(buffer.get(..n).unwrap_or_default());
        progress.add_bytes(n as u64);
        bytes += n as u64;
    }
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    Ok(SourceFile { name, blake3: hasher.finalize().to_hex().to_string(), bytes })
}
