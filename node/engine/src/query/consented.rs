//! Whom a question may count, and the dataset that has nobody else.
//!
//! A person is left out by leaving all that is theirs out before a dataset is put together, so whatever is
//! asked of it then reads as if they had never been there.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use fyr_policy::{Cohort, ConsentItems, Consents, Statement};
use fyr_store::{
    blocking,
    people::{Person, Persons},
};
use roaring::RoaringBitmap;
use tokio::sync::OnceCell;

use super::{dataset::Dataset, included::Included, waiting::Waiting};
use crate::EngineError;

/// A dataset that was made; none where nothing was left.
type Made = Option<Arc<Dataset>>;

/// What becomes of a dataset for each cohort, made when it is first asked for. There are few: a cohort is a
/// set of four items, and whether silence counts.
#[derive(Debug)]
pub(crate) struct Consented {
    base: Arc<Dataset>,
    consents: Arc<Consents>,
    /// Those of its people who withdrew and whom nothing names any more.
    forgotten: Arc<RoaringBitmap>,
    /// Those of its people who were not released, found out when it is first asked for.
    waiting: Arc<OnceLock<RoaringBitmap>>,
    cohorts: Mutex<BTreeMap<Cohort, Arc<OnceCell<Made>>>>,
    /// By who is shown: cohorts of the same people share a dataset.
    made: Mutex<Vec<(RoaringBitmap, Made)>>,
}

impl Consented {
    /// Takes a dataset with everyone, and what all people said. What was found out of the same dataset before is taken
    /// over. Blocks.
    pub(crate) fn new(base: Arc<Dataset>, consents: Arc<Consents>, former: Option<&Self>) -> Self {
        let same =
            former.filter(|former| Arc::ptr_eq(&former.base, &base) && former.consents.hides_as(&consents));
        let forgotten = match same {
            Some(former) => Arc::clone(&former.forgotten),
            None => Arc::new(forgotten(&base, &consents)),
        };
        let same = former.filter(|former| {
            Arc::ptr_eq(&former.base, &base) && former.consents.releases_as(&consents, &base.summary.id)
        });
        let waiting = same.map(|former| Arc::clone(&former.waiting)).unwrap_or_default();
        Self { base, consents, forgotten, waiting, cohorts: Mutex::default(), made: Mutex::default() }
    }

    /// Returns whether it is of the same dataset, and its people said the same.
    pub(crate) fn is_of(&self, base: &Arc<Dataset>, consents: &Consents) -> bool {
        let id = &base.summary.id;
        let is_alike = self.consents.hides_as(consents) && self.consents.releases_as(consents, id);
        if !Arc::ptr_eq(&self.base, base) || !is_alike {
            return false;
        }
        if self.consents.of_dataset(id).eq(consents.of_dataset(id)) {
            return true;
        }
        // Others withdrew, who are not in this dataset.
        let persons = base.persons();
        let said = |of: &Consents| -> Vec<(Person, Statement)> {
            let known = |(id, said)| persons.of_id(id).map(|person| (person, said));
            of.of_dataset(id).filter_map(known).collect()
        };
        said(&self.consents) == said(consents)
    }

    /// Returns the dataset with nobody but a cohort; none where nothing is left.
    pub(crate) async fn of(self: &Arc<Self>, cohort: Cohort) -> Result<Made, EngineError> {
        let cell = Arc::clone(lock(&self.cohorts).entry(cohort).or_default());
        let make = async || {
            let consented = Arc::clone(self);
            Ok::<_, EngineError>(blocking("choosing people", move || consented.make(cohort)).await?)
        };
        cell.get_or_try_init(make).await.cloned()
    }

    /// Makes the dataset, or finds it made for the same people. Blocks.
    pub(crate) fn make(&self, cohort: Cohort) -> Made {
        let Some(included) = self.included(cohort) else { return Some(Arc::clone(&self.base)) };
        let mut made = lock(&self.made);
        if let Some((_, dataset)) = made.iter().find(|(shown, _)| *shown == included.shown) {
            return dataset.clone();
        }
        let shown = included.shown.clone();
        let dataset = self.base.restricted(&Arc::new(included)).map(Arc::new);
        made.push((shown, dataset.clone()));
        dataset
    }

    /// Returns those of its people who were not released. Blocks when it is first asked for.
    fn waiting(&self) -> &RoaringBitmap {
        self.waiting.get_or_init(|| waiting(&self.base, &self.consents))
    }

    /// Finds those who wait and whom one of some cohorts would count. Blocks.
    pub(crate) fn would_count(&self, cohorts: &[Cohort]) -> Waiting {
        let mut found = RoaringBitmap::new();
        if !self.waiting().is_empty() {
            for cohort in cohorts {
                let shown = self.included(*cohort).map(|included| included.shown);
                found |= self.waiting() & shown.as_ref().unwrap_or(self.base.persons().all());
            }
        }
        Waiting::of(&self.base, &found)
    }

    /// Chooses the people; none where all are chosen.
    fn included(&self, cohort: Cohort) -> Option<Included> {
        if cohort.is_of_released() && !self.waiting().is_empty() {
            let persons = self.base.persons();
            let shown = self.agreeing(cohort).unwrap_or_else(|| persons.all().clone()) - self.waiting();
            return Some(Included::new(Arc::clone(persons), shown));
        }
        self.agreeing(cohort).map(|shown| Included::new(Arc::clone(self.base.persons()), shown))
    }

    /// Chooses the people by what they said; none where all are chosen.
    fn agreeing(&self, cohort: Cohort) -> Option<RoaringBitmap> {
        let silence = cohort.includes(None);
        let mut statements = self.consents.of_dataset(&self.base.summary.id).peekable();
        if silence && statements.peek().is_none() && self.forgotten.is_empty() {
            return None;
        }
        let persons = self.base.persons();
        let all = persons.all();
        let (mut yes, mut no) = (Vec::new(), Vec::new());
        let mut said = together(persons, statements);
        for person in self.forgotten.iter() {
            said.entry(person).or_default().withdrawn = true;
        }
        for (person, statement) in said {
            if cohort.includes(Some(statement)) { yes.push(person) } else { no.push(person) }
        }
        let set = |mut people: Vec<Person>| {
            people.sort_unstable();
            people.into_iter().collect::<RoaringBitmap>()
        };
        let shown = if silence { all - set(no) } else { all & set(yes) };
        (shown != *all).then_some(shown)
    }
}

/// Returns those of a dataset who were not released.
fn waiting(base: &Dataset, consents: &Consents) -> RoaringBitmap {
    let persons = base.persons();
    let Some(released) = consents.released(&base.summary.id) else { return persons.all().clone() };
    let told = persons.ids().filter(|(id, _)| released.has(id)).map(|(_, person)| person);
    persons.all() - told.collect::<RoaringBitmap>()
}

/// Returns those of a dataset who withdrew and whom nothing names any more.
fn forgotten(base: &Dataset, consents: &Consents) -> RoaringBitmap {
    let Some(memory) = consents.forgotten() else { return RoaringBitmap::new() };
    base.persons().ids().filter(|(id, _)| memory.has(id)).map(|(_, person)| person).collect()
}

/// Returns what each person said, under whichever name.
fn together<'a>(
    persons: &Persons,
    statements: impl Iterator<Item = (&'a str, Statement)>,
) -> HashMap<Person, Statement> {
    let mut together: HashMap<Person, Statement> = HashMap::new();
    for (id, statement) in statements {
        let Some(person) = persons.of_id(id) else { continue };
        let known = together.entry(person).or_default();
        *known = Statement {
            granted: both(known.granted, statement.granted),
            refused: both(known.refused, statement.refused),
            opted_out: known.opted_out || statement.opted_out,
            withdrawn: known.withdrawn || statement.withdrawn,
        };
    }
    together
}

fn both(a: ConsentItems, b: ConsentItems) -> ConsentItems {
    ConsentItems::from_bits(a.bits() | b.bits())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
