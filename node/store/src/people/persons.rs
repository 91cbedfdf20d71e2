//! Who is who in a dataset: under which ids and numbers each person is known, and what belongs to them.
//!
//! A person may be named by their own document, by samples of the genotypes and by biosamples. Whatever
//! shares an id or a number is one person, so that nothing of somebody who left stays under another name.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use fyr_schemas::EntryType;
use roaring::RoaringBitmap;

use super::{entries::EntryKey, individuals::IndividualRow, numbered::Numbered};

/// A person of a dataset. It means something only within one [`Persons`].
pub type Person = u32;

/// What is left of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// Everything.
    All,
    /// These members of a cohort.
    Members(Vec<u32>),
    /// Nothing: it was theirs who are gone, and nobody else's.
    Nothing,
}

/// The persons of a dataset.
#[derive(Debug, Default)]
pub struct Persons {
    /// By the ids of people, samples and biosamples.
    ids: HashMap<Arc<str>, Person>,
    /// By the numbers that bitmaps know.
    numbers: Numbered<Person>,
    /// By type and number of samples, runs and analyses. Whose they were before does not matter.
    entries: BTreeMap<EntryType, Numbered<Person>>,
    all: RoaringBitmap,
}

impl Persons {
    /// Finds out who is who. Of an entry that comes several times, the last counts.
    pub fn new<'a>(
        members: impl IntoIterator<Item = &'a IndividualRow>,
        entries: impl IntoIterator<Item = &'a EntryKey>,
    ) -> Self {
        Self::of_names(members.into_iter().map(|member| (&member.id, member.index)), entries)
    }

    /// Finds out who is who, from the ids that go with numbers.
    pub(crate) fn of_names<'a>(
        names: impl IntoIterator<Item = (&'a Arc<str>, u32)>,
        entries: impl IntoIterator<Item = &'a EntryKey>,
    ) -> Self {
        let mut union = Union::default();
        for (id, number) in names {
            let (id, number) = (union.id(id), union.number(number));
            union.join(id, number);
        }
        let mut latest: BTreeMap<EntryType, Numbered<&EntryKey>> = BTreeMap::new();
        for key in entries {
            latest.entry(key.entry_type).or_default().insert(key.number, key);
        }
        let runs = latest.get(&EntryType::Run).into_iter().flat_map(Numbered::values);
        let runs = runs.map(|key| (key.id.as_ref(), *key)).collect();
        latest.values().flat_map(Numbered::values).for_each(|key| union.add(key, &runs));
        union.finish()
    }

    /// Returns the person with an id.
    pub fn of_id(&self, id: &str) -> Option<Person> {
        self.ids.get(id).copied()
    }

    /// Returns the person with a number.
    pub fn of_number(&self, number: u32) -> Option<Person> {
        self.numbers.get(number).copied()
    }

    /// Returns the person whom an entry is about.
    pub fn of_entry(&self, key: &EntryKey) -> Option<Person> {
        match key.entry_type {
            EntryType::Individual => self.of_number(key.number),
            kind => self.entries.get(&kind)?.get(key.number).copied(),
        }
    }

    /// Returns what is left of an entry when some people are gone. Whose it was before counts too, and so does whose
    /// sample and run it names, whoever's it says that it is. A cohort that lists nobody else goes with them: without
    /// its list it would be one of everybody.
    pub fn left_of(&self, key: &EntryKey, is_gone: impl Fn(Person) -> bool) -> Left {
        let is_number_gone = |number: &u32| self.of_number(*number).is_some_and(&is_gone);
        if key.entry_type.is_about_a_person() {
            let is_theirs = self.of_entry(key).is_none_or(&is_gone)
                || key.individual.as_ref().is_some_and(is_number_gone)
                || self.sources_of(key).any(&is_gone);
            return if is_theirs { Left::Nothing } else { Left::All };
        }
        let Some(members) = &key.members else { return Left::All };
        let left: Vec<u32> = members.iter().copied().filter(|number| !is_number_gone(number)).collect();
        match (left.len() == members.len(), left.is_empty()) {
            (true, _) => Left::All,
            (false, true) => Left::Nothing,
            (false, false) => Left::Members(left),
        }
    }

    /// Returns whose the sample and the run are that an entry names.
    fn sources_of(&self, key: &EntryKey) -> impl Iterator<Item = Person> {
        let named = [(EntryType::Biosample, key.biosample), (EntryType::Run, key.run)];
        named.into_iter().filter_map(|(kind, number)| self.entries.get(&kind)?.get(number?).copied())
    }

    /// Returns all persons.
    pub fn all(&self) -> &RoaringBitmap {
        &self.all
    }

    /// Returns the numbers of those for whom something holds.
    pub fn numbers(&self, holds: impl Fn(Person) -> bool) -> RoaringBitmap {
        self.numbers.iter().filter(|(_, person)| holds(**person)).map(|(number, _)| number).collect()
    }

    /// Returns every id with the person whose it is, in no order.
    pub fn ids(&self) -> impl Iterator<Item = (&Arc<str>, Person)> {
        self.ids.iter().map(|(id, person)| (id, *person))
    }

    /// Returns all ids of a person, the given one first; only that where nobody has it.
    pub fn aliases(&self, id: &str) -> Vec<String> {
        let person = self.of_id(id);
        let is_other = |(other, of): &(&Arc<str>, &Person)| Some(**of) == person && other.as_ref() != id;
        let mut others: Vec<_> =
            self.ids.iter().filter(is_other).map(|(other, _)| other.to_string()).collect();
        others.sort_unstable();
        std::iter::once(id.to_owned()).chain(others).collect()
    }
}

/// Sets of names that are joined as more becomes known.
#[derive(Default)]
struct Union {
    named: Persons,
    parents: Vec<Person>,
}

impl Union {
    fn id(&mut self, id: &Arc<str>) -> Person {
        if let Some(known) = self.named.ids.get(id) {
            return *known;
        }
        let new = self.grow();
        self.named.ids.insert(Arc::clone(id), new);
        new
    }

    fn number(&mut self, number: u32) -> Person {
        if let Some(known) = self.named.numbers.get(number) {
            return *known;
        }
        let new = self.grow();
        self.named.numbers.insert(number, new);
        new
    }

    /// Returns whose an entry is: the person's whom it names, else nobody's that is known yet.
    fn entry(&mut self, key: &EntryKey) -> Person {
        if key.entry_type == EntryType::Individual {
            return self.number(key.number);
        }
        if let Some(known) = self.named.entries.get(&key.entry_type).and_then(|of| of.get(key.number)) {
            return *known;
        }
        let owner = match key.individual {
            Some(person) => self.number(person),
            None => self.grow(),
        };
        self.named.entries.entry(key.entry_type).or_default().insert(key.number, owner);
        owner
    }

    fn grow(&mut self) -> Person {
        let new = Person::try_from(self.parents.len()).unwrap_or(Person::MAX);
        self.parents.push(new);
        new
    }

    fn root(&mut self, mut name: Person) -> Person {
        while let Some(parent) = self.parents.get(name as usize).copied().filter(|parent| *parent != name) {
            let above = self.parents.get(parent as usize).copied().unwrap_or(parent);
            if let Some(slot) = self.parents.get_mut(name as usize) {
                *slot = above;
            }
            name = parent;
        }
        name
    }

    fn join(&mut self, a: Person, b: Person) {
        let (a, b) = (self.root(a), self.root(b));
        if let Some(slot) = self.parents.get_mut(a as usize) {
            *slot = b;
        }
    }

    /// Takes what an entry says. One that names its person is theirs, whatever else it names.
    fn add(&mut self, key: &EntryKey, runs: &HashMap<&str, &EntryKey>) {
        if !key.entry_type.is_about_a_person() {
            return;
        }
        let own = self.entry(key);
        if key.entry_type.names_a_person() {
            let id = self.id(&key.id);
            self.join(own, id);
        }
        let Some(links) = key.links.as_ref().filter(|_| key.individual.is_none()) else { return };
        let run = || links.run.as_deref().and_then(|run| runs.get(run));
        let other = match &links.biosample {
            Some(biosample) => Some(self.id(&biosample.as_str().into())),
            None => run().map(|run| self.entry(run)),
        };
        if let Some(other) = other {
            self.join(own, other);
        }
    }

    fn finish(mut self) -> Persons {
        let mut named = std::mem::take(&mut self.named);
        named.ids.values_mut().for_each(|person| *person = self.root(*person));
        named.numbers.values_mut().for_each(|person| *person = self.root(*person));
        named
            .entries
            .values_mut()
            .flat_map(Numbered::values_mut)
            .for_each(|person| *person = self.root(*person));
        let entries = named.entries.values().flat_map(Numbered::values);
        let mut all: Vec<Person> = named.numbers.values().chain(entries).copied().collect();
        all.sort_unstable();
        named.all = all.into_iter().collect();
        named
    }
}
