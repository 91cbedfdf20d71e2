//! Who is who in all datasets of a store: the same id is the same person in each, so whatever shares one anywhere is one.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use super::{EntryKey, IndividualRow, Person, Persons};

/// The people of all datasets of a store.
#[derive(Debug, Default)]
pub struct Everybody {
    datasets: BTreeMap<String, InDataset>,
}

/// The people of one dataset.
#[derive(Debug)]
struct InDataset {
    persons: Persons,
    ids_of: HashMap<Person, Vec<Arc<str>>>,
    samples: HashSet<Arc<str>>,
    /// The ids of people, samples and biosamples; not those that are merely mentioned.
    known: HashSet<Arc<str>>,
}

/// What a dataset has of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundIn {
    /// The dataset.
    pub dataset: String,
    /// The ids that they have in it, in order.
    pub ids: Vec<String>,
    /// Those of them under which it has genotypes.
    pub samples: Vec<String>,
}

impl Everybody {
    /// Takes up the people of one more dataset: those with genotypes, and all.
    pub(crate) fn add(
        &mut self,
        dataset: &str,
        genotyped: &[IndividualRow],
        people: &[IndividualRow],
        entries: &[EntryKey],
    ) {
        let persons = Persons::new(people, entries);
        let mut ids_of: HashMap<Person, Vec<Arc<str>>> = HashMap::new();
        for (id, person) in persons.ids() {
            ids_of.entry(person).or_default().push(Arc::clone(id));
        }
        let samples = genotyped.iter().map(|person| Arc::clone(&person.id)).collect();
        let named = entries.iter().filter(|key| key.entry_type.names_a_person()).map(|key| &key.id);
        let known = people.iter().map(|person| &person.id).chain(named).map(Arc::clone).collect();
        self.datasets.insert(dataset.to_owned(), InDataset { persons, ids_of, samples, known });
    }

    /// Returns all ids of the person who has some, in all datasets; those too that nobody has.
    pub fn ids_of<'a>(&self, ids: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
        let mut all: BTreeSet<String> = ids.into_iter().map(str::to_owned).collect();
        let mut left: Vec<String> = all.iter().cloned().collect();
        while let Some(id) = left.pop() {
            for dataset in self.datasets.values() {
                let person = dataset.persons.of_id(&id);
                let others = person.and_then(|person| dataset.ids_of.get(&person));
                for other in others.into_iter().flatten() {
                    if all.insert(other.to_string()) {
                        left.push(other.to_string());
                    }
                }
            }
        }
        all
    }

    /// Returns which datasets have something of a person with these ids.
    pub fn found(&self, ids: &BTreeSet<String>) -> Vec<FoundIn> {
        let of_dataset = |(name, dataset): (&String, &InDataset)| {
            let among = |set: &HashSet<Arc<str>>| -> Vec<String> {
                ids.iter().filter(|id| set.contains(id.as_str())).cloned().collect()
            };
            let (here, samples) = (among(&dataset.known), among(&dataset.samples));
            (!here.is_empty()).then(|| FoundIn { dataset: name.clone(), ids: here, samples })
        };
        self.datasets.iter().filter_map(of_dataset).collect()
    }

    /// Returns the names of the datasets, in order.
    pub fn datasets(&self) -> impl Iterator<Item = &str> {
        self.datasets.keys().map(String::as_str)
    }

    /// Returns the ids of people, samples and biosamples of a dataset; none of one that is not there.
    pub fn ids(&self, dataset: &str) -> impl Iterator<Item = &str> {
        self.datasets.get(dataset).into_iter().flat_map(|dataset| &dataset.known).map(AsRef::as_ref)
    }
}
