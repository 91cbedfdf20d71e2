//! What all people of a node have said: item by item of a dataset, and by whom a withdrawal, which is of every dataset.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use crate::Statement;

/// Knows people who withdrew and whom nothing names any more, by what else is kept of their ids.
pub trait Forgotten: fmt::Debug + Send + Sync {
    /// Returns whether an id is that of one of them.
    fn has(&self, id: &str) -> bool;
}

/// Knows whom of a dataset answers below open tell of: who came later waits until enough others have come.
pub trait Released: fmt::Debug + Send + Sync {
    /// Returns the release epoch: how often somebody was released.
    fn epoch(&self) -> u32;

    /// Returns whether an id is that of somebody who was released.
    fn has(&self, id: &str) -> bool;
}

/// What all people of a node have said, in one version, and whom of them is told.
#[derive(Clone, Debug, Default)]
pub struct Consents {
    version: u64,
    datasets: BTreeMap<String, Arc<BTreeMap<String, Statement>>>,
    /// Whoever withdrew and is named, under each of their ids: from every dataset.
    withdrawn: Arc<BTreeSet<String>>,
    forgotten: Option<Arc<dyn Forgotten>>,
    /// By dataset; of one that is not there nobody was released yet.
    released: Arc<BTreeMap<String, Arc<dyn Released>>>,
}

impl Consents {
    /// Collects statements: dataset, id of the person, what they said.
    pub fn new(version: u64, statements: impl IntoIterator<Item = (String, String, Statement)>) -> Self {
        Self::default().with(version, statements)
    }

    /// Returns a later version: what was said before, with what was said since.
    #[must_use]
    pub fn with(
        &self,
        version: u64,
        statements: impl IntoIterator<Item = (String, String, Statement)>,
    ) -> Self {
        let mut later = Self { version, ..self.clone() };
        for (dataset, person, statement) in statements {
            Arc::make_mut(later.datasets.entry(dataset).or_default()).insert(person, statement);
        }
        later
    }

    /// Returns the same without people who withdrew, by their ids, from every dataset.
    #[must_use]
    pub fn without(&self, ids: impl IntoIterator<Item = String>) -> Self {
        let mut without = self.clone();
        let mut ids = ids.into_iter().peekable();
        if ids.peek().is_some() {
            Arc::make_mut(&mut without.withdrawn).extend(ids);
        }
        without
    }

    /// Returns the same with another memory of those whom nothing names any more.
    #[must_use]
    pub fn hiding(&self, forgotten: Option<Arc<dyn Forgotten>>) -> Self {
        Self { forgotten, ..self.clone() }
    }

    /// Returns the same where these people of datasets were released, and nobody else.
    #[must_use]
    pub fn releasing(&self, released: BTreeMap<String, Arc<dyn Released>>) -> Self {
        Self { released: Arc::new(released), ..self.clone() }
    }

    /// Returns the version; a change makes a greater one.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Returns what a person of a dataset said.
    pub fn of(&self, dataset: &str, person: &str) -> Option<Statement> {
        let said = self.datasets.get(dataset).and_then(|people| people.get(person)).copied();
        let is_forgotten = || self.forgotten.as_ref().is_some_and(|forgotten| forgotten.has(person));
        if self.withdrawn.contains(person) || is_forgotten() {
            return Some(Statement { withdrawn: true, ..said.unwrap_or_default() });
        }
        said
    }

    /// Returns the statements that count for a dataset, by the person's id: those about it, and the withdrawals of
    /// whoever is named. Whom nothing names any more, [`Consents::forgotten`] knows.
    pub fn of_dataset(&self, dataset: &str) -> impl Iterator<Item = (&str, Statement)> {
        let people = self.datasets.get(dataset);
        let said = people.into_iter().flat_map(|people| people.iter()).map(|(person, said)| {
            let withdrawn = said.withdrawn || self.withdrawn.contains(person);
            (person.as_str(), Statement { withdrawn, ..*said })
        });
        let is_silent = move |person: &&String| people.is_none_or(|people| !people.contains_key(*person));
        let gone = Statement { withdrawn: true, ..Statement::default() };
        said.chain(self.withdrawn.iter().filter(is_silent).map(move |person| (person.as_str(), gone)))
    }

    /// Returns the ids of whoever withdrew from every dataset and is named, in order.
    pub fn withdrawn(&self) -> impl Iterator<Item = &str> + Clone {
        self.withdrawn.iter().map(String::as_str)
    }

    /// Returns what knows those whom nothing names any more; none where there are none.
    pub fn forgotten(&self) -> Option<&Arc<dyn Forgotten>> {
        self.forgotten.as_ref()
    }

    /// Returns whether another has the same memory of those whom nothing names any more.
    pub fn hides_as(&self, other: &Self) -> bool {
        match (&self.forgotten, &other.forgotten) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (None, None) => true,
            _ => false,
        }
    }

    /// Returns what knows who of a dataset was released; none where nobody was yet.
    pub fn released(&self, dataset: &str) -> Option<&Arc<dyn Released>> {
        self.released.get(dataset)
    }

    /// Returns whether by another the same people of a dataset were released.
    pub fn releases_as(&self, other: &Self, dataset: &str) -> bool {
        match (self.released(dataset), other.released(dataset)) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (None, None) => true,
            _ => false,
        }
    }
}

impl PartialEq for Consents {
    fn eq(&self, other: &Self) -> bool {
        let said = |consents: &Self| (consents.version, consents.withdrawn.clone());
        let known = || self.released.keys().chain(other.released.keys());
        said(self) == said(other)
            && self.datasets == other.datasets
            && self.hides_as(other)
            && known().all(|dataset| self.releases_as(other, dataset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ConsentItem::Care, ConsentItems};

    #[derive(Debug)]
    struct Only(&'static str);

    impl Forgotten for Only {
        fn has(&self, id: &str) -> bool {
            id == self.0
        }
    }

    impl Released for Only {
        fn epoch(&self) -> u32 {
            1
        }

        fn has(&self, id: &str) -> bool {
            id == self.0
        }
    }

    #[test]
    fn whom_answers_tell_of_is_known_by_dataset() {
        let released = || BTreeMap::from([("D".to_owned(), Arc::new(Only("P1")) as Arc<dyn Released>)]);
        let consents = Consents::new(1, []);
        let releasing = consents.releasing(released());
        let (of, other) = (releasing.released("D").unwrap(), releasing.released("E"));
        assert!(of.has("P1") && !of.has("P2") && other.is_none());
        assert!(releasing == releasing.clone() && releasing != consents);
        let anew = consents.releasing(released());
        assert!(!releasing.releases_as(&anew, "D") && releasing.releases_as(&anew, "E"));
    }

    fn said() -> [Statement; 2] {
        let care = ConsentItems::NONE.with(Care);
        [
            Statement { granted: care, ..Statement::default() },
            Statement { refused: care, ..Statement::default() },
        ]
    }

    #[test]
    fn a_later_version_says_what_was_said_since_and_before() {
        let of = |consents: &Consents| ["P1", "P2", "P3"].map(|person| consents.of("D", person));
        let [yes, no] = said();
        let first = ["P1", "P2"].map(|person| ("D".to_owned(), person.to_owned(), yes));
        let first = Consents::new(7, first);
        assert_eq!((first.version(), of(&first)), (7, [Some(yes), Some(yes), None]));
        let later = first.with(9, [("D".to_owned(), "P2".to_owned(), no)]);
        assert_eq!((later.version(), of(&later)), (9, [Some(yes), Some(no), None]));
        assert_eq!(of(&first), [Some(yes), Some(yes), None], "what stood before stands");
        assert_eq!(later.of_dataset("D").collect::<Vec<_>>(), [("P1", yes), ("P2", no)]);
        assert_eq!((later.of("E", "P1"), later.of_dataset("E").count()), (None, 0));
    }

    #[test]
    fn a_withdrawal_is_of_every_dataset() {
        let [yes, _] = said();
        let gone = Statement { withdrawn: true, ..Statement::default() };
        let consents = Consents::new(1, [("D".to_owned(), "P1".to_owned(), yes)]);
        let without = consents.without(["P1".to_owned(), "P2".to_owned()]);
        let marked = Statement { withdrawn: true, ..yes };
        assert_eq!(without.of_dataset("D").collect::<Vec<_>>(), [("P1", marked), ("P2", gone)]);
        assert_eq!(without.of_dataset("E").collect::<Vec<_>>(), [("P1", gone), ("P2", gone)]);
        assert_eq!((without.of("D", "P1"), without.of("E", "P2")), (Some(marked), Some(gone)));
        assert_eq!((without.of("E", "P3"), consents.of("E", "P1")), (None, None));
        assert!(without != consents && without == without.without([]));
        assert_eq!(without.withdrawn().collect::<Vec<_>>(), ["P1", "P2"]);
    }

    #[test]
    fn whom_nothing_names_is_known_by_the_memory_of_them() {
        let forgotten: Arc<dyn Forgotten> = Arc::new(Only("P1"));
        let consents = Consents::new(1, []);
        let hiding = consents.hiding(Some(Arc::clone(&forgotten)));
        assert!(hiding.of("D", "P1").unwrap().withdrawn && hiding.of("D", "P2").is_none());
        assert_eq!(hiding.of_dataset("D").count(), 0, "it names nobody");
        assert!(hiding.forgotten().is_some_and(|memory| memory.has("P1")) && consents.forgotten().is_none());
        assert!(hiding == consents.hiding(Some(forgotten)) && hiding != consents);
        assert!(!hiding.hides_as(&consents.hiding(Some(Arc::new(Only("P1"))))));
    }
}
