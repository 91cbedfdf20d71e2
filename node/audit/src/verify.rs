//! Walks a whole log and checks every link of the chain.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

use serde::Serialize;

use super::{
    AuditError, Event, LogEnd, Record, StateChange, ended,
    key::Keys,
    log::{Head, open_line},
};

/// What a sound log holds. Kept elsewhere, the head shows later whether records were cut off the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VerifiedLog {
    /// Number of the first record: 1, unless full files were moved away.
    pub first: u64,
    /// How many records there are.
    pub records: u64,
    /// How many of them are decisions.
    pub decisions: u64,
    /// Hash of the last record, in hexadecimal.
    pub head: String,
    /// Bytes behind the last whole record: a crash, or a record that is being written.
    pub torn_bytes: u64,
}

/// Checks the chain of a log, over all its files.
///
/// # Errors
///
/// A file or the key cannot be read, or a record was changed, removed or put in: the first such line.
pub fn verify(path: &Path) -> Result<VerifiedLog, AuditError> {
    walk(path, None)
}

/// Checks the chain of a log, and that it has the record with which it is known to have ended.
///
/// # Errors
///
/// What [`verify`] finds, or records that are missing at the end, or are not those that were there.
pub fn verify_against(path: &Path, known: &LogEnd) -> Result<VerifiedLog, AuditError> {
    walk(path, Some(known))
}

/// Returns the changes of the state after a version that a log has, in their order. One may stand there twice.
///
/// # Errors
///
/// What [`verify`] finds.
pub fn state_changes(path: &Path, after: u64) -> Result<Vec<StateChange>, AuditError> {
    let mut changes = Vec::new();
    let mut each = |event: Event| match event {
        Event::State(change) if change.version > after => changes.push(change),
        _ => {}
    };
    walk_each(path, None, &mut each)?;
    Ok(changes)
}

fn walk(path: &Path, known: Option<&LogEnd>) -> Result<VerifiedLog, AuditError> {
    walk_each(path, known, &mut |_| {})
}

/// Walks over all records, and hands on each that follows the one before it.
fn walk_each(
    path: &Path,
    known: Option<&LogEnd>,
    each: &mut dyn FnMut(Event),
) -> Result<VerifiedLog, AuditError> {
    let keys = Keys::of_existing(path)?;
    let full = ended::files(path).map_err(AuditError::io("look for full files of", path))?;
    let mut walked =
        Walked { keys: &keys, known, first: None, head: Head::START, decisions: 0, torn_bytes: 0, each };
    for file in &full {
        walked.file(file)?;
        if walked.torn_bytes > 0 {
            return Err(walked.damaged(file, 0, "a full file does not end with a record".to_owned()));
        }
    }
    walked.file(path)?;
    known.map_or(Ok(()), |known| known.check(path, &walked.head.end()))?;
    let first = walked.first.unwrap_or(1);
    Ok(VerifiedLog {
        first,
        records: (walked.head.sequence + 1).saturating_sub(first),
        decisions: walked.decisions,
        head: walked.head.hash.to_hex().to_string(),
        torn_bytes: walked.torn_bytes,
    })
}

/// How far the files of a log were walked through.
struct Walked<'a> {
    keys: &'a Keys,
    known: Option<&'a LogEnd>,
    first: Option<u64>,
    head: Head,
    decisions: u64,
    torn_bytes: u64,
    each: &'a mut dyn FnMut(Event),
}

impl Walked<'_> {
    fn file(&mut self, path: &Path) -> Result<(), AuditError> {
        let file = File::open(path).map_err(AuditError::io("open the audit log", path))?;
        let (mut reader, mut line) = (BufReader::new(file), Vec::new());
        for number in 1.. {
            line.clear();
            reader.read_until(b'\n', &mut line).map_err(AuditError::io("read the audit log", path))?;
            let Some(whole) = line.strip_suffix(b"\n") else { break };
            self.record(whole).map_err(|reason| self.damaged(path, number, reason))?;
            if let Some(known) = self.known.filter(|known| known.sequence == self.head.sequence) {
                known.check(path, &self.head.end())?;
            }
        }
        self.torn_bytes = line.len() as u64;
        Ok(())
    }

    fn record(&mut self, line: &[u8]) -> Result<(), String> {
        let (record, hash) = open_line(line, self.keys)?;
        // Full files may have been moved away, which shows in how the next begins.
        if self.first.is_some() || !matches!(record.event, Event::Continued { .. }) {
            follows(&record, self.head)?;
        }
        self.first.get_or_insert(record.sequence);
        self.decisions += decided(&record.event);
        self.head = Head { sequence: record.sequence, hash };
        (self.each)(record.event);
        Ok(())
    }

    fn damaged(&self, path: &Path, line: u64, reason: String) -> AuditError {
        AuditError::Damaged { path: path.to_owned(), line, reason }
    }
}

/// Returns how many requests an event decides.
fn decided(event: &Event) -> u64 {
    match event {
        Event::Decision(_) => 1,
        Event::Decisions { decisions } => decisions.len() as u64,
        Event::Opened { .. } | Event::Continued { .. } | Event::Policy { .. } | Event::State(_) => 0,
    }
}

/// Checks that a record follows the head.
fn follows(record: &Record, head: Head) -> Result<(), String> {
    if record.sequence != head.sequence + 1 {
        return Err(format!("record {} stands where {} should be", record.sequence, head.sequence + 1));
    }
    if record.previous != head.hash.to_hex().as_str() {
        return Err("the record does not follow the one before it".to_owned());
    }
    Ok(())
}
