//! The file: lines are added whole or not at all, each chained to the one before.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
};

use blake3::Hash;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{AuditError, Event, LogEnd, Record, Torn, ended, key::Keys, tail};

/// A line: the record as it was hashed, byte for byte, and its hash.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line<'a> {
    pub(super) hash: String,
    #[serde(borrow)]
    pub(super) record: &'a RawValue,
}

/// A [`Record`] as it is written.
#[derive(Serialize)]
struct Written<'a> {
    sequence: u64,
    time: String,
    previous: &'a str,
    #[serde(flatten)]
    event: &'a Event,
}

/// Where a chain stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) sequence: u64,
    pub(super) hash: Hash,
}

impl Head {
    /// The head of a log without records.
    pub(super) const START: Self = Self { sequence: 0, hash: Hash::from_bytes([0; 32]) };

    /// Returns it as it is kept elsewhere.
    pub(super) fn end(self) -> LogEnd {
        LogEnd { sequence: self.sequence, hash: self.hash.to_hex().to_string() }
    }
}

/// The log, locked against other processes, positioned at its end.
#[derive(Debug)]
pub(super) struct Log {
    path: PathBuf,
    file: File,
    keys: Keys,
    head: Head,
    length: u64,
    /// Bytes from which on the file is full.
    full_at: Option<u64>,
    broken: bool,
}

impl Log {
    /// Opens or creates a log, sets an unfinished last line aside, and records the opening.
    pub(super) fn open(
        path: &Path,
        keys: &Keys,
        full_at: Option<u64>,
        known: Option<&LogEnd>,
    ) -> Result<Self, AuditError> {
        let file = open_file(path).map_err(AuditError::io("open the audit log", path))?;
        lock(path, &file)?;
        let tail = tail::read(&file).map_err(AuditError::io("read the audit log", path))?;
        let head = head_of(path, &tail, keys)?;
        known.map_or(Ok(()), |known| known.check(path, &head.end()))?;
        let torn = set_aside(path, &file, &tail)?;
        let (path, keys, length) = (path.to_owned(), keys.clone(), tail.end);
        let mut log = Self { path, file, keys, head, length, full_at, broken: false };
        log.append(
            [&Event::Opened { version: env!("CARGO_PKG_VERSION").to_owned(), torn }],
            OffsetDateTime::now_utc(),
        )?;
        log.file.sync_data().map_err(AuditError::io("sync the audit log", &log.path))?;
        sync_directory(&log.path)?;
        Ok(log)
    }

    /// Returns where the log is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Adds records. All of them are in the file afterwards, or none.
    pub(super) fn append<'e>(
        &mut self,
        events: impl IntoIterator<Item = &'e Event>,
        now: OffsetDateTime,
    ) -> Result<(), AuditError> {
        if self.broken {
            return Err(AuditError::Broken(self.path.clone()));
        }
        let is_full = self.full_at.is_some_and(|full| self.length >= full);
        let begun = if is_full { Some(self.begin_another()?) } else { None };
        let (mut head, mut lines) = (self.head, Vec::new());
        for event in begun.iter().chain(events.into_iter().map(|event| -> &Event { event })) {
            head = seal(event, head, now, &self.keys, &mut lines)
                .map_err(|error| AuditError::io("write a record to", &self.path)(error.into()))?;
        }
        if let Err(source) = self.file.write_all(&lines) {
            // A part of a line may have got in; without it the chain goes on when there is room again.
            self.broken = self.file.set_len(self.length).is_err();
            return Err(AuditError::io("write to the audit log", &self.path)(source));
        }
        self.length += lines.len() as u64;
        self.head = head;
        self.refuse_removed()
    }

    /// Numbers the file, which is full and on the disk then, and begins another, with the event that comes first in it.
    fn begin_another(&mut self) -> Result<Event, AuditError> {
        self.file.sync_data().map_err(AuditError::io("sync the audit log", &self.path))?;
        let number = || {
            let full = ended::next(&self.path)?;
            fs::rename(&self.path, &full).map(|()| full)
        };
        let full = number().map_err(AuditError::io("number the full file of the audit log", &self.path))?;
        // Until there is another file, nothing can be recorded.
        self.broken = true;
        self.file = create_file(&self.path).map_err(AuditError::io("begin another file", &self.path))?;
        lock(&self.path, &self.file)?;
        sync_directory(&self.path)?;
        (self.length, self.broken) = (0, false);
        Ok(Event::Continued { after: full.file_name().unwrap_or_default().to_string_lossy().into_owned() })
    }

    /// Returns another handle of the file, and where the chain stands in it.
    pub(super) fn file(&self) -> Result<(File, Head), AuditError> {
        let file = self.file.try_clone().map_err(AuditError::io("open the audit log", &self.path))?;
        Ok((file, self.head))
    }

    /// Adds no record any more.
    pub(super) fn give_up(&mut self) {
        self.broken = true;
    }

    /// Says whether no record can be added any more.
    pub(super) fn is_broken(&self) -> bool {
        self.broken
    }

    #[cfg(unix)]
    fn refuse_removed(&mut self) -> Result<(), AuditError> {
        use std::os::unix::fs::MetadataExt;
        self.broken = self.file.metadata().map_or(true, |metadata| metadata.nlink() == 0);
        if self.broken { Err(AuditError::Removed(self.path.clone())) } else { Ok(()) }
    }

    #[cfg(not(unix))]
    fn refuse_removed(&mut self) -> Result<(), AuditError> {
        Ok(())
    }
}

fn lock(path: &Path, file: &File) -> Result<(), AuditError> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(AuditError::Locked(path.to_owned())),
        Err(TryLockError::Error(source)) => Err(AuditError::io("lock the audit log", path)(source)),
    }
}

/// Returns where a chain stands: at the last record of the file, or of the full file before it.
fn head_of(path: &Path, tail: &tail::Tail, keys: &Keys) -> Result<Head, AuditError> {
    let damaged = |path: &Path| {
        let path = path.to_owned();
        move |reason| AuditError::LastRecord { path, reason }
    };
    if let Some(line) = &tail.last_line {
        return last_head(line, keys).map_err(damaged(path));
    }
    let full = ended::files(path).map_err(AuditError::io("look for full files of", path))?.pop();
    let Some(full) = full else { return Ok(Head::START) };
    let tail = File::open(&full).and_then(|file| tail::read(&file));
    let tail = tail.map_err(AuditError::io("read the audit log", &full))?;
    match (tail.last_line, tail.torn.is_empty()) {
        (Some(line), true) => last_head(&line, keys).map_err(damaged(&full)),
        _ => Err(damaged(&full)("it does not end with a record".to_owned())),
    }
}

fn open_file(path: &Path) -> io::Result<File> {
    options().create(true).open(path)
}

fn create_file(path: &Path) -> io::Result<File> {
    options().create_new(true).open(path)
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Writes one line and returns the new head.
fn seal(
    event: &Event,
    head: Head,
    now: OffsetDateTime,
    keys: &Keys,
    lines: &mut Vec<u8>,
) -> serde_json::Result<Head> {
    let time = now.format(&Rfc3339).map_err(serde::ser::Error::custom)?;
    let sequence = head.sequence + 1;
    let record = Written { sequence, time, previous: &head.hash.to_hex(), event };
    let record = serde_json::value::to_raw_value(&record)?;
    let hash = keys.hash(record.get().as_bytes());
    serde_json::to_writer(&mut *lines, &Line { hash: hash.to_hex().to_string(), record: &record })?;
    lines.push(b'\n');
    Ok(Head { sequence, hash })
}

/// Checks the hash of one line and reads its record.
pub(super) fn open_line(line: &[u8], keys: &Keys) -> Result<(Record, Hash), String> {
    let line: Line<'_> = serde_json::from_slice(line).map_err(|_| "is not a record".to_owned())?;
    let stated = Hash::from_hex(&line.hash).map_err(|_| "its hash cannot be read".to_owned())?;
    // The comparison of `Hash` takes the same time whatever differs.
    if keys.hash(line.record.get().as_bytes()) != stated {
        return Err("the record was changed".to_owned());
    }
    let record =
        serde_json::from_str(line.record.get()).map_err(|error| format!("cannot be read: {error}"))?;
    Ok((record, stated))
}

fn last_head(line: &[u8], keys: &Keys) -> Result<Head, String> {
    let (record, hash) = open_line(line, keys)?;
    Ok(Head { sequence: record.sequence, hash })
}

/// Moves an unfinished last line to a file of its own, then cuts it off.
fn set_aside(path: &Path, file: &File, tail: &tail::Tail) -> Result<Option<Torn>, AuditError> {
    if tail.torn.is_empty() {
        return Ok(None);
    }
    let aside = path.with_extension(format!("torn-{}", OffsetDateTime::now_utc().unix_timestamp_nanos()));
    fs::write(&aside, &tail.torn)
        .and_then(|()| File::open(&aside)?.sync_all())
        .map_err(AuditError::io("set the unfinished record aside in", &aside))?;
    file.set_len(tail.end).map_err(AuditError::io("cut the unfinished record off", path))?;
    let name = aside.file_name().unwrap_or_default().to_string_lossy().into_owned();
    tracing::warn!(file = name, bytes = tail.torn.len(), "audit log had an unfinished record");
    Ok(Some(Torn { file: name, bytes: tail.torn.len() as u64 }))
}

/// A new file is durable only when its directory is.
fn sync_directory(path: &Path) -> Result<(), AuditError> {
    let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) else {
        return Ok(());
    };
    File::open(directory)
        .and_then(|directory| directory.sync_all())
        .map_err(AuditError::io("sync the directory", directory))
}
