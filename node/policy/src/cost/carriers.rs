//! How many of some people carry an allele by chance, where nobody's genotype is known.

/// Terms below this part of the greatest are left out: with all of them together no price changes by a billionth.
const NEGLIGIBLE: f64 = 1e-40;

/// The number of carriers among people who carry an allele independently of each other.
#[derive(Clone, Debug)]
pub(super) struct Carriers {
    exactly: Window,
    /// How likely it is that there are so many or more, for each number of the window.
    at_least: Vec<f64>,
}

impl Carriers {
    /// Takes people with two copies of the sequence and people with one, and how frequent the allele is.
    pub(super) fn among(diploid: u64, haploid: u64, frequency: f64) -> Self {
        let carries = frequency * (2.0 - frequency);
        let exactly = Window::binomial(diploid, carries).and(&Window::binomial(haploid, frequency));
        let mut at_least = exactly.terms.clone();
        let mut sum = 0.0;
        for tail in at_least.iter_mut().rev() {
            sum += *tail;
            *tail = sum;
        }
        Self { exactly, at_least }
    }

    /// Returns how likely so many carriers or more are.
    pub(super) fn at_least(&self, number: u64) -> f64 {
        match number.checked_sub(self.exactly.first) {
            None => 1.0,
            Some(place) => value(&self.at_least, place),
        }
    }

    /// Returns how likely exactly so many are.
    pub(super) fn exactly(&self, number: u64) -> f64 {
        number.checked_sub(self.exactly.first).map_or(0.0, |place| value(&self.exactly.terms, place))
    }

    /// Returns the greatest number that is exceeded or reached with more than a probability.
    pub(super) fn quantile(&self, probability: f64) -> u64 {
        let likely = self.at_least.partition_point(|tail| *tail > probability) as u64;
        (self.exactly.first + likely).saturating_sub(1)
    }
}

fn value(terms: &[f64], place: u64) -> f64 {
    usize::try_from(place).ok().and_then(|place| terms.get(place)).copied().unwrap_or(0.0)
}

/// Consecutive numbers and how likely each is; all others are negligible.
#[derive(Clone, Debug)]
struct Window {
    first: u64,
    terms: Vec<f64>,
}

impl Window {
    /// How many of `people` there are for whom something holds with a probability. Starts at the most likely number
    /// and goes by ratios of neighbours, so that nothing overflows or cancels.
    fn binomial(people: u64, probability: f64) -> Self {
        if people == 0 || probability <= 0.0 {
            return Self { first: 0, terms: vec![1.0] };
        }
        if probability >= 1.0 {
            return Self { first: people, terms: vec![1.0] };
        }
        let (all, odds) = (people as f64, probability / (1.0 - probability));
        let mode = (((all + 1.0) * probability) as u64).min(people);
        let more = |number: u64| (people - number) as f64 / (number + 1) as f64 * odds;
        let fewer = |number: u64| number as f64 / ((people - number + 1) as f64 * odds);
        let mut terms = chain(mode, fewer, |number| number.checked_sub(1));
        let first = mode - terms.len() as u64;
        terms.reverse();
        terms.push(1.0);
        terms.extend(chain(mode, more, |number| (number < people).then_some(number + 1)));
        let sum: f64 = terms.iter().sum();
        terms.iter_mut().for_each(|term| *term /= sum);
        Self { first, terms }
    }

    /// Returns the sum of two numbers that do not depend on each other.
    fn and(self, other: &Self) -> Self {
        if let [only] = other.terms.as_slice() {
            let terms = self.terms.into_iter().map(|term| term * only).collect();
            return Self { first: self.first + other.first, terms };
        }
        let mut terms = vec![0.0; self.terms.len() + other.terms.len() - 1];
        for (place, mine) in self.terms.iter().enumerate() {
            let sums = terms.iter_mut().skip(place);
            sums.zip(&other.terms).for_each(|(sum, theirs)| *sum += mine * theirs);
        }
        Self { first: self.first + other.first, terms }
    }
}

/// The terms on one side of the most likely number, which is 1, from the near to the far.
fn chain(mode: u64, ratio: impl Fn(u64) -> f64, next: impl Fn(u64) -> Option<u64>) -> Vec<f64> {
    let (mut terms, mut number, mut term) = (Vec::new(), mode, 1.0);
    while let Some(following) = next(number) {
        term *= ratio(number);
        if term < NEGLIGIBLE {
            break;
        }
        terms.push(term);
        number = following;
    }
    terms
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Exact: how often, in units of `whole` to the power of the people, so many of them or more carry.
    fn exactly(groups: &[(u32, u128)], whole: u128) -> Vec<u128> {
        let mut ways = vec![1u128];
        for (people, part) in groups {
            for _ in 0..*people {
                let mut next = vec![0; ways.len() + 1];
                for (number, way) in ways.iter().enumerate() {
                    next[number] += way * (whole - part);
                    next[number + 1] += way * part;
                }
                ways = next;
            }
        }
        ways
    }

    #[test]
    fn tails_are_those_of_exact_rationals() {
        // A frequency of 1/4: of two copies 7/16 carry, of one copy 4/16.
        for (diploid, haploid) in [(1, 0), (7, 0), (20, 0), (0, 9), (5, 6), (12, 12), (30, 1)] {
            let ways = exactly(&[(diploid, 7), (haploid, 4)], 16);
            let carriers = Carriers::among(u64::from(diploid), u64::from(haploid), 0.25);
            let whole = 16f64.powi((diploid + haploid) as i32);
            for number in 0..=ways.len() {
                let tail = ways[number.min(ways.len())..].iter().sum::<u128>() as f64 / whole;
                let found = carriers.at_least(number as u64);
                assert!((found - tail).abs() <= 1e-13 * tail, "{diploid} {haploid} {number}: {found} {tail}");
            }
        }
    }

    #[test]
    fn nobody_and_everybody_are_certain() {
        assert_eq!(Carriers::among(10, 0, 1.0).at_least(10), 1.0);
        assert_eq!(Carriers::among(10, 0, 0.0).at_least(1), 0.0);
        let one = Carriers::among(0, 1, 0.5);
        assert_eq!((one.quantile(0.5), one.quantile(0.49)), (0, 1), "it must be reached with more");
        let all = Carriers::among(10, 5, 1.0);
        assert_eq!((all.at_least(15), all.at_least(16), all.exactly(15)), (1.0, 0.0, 1.0));
        assert_eq!(Carriers::among(0, 0, 0.5).at_least(0), 1.0);
        assert_eq!(Carriers::among(0, 0, 0.5).at_least(1), 0.0);
    }

    #[test]
    fn a_million_people_neither_overflow_nor_vanish() {
        let carriers = Carriers::among(1_000_000, 0, 0.2);
        assert!((carriers.at_least(360_000) - 0.5).abs() < 0.01);
        assert_eq!(carriers.at_least(1), 1.0);
        assert_eq!(carriers.at_least(1_000_000), 0.0);
        let far = carriers.quantile(1e-6);
        assert!(carriers.at_least(far) > 1e-6 && carriers.at_least(far + 1) <= 1e-6);
    }

    #[test]
    fn many_people_are_about_their_expectation() {
        // 7/16 of ten thousand and 4/16 of ten thousand: 6,875, with a standard deviation below 66.
        let carriers = Carriers::among(10_000, 10_000, 0.25);
        for (number, low, high) in
            [(0, 1.0, 1.0), (6_600, 0.9999, 1.0), (6_875, 0.49, 0.52), (7_150, 0.0, 0.0001)]
        {
            let tail = carriers.at_least(number);
            assert!((low..=high).contains(&tail), "{number}: {tail}");
        }
        assert!((6_870..=6_880).contains(&carriers.quantile(0.5)), "{}", carriers.quantile(0.5));
    }
}
