//! From which frequency on an allele is confirmed at all, where people have accounts.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex},
};

use serde::Serialize;

use crate::{Bounds, Steps, Thresholds};

/// Numbers of people for which it is said. How many there are in a dataset is not to be read off it.
const PEOPLE: [u64; 4] = [1_000, 2_500, 10_000, 50_000];

/// Frequencies are tried in millionths.
const MILLION: u64 = 1_000_000;

/// The least frequency of an allele of which so many people can be told that it is there.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Confirmed {
    /// The people whose consent covers the question.
    pub people: u64,
    /// How frequent the allele is in the reference, rounded up to two digits.
    pub frequency: f64,
}

/// What was found for floors and budgets: `/info` is asked for often, and it takes milliseconds.
static FOUND: LazyLock<Mutex<Found>> = LazyLock::new(Mutex::default);

/// By floor and budget.
type Found = HashMap<(u64, u64), Vec<Confirmed>>;

/// Says for some numbers of people from which frequency on a yes or no costs no more than a budget, billionths of a nat.
pub(super) fn confirmed(bounds: Bounds, budget: u64) -> Vec<Confirmed> {
    let floor = bounds.minimum_carriers;
    let all = || PEOPLE.into_iter().filter_map(|people| of(floor, people, budget)).collect();
    let Ok(mut found) = FOUND.lock() else { return all() };
    let found = found.entry((floor, budget)).or_insert_with(all);
    found.iter().filter(|confirmed| confirmed.people >= bounds.minimum_cohort).copied().collect()
}

/// Finds the least frequency by halves: a yes costs less, the more frequent the allele is.
fn of(floor: u64, people: u64, budget: u64) -> Option<Confirmed> {
    let (mut too_rare, mut borne) = (0, MILLION);
    if !is_borne(floor, people, borne, budget) {
        return None;
    }
    while borne - too_rare > 1 {
        let middle = too_rare + (borne - too_rare) / 2;
        if is_borne(floor, people, middle, budget) { borne = middle } else { too_rare = middle }
    }
    let digit = 10u64.pow(borne.ilog10().saturating_sub(1));
    Some(Confirmed { people, frequency: (borne.div_ceil(digit) * digit) as f64 / MILLION as f64 })
}

fn is_borne(floor: u64, people: u64, millionths: u64, budget: u64) -> bool {
    let steps = Steps { floor, rounding: None };
    let told = Thresholds::new(steps, people, millionths as f64 / MILLION as f64, false);
    told.is_some_and(|told| told.price(people) <= budget)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Profile;

    const LN_2: u64 = 693_147_180;

    #[test]
    fn the_frequencies_are_those_that_were_derived() {
        let of = |floor| of(floor, 2_504, LN_2).unwrap().frequency;
        assert_eq!((of(10), of(20)), (0.0011, 0.0021));
    }

    #[test]
    fn it_is_the_least_that_is_borne_to_two_digits() {
        for floor in [1, 2, 5, 10, 20, 50] {
            for people in PEOPLE {
                for budget in [LN_2, 2 * LN_2, LN_2 / 10] {
                    let Some(Confirmed { frequency, .. }) = of(floor, people, budget) else {
                        panic!("{floor} of {people}");
                    };
                    let millionths = (frequency * MILLION as f64).round() as u64;
                    assert!(is_borne(floor, people, millionths, budget), "{floor} {people} {budget}");
                    let less = (millionths as f64 * 0.89) as u64;
                    // Where a whole budget goes far, even an allele that no reference has is confirmed.
                    let is_least = !is_borne(floor, people, less, budget) || millionths == 1;
                    assert!(is_least, "{floor} {people} {budget}: {frequency}");
                }
            }
        }
        assert_eq!(of(2_000, 1_000, LN_2), None, "more than there are");
    }

    #[test]
    fn nothing_is_said_of_fewer_people_than_anything_is_told_of() {
        let public = confirmed(Profile::Public.bounds(), LN_2);
        assert_eq!(public.len(), 4);
        let bounds = Bounds { minimum_cohort: 2_000, ..Profile::Public.bounds() };
        assert_eq!(confirmed(bounds, LN_2), public[1..]);
    }
}
