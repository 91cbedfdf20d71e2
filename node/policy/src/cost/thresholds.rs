//! What it costs a carrier that a number of carriers is compared with public thresholds, without any noise.
//!
//! Let `X` be the number of carriers among the *others*, which is by chance: nobody knows their genotypes, everybody
//! knows how frequent the allele is. Whoever holds a carrier's genome compares what is told if the carrier is there,
//! of `1 + X`, with what is told if not, of `X`. What is told grows with the number, so the highest threshold `t`
//! weighs most, and being told costs the carrier `ln P(X ≥ t-1)/P(X ≥ t)` at most.
//!
//! Two rules keep that finite and right:
//!
//! - A threshold that is reached with a chance of a millionth or less is not told: the next lower one is. This depends
//!   on how many people there are and how frequent the allele is elsewhere, never on who carries it.
//! - The others are those who *can still bear* the price for this requester. Fewer others tell more of each, so the
//!   price grows as people cannot bear it; [`crate::settle`] finds where that ends.

use super::carriers::Carriers;
use crate::Rounding;

/// The least chance with which a threshold that is told is reached.
const RAREST: f64 = 1e-6;

/// Billionths of a nat.
const PER_NAT: f64 = 1e9;

/// A price that nobody can bear.
pub(super) const UNBEARABLE: u64 = u64::MAX;

/// Which numbers of people are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Steps {
    /// Fewer than this read as nobody.
    pub floor: u64,
    /// How a number is rounded; none where only is told that there are so many as the floor.
    pub rounding: Option<Rounding>,
}

impl Steps {
    /// Returns what a number that begins a step reads as.
    fn read(self, start: u64) -> u64 {
        self.rounding.map_or(start, |rounding| rounding.of(start))
    }

    /// Returns the least number that reads like one of so many people.
    fn start(self, number: u64, people: u64) -> Option<u64> {
        let floor = self.floor.max(1);
        let Some(rounding) = self.rounding else { return (number >= floor).then_some(floor) };
        // Of all but a few, those few are not told.
        let number = number.min(people.saturating_sub(floor).max(floor));
        let (mut below, mut reached) = (floor.checked_sub(1)?, number);
        if number < floor {
            return None;
        }
        while reached - below > 1 {
            let middle = below + (reached - below) / 2;
            if rounding.of(middle) == rounding.of(number) {
                reached = middle;
            } else {
                below = middle;
            }
        }
        Some(reached)
    }
}

/// The highest threshold that may be told of an allele, and what that costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    steps: Steps,
    people: u64,
    frequency: f64,
    /// How many have one copy of the sequence, at most.
    haploid: u64,
    /// How many people more there are than families.
    relatives: u64,
    top: u64,
}

impl Thresholds {
    /// Finds the highest threshold of so many people that may be told; none where none may. `frequency` is how
    /// frequent the allele is in a reference: never in the people themselves, of whom a rare allele would look common.
    /// Frequencies below a quarter of one copy in all of them are not told apart. `haploid` says whether somebody may
    /// have one copy of the sequence.
    pub fn new(steps: Steps, people: u64, frequency: f64, haploid: bool) -> Option<Self> {
        let least = 1.0 / (4.0 * people.max(1) as f64);
        let frequency = if frequency.is_nan() { least } else { frequency.clamp(least, 1.0) };
        let others = people.checked_sub(1)?;
        let (diploid, haploid) = if haploid { (0, others) } else { (others, 0) };
        let likely = Carriers::among(diploid, haploid, frequency).quantile(RAREST);
        let top = steps.start(likely, people)?;
        Some(Self { steps, people, frequency, haploid, relatives: 0, top })
    }

    /// Says how many of the people have one copy of the sequence.
    #[must_use]
    pub fn with_haploid(self, haploid: u64) -> Self {
        Self { haploid, ..self }
    }

    /// Says how many people more there are than families, where families are counted instead of people: each is like
    /// one person who carries as often, which is fewer than may be, and so dearer.
    #[must_use]
    pub fn with_relatives(self, relatives: u64) -> Self {
        Self { relatives, ..self }
    }

    /// Names what is told apart: who was told by the same steps was told the same.
    pub(super) fn form(&self) -> String {
        let Self { steps: Steps { floor, rounding }, top, .. } = self;
        format!("from {floor} by {rounding:?} up to {top}")
    }

    /// Returns what a number of carriers reads as; none where it reads as nobody.
    pub fn told(&self, carriers: u64) -> Option<u64> {
        let start = self.steps.start(carriers.min(self.top), self.people)?;
        Some(self.steps.read(start))
    }

    /// Returns what being told costs each carrier where so many people, carriers or not, can bear it; billionths of a
    /// nat, rounded up, but nothing where it is less than one. It does not grow with the people.
    pub fn price(&self, people: u64) -> u64 {
        let families = people.saturating_sub(self.relatives);
        let Some(others) = families.checked_sub(1) else { return UNBEARABLE };
        let haploid = self.haploid.min(others);
        let diploid = others - haploid;
        if self.is_certain(diploid, haploid) {
            return 0;
        }
        let carriers = Carriers::among(diploid, haploid, self.frequency);
        let (short, reached) = (carriers.exactly(self.top - 1), carriers.at_least(self.top));
        if reached <= 0.0 {
            return UNBEARABLE;
        }
        let price = (short / reached).ln_1p() * PER_NAT;
        if price < 1.0 { 0 } else { price.ceil() as u64 }
    }

    /// Returns whether the threshold is missed with a chance of less than a billionth, by Chernoff's bound.
    fn is_certain(&self, diploid: u64, haploid: u64) -> bool {
        let carries = self.frequency * (2.0 - self.frequency);
        let mean = diploid as f64 * carries + haploid as f64 * self.frequency;
        let above = mean - self.top as f64;
        above > 0.0 && above * above > 42.0 * mean
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LN_2: u64 = 693_147_180;
    const YES_NO: fn(u64) -> Steps = |floor| Steps { floor, rounding: None };

    fn price(steps: Steps, people: u64, frequency: f64) -> u64 {
        Thresholds::new(steps, people, frequency, false).unwrap().price(people)
    }

    #[test]
    fn a_yes_is_borne_from_the_frequencies_that_are_promised() {
        for (floor, frequency) in [(20, 0.0021), (10, 0.0011)] {
            assert!(price(YES_NO(floor), 2_504, frequency) <= LN_2, "{floor}");
            assert!(price(YES_NO(floor), 2_504, frequency - 0.0002) > LN_2, "{floor}");
        }
    }

    #[test]
    fn counts_are_borne_as_often_as_was_derived() {
        let buckets = Steps { floor: 10, rounding: Some(Rounding::Buckets) };
        // How many answers fit into ln 2 for so many carriers to be expected among 5,000.
        for (expected, answers) in [(12.0, 1), (18.0, 3), (45.0, 3), (80.0, 2)] {
            let carries: f64 = expected / 5_000.0;
            let frequency = 1.0 - (1.0 - carries).sqrt();
            assert_eq!(LN_2 / price(buckets, 5_000, frequency), answers, "{expected}");
        }
    }

    #[test]
    fn a_price_is_that_of_exact_rationals() {
        // Eight people, each of whom carries an allele of frequency 1/2 with a chance of 3/4; a floor of 7.
        let ways = |number: u32| [2_187u64, 5_103, 5_103, 2_835][7 - number as usize];
        let others = |least: u32| (least..=7).map(ways).sum::<u64>() as f64;
        let expected = ((others(6) / others(7)).ln() * 1e9).ceil() as u64;
        assert_eq!(price(YES_NO(7), 8, 0.5), expected);
    }

    #[test]
    fn what_hardly_ever_happens_is_not_told() {
        assert_eq!(Thresholds::new(YES_NO(20), 2_504, 0.0001, false), None);
        let buckets = Steps { floor: 10, rounding: Some(Rounding::Buckets) };
        let top = |frequency| Thresholds::new(buckets, 2_504, frequency, false).map(|told| told.top);
        assert_eq!(top(0.0011), Some(20));
        assert_eq!(top(0.5), Some(1_000));
        assert_eq!(top(0.0001), None);
    }

    #[test]
    fn a_number_reads_as_the_step_that_it_reached_up_to_the_highest() {
        let buckets = Steps { floor: 10, rounding: Some(Rounding::Buckets) };
        let told = Thresholds::new(buckets, 2_504, 0.0011, false).unwrap();
        assert_eq!(
            [9, 10, 19, 20, 50, 2_504].map(|n| told.told(n)),
            [None, Some(10), Some(10), Some(20), Some(20), Some(20)]
        );
        let nearest = Steps { floor: 5, rounding: Some(Rounding::Nearest(5)) };
        let told = Thresholds::new(nearest, 100, 0.3, false).unwrap();
        assert_eq!([4, 5, 7, 8, 12].map(|n| told.told(n)), [None, Some(5), Some(5), Some(10), Some(10)]);
    }

    #[test]
    fn of_all_but_a_few_those_few_are_not_told() {
        let exact = Steps { floor: 3, rounding: Some(Rounding::Exact) };
        assert_eq!(exact.start(10, 10), Some(7));
        assert_eq!(exact.start(5, 10), Some(5));
        assert_eq!(exact.start(2, 10), None);
        assert_eq!(exact.start(4, 4), Some(3));
        let nearest = Steps { floor: 5, rounding: Some(Rounding::Nearest(5)) };
        assert_eq!(nearest.start(7, 100), Some(5));
        assert_eq!(nearest.start(9, 100), Some(8));
    }

    #[test]
    fn what_is_certain_costs_nothing() {
        assert_eq!(price(YES_NO(10), 2_504, 0.05), 0);
        assert_eq!(price(YES_NO(10), 1_000_000, 0.4), 0);
        assert!(price(YES_NO(10), 2_504, 0.005) > 0);
    }

    #[test]
    fn a_price_grows_as_fewer_can_bear_it() {
        for steps in [YES_NO(1), YES_NO(10), Steps { floor: 5, rounding: Some(Rounding::Nearest(5)) }] {
            for frequency in [0.0003, 0.002, 0.03] {
                let Some(told) = Thresholds::new(steps, 3_000, frequency, false) else { continue };
                let prices: Vec<_> = (0..=3_000).step_by(50).map(|people| told.price(people)).collect();
                assert!(prices.is_sorted_by(|few, more| few >= more), "{steps:?} {frequency}");
                assert_eq!(prices[0], UNBEARABLE);
            }
        }
    }

    #[test]
    fn one_copy_is_carried_more_rarely() {
        let told = |haploid| Thresholds::new(YES_NO(10), 2_504, 0.004, true).map(|t| t.with_haploid(haploid));
        let prices = [0, 1_252, 2_504].map(|haploid| told(haploid).unwrap().price(2_504));
        assert!(prices.is_sorted_by(|fewer, more| fewer < more), "{prices:?}");
        let of_one_copy = Carriers::among(0, 2_503, 0.004);
        let expected = (of_one_copy.at_least(9) / of_one_copy.at_least(10)).ln() * 1e9;
        assert!((prices[2] as f64 - expected).abs() < 2.0);
    }

    #[test]
    fn whoever_has_relatives_is_one_with_them() {
        let told = Thresholds::new(YES_NO(10), 2_504, 0.004, false).unwrap();
        let related = told.with_relatives(504);
        assert_eq!(related.price(2_504), told.price(2_000));
        assert_eq!(
            [0, 504].map(|people| related.price(people)),
            [UNBEARABLE; 2],
            "fewer than one family is left"
        );
    }

    #[test]
    fn an_allele_that_no_reference_has_is_taken_for_a_quarter_of_one_copy() {
        let told = |frequency| Thresholds::new(YES_NO(1), 1_000, frequency, false);
        assert_eq!(told(0.0), told(1.0 / 4_000.0));
        assert_eq!(told(f64::NAN), told(0.0));
    }

    /// The threshold is ten, so the mean must be above 60.34: there, what is above ten is squared 42 times the mean.
    #[test]
    fn a_threshold_is_certain_where_the_mean_is_far_above_it() {
        for (frequency, diploid, haploid, is_certain) in [
            (0.5, 80, 0, false),
            (0.5, 81, 0, true),
            (0.5, 0, 120, false),
            (0.5, 0, 121, true),
            (0.5, 40, 60, false),
            (0.5, 40, 61, true),
            (0.9, 60, 0, false),
            (0.9, 61, 0, true),
            (0.9, 5, 0, false),
            (0.001, 20, 0, false),
        ] {
            let thresholds =
                Thresholds { frequency, ..Thresholds::new(YES_NO(10), 1_000, 0.5, false).unwrap() };
            assert_eq!(
                thresholds.is_certain(diploid, haploid),
                is_certain,
                "{frequency} {diploid} {haploid}"
            );
        }
        let nearly = Thresholds::new(YES_NO(10), 81, 0.5, false).unwrap();
        assert!(!nearly.is_certain(80, 0) && nearly.price(81) == 0, "less than a billionth costs nothing");
    }
}
