//! The record of every decision, kept before its answer leaves.
//!
//! Append-only files of JSON lines, each full one numbered, chained by keyed hashes. It says who asked, which datasets, what
//! the policy decided and how it ended; never what the question was about nor what came out, except as
//! a keyed digest by which an auditor who has the question can find it. A decision that cannot be
//! recorded gives no answer.

mod copied;
mod copying;
mod ended;
mod entry;
mod error;
mod event;
mod key;
mod log;
mod log_end;
mod tail;
mod verify;
mod writer;

use std::path::Path;

use fyr_schemas::{EntryType, Query, VariantQuery};
use tokio::sync::oneshot;

pub use copied::set_copied;
pub use copying::{LogFile, is_being_written, log_files};
pub use entry::{AuditEntry, Ended};
pub use error::{AuditError, Unrecorded};
pub use event::{
    Action, DecisionRecord, Event, Outcome, Permitted, Record, RequesterRecord, StateChange, Torn, Verdict,
};
pub use log_end::LogEnd;
pub use verify::{VerifiedLog, state_changes, verify, verify_against};
pub use writer::Durability;

use copied::Copied;
use key::Keys;
use log::Log;
use writer::{Health, Job, Writer};

/// How a log is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditOptions {
    /// When a record counts as kept.
    pub durability: Durability,
    /// Bytes from which on a file is full and another is begun; none where one file takes everything.
    pub full_at: Option<u64>,
    /// Where the log is known to have ended.
    pub known: Option<LogEnd>,
}

impl From<Durability> for AuditOptions {
    fn from(durability: Durability) -> Self {
        Self { durability, ..Self::default() }
    }
}

/// A node's audit log, open for writing. Dropped, it writes and syncs what is left.
#[derive(Debug)]
pub struct Audit {
    keys: Keys,
    writer: Writer,
    health: Health,
    copied: Copied,
}

impl Audit {
    /// Opens or creates the log and records that it was opened, with what a crash left unfinished.
    ///
    /// # Errors
    ///
    /// The file or its key cannot be used, its last record is damaged, records are missing that are known to have been
    /// there, or another process writes to it.
    pub fn open(path: &Path, options: impl Into<AuditOptions>) -> Result<Self, AuditError> {
        let AuditOptions { durability, full_at, known } = options.into();
        let keys = Keys::beside(path)?;
        let log = Log::open(path, &keys, full_at, known.as_ref())?;
        let health = Health::default();
        let writer = Writer::new(log, durability, health.clone())?;
        Ok(Self { keys, writer, health, copied: Copied::beside(path) })
    }

    /// Starts the record of one request. Dropped without an outcome, it is recorded as cancelled.
    pub fn entry(&self, action: Action) -> AuditEntry<'_> {
        AuditEntry::new(self, action)
    }

    /// Records requests that were decided together, as one.
    ///
    /// # Errors
    ///
    /// They could not be recorded; then nothing of them may leave.
    pub async fn record(&self, ended: Vec<Ended>) -> Result<(), Unrecorded> {
        let mut decisions: Vec<DecisionRecord> =
            ended.into_iter().filter_map(|Ended(made)| made.map(|made| *made)).collect();
        let event = match (decisions.pop(), decisions.is_empty()) {
            (None, _) => return Err(Unrecorded),
            (Some(only), true) => Event::Decision(Box::new(only)),
            (Some(last), false) => {
                decisions.push(last);
                Event::Decisions { decisions }
            }
        };
        self.submit(event).await.unwrap_or(Err(Unrecorded))
    }

    /// Returns the digest under which a question is recorded.
    pub fn digest(&self, query: &Query) -> String {
        self.keys.digest(&query.subject()).to_hex().to_string()
    }

    /// Returns the digest under which a text of a client's is recorded.
    pub(crate) fn digest_of(&self, text: &[u8]) -> String {
        self.keys.digest(text).to_hex().to_string()
    }

    /// Records that another policy came into force, or was refused.
    ///
    /// # Errors
    ///
    /// It could not be recorded.
    pub async fn policy(&self, version: String, refused: Option<String>) -> Result<(), Unrecorded> {
        self.submit(Event::Policy { version, refused }).await.unwrap_or(Err(Unrecorded))
    }

    /// Records that what the node remembers was changed.
    ///
    /// # Errors
    ///
    /// It could not be recorded.
    pub async fn state(&self, change: StateChange) -> Result<(), Unrecorded> {
        self.submit(Event::State(change)).await.unwrap_or(Err(Unrecorded))
    }

    /// Returns up to which version the changes of the state are recorded.
    pub fn copied(&self) -> u64 {
        self.copied.get()
    }

    /// Notes up to which version the changes of the state are recorded.
    ///
    /// # Errors
    ///
    /// The number beside the log cannot be written; then changes are recorded twice rather than not at all.
    pub fn note_copied(&self, version: u64) -> Result<(), AuditError> {
        self.copied.set(version)
    }

    /// Returns up to which record the log is on the disk, to be kept elsewhere.
    pub fn end(&self) -> LogEnd {
        self.writer.synced().end()
    }

    /// Says whether decisions can still be recorded.
    pub fn is_healthy(&self) -> bool {
        self.health.is_good()
    }

    /// Hands an event to the writer; the answer comes when it is as durable as configured.
    fn submit(&self, event: Event) -> oneshot::Receiver<Result<(), Unrecorded>> {
        let (done, outcome) = oneshot::channel();
        self.writer.submit(Job { event, done });
        outcome
    }
}

impl From<&Query> for Action {
    fn from(query: &Query) -> Self {
        match (query.entry_type, &query.variant) {
            (EntryType::GenomicVariant, Some(VariantQuery::Allele(_) | VariantQuery::Name(_))) => {
                Self::Allele
            }
            (
                EntryType::GenomicVariant,
                Some(VariantQuery::Range(_) | VariantQuery::Bracket(_) | VariantQuery::Gene(_)),
            ) => Self::Range,
            (EntryType::GenomicVariant, None) => Self::Entries,
            (
                EntryType::Analysis
                | EntryType::Biosample
                | EntryType::Cohort
                | EntryType::Dataset
                | EntryType::Individual
                | EntryType::Run,
                _,
            ) => Self::Entries,
        }
    }
}

#[cfg(test)]
mod tests;
