//! What was counted as sets of people, for disclosure to make numbers of.

use std::sync::Arc;

use fyr_policy::{People, Sets};
use fyr_schemas::{EntryType, Group, Tally};
use fyr_store::Carriers;
use roaring::RoaringBitmap;

use super::{dataset::Dataset, groups};

/// The calls of an allele among those who were looked at.
pub(super) struct Calls {
    dataset: Arc<Dataset>,
    calls: Arc<Carriers>,
    looked_at: Arc<RoaringBitmap>,
    /// Whether nobody else has calls.
    is_whole: bool,
}

impl Calls {
    /// Takes the calls of all who were looked at, and of nobody else.
    pub(super) fn new(dataset: Arc<Dataset>, calls: Arc<Carriers>, looked_at: Arc<RoaringBitmap>) -> Self {
        Self { dataset, calls, looked_at, is_whole: true }
    }

    /// Returns those of some people only.
    pub(super) fn among(&self, people: &RoaringBitmap) -> Self {
        self.of(self.looked_at.as_ref() & people)
    }

    fn of(&self, looked_at: RoaringBitmap) -> Self {
        Self {
            dataset: Arc::clone(&self.dataset),
            calls: Arc::clone(&self.calls),
            looked_at: Arc::new(looked_at),
            is_whole: false,
        }
    }

    /// Returns the calls of those who were looked at.
    pub(super) fn calls(&self) -> Arc<Carriers> {
        if self.is_whole { Arc::clone(&self.calls) } else { Arc::new(self.calls.within(&self.looked_at)) }
    }
}

impl Sets for Calls {
    fn tally(&self) -> Tally {
        if self.is_whole { self.calls.total(self.looked_at.len()) } else { self.calls.tally(&self.looked_at) }
    }

    fn people(&self) -> People {
        People::Known(Arc::new(self.calls.carriers() & self.looked_at.as_ref()))
    }

    fn looked_at(&self) -> People {
        People::Known(Arc::clone(&self.looked_at))
    }

    /// Groups of which nobody was looked at are left out.
    fn groups(&self) -> Vec<(Group, Tally)> {
        // Where everyone was looked at, so was everyone of each group.
        let is_whole = self.looked_at.len() == self.dataset.everyone.len();
        let looked_at = (!is_whole).then_some(self.looked_at.as_ref());
        groups::tallies(&self.dataset.genotyped, &self.calls(), looked_at)
    }

    fn without(&self, people: &RoaringBitmap) -> Option<Arc<dyn Sets>> {
        Some(Arc::new(self.of(self.looked_at.as_ref() - people)))
    }
}

/// Numbers as a source of frequencies gave them: nobody knows who.
pub(super) struct Stated {
    /// Of everybody.
    pub(super) total: Tally,
    /// Of groups.
    pub(super) groups: Vec<(Group, Tally)>,
}

impl Sets for Stated {
    fn tally(&self) -> Tally {
        self.total
    }

    fn people(&self) -> People {
        People::AtLeast(self.total.carriers_at_least())
    }

    fn looked_at(&self) -> People {
        People::AtLeast(self.total.assayed_at_least())
    }

    fn groups(&self) -> Vec<(Group, Tally)> {
        self.groups.clone()
    }

    fn without(&self, _: &RoaringBitmap) -> Option<Arc<dyn Sets>> {
        None
    }
}

/// Entries of a type, with the people behind them.
pub(super) struct Matched {
    /// The dataset.
    pub(super) dataset: Arc<Dataset>,
    /// The type.
    pub(super) kind: EntryType,
    /// The numbers of the entries.
    pub(super) numbers: RoaringBitmap,
    /// All who could have been behind them.
    pub(super) cohort: Arc<RoaringBitmap>,
}

impl Sets for Matched {
    /// Entries that name nobody count as one person together.
    fn tally(&self) -> Tally {
        let people = self.dataset.entries.people_behind(self.kind, &self.numbers, &self.cohort);
        Tally { carriers: Some(people), assayed: Some(self.cohort.len()), ..Tally::default() }
    }

    fn people(&self) -> People {
        let people = self.dataset.entries.people_of(self.kind, &self.numbers, &self.cohort);
        People::Known(Arc::new(people))
    }

    fn looked_at(&self) -> People {
        People::Known(Arc::clone(&self.cohort))
    }

    fn entries(&self) -> u64 {
        self.numbers.len()
    }

    fn without(&self, people: &RoaringBitmap) -> Option<Arc<dyn Sets>> {
        let theirs = match self.kind {
            kind if kind.is_about_a_person() => {
                self.dataset.entries.of_people(kind, people, &self.dataset.people)
            }
            // Documents of cohorts and datasets are about nobody in particular.
            _ => RoaringBitmap::new(),
        };
        Some(Arc::new(Self {
            dataset: Arc::clone(&self.dataset),
            kind: self.kind,
            numbers: &self.numbers - theirs,
            cohort: Arc::new(self.cohort.as_ref() - people),
        }))
    }
}

/// People for whom something is stated.
pub(super) struct Stating {
    /// They.
    pub(super) people: Arc<RoaringBitmap>,
    /// All for whom it could be stated.
    pub(super) cohort: Arc<RoaringBitmap>,
}

impl Sets for Stating {
    fn tally(&self) -> Tally {
        Tally { carriers: Some(self.people.len()), assayed: Some(self.cohort.len()), ..Tally::default() }
    }

    fn people(&self) -> People {
        People::Known(Arc::clone(&self.people))
    }

    fn looked_at(&self) -> People {
        People::Known(Arc::clone(&self.cohort))
    }

    fn entries(&self) -> u64 {
        u64::from(!self.people.is_empty())
    }

    fn without(&self, people: &RoaringBitmap) -> Option<Arc<dyn Sets>> {
        let [people, cohort] = [&self.people, &self.cohort].map(|set| Arc::new(set.as_ref() - people));
        Some(Arc::new(Self { people, cohort }))
    }
}
