//! The files of a log, as they are copied elsewhere while it is written.

use std::{
    fs::{File, TryLockError},
    io::ErrorKind,
    path::{Path, PathBuf},
};

use super::{AuditError, ended, tail};

/// How often it is looked again because a file became full meanwhile.
const ATTEMPTS: u32 = 10;

/// A file of a log, open: it stays readable when it gets another name.
#[derive(Debug)]
pub struct LogFile {
    /// What its name has in the place of the log's own extension, such as `000001.jsonl`.
    pub extension: String,
    /// The file.
    pub file: File,
    /// How many bytes of it are to be copied: whole records.
    pub length: u64,
}

/// Returns the files of a log, its key among them, so that what is copied of them is a log that ends with a whole record;
/// none where there is no log. What was noted of the state's changes comes first: it is never ahead of the records.
///
/// # Errors
///
/// A file cannot be read.
pub fn log_files(log: &Path) -> Result<Vec<LogFile>, AuditError> {
    for _ in 0..ATTEMPTS {
        let full = full(log)?;
        let mut files = Vec::new();
        for path in [log.with_extension("state"), log.with_extension("key")].iter().chain(&full) {
            files.extend(open(log, path)?);
        }
        if let Some(current) = open(log, log)? {
            let end = tail::read(&current.file).map_err(AuditError::io("read the audit log", log))?.end;
            files.push(LogFile { length: end, ..current });
        }
        if self::full(log)? == full {
            return Ok(files);
        }
    }
    Err(AuditError::io("copy", log)(ErrorKind::ResourceBusy.into()))
}

/// Returns whether a node has a log open to write to it.
///
/// # Errors
///
/// It cannot be opened.
pub fn is_being_written(log: &Path) -> Result<bool, AuditError> {
    let Some(LogFile { file, .. }) = open(log, log)? else { return Ok(false) };
    // The lock is given back with the file.
    Ok(matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}

fn full(log: &Path) -> Result<Vec<PathBuf>, AuditError> {
    match ended::files(log) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        files => files.map_err(AuditError::io("look for full files of", log)),
    }
}

fn open(log: &Path, path: &Path) -> Result<Option<LogFile>, AuditError> {
    let file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        file => file.map_err(AuditError::io("open", path))?,
    };
    let length = file.metadata().map_err(AuditError::io("open", path))?.len();
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (stem, own) = (log.file_stem().unwrap_or_default().to_string_lossy().into_owned(), name(path));
    let extension = own.strip_prefix(&stem).and_then(|rest| rest.strip_prefix('.'));
    Ok(Some(LogFile { extension: extension.unwrap_or_default().to_owned(), file, length }))
}
