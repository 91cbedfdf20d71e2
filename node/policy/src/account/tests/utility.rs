//! What is left to tell: 2,504 people, one requester, one epoch, with the code that answers.

use std::collections::BTreeMap;

use super::*;
use crate::{Epsilon, Profile};

const PEOPLE: u32 = 2_504;
const LN_2: u64 = 693_147_180;

/// The least frequencies of which a yes fits into a budget, by floor.
const CONFIRMED: [(u64, f64); 2] = [(10, 0.0011), (20, 0.0021)];

/// Numbers that look random: splitmix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to 1.
    fn part(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Who carries an allele that is so frequent, of people with two copies each.
    fn carriers(&mut self, frequency: f64) -> RoaringBitmap {
        (0..PEOPLE).filter(|_| self.part() < frequency || self.part() < frequency).collect()
    }
}

/// What one requester was told of these people.
#[derive(Default)]
struct Requester(Account);

impl Requester {
    fn bear(&mut self, cost: &Cost) -> Borne {
        let mut rooms = Rooms::new(LN_2);
        self.0.charged().for_each(|(person, spent)| rooms.narrow(person, LN_2.saturating_sub(spent)));
        let borne = settle(cost, &rooms);
        self.0.charge(borne.by.iter(), borne.amount);
        borne
    }
}

/// Asks about 20 variants of each of 50 patients, once with accounts and once without; returns how many of the answers are
/// the same, and of how many of them.
fn asked_for_patients(floor: u64, least: f64, random: &mut Random) -> (u64, u64) {
    let (mut requester, mut same, mut all) = (Requester::default(), 0, 0);
    for _ in 0..50 * 20 {
        // There are more of the rare ones, in inverse proportion to their frequency, and a patient carries each in
        // proportion to it: of what patients carry, all frequencies are as common.
        let frequency = least * (1.0 + 4.0 * random.part());
        let carriers = random.carriers(frequency);
        let steps = Steps { floor, rounding: None };
        let thresholds = Thresholds::new(steps, u64::from(PEOPLE), frequency, false).unwrap();
        let without = thresholds.told(carriers.len());
        let cost = Cost::of_thresholds(carriers, (0..PEOPLE).collect(), thresholds);
        let with = thresholds.told(requester.bear(&cost).by.len());
        (same, all) = (same + u64::from(with == without), all + 1);
    }
    (same, all)
}

#[test]
fn nine_of_ten_answers_about_fifty_patients_are_as_without_accounts() {
    for (floor, least) in CONFIRMED {
        for seed in 0..2 {
            let (same, all) = asked_for_patients(floor, least, &mut Random(seed));
            assert!(10 * same >= 9 * all, "{floor} {seed}: {same} of {all}");
        }
    }
}

/// Five numbers of people are told with noise, each of a tenth of all. Whoever is counted for the fourth time is left out:
/// that hardly adds to the noise, which is within three standard deviations itself 986 times of 1,000.
#[test]
fn of_five_cohorts_accounts_leave_out_less_than_noise_hides() {
    let epsilon = Profile::Research.epsilon();
    for seed in 0..5 {
        let (mut random, mut requester) = (Random(seed), Requester::default());
        for _ in 0..5 {
            let found: RoaringBitmap = (0..PEOPLE).filter(|_| random.part() < 0.1).collect();
            let borne = requester.bear(&Cost::drawn(found.clone(), epsilon.billionths()));
            let left_out = (found.len() - borne.by.len()) as f64;
            assert!(left_out <= epsilon.standard_deviation(), "{seed}: {left_out}");
        }
    }
}

/// Of those who are counted in every question as many are told of as fit, and then nobody.
#[test]
fn whoever_is_counted_always_is_told_of_three_times() {
    let everybody: RoaringBitmap = (0..PEOPLE).collect();
    let mut requester = Requester::default();
    let mut told = BTreeMap::new();
    for number in 1..=5 {
        let cost = Cost::drawn(everybody.clone(), Epsilon::of(0.23).unwrap().billionths());
        told.insert(number, requester.bear(&cost).by.len());
    }
    assert_eq!(told.into_values().collect::<Vec<_>>(), [2_504, 2_504, 2_504, 0, 0]);
}
