//! Which numbers new entries and their people get, and who is whose.

use std::collections::{BTreeMap, HashMap};

use fyr_schemas::{EntryType, model::Entry};

use crate::people::{EntryKey, IndividualRow, Numbers};

/// The numbers that the new entries and their people have.
pub(super) struct Numbering {
    /// People whom the segment mentions, by id.
    people: BTreeMap<String, u32>,
    numbers: HashMap<(EntryType, String), u32>,
    /// People of biosamples and runs, by their numbers.
    of_biosample: HashMap<String, u32>,
    of_run: HashMap<String, u32>,
}

impl Numbering {
    /// Numbers the people and entries of documents, after what the dataset keeps: people with genotypes or without, and
    /// entries. `others` are mentioned beside documents.
    pub(super) fn new<'a>(
        (known, entries): (&[IndividualRow], &[EntryKey]),
        documents: &'a [Entry],
        others: impl Iterator<Item = &'a String>,
    ) -> Self {
        let mut people = Numbers::new(known, entries);
        join_by_biosample(&mut people, documents);
        let mut numbering = Self {
            people: BTreeMap::new(),
            numbers: entries.iter().map(|key| ((key.entry_type, key.id.to_string()), key.number)).collect(),
            of_biosample: people_of(EntryType::Biosample, entries),
            of_run: people_of(EntryType::Run, entries),
        };
        let named = documents.iter().flat_map(|entry| entry.individual.iter().chain(&entry.members));
        for id in named.chain(others) {
            let number = people.of(id);
            numbering.people.insert(id.clone(), number);
        }
        numbering.number_entries(documents);
        numbering.find_people(documents, &people);
        numbering
    }

    /// Returns the people whom the segment mentions, with their numbers, in the order of their ids.
    pub(super) fn people(&self) -> impl Iterator<Item = (&str, u32)> {
        self.people.iter().map(|(id, number)| (id.as_str(), *number))
    }

    /// Returns the number of a person.
    pub(super) fn person(&self, id: &str) -> Option<u32> {
        self.people.get(id).copied()
    }

    /// Numbers entries that are new; those of people have the numbers of these.
    fn number_entries(&mut self, documents: &[Entry]) {
        let mut next: HashMap<EntryType, u32> = HashMap::new();
        for ((entry_type, _), number) in &self.numbers {
            let next = next.entry(*entry_type).or_default();
            *next = (*next).max(number + 1);
        }
        for entry in documents.iter().filter(|entry| entry.entry_type != EntryType::Individual) {
            let next = next.entry(entry.entry_type).or_default();
            let key = (entry.entry_type, entry.id.clone());
            self.numbers.entry(key).or_insert_with(|| {
                *next += 1;
                *next - 1
            });
        }
    }

    /// Biosamples before runs before analyses, because each may know its person by the former.
    fn find_people(&mut self, documents: &[Entry], people: &Numbers) {
        for of in [EntryType::Biosample, EntryType::Run] {
            for entry in documents.iter().filter(|entry| entry.entry_type == of) {
                // A biosample without a person may bear the id of a sample of the genotypes.
                let sample = entry.biosample.as_deref().and_then(|id| people.find(id));
                let Some(person) = self.person_of(entry).or(sample) else { continue };
                let map = if of == EntryType::Run { &mut self.of_run } else { &mut self.of_biosample };
                map.insert(entry.id.clone(), person);
            }
        }
    }

    /// Returns the number of an entry.
    pub(super) fn find(&self, entry_type: EntryType, id: &str) -> Option<u32> {
        self.numbers.get(&(entry_type, id.to_owned())).copied()
    }

    /// Returns the number of an entry; an individual's is the person's.
    pub(super) fn number(&self, entry_type: EntryType, id: &str) -> u32 {
        let found = match entry_type {
            EntryType::Individual => self.people.get(id).copied(),
            _ => self.find(entry_type, id),
        };
        found.unwrap_or_default()
    }

    /// Returns whose an entry is: by its own word, by its biosample, by its run.
    pub(super) fn person_of(&self, entry: &Entry) -> Option<u32> {
        let named = entry.individual.as_ref().and_then(|id| self.people.get(id));
        let by_biosample = || self.of_biosample.get(entry.biosample.as_ref()?);
        let by_run = || self.of_run.get(entry.run.as_ref()?);
        named.or_else(by_biosample).or_else(by_run).copied()
    }
}

/// Returns the people of the entries of a type, by the entries' ids.
fn people_of(entry_type: EntryType, entries: &[EntryKey]) -> HashMap<String, u32> {
    let of_type = entries.iter().filter(|key| key.entry_type == entry_type);
    of_type.filter_map(|key| Some((key.id.to_string(), key.individual?))).collect()
}

/// Where an individual's id is no sample's, the id of one of the biosamples may be.
fn join_by_biosample(people: &mut Numbers, documents: &[Entry]) {
    for entry in documents.iter().filter(|entry| entry.entry_type == EntryType::Biosample) {
        let Some(individual) = &entry.individual else { continue };
        match (people.find(individual), people.find(&entry.id)) {
            (None, Some(sample)) => people.alias(individual, sample),
            (None, None) => {
                // A later file of genotypes may name the biosample.
                let number = people.of(individual);
                people.alias(&entry.id, number);
            }
            _ => {}
        }
    }
}
