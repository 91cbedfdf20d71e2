//! What verification must remember from one request to the next: proofs that were shown, and who is revoked.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use futures::future::BoxFuture;
use fyr_policy::{ProofUse, Subject};

/// Whether a proof was shown before cannot be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the memory of proofs cannot be asked")]
pub struct MemoryUnavailable;

/// Says whether a proof was shown before.
pub type ShownBefore<'a> = BoxFuture<'a, Result<ProofUse, MemoryUnavailable>>;

/// What verification remembers. Shared by all replicas of a node, or a proof counts once at each.
pub trait Memory: Send + Sync + fmt::Debug {
    /// Returns whether this id was asked for before, and remembers it until `until`, seconds since 1970, with the
    /// digest of the question that the proof speaks of, if it speaks of one.
    fn use_proof(&self, id: [u8; 32], question: Option<[u8; 32]>, until: i64) -> ShownBefore<'_>;

    /// Returns whether a person is on the deny list. Asked for each question, so it must not wait.
    fn is_revoked(&self, subject: &Subject) -> bool;

    /// Returns whether a token or visa is on the deny list, by [`crate::token_id`] or [`crate::token_digest`].
    fn is_token_revoked(&self, id: &[u8; 32]) -> bool;
}

/// A memory that ends with the process: for test mode and tests.
#[derive(Debug, Default)]
pub struct VolatileMemory {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// Proofs that were shown, their questions, and until when they would be valid.
    shown: BTreeMap<[u8; 32], (Option<[u8; 32]>, i64)>,
    subjects: BTreeSet<Subject>,
    tokens: BTreeSet<[u8; 32]>,
}

impl VolatileMemory {
    /// Denies a person from now on.
    pub fn revoke(&self, subject: Subject) {
        self.lock().subjects.insert(subject);
    }

    /// Denies a token or visa from now on.
    pub fn revoke_token(&self, id: [u8; 32]) {
        self.lock().tokens.insert(id);
    }

    /// Forgets proofs that are no longer valid at `now`, seconds since 1970.
    pub fn forget(&self, now: i64) {
        self.lock().shown.retain(|_, (_, until)| *until >= now);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory for VolatileMemory {
    fn use_proof(&self, id: [u8; 32], question: Option<[u8; 32]>, until: i64) -> ShownBefore<'_> {
        let used = match self.lock().shown.entry(id) {
            Entry::Vacant(entry) => {
                entry.insert((question, until));
                ProofUse::First
            }
            Entry::Occupied(entry) if question.is_some() && entry.get().0 == question => {
                ProofUse::SameQuestion
            }
            Entry::Occupied(_) => ProofUse::Spent,
        };
        Box::pin(std::future::ready(Ok(used)))
    }

    fn is_revoked(&self, subject: &Subject) -> bool {
        self.lock().subjects.contains(subject)
    }

    fn is_token_revoked(&self, id: &[u8; 32]) -> bool {
        self.lock().tokens.contains(id)
    }
}
