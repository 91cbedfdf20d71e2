//! The discrete Laplace distribution, drawn exactly: P(z) is in proportion to e^(-ε|z|).
//!
//! By whole numbers alone, after Canonne, Kamath and Steinke (The Discrete Gaussian for Differential Privacy, 2020,
//! algorithms 1 and 2): what floating point rounds away could be read off noise that was made of it.

use crate::Epsilon;

/// Draws a number. None where the bits end, or a number that is as good as impossible comes.
pub(super) fn draw(epsilon: Epsilon, bits: &mut impl Iterator<Item = u64>) -> Option<i64> {
    let (numerator, denominator) = epsilon.ratio();
    loop {
        // A geometric number of scale `denominator`: its rest, then how often the denominator goes into it.
        let rest = below(denominator, bits)?;
        if !is_exp_of_minus(rest, denominator, bits)? {
            continue;
        }
        let mut times = 0u64;
        while is_exp_of_minus(1, 1, bits)? {
            times += 1;
        }
        let size = times.checked_mul(denominator)?.checked_add(rest)? / numerator;
        let is_negative = below(2, bits)? == 1;
        // Zero has no sign, and would be drawn twice as often.
        if !(is_negative && size == 0) {
            let size = i64::try_from(size).ok()?;
            return Some(if is_negative { -size } else { size });
        }
    }
}

/// Is true with probability e^(-n/d), of a ratio up to 1.
fn is_exp_of_minus(numerator: u64, denominator: u64, bits: &mut impl Iterator<Item = u64>) -> Option<bool> {
    let mut rounds = 1u64;
    while below(denominator.checked_mul(rounds)?, bits)? < numerator {
        rounds += 1;
    }
    Some(rounds % 2 == 1)
}

/// Draws one of the numbers below another, all as likely.
fn below(end: u64, bits: &mut impl Iterator<Item = u64>) -> Option<u64> {
    // What is left of all numbers when they are dealt out evenly is drawn again.
    let left = (u64::MAX % end + 1) % end;
    bits.find(|drawn| *drawn <= u64::MAX - left).map(|drawn| drawn % end)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Random bits: splitmix64.
    fn bits(seed: u64) -> impl Iterator<Item = u64> {
        (1..).map(move |at: u64| {
            let mut bits = seed.wrapping_add(at.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            bits ^ (bits >> 31)
        })
    }

    /// Compares drawn frequencies with exact ones: chi-square, of which a greater value comes once in 10,000 times.
    fn is_likely(drawn: &[u64], expected: &[f64]) -> bool {
        let all: u64 = drawn.iter().sum();
        let statistic: f64 = drawn
            .iter()
            .zip(expected)
            .map(|(drawn, share)| {
                let expected = share * all as f64;
                (*drawn as f64 - expected).powi(2) / expected
            })
            .sum();
        // Wilson and Hilferty's approximation.
        let degrees = (expected.len() - 1) as f64;
        let third = 2.0 / (9.0 * degrees);
        statistic < degrees * (1.0 - third + 3.719 * third.sqrt()).powi(3)
    }

    #[test]
    fn a_million_numbers_are_distributed_as_they_should_be() {
        for (numerator, denominator, most) in [(23, 100, 35), (1, 1, 8), (1, 10, 80), (7, 5, 6), (2, 3, 12)] {
            let epsilon = Epsilon::new(numerator, denominator).unwrap();
            let mut bits = bits(u64::from(denominator));
            let mut drawn = vec![0u64; 2 * most + 3];
            for _ in 0..1_000_000 {
                let number = draw(epsilon, &mut bits).unwrap().clamp(-(most as i64) - 1, most as i64 + 1);
                drawn[(number + most as i64 + 1) as usize] += 1;
            }
            let ratio = (-f64::from(numerator) / f64::from(denominator)).exp();
            let share = |number: i64| (1.0 - ratio) / (1.0 + ratio) * ratio.powi(number.abs() as i32);
            let beyond = ratio.powi(most as i32 + 1) / (1.0 + ratio);
            let inside = (-(most as i64)..=most as i64).map(share);
            let expected: Vec<f64> = std::iter::once(beyond).chain(inside).chain([beyond]).collect();
            assert!((expected.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            assert!(is_likely(&drawn, &expected), "{numerator}/{denominator}: {drawn:?}");
        }
    }

    #[test]
    fn the_comparison_would_notice_another_distribution() {
        let expected = [0.25, 0.5, 0.25];
        assert!(is_likely(&[25_100, 49_900, 25_000], &expected));
        assert!(!is_likely(&[24_000, 51_000, 25_000], &expected));
    }

    #[test]
    fn numbers_below_another_are_all_as_likely() {
        let drawn: Vec<u64> = [u64::MAX, 7, u64::MAX - 1, 5].into_iter().collect();
        let mut bits = drawn.into_iter();
        let below_three: Vec<_> = (0..4).map(|_| below(3, &mut bits)).collect();
        assert_eq!(below_three, [Some(1), Some(2), Some(2), None], "2^64 is 1 more than a multiple of 3");
        assert_eq!(below(4, &mut [u64::MAX].into_iter()), Some(3), "nothing is left of a power of two");
        assert_eq!(below(1, &mut [9].into_iter()), Some(0));
    }

    #[test]
    fn bits_that_end_are_no_number() {
        assert_eq!(draw(Epsilon::new(1, 1).unwrap(), &mut std::iter::empty()), None);
    }
}
