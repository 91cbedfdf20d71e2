//! What people may be asked about where sets are fixed: what is stated for enough of them, and how filters are read.
//!
//! Everything that can be filtered by is gone through once for a version of the data and a floor, in an order that does
//! not depend on the data, and becomes [`FixedSets`]. A filter then finds its set by its key; what has no key is
//! stated for nobody, or for too few.

mod named;
mod reading;
mod stated;

use std::{collections::BTreeMap, sync::Arc};

use fyr_policy::{Bands, Fixed, FixedSets, Reading, Side, ValueSets};
use fyr_schemas::{EntryType, Query};
use fyr_store::blocking;
use roaring::RoaringBitmap;

use super::{
    super::{dataset::Dataset, session::EngineSession},
    filter::{Filters, Path, Stating},
};
use crate::EngineError;
use stated::Stated;

pub(super) use reading::Constraints;

/// Something that people can be filtered by. The order is that in which sets are admitted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    /// Being of a cohort.
    Within(u32),
    /// A term, with narrower ones where the dataset counts them, of entries of one type or any.
    Term(Option<EntryType>, String),
    /// Anything in a field.
    Any(EntryType, Path),
    /// Numbers of some bands, from one on to before another.
    Bands(EntryType, Path, (usize, usize)),
    /// A number that is not of these bands.
    OtherBands(EntryType, Path, (usize, usize)),
    /// A value, in lower case.
    Value(EntryType, Path, String),
    /// Another value.
    Other(EntryType, Path, String),
    /// Any value of a set that the rules name: of entries of one type or any, in a field or as terms. Such sets come last.
    Named(&'static str, Option<EntryType>, Option<Path>),
}

/// The sets of one dataset.
#[derive(Debug)]
pub(crate) struct Published {
    fixed_sets: FixedSets,
    readings: BTreeMap<Key, Reading>,
    /// For each fixed set, the entries that state what it is of.
    sets: Vec<Stating>,
    bands: BTreeMap<(EntryType, Path), Bands>,
    /// The lists of values that can be asked for together.
    value_sets: ValueSets,
    /// What those of the fixed sets consist of that are such lists.
    members: BTreeMap<usize, Vec<Side>>,
}

impl Published {
    /// Goes through everything that is stated. Sets must be told apart among all people, or among those who have
    /// genotypes, where a question is about these.
    pub(crate) async fn of(
        session: &Arc<EngineSession>,
        dataset: &Arc<Dataset>,
        fixed: Fixed,
        genotyped: bool,
    ) -> Result<Self, EngineError> {
        let stated = Stated::read(&Filters { session, dataset }).await?;
        let (session, dataset) = (Arc::clone(session), Arc::clone(dataset));
        let made = move || {
            let people = if genotyped { &dataset.everyone } else { &dataset.people };
            Self::made(&Filters { session: &session, dataset: &dataset }, &stated, fixed, people)
        };
        Ok(blocking("reading what may be asked about", made).await?)
    }

    /// Blocks.
    fn made(filters: &Filters<'_>, stated: &Stated, fixed: Fixed, people: &RoaringBitmap) -> Self {
        let fixed_sets = FixedSets::new(fixed.floor, people.clone());
        let mut published = Self {
            fixed_sets,
            readings: BTreeMap::new(),
            sets: Vec::new(),
            bands: BTreeMap::new(),
            value_sets: fixed.sets,
            members: BTreeMap::new(),
        };
        if people.len() < fixed.cohort {
            return published;
        }
        let mut keys = BTreeMap::new();
        keys.extend(stated.cohorts(filters));
        keys.extend(stated.terms(filters, fixed));
        for ((kind, path), bands) in stated.bands(filters, fixed, people) {
            keys.extend(stated.in_bands(kind, &path, &bands));
            published.bands.insert((kind, path), bands);
        }
        keys.extend(stated.values(|place| published.bands.contains_key(place)));
        keys.into_iter().for_each(|(key, stating)| published.admit(filters, key, stating));
        published.admit_named(filters);
        published
    }

    /// Says, as filters would be written, which bands were read for bounds that a question names.
    ///
    /// # Errors
    ///
    /// A filter cannot be evaluated, whatever the data are.
    pub(crate) fn bands_of(
        &self,
        session: &Arc<EngineSession>,
        dataset: &Arc<Dataset>,
        query: &Query,
    ) -> Result<Vec<String>, EngineError> {
        self.written(&Filters { session, dataset }, query)
    }

    fn admit(&mut self, filters: &Filters<'_>, key: Key, stating: Stating) {
        let reading = self.fixed_sets.admit(&filters.people(&stating));
        if matches!(reading, Reading::Side(Side { set, .. }) if set == self.sets.len()) {
            self.sets.push(stating);
        }
        if reading != Reading::Nobody {
            self.readings.insert(key, reading);
        }
    }

    /// What has no key is stated for nobody, or for too few.
    fn reading(&self, key: &Key) -> Reading {
        self.readings.get(key).copied().unwrap_or(Reading::Nobody)
    }

    /// Returns the entries of a type for which a side holds.
    fn entries(&self, filters: &Filters<'_>, target: EntryType, side: Side) -> RoaringBitmap {
        let nothing = Stating::new();
        let matched = filters.belonging_to(target, self.sets.get(side.set).unwrap_or(&nothing));
        if side.excluded { filters.universe(target) - matched } else { matched }
    }
}
