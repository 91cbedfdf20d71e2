//! Under which names the people of a dataset are known.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use fyr_store::people::IndividualRow;

/// A person, by their number and by all their names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonNames {
    /// The number within the dataset.
    pub number: u32,
    /// All their ids, the present one first.
    pub ids: Vec<Arc<str>>,
    /// The family that they are stated to be of.
    pub family: Option<Arc<str>>,
}

/// Collects the names of people from all that is said of them, oldest first. Of what is said of somebody's family several
/// times, the last that says something counts.
pub(super) fn named<'a>(
    members: impl Iterator<Item = &'a IndividualRow>,
    present: impl Fn(u32) -> Arc<str>,
) -> Vec<PersonNames> {
    let mut former: BTreeMap<u32, BTreeSet<Arc<str>>> = BTreeMap::new();
    let mut families: BTreeMap<u32, Arc<str>> = BTreeMap::new();
    for member in members {
        former.entry(member.index).or_default().insert(Arc::clone(&member.id));
        if let Some(family) = member.family.as_deref() {
            families.insert(member.index, Arc::from(family));
        }
    }
    let person = |(number, former): (u32, BTreeSet<Arc<str>>)| {
        let present = present(number);
        let former: Vec<_> = former.into_iter().filter(|id| *id != present).collect();
        let ids = std::iter::once(present).chain(former).collect();
        PersonNames { number, ids, family: families.get(&number).cloned() }
    };
    former.into_iter().map(person).collect()
}
