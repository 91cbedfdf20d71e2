//! Rows beside their total: whatever can be computed from them is of enough people, and what need not be hidden is told.

use std::{collections::BTreeMap, sync::Arc};

use fyr_schemas::{EntryType, Granularity, Group, Query, Release, Sex, Tally};
use proptest::prelude::*;
use roaring::RoaringBitmap;
use time::OffsetDateTime;

use super::world::{self, Cell};
use crate::{
    Asking, Count, Families, Held, LocalOwner, People, Policy, PolicyConfig, PublicationTerms, ReleasePlan,
    Requester, Rounding, Sets, no_wider,
};

/// People of the same populations and the same sex.
#[derive(Clone, Debug)]
pub(super) struct Kind {
    pub(super) populations: &'static [&'static str],
    pub(super) sex: Option<Sex>,
    pub(super) cell: Cell,
}

impl Kind {
    pub(super) fn groups(&self) -> Vec<Group> {
        let label = |label: &&str| (*label).to_owned();
        let mut groups: Vec<_> = self.populations.iter().map(label).map(Group::Population).collect();
        if let Some(sex) = self.sex {
            groups.extend(self.populations.iter().map(label).map(|label| Group::PopulationSex(label, sex)));
            groups.push(Group::Sex(sex));
        }
        groups
    }
}

/// People with numbers, one kind after the other, those who carry it first.
struct Crowd {
    kinds: Vec<Kind>,
    /// Whether it is known who they are.
    known: bool,
}

impl Crowd {
    fn sum<'a>(kinds: impl Iterator<Item = &'a Kind>) -> Cell {
        kinds.fold(Cell::default(), |sum, kind| sum.plus(kind.cell))
    }

    fn count(kinds: &[Kind], known: bool) -> Count {
        Count::of(Arc::new(Self { kinds: kinds.to_vec(), known })).diploid(true)
    }

    /// The first so many of each kind.
    fn first(&self, of: impl Fn(&Kind) -> u64) -> RoaringBitmap {
        let mut next = 0;
        let numbers = self.kinds.iter().flat_map(|kind| {
            let first = next;
            next += kind.cell.assayed() as u32;
            first..first + of(kind) as u32
        });
        numbers.collect()
    }

    fn people(&self, of: impl Fn(&Kind) -> u64) -> People {
        if self.known {
            return People::Known(Arc::new(self.first(of)));
        }
        People::AtLeast(self.kinds.iter().map(of).sum())
    }
}

impl Sets for Crowd {
    fn tally(&self) -> Tally {
        Self::sum(self.kinds.iter()).tally()
    }

    fn people(&self) -> People {
        self.people(|kind| kind.cell.carriers())
    }

    fn looked_at(&self) -> People {
        self.people(|kind| kind.cell.assayed())
    }

    fn groups(&self) -> Vec<(Group, Tally)> {
        let mut groups: BTreeMap<Group, Cell> = BTreeMap::new();
        for kind in self.kinds.iter().filter(|kind| kind.cell.assayed() > 0) {
            for group in kind.groups() {
                let cell = groups.entry(group).or_default();
                *cell = cell.plus(kind.cell);
            }
        }
        groups.into_iter().map(|(group, cell)| (group, cell.tally())).collect()
    }

    fn group(&self, group: &Group) -> Option<RoaringBitmap> {
        let of = |kind: &Kind| if kind.groups().contains(group) { kind.cell.assayed() } else { 0 };
        self.known.then(|| self.first(of))
    }

    fn size(&self, group: &Group) -> Option<u64> {
        self.group(group).map(|people| people.len())
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

/// What is counted of some kinds of people; whether it is known who they are.
pub(super) fn count(kinds: &[Kind], known: bool) -> Count {
    Crowd::count(kinds, known)
}

fn plan(floor: u64) -> ReleasePlan {
    ReleasePlan::open(Release::Frequency, floor)
}

/// The groups that are told of some kinds of people, and those of them of which parts are told.
fn told(floor: u64, kinds: &[Kind]) -> (Vec<Group>, Vec<Group>) {
    told_of(floor, Crowd::count(kinds, true))
}

pub(super) fn told_of(floor: u64, count: Count) -> (Vec<Group>, Vec<Group>) {
    told_under(plan(floor), count)
}

fn told_under(plan: ReleasePlan, count: Count) -> (Vec<Group>, Vec<Group>) {
    let answer = world::counted(plan, count);
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

fn check(floor: u64, kinds: &[Kind], known: bool) {
    let (rows, with_parts) = told_of(floor, Crowd::count(kinds, known));
    no_few_can_be_computed(kinds, &rows, |cell| cell.carriers() >= floor && cell.others >= floor);
    no_few_can_be_computed(kinds, &with_parts, |cell| cell.het >= floor && cell.hom >= floor);
}

type Layout = &'static [&'static [&'static str]];

/// Apart, within each other, across each other, and without a label.
const LAYOUTS: [Layout; 5] = [
    &[&["A"], &["B"], &[]],
    &[&["A", "C"], &["B", "C"], &["D"]],
    &[&["A"], &["A", "B"], &["B"]],
    &[&["A", "B"], &["B"], &[]],
    &[&["A", "B", "C"], &["B", "C"], &["C"]],
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
            check(2, &kinds(layout, BOTH, cell), true);
        }
    }
}

/// By the plan under which an owner publishes, of which no more than these rows get into a table.
#[test]
fn no_few_can_be_computed_from_a_published_table() {
    let terms = PublicationTerms { minimum_carriers: 2, rounding: Rounding::Exact };
    let owner = Requester::Owner(LocalOwner::at_this_machine("anna").to_publish(terms));
    let query = Query { granularity: Granularity::Record, ..Query::entries(EntryType::GenomicVariant) };
    let asking = Asking::of(&query, None, &owner, no_wider, OffsetDateTime::UNIX_EPOCH);
    let held = Held { id: "D", kind: crate::Kind::Individuals };
    let plan = Policy::new(PolicyConfig::default()).unwrap().decide(&asking, held).plan().unwrap();
    let cells = [world::cell(0, 0, 0), world::cell(0, 1, 3), world::cell(2, 1, 3), world::cell(2, 2, 1)];
    let (mut tables, mut with_groups) = (0, 0);
    for layout in LAYOUTS {
        for mut number in 0..4usize.pow(6) {
            let cell = || {
                let cell = cells[number % 4];
                number /= 4;
                cell
            };
            let kinds = kinds(layout, BOTH, cell);
            let (rows, with_parts) = told_under(plan, Crowd::count(&kinds, true));
            no_few_can_be_computed(&kinds, &rows, |cell| cell.carriers() >= 2 && cell.others >= 2);
            no_few_can_be_computed(&kinds, &with_parts, |cell| cell.het >= 2 && cell.hom >= 2);
            tables += 1;
            with_groups += usize::from(rows.len() > 1);
        }
    }
    assert!(with_groups > tables / 10, "{with_groups} of {tables} tables have groups");
}

/// Numbers without the sexes of populations: everybody less B and the women are those of neither.
#[test]
fn who_is_of_no_population_and_no_sex_is_not_left_over() {
    let cells = [(5, 1, 1), (6, 1, 1), (8, 0, 1)];
    let mut at = 0..;
    let cell = || {
        let at = at.next();
        let known = cells.iter().find(|(place, ..)| Some(*place) == at);
        known.map_or_else(Cell::default, |(_, hom, others)| world::cell(0, *hom, *others))
    };
    let kinds = kinds(LAYOUTS[0], ALL, cell);
    for known in [false, true] {
        check(1, &kinds, known);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn no_few_can_be_computed_of_any_people(
        layout in 0usize..5,
        all in any::<bool>(),
        floor in 1u64..4,
        cells in prop::collection::vec((0u64..5, 0u64..5, 0u64..5, 0u8..4), 9),
    ) {
        let mut cells = cells.into_iter();
        let mut cell = || {
            let (het, hom, others, there) = cells.next().unwrap();
            if there == 0 { Cell::default() } else { world::cell(het, hom, others) }
        };
        let kinds = kinds(LAYOUTS[layout], if all { ALL } else { BOTH }, &mut cell);
        check(floor, &kinds, true);
        if layout == 0 {
            check(floor, &kinds, false);
        }
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
    let layout: Layout = &[&["CEU", "EUR"], &["EUR"], &["AFR"]];
    let rows = |rest: Cell| {
        let mut cells = [world::cell(20, 0, 20), rest, world::cell(30, 0, 30)].into_iter();
        told(5, &kinds(layout, &[None], || cells.next().unwrap())).0
    };
    let [ceu, eur, afr] = ["CEU", "EUR", "AFR"].map(|label| Group::Population(label.into()));
    assert_eq!(rows(world::cell(5, 0, 5)), [Group::Total, afr.clone(), ceu.clone(), eur.clone()]);
    assert_eq!(rows(world::cell(4, 0, 9)), [Group::Total, afr.clone(), eur.clone()]);
    assert_eq!(rows(world::cell(0, 0, 0)), [Group::Total, afr, ceu, eur], "both are the same people");
}

#[test]
fn of_numbers_without_people_only_populations_that_can_be_apart_are_told() {
    let [a, b, c] = [world::cell(20, 0, 30), world::cell(15, 0, 20), world::cell(6, 0, 6)];
    let rows = |total: Cell| {
        let groups =
            [("A", a), ("B", b), ("C", c)].map(|(label, cell)| (Group::Population(label.into()), cell));
        let site = world::Site { groups: groups.into(), ..world::Site::of(total) };
        world::variant(plan(5), &site, None).variants[0].frequencies.len()
    };
    assert_eq!(rows(a.plus(b).plus(c).plus(world::cell(5, 0, 5))), 4);
    assert_eq!(rows(a.plus(world::cell(12, 0, 12))), 2, "one may lie within another");
}

#[test]
fn where_nobody_is_few_all_groups_are_told_with_their_parts() {
    for layout in [LAYOUTS[0], LAYOUTS[1], LAYOUTS[4]] {
        for sexes in [BOTH, ALL] {
            let kinds = kinds(layout, sexes, || world::cell(10, 10, 20));
            let (rows, with_parts) = told(10, &kinds);
            assert_eq!(rows, with_parts);
            assert_eq!(rows.len(), Crowd::count(&kinds, true).sets().groups().len() + 1);
        }
    }
}

#[test]
fn parts_of_groups_are_hidden_as_groups_are() {
    let of = |hom: u64| {
        let mut hom = [10, 10, 10, hom, 10, 10].into_iter();
        let kinds = kinds(LAYOUTS[0], BOTH, || world::cell(10, hom.next().unwrap(), 20));
        let (rows, with_parts) = told(10, &kinds);
        (rows.len(), with_parts.len())
    };
    assert_eq!(of(10), (9, 9));
    assert_eq!(of(3), (9, 7), "the men of B, and its women, whose sum is told");
}

#[test]
fn families_are_counted_in_groups_too() {
    let rows = |size: u32| {
        let count = Crowd::count(&kinds(LAYOUTS[0], BOTH, || world::cell(12, 0, 12)), true);
        let families = Families::new((0..6 * 24).map(|person| (person, person / size)));
        told_of(6, count.related(&Arc::new(families))).0.len()
    };
    assert_eq!(rows(2), 9, "six families of each sex of each population carry it, six do not");
    assert_eq!(rows(3), 5, "eight families of each population, four of each sex of it");
    assert_eq!(rows(6), 3, "four of each population");
}

#[test]
fn of_two_populations_that_lie_across_each_other_the_larger_is_told() {
    let layout: Layout = &[&["A"], &["A", "B"], &["B"], &[]];
    let mut cells = [20, 10, 15, 40].map(|people| world::cell(people, 0, people)).into_iter();
    let (rows, _) = told(5, &kinds(layout, &[None], || cells.next().unwrap()));
    assert_eq!(rows, [Group::Total, Group::Population("A".into())]);
}

#[test]
fn whose_sex_nobody_states_does_not_hide_that_of_others() {
    let of = |layout: &[(&'static [&'static str], Option<Sex>)], known| {
        let kind = |&(populations, sex)| Kind { populations, sex, cell: world::cell(10, 10, 20) };
        let kinds: Vec<Kind> = layout.iter().map(kind).collect();
        let (rows, _) = told_of(5, Crowd::count(&kinds, known));
        rows.len()
    };
    let (women, men) = (Some(Sex::Female), Some(Sex::Male));
    let beside = [(&["A"][..], women), (&["A"], men), (&["B"], None)];
    assert_eq!(of(&beside, true), 7, "all, A, B, both sexes, and those of A");
    assert_eq!(of(&beside, false), 7);
    let without = [(&["A"][..], None), (&[], women), (&[], men)];
    assert_eq!(of(&without, true), 4, "all, A, and both sexes");
}
