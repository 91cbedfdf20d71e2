//! The identity of the inputs: what a store remembers so that it takes no file twice.

use std::path::{Path, PathBuf};

use fyr_engine::SourceFile;

use super::{IngestError, Phase, Progress};

/// Computes the content hash of every input.
pub(crate) async fn identify(
    inputs: &[PathBuf],
    progress: &Progress,
) -> Result<Vec<SourceFile>, IngestError> {
    progress.start(Phase::Hashing, total_bytes(inputs)?);
    let mut sources: Vec<SourceFile> = Vec::with_capacity(inputs.len());
    for path in inputs {
        let job = (path.clone(), progress.clone());
        let hashing = tokio::task::spawn_blocking(move || hash(&job.0, &job.1));
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

fn hash(path: &Path, progress: &Progress) -> Result<SourceFile, IngestError> {
    let read = |e| IngestError::read(path, e);
    let mut hasher = blake3::Hasher::new();
    hasher.update_mmap(path).map_err(read)?;
    let bytes = std::fs::metadata(path).map_err(read)?.len();
    progress.add_bytes(bytes);
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    Ok(SourceFile { name, blake3: hasher.finalize().to_hex().to_string(), bytes })
}
