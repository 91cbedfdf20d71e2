//! Counters that an ingest moves and anyone may watch; drawing them is the command line's business.

use std::sync::{
    Arc,
    atomic::{AtomicU8, AtomicU64, Ordering::Relaxed},
};

/// What an ingest is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Computing the content hashes of the inputs.
    Hashing,
    /// Reading reference sequences or identifiers. How much there is after decompression is not known.
    Genome,
    /// Reading the inputs.
    Reading,
    /// Writing and committing the segment.
    Writing,
    /// Keeping what comes through a pipe. How much comes is not known.
    Spooling,
}

/// Shared counters of a running ingest. Clones show the same numbers.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    phase: AtomicU8,
    total_bytes: AtomicU64,
    bytes: AtomicU64,
    records: AtomicU64,
    alleles: AtomicU64,
}

impl Progress {
    /// Returns what is being done.
    pub fn phase(&self) -> Phase {
        match self.0.phase.load(Relaxed) {
            0 => Phase::Hashing,
            1 => Phase::Genome,
            2 => Phase::Reading,
            3 => Phase::Writing,
            _ => Phase::Spooling,
        }
    }

    /// Returns the size of all inputs, in bytes on disk.
    pub fn total_bytes(&self) -> u64 {
        self.0.total_bytes.load(Relaxed)
    }

    /// Returns the bytes handled in this phase, as they are on disk.
    pub fn bytes(&self) -> u64 {
        self.0.bytes.load(Relaxed)
    }

    /// Returns the records read.
    pub fn records(&self) -> u64 {
        self.0.records.load(Relaxed)
    }

    /// Returns the alleles handed to the store.
    pub fn alleles(&self) -> u64 {
        self.0.alleles.load(Relaxed)
    }

    pub(crate) fn start(&self, phase: Phase, total_bytes: u64) {
        self.0.bytes.store(0, Relaxed);
        self.0.total_bytes.store(total_bytes, Relaxed);
        self.0.phase.store(phase as u8, Relaxed);
    }

    pub(crate) fn add_bytes(&self, bytes: u64) {
        self.0.bytes.fetch_add(bytes, Relaxed);
    }

    pub(crate) fn add_rows(&self, records: u64, alleles: u64) {
        self.0.records.fetch_add(records, Relaxed);
        self.0.alleles.fetch_add(alleles, Relaxed);
    }
}
