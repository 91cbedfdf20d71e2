//! What comes through a pipe, kept in a file until it is loaded.
//!
//! A pipe is read once, and an ingest reads its inputs more often: for their hash, by which no file is taken twice, for who
//! is in them, and for the marker that ends a BGZF file, before the first record becomes visible to anybody.

use std::{
    fs::{File, Permissions},
    io::{self, Read, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use fyr_store::StoreError;
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::{IngestError, Phase, Progress};

/// What the file is called, in messages and for a store.
const NAME: &str = "stdin";

const BUFFER: usize = 1 << 18;

/// A file that holds what came through a pipe, until it is dropped.
#[derive(Debug)]
pub struct Spooled {
    directory: TempDir,
    below: Option<PathBuf>,
    /// Held locked as long as this lives, so that what others left behind is told from it.
    _file: File,
}

impl Spooled {
    /// Keeps all that a pipe gives, in bounded memory, below a directory that is there for nothing else, and only as long
    /// as something is in it; or where the system keeps temporary files. Nobody else may read it.
    ///
    /// # Errors
    ///
    /// The pipe cannot be read, or the file cannot be written.
    pub async fn keep(
        from: impl Read + Send + 'static,
        below: Option<&Path>,
        progress: &Progress,
    ) -> Result<Self, IngestError> {
        progress.start(Phase::Spooling, 0);
        let directory = make_directory(below).map_err(not_kept)?;
        let file = File::create_new(directory.path().join(NAME)).map_err(not_kept)?;
        file.lock().map_err(not_kept)?;
        let (to, progress) = (file.try_clone().map_err(not_kept)?, progress.clone());
        let (sender, copied) = oneshot::channel();
        // A thread of its own: one that waits for a pipe would keep a runtime from its end.
        std::thread::spawn(move || drop(sender.send(copy(from, to, &progress))));
        copied.await.map_err(|_| IngestError::Interrupted)??;
        Ok(Self { directory, below: below.map(Path::to_owned), _file: file })
    }

    /// Deletes what those left below a directory who died, and the directory if it is empty then.
    ///
    /// # Errors
    ///
    /// It cannot be deleted.
    pub fn clear(below: &Path) -> Result<(), IngestError> {
        match clear(below) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(not_kept(error)),
            _ => {
                let _ = std::fs::remove_dir(below);
                Ok(())
            }
        }
    }

    /// Returns where the file is.
    pub fn path(&self) -> PathBuf {
        self.directory.path().join(NAME)
    }

    /// Names the pipe in an error that names the file.
    pub fn named(&self, error: IngestError) -> IngestError {
        let path = self.path().display().to_string();
        match error {
            IngestError::Malformed { mut place, message } => {
                if place.file == path {
                    NAME.clone_into(&mut place.file);
                }
                IngestError::Malformed { place, message }
            }
            IngestError::Read { file, source } if file == path => {
                IngestError::Read { file: NAME.to_owned(), source }
            }
            IngestError::Options(message) => IngestError::Options(message.replace(&path, NAME)),
            other => other,
        }
    }
}

impl Drop for Spooled {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(self.directory.path());
        // It stays where somebody else has something in it.
        let _ = self.below.as_ref().map(std::fs::remove_dir);
    }
}

/// Makes a directory that nobody else may look into.
fn make_directory(below: Option<&Path>) -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.permissions(Permissions::from_mode(0o700));
    let Some(below) = below else { return builder.tempdir() };
    std::fs::create_dir_all(below)?;
    builder.tempdir_in(below)
}

/// Deletes what nobody holds locked.
fn clear(below: &Path) -> io::Result<()> {
    for directory in std::fs::read_dir(below)? {
        let directory = directory?.path();
        let is_left = File::open(directory.join(NAME)).is_ok_and(|file| file.try_lock().is_ok());
        if is_left {
            std::fs::remove_dir_all(directory)?;
        }
    }
    Ok(())
}

fn copy(mut from: impl Read, mut to: File, progress: &Progress) -> Result<(), IngestError> {
    let mut buffer = vec![0; BUFFER];
    loop {
        let read = match from.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read.map_err(|error| IngestError::read(Path::new(NAME), error))?,
        };
        if read == 0 {
            return to.flush().map_err(not_kept);
        }
        to.write_all(buffer.get(..read).unwrap_or_default()).map_err(not_kept)?;
        progress.add_bytes(read as u64);
    }
}

fn not_kept(error: io::Error) -> IngestError {
    StoreError::io("keeping what came through standard input in a file, to read it more than once")(error)
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn keep(bytes: &'static [u8], below: Option<&Path>) -> Spooled {
        Spooled::keep(bytes, below, &Progress::default()).await.unwrap()
    }

    #[tokio::test]
    async fn what_is_kept_is_there_until_it_is_dropped() {
        let store = tempfile::tempdir().unwrap();
        let below = store.path().join("pipes");
        for place in [Some(below.as_path()), None] {
            let spooled = keep(b"one\ntwo\n", place).await;
            let path = spooled.path();
            assert_eq!(std::fs::read(&path).unwrap(), b"one\ntwo\n");
            let mode = path.parent().unwrap().metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "nobody else reads it");
            drop(spooled);
            assert!(!path.parent().unwrap().exists());
        }
        assert_eq!(std::fs::read_dir(store.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn what_somebody_left_who_died_is_deleted_and_what_somebody_uses_is_not() {
        let store = tempfile::tempdir().unwrap();
        let left = store.path().join("left");
        std::fs::create_dir_all(&left).unwrap();
        std::fs::write(left.join(NAME), "x").unwrap();
        let first = keep(b"first", Some(store.path())).await;
        let second = keep(b"second", Some(store.path())).await;
        Spooled::clear(store.path()).unwrap();
        assert!(!left.exists() && second.path().exists());
        drop(second);
        assert_eq!(std::fs::read(first.path()).unwrap(), b"first");
        drop(first);
        Spooled::clear(store.path()).unwrap();
        assert!(!store.path().exists());
        Spooled::clear(store.path()).unwrap();
    }

    #[tokio::test]
    async fn a_pipe_that_breaks_is_named() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::ConnectionReset.into())
            }
        }
        let store = tempfile::tempdir().unwrap();
        let error = Spooled::keep(Broken, Some(store.path()), &Progress::default()).await.unwrap_err();
        assert!(error.to_string().starts_with("cannot read `stdin`"), "{error}");
    }

    #[tokio::test]
    async fn errors_name_the_pipe() {
        let spooled = keep(b"x", None).await;
        let path = spooled.path();
        for error in [
            IngestError::file(&path, "is bad"),
            IngestError::read(&path, io::ErrorKind::NotFound.into()),
            IngestError::Options(format!("`{}` and `b.vcf` overlap", path.display())),
        ] {
            let named = spooled.named(error).to_string();
            assert!(named.contains("stdin") && !named.contains(path.to_str().unwrap()), "{named}");
        }
        let other = spooled.named(IngestError::file(Path::new("b.vcf"), "is bad"));
        assert_eq!(other.to_string(), "b.vcf: is bad");
    }
}
