//! Whose accounts the people of a dataset are.

use std::collections::HashMap;

use crate::key::Key;

/// The holders of accounts, for each person of a dataset: each of their ids, and their family. The same id is one
/// holder in every dataset of a node. Under another id somebody keeps the charges of those that stayed.
///
/// A holder is 32 bits of a keyed hash. Two who share them share an account: of both together less is told.
#[derive(Clone, Debug, Default)]
pub struct Holders {
    of: HashMap<u32, Vec<u32>>,
    people: HashMap<u32, Vec<u32>>,
}

impl Holders {
    pub(crate) fn new<'a>(
        key: &Key,
        dataset: &str,
        people: impl IntoIterator<Item = (u32, Vec<&'a str>, Option<&'a str>)>,
    ) -> Self {
        let mut holders = Self::default();
        for (person, ids, family) in people {
            let ids = ids.into_iter().map(|id| holder(key, "", id));
            let family = family.map(|family| holder(key, dataset, family));
            for holder in ids.chain(family) {
                holders.of.entry(person).or_default().push(holder);
                holders.people.entry(holder).or_default().push(person);
            }
        }
        holders
    }

    /// Returns the holders that a person is. The first is their own.
    pub(crate) fn of(&self, person: u32) -> &[u32] {
        self.of.get(&person).map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns the people whose account it is.
    pub(crate) fn people_of(&self, holder: u32) -> impl Iterator<Item = u32> {
        self.people.get(&holder).into_iter().flatten().copied()
    }
}

fn holder(key: &Key, dataset: &str, name: &str) -> u32 {
    let hash = key.hash("holder", &format!("{dataset}\n{name}"));
    let [a, b, c, d, ..] = *hash.as_bytes();
    u32::from_le_bytes([a, b, c, d])
}
