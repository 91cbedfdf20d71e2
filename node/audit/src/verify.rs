//! Walks a whole log and checks every link of the chain.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

use serde::Serialize;

use super::{
    AuditError, Event,
    key::Keys,
    log::{Head, open_line},
};

/// What a sound log holds. Kept elsewhere, the head shows later whether records were cut off the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VerifiedLog {
    /// Number of records.
    pub records: u64,
    /// How many of them are decisions.
    pub decisions: u64,
    /// Hash of the last record, in hexadecimal.
    pub head: String,
    /// Bytes behind the last whole record: a crash, or a record that is being written.
    pub torn_bytes: u64,
}

/// Checks the chain of a log.
///
/// # Errors
///
/// The file or its key cannot be read, or a record was changed, removed or put in: the first such line.
pub fn verify(path: &Path) -> Result<VerifiedLog, AuditError> {
    let keys = Keys::of_existing(path)?;
    let file = File::open(path).map_err(AuditError::io("open the audit log", path))?;
    let mut reader = BufReader::new(file);
    let (mut head, mut decisions, mut line) = (Head::START, 0, Vec::new());
    loop {
        line.clear();
        reader.read_until(b'\n', &mut line).map_err(AuditError::io("read the audit log", path))?;
        let Some(whole) = line.strip_suffix(b"\n") else { break };
        let next = link(whole, head, &keys);
        let (event, next) = next.map_err(|reason| AuditError::Damaged {
            path: path.to_owned(),
            line: head.sequence + 1,
            reason,
        })?;
        decisions += decided(&event);
        head = next;
    }
    Ok(VerifiedLog {
        records: head.sequence,
        decisions,
        head: head.hash.to_hex().to_string(),
        torn_bytes: line.len() as u64,
    })
}

/// Returns how many requests an event decides.
fn decided(event: &Event) -> u64 {
    match event {
        Event::Decision(_) => 1,
        Event::Decisions { decisions } => decisions.len() as u64,
        Event::Opened { .. } | Event::Policy { .. } | Event::State(_) => 0,
    }
}

/// Checks that a line follows the head.
fn link(line: &[u8], head: Head, keys: &Keys) -> Result<(Event, Head), String> {
    let (record, hash) = open_line(line, keys)?;
    if record.sequence != head.sequence + 1 {
        return Err(format!("record {} stands where {} should be", record.sequence, head.sequence + 1));
    }
    if record.previous != head.hash.to_hex().as_str() {
        return Err("the record does not follow the one before it".to_owned());
    }
    Ok((record.event, Head { sequence: record.sequence, hash }))
}
