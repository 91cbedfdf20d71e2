//! What decides about answers, in memory, in one version.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    fmt,
    sync::Arc,
};

use blake3::Hash;
use fyr_policy::{Consents, Subject};

use crate::{Revocation, key::Key};

/// Everything that a node has to know at once.
#[derive(Clone, PartialEq)]
pub struct Remembered {
    pub(crate) version: u64,
    /// What people said.
    pub consents: Arc<Consents>,
    /// Whoever withdrew, those too who were forgotten since.
    pub withdrawn: WithdrawnPeople,
    /// Who is not accepted any more.
    pub revoked: Arc<Revoked>,
}

impl Remembered {
    /// What a new state remembers.
    pub(crate) fn nothing(key: &Key) -> Self {
        let withdrawn = WithdrawnPeople::nobody(key);
        Self { version: 0, consents: Arc::default(), withdrawn, revoked: Arc::default() }
    }

    /// Returns the version; a change makes a greater one.
    pub fn version(&self) -> u64 {
        self.version
    }
}

impl fmt::Debug for Remembered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remembered").field("version", &self.version).finish_non_exhaustive()
    }
}

/// Requesters and tokens that are not accepted any more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revoked {
    subjects: BTreeMap<String, BTreeSet<String>>,
    tokens: HashSet<[u8; 32]>,
}

impl Revoked {
    /// Returns whether nothing is accepted that this requester shows.
    pub fn has_subject(&self, subject: &Subject) -> bool {
        self.subjects.get(&subject.issuer).is_some_and(|ids| ids.contains(&subject.id))
    }

    /// Returns whether a token is not accepted, by a digest of it or of its id.
    pub fn has_token(&self, id: &[u8; 32]) -> bool {
        self.tokens.contains(id)
    }

    pub(crate) fn insert(&mut self, revocation: Revocation) {
        match revocation {
            Revocation::Subject(Subject { issuer, id }) => {
                self.subjects.entry(issuer).or_default().insert(id);
            }
            Revocation::Token(id) => {
                self.tokens.insert(id);
            }
        }
    }
}

/// The ids of whoever withdrew, by dataset, as keyed hashes.
#[derive(Clone, PartialEq)]
pub struct WithdrawnPeople {
    key: Key,
    datasets: BTreeMap<String, Arc<HashSet<Hash>>>,
}

impl WithdrawnPeople {
    pub(crate) fn nobody(key: &Key) -> Self {
        Self { key: key.clone(), datasets: BTreeMap::new() }
    }

    /// Returns whether an id of a dataset belongs to somebody who withdrew.
    pub fn contains(&self, dataset: &str, id: &str) -> bool {
        self.datasets.get(dataset).is_some_and(|hashes| hashes.contains(&self.key.hash(dataset, id)))
    }

    /// Returns those of one dataset.
    pub fn of(&self, dataset: &str) -> WithdrawnIds {
        WithdrawnIds {
            key: self.key.clone(),
            dataset: dataset.to_owned(),
            hashes: self.datasets.get(dataset).cloned().unwrap_or_default(),
        }
    }

    /// Returns the datasets that somebody withdrew from.
    pub(crate) fn datasets(&self) -> impl Iterator<Item = &str> {
        self.datasets.keys().map(String::as_str)
    }

    pub(crate) fn insert(&mut self, dataset: String, hash: Hash) {
        Arc::make_mut(self.datasets.entry(dataset).or_default()).insert(hash);
    }
}

impl fmt::Debug for WithdrawnPeople {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WithdrawnPeople").field("datasets", &self.datasets.len()).finish_non_exhaustive()
    }
}

/// The ids of whoever withdrew from one dataset.
#[derive(Clone)]
pub struct WithdrawnIds {
    key: Key,
    dataset: String,
    hashes: Arc<HashSet<Hash>>,
}

impl WithdrawnIds {
    /// Returns whether an id belongs to somebody who withdrew.
    pub fn contains(&self, id: &str) -> bool {
        !self.hashes.is_empty() && self.hashes.contains(&self.key.hash(&self.dataset, id))
    }

    /// Returns how many ids are remembered; a person may have several.
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Returns whether nobody withdrew.
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }
}

impl Default for WithdrawnIds {
    /// Nobody.
    fn default() -> Self {
        WithdrawnPeople::nobody(&Key::of_nobody()).of("")
    }
}

impl fmt::Debug for WithdrawnIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WithdrawnIds").field("ids", &self.hashes.len()).finish_non_exhaustive()
    }
}
