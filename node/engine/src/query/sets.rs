//! What was counted as sets of people, for disclosure to make numbers of.

use std::sync::Arc;

use fyr_policy::{People, Sets};
use fyr_schemas::{EntryType, Group, Tally};
use fyr_store::{Carriers, people::Left};
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

    /// Those of whom nothing was called were not looked at.
    fn looked_at(&self) -> People {
        if self.calls.missing.is_empty() {
            return People::Known(Arc::clone(&self.looked_at));
        }
        People::Known(Arc::new(self.looked_at.as_ref() - &self.calls.missing))
    }

    fn group(&self, group: &Group) -> Option<RoaringBitmap> {
        groups::people_of(&self.dataset.genotyped, group).map(|people| people & self.looked_at.as_ref())
    }

    fn size(&self, group: &Group) -> Option<u64> {
        groups::people_of(&self.dataset.genotyped, group).map(RoaringBitmap::len)
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
    /// Of those who carry what is asked for, who has more than one copy; none where that is not asked, or not needed.
    pub(super) several: Option<Arc<RoaringBitmap>>,
}

impl Matched {
    fn found(&self) -> RoaringBitmap {
        self.dataset.entries.people_of(self.kind, &self.numbers, &self.cohort) & self.cohort.as_ref()
    }

    /// Returns the entries of people that are left when some people are gone.
    fn left_without(&self, people: &RoaringBitmap) -> RoaringBitmap {
        let persons = self.dataset.persons();
        let gone: RoaringBitmap = people.iter().filter_map(|number| persons.of_number(number)).collect();
        let index = self.dataset.entries.of(self.kind);
        let stays = |number: &u32| {
            let key = index.and_then(|index| index.get(*number));
            key.is_none_or(|key| persons.left_of(key, |person| gone.contains(person)) != Left::Nothing)
        };
        match self.kind {
            EntryType::Individual => (&self.numbers - people).iter().filter(stays).collect(),
            _ => self.numbers.iter().filter(stays).collect(),
        }
    }
}

impl Sets for Matched {
    /// Entries that name nobody count as one person together. Who carries something once, and who more than once, are
    /// told apart as with one variant.
    fn tally(&self) -> Tally {
        let found = self.found();
        let nobody = self.dataset.entries.names_nobody(self.kind, &self.numbers);
        let homozygous = self.several.as_ref().map(|several| several.intersection_len(&found));
        Tally {
            carriers: Some(found.len() + u64::from(nobody)),
            assayed: Some(self.cohort.len()),
            heterozygous: homozygous.map(|several| found.len() - several),
            homozygous,
            ..Tally::default()
        }
    }

    fn people(&self) -> People {
        People::Known(Arc::new(self.found()))
    }

    fn looked_at(&self) -> People {
        People::Known(Arc::clone(&self.cohort))
    }

    fn entries(&self) -> u64 {
        self.numbers.len()
    }

    /// Of cohorts and datasets nobody knows: one of theirs may have made them match.
    fn without(&self, people: &RoaringBitmap) -> Option<Arc<dyn Sets>> {
        self.kind.is_about_a_person().then(|| -> Arc<dyn Sets> {
            Arc::new(Self {
                dataset: Arc::clone(&self.dataset),
                kind: self.kind,
                numbers: self.left_without(people),
                cohort: Arc::new(self.cohort.as_ref() - people),
                several: self.several.clone(),
            })
        })
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
