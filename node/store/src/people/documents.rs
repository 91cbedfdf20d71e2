//! Leaving people out of documents before they are stored, as a view leaves them out afterwards.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use fyr_schemas::{EntryType, model::Entry};

use super::{
    entries::{EntryKey, Links},
    persons::{Left, Person, Persons},
    redact::redact,
};

/// What was left out.
#[derive(Debug, Default)]
pub struct LeftOut {
    /// How many entries.
    pub entries: u64,
    /// All ids of each person, as far as the entries tell.
    pub people: Vec<Vec<String>>,
}

/// Leaves out everything that belongs to somebody with an id of which `is_gone` holds, by whichever id, and takes
/// them out of what is said of others.
pub fn leave_out(entries: Vec<Entry>, is_gone: impl Fn(&str) -> bool) -> (Vec<Entry>, LeftOut) {
    let documents = Documents::of(&entries);
    let mut gone: BTreeMap<Person, &str> = BTreeMap::new();
    for id in documents.ids().filter(|id| is_gone(id)) {
        gone.extend(documents.persons.of_id(id).map(|person| (person, id)));
    }
    let is_hidden = |id: &str| {
        is_gone(id) || documents.persons.of_id(id).is_some_and(|person| gone.contains_key(&person))
    };
    let before = entries.len();
    let mut kept = Vec::with_capacity(before);
    let runs = sources_of_runs(&entries);
    for (mut entry, key) in entries.into_iter().zip(&documents.keys) {
        if entry.entry_type.is_about_a_person() && sources(&entry, &runs).any(&is_hidden) {
            continue;
        }
        match documents.persons.left_of(key, |person| gone.contains_key(&person)) {
            Left::Nothing => continue,
            Left::Members(_) => entry.members.retain(|id| !is_hidden(id)),
            Left::All => {}
        }
        redact(&mut entry.document, &is_hidden);
        kept.push(entry);
    }
    let people = gone.values().map(|id| documents.persons.aliases(id)).collect();
    let entries = (before - kept.len()) as u64;
    (kept, LeftOut { entries, people })
}

/// Returns the ids of people and samples that each run names.
fn sources_of_runs(entries: &[Entry]) -> HashMap<String, [Option<String>; 2]> {
    let runs = entries.iter().filter(|entry| entry.entry_type == EntryType::Run);
    runs.map(|run| (run.id.clone(), [run.individual.clone(), run.biosample.clone()])).collect()
}

/// Returns the ids of people and samples that an entry names, by itself or by its run. Whoever's it says that it is,
/// it tells of all of them.
fn sources<'a>(
    entry: &'a Entry,
    runs: &'a HashMap<String, [Option<String>; 2]>,
) -> impl Iterator<Item = &'a str> {
    let run = entry.run.as_ref().and_then(|run| runs.get(run)).into_iter().flatten().flatten();
    entry.individual.iter().chain(&entry.biosample).chain(run).map(String::as_str)
}

/// Documents that are not stored yet, under numbers of their own.
struct Documents {
    numbers: BTreeMap<Arc<str>, u32>,
    keys: Vec<EntryKey>,
    persons: Persons,
}

impl Documents {
    fn of(entries: &[Entry]) -> Self {
        let named = entries.iter().flat_map(|entry| entry.individual.iter().chain(&entry.members));
        let named: BTreeSet<Arc<str>> = named.map(|id| id.as_str().into()).collect();
        let numbers: BTreeMap<Arc<str>, u32> = named.into_iter().zip(0..).collect();
        let keys: Vec<_> = entries.iter().zip(0..).map(|(entry, at)| key(entry, at, &numbers)).collect();
        let persons = Persons::of_names(numbers.iter().map(|(id, number)| (id, *number)), &keys);
        Self { numbers, keys, persons }
    }

    /// Returns the ids of people, and of what bears a name of them.
    fn ids(&self) -> impl Iterator<Item = &str> {
        let named = self.keys.iter().filter(|key| key.entry_type.is_about_a_person());
        let sources = named.clone().filter_map(|key| key.links.as_ref()?.biosample.as_deref());
        let names = named.filter(|key| key.entry_type.names_a_person()).map(|key| key.id.as_ref());
        self.numbers.keys().map(AsRef::as_ref).chain(names).chain(sources)
    }
}

fn key(entry: &Entry, at: u32, numbers: &BTreeMap<Arc<str>, u32>) -> EntryKey {
    let number = |id: &String| numbers.get(id.as_str()).copied();
    let individual = entry.individual.as_ref().and_then(number);
    let members = (!entry.members.is_empty()).then(|| entry.members.iter().filter_map(number).collect());
    let links = Links { biosample: entry.biosample.clone(), run: entry.run.clone() };
    let is_person = entry.entry_type == EntryType::Individual;
    EntryKey {
        entry_type: entry.entry_type,
        number: if is_person { individual.unwrap_or(at) } else { at },
        id: entry.id.as_str().into(),
        individual,
        biosample: None,
        run: None,
        members,
        links: (entry.entry_type.may_name_only_its_source() && individual.is_none()).then_some(links),
    }
}
