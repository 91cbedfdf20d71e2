//! The people of a dataset who are shown, and what is shown with them.

use std::sync::Arc;

use fyr_store::people::{EntryKey, Left, Persons};
use roaring::RoaringBitmap;

/// The people of a dataset who are shown.
#[derive(Debug, Default)]
pub(crate) struct Included {
    persons: Arc<Persons>,
    /// Who is shown.
    pub(crate) shown: RoaringBitmap,
    numbers: RoaringBitmap,
}

impl Included {
    /// Takes who is who, and whom of them.
    pub(crate) fn new(persons: Arc<Persons>, shown: RoaringBitmap) -> Self {
        let numbers = persons.numbers(|person| shown.contains(person));
        Self { persons, shown, numbers }
    }

    /// Returns the numbers of those who are shown.
    pub(crate) fn numbers(&self) -> &RoaringBitmap {
        &self.numbers
    }

    /// Returns an entry as it is shown. What is about nobody in particular is.
    pub(crate) fn shown(&self, key: &Arc<EntryKey>) -> Option<Arc<EntryKey>> {
        match self.persons.left_of(key, |person| !self.shown.contains(person)) {
            Left::All => Some(Arc::clone(key)),
            Left::Members(left) => Some(Arc::new(EntryKey { members: Some(left), ..key.as_ref().clone() })),
            Left::Nothing => None,
        }
    }

    /// Returns whether an id is that of somebody who is not shown.
    pub(crate) fn hides(&self, id: &str) -> bool {
        self.persons.of_id(id).is_some_and(|person| !self.shown.contains(person))
    }
}
