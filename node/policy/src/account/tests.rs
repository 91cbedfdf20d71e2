//! Accounts, and who bears what.

mod exhaustive;
mod utility;

use proptest::prelude::*;
use roaring::RoaringBitmap;

use super::*;
use crate::{Steps, Thresholds};

/// What it costs these of so many people that it is told whether `floor` of them carry.
fn cost(carriers: &[u32], people: u32, floor: u64, frequency: f64) -> Cost {
    let steps = Steps { floor, rounding: None };
    let thresholds = Thresholds::new(steps, u64::from(people), frequency, false).unwrap();
    let among = (0..people).collect();
    Cost::of_thresholds(carriers.iter().copied().collect(), among, thresholds)
}

#[test]
fn what_is_told_adds_up_and_never_overflows() {
    let mut account = Account::default();
    account.charge([5, 2], 3);
    account.charge([2, 9], 4);
    assert_eq!(account.charged().collect::<Vec<_>>(), [(2, 7), (5, 3), (9, 4)]);
    assert_eq!((account.spent(2), account.spent(3)), (7, 0));
    account.charge([2], u64::MAX);
    account.charge([2], 1);
    assert_eq!(account.spent(2), u64::MAX);
}

#[test]
fn who_was_told_more_than_can_be_counted_has_nothing_left_of_an_extended_budget() {
    let (budget, price) = (7 * 693_147_180, 230_000_000);
    let mut account = Account::default();
    (0..100).for_each(|_| account.charge([0], price));
    let mut rooms = Rooms::new(budget);
    account.charged().for_each(|(person, spent)| rooms.narrow(person, budget.saturating_sub(spent)));
    assert_eq!(rooms.of(0), 0);
}

#[test]
fn a_hundred_thousand_charged_people_take_less_than_a_megabyte() {
    let mut account = Account::default();
    for start in [0, 1, 2, 3] {
        account.charge((start..100_000).step_by(4), 1);
    }
    assert_eq!(account.charged().len(), 100_000);
    account.spent.shrink_to_fit();
    assert!((800_000..=1_000_000).contains(&account.size()), "{}", account.size());
}

#[test]
fn who_cannot_bear_it_is_left_out_and_the_others_pay_more() {
    let cost = cost(&[0, 1, 2], 100, 5, 0.03);
    let everybody = cost.amount(100);
    let free = settle(&cost, &Rooms::new(u64::MAX - 1));
    assert_eq!((free.amount, free.left_out.len()), (everybody, 0));

    let mut rooms = Rooms::new(u64::MAX - 1);
    (0..50).filter(|person| *person != 1).for_each(|person| rooms.narrow(person, everybody - 1));
    let borne = settle(&cost, &rooms);
    assert_eq!(borne.amount, cost.amount(51));
    assert!(borne.amount > everybody);
    assert_eq!(borne.by, RoaringBitmap::from_iter([1]));
    assert_eq!(borne.left_out, RoaringBitmap::from_iter([0, 2]));
}

#[test]
fn who_has_just_enough_room_bears_it() {
    let cost = cost(&[0, 1, 2], 100, 5, 0.03);
    let price = cost.amount(100);
    let mut rooms = Rooms::new(u64::MAX - 1);
    (0..50).for_each(|person| rooms.narrow(person, price));
    let borne = settle(&cost, &rooms);
    assert_eq!((borne.amount, borne.by.len(), borne.left_out.len()), (price, 3, 0));
}

#[test]
fn a_room_is_as_narrow_as_the_narrowest_account() {
    let mut rooms = Rooms::new(10);
    rooms.narrow(1, 7);
    rooms.narrow(1, 9);
    rooms.narrow(2, 12);
    assert_eq!((rooms.of(1), rooms.of(2), rooms.of(3)), (7, 10, 10));
}

#[test]
fn where_nobody_can_bear_it_everybody_is_left_out() {
    let cost = cost(&[0, 1], 10, 2, 0.01);
    let borne = settle(&cost, &Rooms::new(0));
    assert_eq!(borne.left_out, RoaringBitmap::from_iter([0, 1]));
    assert!(borne.by.is_empty());
}

proptest! {
    /// No lower price holds, and the one that is found does.
    #[test]
    fn the_price_is_the_least_that_holds(
        rooms in prop::collection::vec(0u64..1_500_000_000, 40),
        floor in 1u64..8,
        frequency in 0.001f64..0.3,
    ) {
        prop_assume!(Thresholds::new(Steps { floor, rounding: None }, 40, frequency, false).is_some());
        let cost = cost(&[0, 7, 39], 40, floor, frequency);
        let mut known = Rooms::new(u64::MAX - 1);
        rooms.iter().enumerate().for_each(|(person, room)| known.narrow(person as u32, *room));
        let able = |price: u64| rooms.iter().filter(|room| **room >= price).count() as u64;
        let prices = (0..=40).map(|people| cost.amount(people));
        let least = prices.filter(|price| cost.amount(able(*price)) == *price).min();
        let borne = settle(&cost, &known);
        prop_assert_eq!(Some(borne.amount), least);
        prop_assert!(borne.by.iter().all(|person| rooms[person as usize] >= borne.amount));
        prop_assert!(borne.left_out.iter().all(|person| rooms[person as usize] < borne.amount));
    }
}
