//! The identity of the inputs: what a store remembers so that it takes no file twice.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    time::SystemTime,
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

/// How the inputs are before they are read: what is committed is of the content that was hashed, or nothing is.
#[derive(Debug)]
pub(crate) struct Unchanged<'a>(Vec<(&'a Path, (u64, Option<SystemTime>))>);

impl<'a> Unchanged<'a> {
    /// Looks at the inputs, before the first is hashed.
    pub(crate) fn look(inputs: &'a [PathBuf]) -> Result<Self, IngestError> {
        let look = |path: &'a PathBuf| Ok((path.as_path(), as_it_is(path)?));
        inputs.iter().map(look).collect::<Result<_, _>>().map(Self)
    }

    /// Refuses inputs that somebody wrote to since.
    pub(crate) fn check(&self) -> Result<(), IngestError> {
        for (path, before) in &self.0 {
            if as_it_is(path)? != *before {
                return Err(IngestError::file(path, "the file changed while it was read: try again"));
            }
        }
        Ok(())
    }
}

/// Returns how long a file is, and when it was changed, where that is known.
fn as_it_is(path: &Path) -> Result<(u64, Option<SystemTime>), IngestError> {
    let metadata = std::fs::metadata(path).map_err(|e| IngestError::read(path, e))?;
    Ok((metadata.len(), metadata.modified().ok()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_somebody_writes_to_is_refused_by_its_name() {
        let directory = tempfile::tempdir().unwrap();
        let inputs = ["a.vcf", "b.vcf"].map(|name| directory.path().join(name));
        inputs.iter().for_each(|path| std::fs::write(path, "x").unwrap());
        let unchanged = Unchanged::look(&inputs).unwrap();
        unchanged.check().unwrap();
        std::fs::write(&inputs[1], "xy").unwrap();
        let error = unchanged.check().unwrap_err().to_string();
        assert!(error.contains("b.vcf") && error.contains("changed while it was read"), "{error}");
        std::fs::remove_file(&inputs[1]).unwrap();
        assert!(unchanged.check().is_err(), "it is not there any more");
    }
}
