//! Those of a dataset who are not told of yet.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
};

use fyr_store::people::Person;
use roaring::RoaringBitmap;

use super::dataset::Dataset;

/// Those of a dataset who wait to be released, and may be counted then.
#[derive(Clone, Default)]
pub struct Waiting {
    /// Each with all their ids.
    pub people: Vec<Vec<String>>,
    /// How many families they are of; whoever is in none is one of their own.
    pub families: u64,
}

impl Waiting {
    /// Names people of a dataset.
    pub(super) fn of(dataset: &Dataset, people: &RoaringBitmap) -> Self {
        if people.is_empty() {
            return Self::default();
        }
        let persons = dataset.persons();
        let mut named: BTreeMap<Person, Vec<String>> = BTreeMap::new();
        for (id, person) in persons.ids().filter(|(_, person)| people.contains(*person)) {
            named.entry(person).or_default().push(id.to_string());
        }
        named.values_mut().for_each(|ids| ids.sort_unstable());
        let numbers = persons.numbers(|person| people.contains(person));
        // Of several numbers of a person one may say the family.
        let mut first: HashMap<Person, u32> = HashMap::new();
        for number in &numbers {
            if let Some(person) = persons.of_number(number) {
                first.entry(person).or_insert(number);
            }
        }
        let families = |numbers| dataset.families.among(numbers);
        let families = families(&numbers).min(families(&first.into_values().collect()));
        Self { people: named.into_values().collect(), families }
    }
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { people, families } = self;
        f.debug_struct("Waiting").field("people", &people.len()).field("families", families).finish()
    }
}
