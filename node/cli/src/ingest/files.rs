//! Which files are loaded one by one: those that are named, those of a list, or those that come into a directory.

use std::{
    ffi::OsString,
    fs::File,
    io::{self, BufRead, BufReader},
    os::unix::ffi::OsStringExt,
    path::{Path, PathBuf},
    vec,
};

use fyr_ingest::IngestError;
use tokio::sync::mpsc;

use super::{IngestArgs, watch::Watch};

/// Files that are loaded one by one.
pub(super) enum Files {
    /// Those of the command line.
    Named(vec::IntoIter<PathBuf>),
    /// Those of a list, as it is read, with its name.
    Listed(PathBuf, mpsc::Receiver<io::Result<PathBuf>>),
    /// Those of a directory.
    Watched(Watch),
}

impl Files {
    /// Returns the files that the command names; none if it loads all of them at once.
    ///
    /// # Errors
    ///
    /// The list or the directory cannot be read.
    pub(super) fn of(args: &IngestArgs) -> Result<Option<Self>, IngestError> {
        Ok(match (&args.list, &args.watch) {
            (Some(list), _) if list.as_os_str() == "-" => {
                Some(Self::Listed("stdin".into(), paths(BufReader::new(io::stdin()))))
            }
            (Some(list), _) => {
                let file = File::open(list).map_err(|error| cannot_read(list, error))?;
                Some(Self::Listed(list.clone(), paths(BufReader::new(file))))
            }
            (None, Some(directory)) => {
                let watch = Watch::start(directory, args.settle).map_err(|e| cannot_read(directory, e))?;
                Some(Self::Watched(watch))
            }
            (None, None) => args.each.then(|| Self::Named(args.inputs.clone().into_iter())),
        })
    }

    /// Returns the next file, as soon as there is one; none where no further one can come.
    ///
    /// # Errors
    ///
    /// The list cannot be read.
    pub(super) async fn next(&mut self) -> Result<Option<PathBuf>, IngestError> {
        match self {
            Self::Named(files) => Ok(files.next()),
            Self::Listed(list, paths) => {
                paths.recv().await.transpose().map_err(|error| cannot_read(list, error))
            }
            Self::Watched(watch) => Ok(Some(watch.next().await)),
        }
    }

    /// Names a file once more, later, if that is possible: it was not its fault.
    pub(super) fn again(&mut self, file: &Path) {
        if let Self::Watched(watch) = self {
            watch.again(file);
        }
    }
}

fn cannot_read(path: &Path, source: io::Error) -> IngestError {
    IngestError::Read { file: path.display().to_string(), source }
}

/// Reads paths, one a line, as they come. By a thread of its own: one that waits for standard input would keep a runtime
/// from its end.
fn paths(mut lines: impl BufRead + Send + 'static) -> mpsc::Receiver<io::Result<PathBuf>> {
    let (sender, paths) = mpsc::channel(1);
    std::thread::spawn(move || {
        while let Some(path) = next_path(&mut lines).transpose() {
            let is_last = path.is_err();
            if sender.blocking_send(path).is_err() || is_last {
                return;
            }
        }
    });
    paths
}

/// Reads the next line that has something in it.
fn next_path(lines: &mut impl BufRead) -> io::Result<Option<PathBuf>> {
    loop {
        let mut line = Vec::new();
        if lines.read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let path = line.strip_suffix(b"\n").unwrap_or(&line);
        let path = path.strip_suffix(b"\r").unwrap_or(path);
        if !path.is_empty() {
            return Ok(Some(OsString::from_vec(path.to_vec()).into()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_list_has_a_path_a_line() {
        let mut files = Files::Listed("list".into(), paths(&b"a.vcf\r\n\nb c.vcf.gz\n/x/\xff.bcf"[..]));
        let mut found = Vec::new();
        while let Some(path) = files.next().await.unwrap() {
            found.push(path);
        }
        let last = OsString::from_vec(b"/x/\xff.bcf".to_vec());
        assert_eq!(found, ["a.vcf".into(), "b c.vcf.gz".into(), PathBuf::from(last)]);
    }

    #[tokio::test]
    async fn a_list_that_breaks_off_is_an_error() {
        struct Broken;
        impl io::Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::ConnectionReset.into())
            }
        }
        let mut files = Files::Listed("list".into(), paths(BufReader::new(Broken)));
        let error = files.next().await.unwrap_err().to_string();
        assert!(error.starts_with("cannot read `list`"), "{error}");
        assert_eq!(files.next().await.unwrap(), None);
    }
}
