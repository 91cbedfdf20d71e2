//! Relatives share what they carry, so that floors count families where they are known.

use std::sync::Arc;

use fyr_schemas::{EntryType, Observations, Query, Release, Tally};
use proptest::prelude::*;
use roaring::RoaringBitmap;

use super::{
    super::cell::Cell,
    world::{self, Numbers},
};
use crate::{
    Accounting, Bearers, Count, EntryCount, Families, Margins, People, ReleasePlan, Rounding, Sets,
    Undisclosed, disclose_entries,
};

/// Heterozygotes among those who were looked at.
struct Known {
    carriers: RoaringBitmap,
    looked_at: RoaringBitmap,
}

impl Sets for Known {
    fn tally(&self) -> Tally {
        let (carriers, looked_at) = (self.carriers.len(), self.looked_at.len());
        let numbers = Numbers::people(carriers, looked_at);
        Tally { allele_count: carriers, allele_number: 2 * looked_at, ..numbers }
    }

    fn people(&self) -> People {
        People::Known(Arc::new(self.carriers.clone()))
    }

    fn looked_at(&self) -> People {
        People::Known(Arc::new(self.looked_at.clone()))
    }

    fn without(&self, people: &RoaringBitmap) -> Option<Arc<dyn Sets>> {
        let [carriers, looked_at] = [&self.carriers, &self.looked_at].map(|set| set - people);
        Some(Arc::new(Self { carriers, looked_at }))
    }
}

fn sets(carriers: std::ops::Range<u32>, looked_at: std::ops::Range<u32>) -> Arc<dyn Sets> {
    Arc::new(Known { carriers: carriers.collect(), looked_at: looked_at.collect() })
}

/// A hundred people in families of so many.
fn families(of: u32) -> Arc<Families> {
    Arc::new(Families::new((0..100).map(|person| (person, person / of))))
}

fn told(count: Count) -> Option<u64> {
    let answer = world::counted(ReleasePlan::open(Release::Count, 5), count);
    answer.variants.first().and_then(|variant| variant.carriers)
}

#[test]
fn carriers_of_few_families_read_as_nobody() {
    let of = |carriers| Count::of(sets(0..carriers, 0..100));
    assert_eq!(told(of(12)), Some(12));
    assert_eq!(told(of(12).related(&families(3))), None, "four families");
    assert_eq!(told(of(13).related(&families(3))), Some(13), "five families");
    assert_eq!(told(of(5).related(&Arc::default())), Some(5), "nobody is known to be related");
}

#[test]
fn few_families_who_were_looked_at_read_as_nobody() {
    assert_eq!(told(Count::of(sets(0..6, 0..12)).related(&families(1))), Some(6));
    assert_eq!(told(Count::of(sets(0..6, 0..12)).related(&families(3))), None);
}

#[test]
fn all_but_few_families_is_true_and_tells_none_of_them() {
    // Fourteen others are of four families at most, so up to sixteen people may be hidden behind the floor of five.
    let told = |carriers| told(Count::of(sets(0..carriers, 0..100)).related(&families(4)));
    assert_eq!([told(88), told(92), told(100)], [Some(80); 3], "five families are twenty people");
    assert_eq!(told(80), Some(80), "five families do not carry it");
}

#[test]
fn a_filter_that_takes_one_large_family_away_reads_as_nobody() {
    let of = |left: u32, size| {
        let margin = Margins::OfLookedAt(vec![sets(0..60, 0..100)]);
        let kept =
            Known { carriers: (0..60 - left).collect(), looked_at: (0..60 - left).chain(60..90).collect() };
        told(Count::of(Arc::new(kept)).beside(margin).related(&families(size)))
    };
    assert_eq!(of(10, 1), Some(50));
    assert_eq!(of(10, 10), None, "one family");
    assert_eq!(of(10, 2), Some(50), "five families");
}

#[test]
fn entries_of_few_families_read_as_nobody() {
    let exists = |carriers, size| {
        let people = People::Known(Arc::new((0..100).collect()));
        let count = Count::of(sets(0..carriers, 0..100)).among(people.clone(), people);
        let margins = Margins::OfFound(vec![sets(0..50, 0..100)]);
        let found =
            EntryCount { count: count.beside(margins).related(&families(size)), documents: Vec::new() };
        let query = Query { filters: world::filters(), ..Query::entries(EntryType::Individual) };
        let permit = world::permit(ReleasePlan::open(Release::Count, 5));
        let found = Undisclosed::new(found);
        disclose_entries(&permit, &query, found, &Bearers::Everybody, None, world::speaker())
            .into_inner()
            .exists
    };
    assert!(exists(15, 3) && !exists(12, 3), "four families of three");
    assert!(exists(40, 2) && !exists(46, 2), "a filter takes two families away");
}

#[test]
fn who_is_left_out_leaves_their_family_smaller() {
    let count = Count::of(sets(0..10, 0..100)).related(&families(2));
    let plan = ReleasePlan::open(Release::Count, 5);
    let told = |gone: &[u32]| {
        let gone = Bearers::AllBut(gone.iter().copied().collect());
        world::known_variant(plan, count.clone(), &gone)
    };
    assert_eq!(told(&[0]), Some(9), "five families are left");
    assert_eq!(told(&[0, 1]), None);
}

#[test]
fn of_nobody_everything_is_known() {
    let cell = Cell::of(&Count::of(sets(0..3, 0..10)));
    let Tally { allele_count, allele_number, heterozygous, homozygous, hemizygous, carriers, assayed } =
        *cell.nobody().tally();
    assert_eq!((allele_count, allele_number), (0, 0));
    assert_eq!([heterozygous, homozygous, hemizygous, carriers, assayed], [Some(0); 5]);
}

/// What is told of cases.
fn observed(plan: ReleasePlan, count: Count) -> Option<Observations> {
    world::counted(plan, count).variants.first().and_then(|variant| variant.observed)
}

proptest! {
    #[test]
    fn cases_are_families_and_those_who_are_in_none(
        people in prop::collection::vec((prop::option::of(0u32..6), any::<bool>(), any::<bool>()), 1..30),
    ) {
        let numbered = || (0u32..).zip(&people);
        let families = numbered().filter_map(|(person, (family, ..))| Some((person, (*family)?)));
        let known = Known {
            carriers: numbered().filter(|(_, of)| of.1 && of.2).map(|(person, _)| person).collect(),
            looked_at: numbered().filter(|(_, of)| of.1).map(|(person, _)| person).collect(),
        };
        // One by one: a case is a name, of a family or of somebody.
        let cases = |counts: fn(&(Option<u32>, bool, bool)) -> bool| {
            let counted = numbered().filter(|(_, of)| counts(of));
            let name = |(person, of): (u32, &(Option<u32>, bool, bool))| {
                of.0.map_or_else(|| format!("person {person}"), |family| format!("family {family}"))
            };
            counted.map(name).collect::<std::collections::BTreeSet<_>>().len() as u64
        };
        let expected = Observations { cases: cases(|of| of.1 && of.2), of: cases(|of| of.1) };
        let is_related = people.iter().any(|(family, ..)| family.is_some());
        let count = Count::of(Arc::new(known)).related(&Arc::new(Families::new(families)));
        let told = observed(ReleasePlan::open(Release::Frequency, 0), count);
        prop_assert_eq!(told, is_related.then_some(expected));
    }
}

#[test]
fn cases_are_told_only_where_nothing_at_all_is_kept_back() {
    let count = || Count::of(sets(0..30, 0..100)).related(&families(3));
    let open = ReleasePlan::open(Release::Frequency, 0);
    assert_eq!(observed(open, count()), Some(Observations { cases: 10, of: 34 }));
    assert_eq!(observed(open, Count::of(sets(0..30, 0..100))), None, "nobody is known to be related");
    for (name, plan) in [
        ("a floor", ReleasePlan { cases: true, ..ReleasePlan::open(Release::Frequency, 5) }),
        ("a smallest cohort", ReleasePlan { minimum_cohort: 5, ..open }),
        ("rounding", ReleasePlan { rounding: Rounding::Nearest(5), ..open }),
        ("accounts", ReleasePlan { accounting: Accounting::Unpriced, ..open }),
        ("counts alone", ReleasePlan { release: Release::Count, ..open }),
        ("data that are not open", ReleasePlan { cases: false, ..open }),
    ] {
        assert_eq!(observed(plan, count()), None, "{name}");
    }
}
