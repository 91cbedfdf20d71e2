//! What of the entries of a dataset stays in memory: ids, links, and which segment has the latest word.

use std::{collections::BTreeMap, sync::Arc};

use fyr_schemas::EntryType;
use fyr_store::people::{EntryKey, Numbered};
use roaring::RoaringBitmap;

/// The entries of a dataset without their documents.
#[derive(Debug, Default)]
pub(crate) struct EntryIndex {
    types: BTreeMap<EntryType, TypeIndex>,
}

/// The entries of one type.
#[derive(Debug, Default)]
pub(crate) struct TypeIndex {
    keys: Numbered<Arc<EntryKey>>,
    /// For each segment, the entries of which it has the latest document.
    owned: Vec<RoaringBitmap>,
    all: RoaringBitmap,
}

impl EntryIndex {
    /// Puts the entries of segments together, oldest first.
    pub(crate) fn new<S: IntoIterator<Item = Arc<EntryKey>>>(segments: impl IntoIterator<Item = S>) -> Self {
        let mut index = Self::default();
        for (position, keys) in segments.into_iter().enumerate() {
            for key in keys {
                index.types.entry(key.entry_type).or_default().insert(position, key);
            }
        }
        index
    }

    /// Returns the types that there are entries of.
    pub(crate) fn types(&self) -> impl Iterator<Item = EntryType> {
        self.types.keys().copied()
    }

    /// Returns how many entries there are of each type.
    pub(crate) fn counts(&self) -> BTreeMap<EntryType, u64> {
        self.types.iter().map(|(kind, index)| (*kind, index.all.len())).collect()
    }

    /// Returns the entries of a type.
    pub(crate) fn of(&self, kind: EntryType) -> Option<&TypeIndex> {
        self.types.get(&kind)
    }

    /// Returns all numbers of a type.
    pub(crate) fn all(&self, kind: EntryType) -> RoaringBitmap {
        self.of(kind).map(|index| index.all.clone()).unwrap_or_default()
    }

    /// Keeps what a segment may speak for.
    pub(crate) fn current(&self, kind: EntryType, segment: usize, numbers: RoaringBitmap) -> RoaringBitmap {
        let owned = self.of(kind).and_then(|index| index.owned.get(segment));
        owned.map(|owned| numbers & owned).unwrap_or_default()
    }

    /// Returns the people whom entries are about. `everyone` are those whom a cohort without a list holds.
    pub(crate) fn people_of(
        &self,
        kind: EntryType,
        numbers: &RoaringBitmap,
        everyone: &RoaringBitmap,
    ) -> RoaringBitmap {
        let keys = || self.of(kind).into_iter().flat_map(|index| index.select(numbers));
        match kind {
            EntryType::Individual => numbers & everyone,
            EntryType::Cohort => {
                keys().fold(RoaringBitmap::new(), |people, key| people | members(key, everyone))
            }
            _ => keys().filter_map(|key| key.individual).collect(),
        }
    }

    /// Returns whether some of the entries of people name nobody.
    pub(crate) fn names_nobody(&self, kind: EntryType, numbers: &RoaringBitmap) -> bool {
        let nobody = |key: &EntryKey| key.individual.is_none();
        let is_of_people = kind.is_about_a_person() && kind != EntryType::Individual;
        is_of_people && self.of(kind).is_some_and(|index| index.select(numbers).any(nobody))
    }

    /// Returns the entries of a type that are about one of these people.
    pub(crate) fn of_people(
        &self,
        kind: EntryType,
        people: &RoaringBitmap,
        everyone: &RoaringBitmap,
    ) -> RoaringBitmap {
        let keys = || self.of(kind).into_iter().flat_map(TypeIndex::keys);
        match kind {
            EntryType::Individual => people & everyone,
            EntryType::Cohort => {
                let has_one = |key: &&EntryKey| !members(key, everyone).is_disjoint(people);
                keys().filter(has_one).map(|key| key.number).collect()
            }
            _ => {
                let is_theirs =
                    |key: &&EntryKey| key.individual.is_some_and(|person| people.contains(person));
                keys().filter(is_theirs).map(|key| key.number).collect()
            }
        }
    }

    /// Translates entries of one type into those of another that belong to them.
    ///
    /// Samples, runs and analyses belong together by sample where both name one; everything else does by
    /// person.
    pub(crate) fn translate(
        &self,
        (from, numbers): (EntryType, &RoaringBitmap),
        to: EntryType,
        everyone: &RoaringBitmap,
    ) -> RoaringBitmap {
        if from == to {
            return numbers.clone();
        }
        let people = self.people_of(from, numbers, everyone);
        let by_person = self.of_people(to, &people, everyone);
        if !(from.is_of_a_sample() && to.is_of_a_sample()) {
            return by_person;
        }
        let samples: RoaringBitmap = self
            .of(from)
            .into_iter()
            .flat_map(|index| index.select(numbers))
            .filter_map(|key| key.biosample)
            .collect();
        let targets = self.of(to).into_iter().flat_map(TypeIndex::keys);
        let belongs = |key: &&EntryKey| match key.biosample {
            Some(sample) => samples.contains(sample),
            None => by_person.contains(key.number),
        };
        targets.filter(belongs).map(|key| key.number).collect()
    }
}

impl TypeIndex {
    fn insert(&mut self, segment: usize, key: Arc<EntryKey>) {
        if !self.all.insert(key.number) {
            self.owned.iter_mut().for_each(|owned| {
                owned.remove(key.number);
            });
        }
        if self.owned.len() <= segment {
            self.owned.resize_with(segment + 1, RoaringBitmap::new);
        }
        if let Some(owned) = self.owned.get_mut(segment) {
            owned.insert(key.number);
        }
        self.keys.insert(key.number, key);
    }

    fn select<'a>(&'a self, numbers: &'a RoaringBitmap) -> impl Iterator<Item = &'a EntryKey> {
        numbers.iter().filter_map(|number| self.keys.get(number).map(AsRef::as_ref))
    }

    /// Returns all entries, by number.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &EntryKey> {
        self.keys.values().map(AsRef::as_ref)
    }

    /// Returns the entry with a number.
    pub(crate) fn get(&self, number: u32) -> Option<&EntryKey> {
        self.keys.get(number).map(AsRef::as_ref)
    }

    /// Returns the entry with an id.
    pub(crate) fn find(&self, id: &str) -> Option<&EntryKey> {
        self.keys().find(|key| key.id.as_ref() == id)
    }

    /// Returns the entries that come from a run.
    pub(crate) fn of_run(&self, run: u32) -> RoaringBitmap {
        self.keys.values().filter(|key| key.run == Some(run)).map(|key| key.number).collect()
    }
}

fn members(cohort: &EntryKey, everyone: &RoaringBitmap) -> RoaringBitmap {
    cohort.members.as_ref().map_or_else(|| everyone.clone(), |members| members.iter().copied().collect())
}
