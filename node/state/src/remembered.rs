//! What decides about answers, in memory, in one version.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    fmt,
    sync::Arc,
};

use blake3::Hash;
use fyr_policy::{Consents, Forgotten, Subject};

use crate::{ReleasedPeople, Revocation, key::Key, releases::Releases};

/// Everything that a node has to know at once.
#[derive(Clone, PartialEq)]
pub struct Remembered {
    pub(crate) version: u64,
    /// What people said.
    pub consents: Arc<Consents>,
    /// Whoever withdrew, those too who were forgotten since.
    pub withdrawn: WithdrawnIds,
    /// Those of them whom nothing names any more.
    pub(crate) forgotten: Arc<WithdrawnIds>,
    /// Who was released.
    pub(crate) releases: Releases,
    /// Who is not accepted any more.
    pub revoked: Arc<Revoked>,
}

impl Remembered {
    /// What a new state remembers.
    pub(crate) fn nothing(key: &Key) -> Self {
        let withdrawn = WithdrawnIds::nobody(key);
        let forgotten = Arc::new(withdrawn.clone());
        let (consents, revoked, releases) = (Arc::default(), Arc::default(), Releases::new());
        Self { version: 0, consents, withdrawn, forgotten, releases, revoked }
    }

    /// Returns the version; a change makes a greater one.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Returns who of a dataset was released; none where nobody was yet.
    pub fn released(&self, dataset: &str) -> Option<&ReleasedPeople> {
        self.releases.get(dataset).map(AsRef::as_ref)
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

/// The ids of whoever withdrew, as keyed hashes, by what they were hashed with. Each counts for every dataset.
#[derive(Clone, PartialEq)]
pub struct WithdrawnIds {
    key: Key,
    scopes: BTreeMap<String, Arc<HashSet<Hash>>>,
}

impl WithdrawnIds {
    pub(crate) fn nobody(key: &Key) -> Self {
        Self { key: key.clone(), scopes: BTreeMap::new() }
    }

    /// Returns whether an id belongs to somebody who withdrew.
    pub fn contains(&self, id: &str) -> bool {
        self.scopes.iter().any(|(scope, hashes)| hashes.contains(&self.key.hash(scope, id)))
    }

    /// Returns how many ids are remembered; a person may have several.
    pub fn len(&self) -> usize {
        self.scopes.values().map(|hashes| hashes.len()).sum()
    }

    /// Returns whether nobody withdrew.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn insert(&mut self, scope: String, hash: Hash) {
        Arc::make_mut(self.scopes.entry(scope).or_default()).insert(hash);
    }

    /// Returns those that are none of some ids.
    pub(crate) fn but<'a>(&self, ids: impl Iterator<Item = &'a str> + Clone) -> Self {
        let of_scope = |(scope, hashes): (&String, &Arc<HashSet<Hash>>)| {
            let known: HashSet<Hash> = ids.clone().map(|id| self.key.hash(scope, id)).collect();
            let others: HashSet<Hash> = hashes.difference(&known).copied().collect();
            (!others.is_empty()).then(|| (scope.clone(), Arc::new(others)))
        };
        Self { key: self.key.clone(), scopes: self.scopes.iter().filter_map(of_scope).collect() }
    }
}

impl Forgotten for WithdrawnIds {
    fn has(&self, id: &str) -> bool {
        self.contains(id)
    }
}

impl Default for WithdrawnIds {
    /// Nobody.
    fn default() -> Self {
        Self::nobody(&Key::of_nobody())
    }
}

impl fmt::Debug for WithdrawnIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WithdrawnIds").field("ids", &self.len()).finish_non_exhaustive()
    }
}
