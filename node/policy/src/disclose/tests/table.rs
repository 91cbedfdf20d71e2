//! Rows beside their total: whatever can be computed from them is of enough people, and what need not be hidden is told.

use std::{collections::BTreeMap, sync::Arc};

use fyr_schemas::{Group, Release, Sex, Tally};
use proptest::prelude::*;
use roaring::RoaringBitmap;

use super::world::{self, Cell};
use crate::{Count, People, ReleasePlan, Sets};

/// People of the same populations and the same sex.
#[derive(Clone, Debug)]
struct Kind {
    populations: &'static [&'static str],
    sex: Option<Sex>,
    cell: Cell,
}

impl Kind {
    fn groups(&self) -> Vec<Group> {
        let label = |label: &&str| (*label).to_owned();
        let mut groups: Vec<_> = self.populations.iter().map(label).map(Group::Population).collect();
        if let Some(sex) = self.sex {
            groups.extend(self.populations.iter().map(label).map(|label| Group::PopulationSex(label, sex)));
            groups.push(Group::Sex(sex));
        }
        groups
    }
}

/// People with numbers, one kind after the other.
struct Crowd(Vec<Kind>);

impl Crowd {
    fn sum<'a>(kinds: impl Iterator<Item = &'a Kind>) -> Cell {
        kinds.fold(Cell::default(), |sum, kind| sum.plus(kind.cell))
    }

    fn count(kinds: &[Kind]) -> Count {
        Count::of(Arc::new(Self(kinds.to_vec()))).diploid(true)
    }
}

impl Sets for Crowd {
    fn tally(&self) -> Tally {
        Self::sum(self.0.iter()).tally()
    }

    fn people(&self) -> People {
        People::AtLeast(self.tally().carriers_at_least())
    }

    fn looked_at(&self) -> People {
        People::AtLeast(self.tally().assayed_at_least())
    }

    fn groups(&self) -> Vec<(Group, Tally)> {
        let mut groups: BTreeMap<Group, Cell> = BTreeMap::new();
        for kind in self.0.iter().filter(|kind| kind.cell.assayed() > 0) {
            for group in kind.groups() {
                let cell = groups.entry(group).or_default();
                *cell = cell.plus(kind.cell);
            }
        }
        groups.into_iter().map(|(group, cell)| (group, cell.tally())).collect()
    }

    fn group(&self, group: &Group) -> Option<RoaringBitmap> {
        let mut next = 0;
        let numbered = self.0.iter().flat_map(|kind| {
            let first = next;
            next += kind.cell.assayed() as u32;
            if kind.groups().contains(group) { first..next } else { 0..0 }
        });
        Some(numbered.collect())
    }

    fn without(&self, _: &RoaringBitmap) -> Option<Arc<dyn Sets>> {
        None
    }
}

const PRIME: i64 = 2_147_483_647;

/// The sums and differences of rows, as equations that are solved from the top; modulo a prime that no determinant of
/// so few zeros and ones reaches.
#[derive(Default)]
struct Span(Vec<(usize, Vec<i64>)>);

impl Span {
    fn reduce(&self, mut row: Vec<i64>) -> Vec<i64> {
        for (pivot, known) in &self.0 {
            let factor = row[*pivot];
            if factor != 0 {
                row.iter_mut().zip(known).for_each(|(a, b)| *a = (*a - factor * b).rem_euclid(PRIME));
            }
        }
        row
    }

    fn add(&mut self, row: Vec<i64>) {
        let mut row = self.reduce(row);
        let Some(pivot) = row.iter().position(|value| *value != 0) else { return };
        let inverse = (0..31).fold((1, row[pivot], PRIME - 2), |(result, base, left), _| {
            let result = if left & 1 == 1 { result * base % PRIME } else { result };
            (result, base * base % PRIME, left >> 1)
        });
        row.iter_mut().for_each(|value| *value = *value * inverse.0 % PRIME);
        self.0.push((pivot, row));
    }

    fn tells(&self, row: Vec<i64>) -> bool {
        self.reduce(row).iter().all(|value| *value == 0)
    }
}

fn plan(floor: u64) -> ReleasePlan {
    ReleasePlan::open(Release::Frequency, floor)
}

/// The groups that are told of some kinds of people, and those of them of which parts are told.
fn told(floor: u64, kinds: &[Kind]) -> (Vec<Group>, Vec<Group>) {
    let answer = world::counted(plan(floor), Crowd::count(kinds));
    let rows = answer.variants.iter().flat_map(|variant| &variant.frequencies);
    let with_parts = rows.clone().filter(|row| row.heterozygous.is_some()).map(|row| row.group.clone());
    (rows.clone().map(|row| row.group.clone()).collect(), with_parts.collect())
}

/// Computes all that rows tell of any people, and looks whether they are few.
fn no_few_can_be_computed(kinds: &[Kind], rows: &[Group], enough: impl Fn(Cell) -> bool) {
    let there: Vec<_> = kinds.iter().filter(|kind| kind.cell.assayed() > 0).collect();
    let mut span = Span::default();
    for group in rows {
        let is_in = |kind: &&Kind| i64::from(*group == Group::Total || kind.groups().contains(group));
        span.add(there.iter().map(is_in).collect());
    }
    for subset in 1..1u32 << there.len() {
        let people =
            || there.iter().enumerate().filter(|(at, _)| subset & (1 << at) != 0).map(|(_, kind)| *kind);
        let is_few = !enough(Crowd::sum(people()));
        if is_few && span.tells((0..there.len()).map(|at| i64::from(subset >> at & 1)).collect()) {
            panic!("{rows:?} tell {:?} of {kinds:?}", people().collect::<Vec<_>>());
        }
    }
}

fn check(floor: u64, kinds: &[Kind]) {
    let (rows, with_parts) = told(floor, kinds);
    no_few_can_be_computed(kinds, &rows, |cell| cell.carriers() >= floor && cell.others >= floor);
    no_few_can_be_computed(kinds, &with_parts, |cell| cell.het >= floor && cell.hom >= floor);
}

type Layout = &'static [&'static [&'static str]];

/// Apart, within each other, across each other, and without a label.
const LAYOUTS: [Layout; 4] = [
    &[&["A"], &["B"], &[]],
    &[&["A", "C"], &["B", "C"], &["D"]],
    &[&["A"], &["A", "B"], &["B"]],
    &[&["A", "B"], &["B"], &[]],
];
const BOTH: &[Option<Sex>] = &[Some(Sex::Female), Some(Sex::Male)];
const ALL: &[Option<Sex>] = &[Some(Sex::Female), Some(Sex::Male), None];

fn kinds(layout: Layout, sexes: &[Option<Sex>], mut cell: impl FnMut() -> Cell) -> Vec<Kind> {
    let of = |populations| sexes.iter().map(move |sex| (populations, *sex));
    layout
        .iter()
        .flat_map(|populations| of(*populations))
        .map(|(populations, sex)| Kind { populations, sex, cell: cell() })
        .collect()
}

#[test]
fn no_row_that_is_hidden_can_be_computed_from_those_that_are_told() {
    let cells = [world::cell(0, 0, 0), world::cell(0, 1, 3), world::cell(2, 1, 3)];
    for layout in LAYOUTS {
        for mut number in 0..3usize.pow(6) {
            let cell = || {
                let cell = cells[number % 3];
                number /= 3;
                cell
            };
            check(2, &kinds(layout, BOTH, cell));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn no_few_can_be_computed_of_any_people(
        layout in 0usize..4,
        all in any::<bool>(),
        floor in 1u64..4,
        cells in prop::collection::vec((0u64..5, 0u64..5, 0u64..5, 0u8..4), 9),
    ) {
        let mut cells = cells.into_iter();
        let mut cell = || {
            let (het, hom, others, there) = cells.next().unwrap();
            if there == 0 { Cell::default() } else { world::cell(het, hom, others) }
        };
        check(floor, &kinds(LAYOUTS[layout], if all { ALL } else { BOTH }, &mut cell));
    }
}

#[test]
fn of_twenty_six_populations_a_small_one_hides_itself_and_one_other() {
    const LABELS: [&[&str]; 26] = [
        &["A"],
        &["B"],
        &["C"],
        &["D"],
        &["E"],
        &["F"],
        &["G"],
        &["H"],
        &["I"],
        &["J"],
        &["K"],
        &["L"],
        &["M"],
        &["N"],
        &["O"],
        &["P"],
        &["Q"],
        &["R"],
        &["S"],
        &["T"],
        &["U"],
        &["V"],
        &["W"],
        &["X"],
        &["Y"],
        &["Z"],
    ];
    // About as many carriers as 1,187 of 2,504 people; in one population there are four.
    let mut number = 0;
    let kinds = kinds(&LABELS, BOTH, || {
        number += 1;
        if number > 50 { world::cell(2, 0, 40) } else { world::cell(22 + number % 3, 0, 24 + number % 5) }
    });
    let (rows, _) = told(10, &kinds);
    let of = |is: fn(&Group) -> bool| rows.iter().filter(|group| is(group)).count();
    assert_eq!(of(|group| matches!(group, Group::Population(_))), 24);
    assert_eq!(of(|group| matches!(group, Group::Sex(_))), 2);
    assert_eq!(of(|group| matches!(group, Group::PopulationSex(..))), 48);
    assert!(!rows.contains(&Group::Population("Z".into())));
}

#[test]
fn a_population_within_another_is_told_if_the_rest_of_that_is_enough() {
    let layout: Layout = &[&["FIN", "EUR"], &["EUR"], &["AFR"]];
    let rows = |rest: Cell| {
        let mut cells = [world::cell(20, 0, 20), rest, world::cell(30, 0, 30)].into_iter();
        told(5, &kinds(layout, &[None], || cells.next().unwrap())).0
    };
    let [fin, eur, afr] = ["FIN", "EUR", "AFR"].map(|label| Group::Population(label.into()));
    assert_eq!(rows(world::cell(5, 0, 5)), [Group::Total, afr.clone(), eur.clone(), fin.clone()]);
    assert_eq!(rows(world::cell(4, 0, 9)), [Group::Total, afr.clone(), eur.clone()]);
    assert_eq!(rows(world::cell(0, 0, 0)), [Group::Total, afr, eur, fin], "both are the same people");
}

#[test]
fn of_numbers_without_people_only_populations_that_can_be_apart_are_told() {
    let (a, b) = (world::cell(20, 0, 30), world::cell(15, 0, 20));
    let rows = |total: Cell| {
        let groups = [("A", a), ("B", b)].map(|(label, cell)| (Group::Population(label.into()), cell));
        let site = world::Site { groups: groups.into(), ..world::Site::of(total) };
        world::variant(plan(5), &site, None).variants[0].frequencies.len()
    };
    assert_eq!(rows(a.plus(b).plus(world::cell(5, 0, 5))), 3);
    assert_eq!(rows(world::cell(25, 0, 40)), 2, "one may lie within the other");
}
