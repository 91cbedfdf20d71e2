//! How much one noisy number may tell of one person.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// Millionths: no epsilon is told apart from another by less.
const PARTS: u32 = 1_000_000;

/// How much one noisy number may tell of one person, in nats: with and without them it is at most e^ε times as likely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Epsilon {
    numerator: u32,
    denominator: u32,
}

impl Epsilon {
    /// A tenth of a nat: noise of a standard deviation of 14.1 people.
    pub(crate) const WIDE: Self = Self { numerator: 1, denominator: 10 };
    /// Noise of a standard deviation of 6.1 people.
    pub(crate) const USUAL: Self = Self { numerator: 23, denominator: 100 };
    /// Noise of a standard deviation of 3.0 people.
    pub(crate) const NARROW: Self = Self { numerator: 23, denominator: 50 };

    /// Takes a ratio; none where nothing would be told, or all of it.
    pub const fn new(numerator: u32, denominator: u32) -> Option<Self> {
        if numerator == 0 || denominator == 0 { None } else { Some(Self { numerator, denominator }) }
    }

    /// Takes a number as it stands in a file, to a millionth; none where nothing would be told, or more than 1,000 nats.
    pub fn of(number: f64) -> Option<Self> {
        let parts = (number * f64::from(PARTS)).round();
        if !(1.0..=1e9).contains(&parts) {
            return None;
        }
        let parts = parts as u32;
        let common = greatest_common_divisor(parts, PARTS);
        Self::new(parts / common, PARTS / common)
    }

    /// Returns the ratio.
    pub(crate) fn ratio(self) -> (u64, u64) {
        (self.numerator.into(), self.denominator.into())
    }

    /// Returns it in nats, as it is shown.
    pub fn nats(self) -> f64 {
        f64::from(self.numerator) / f64::from(self.denominator)
    }

    /// Returns it in billionths of a nat, rounded up.
    pub fn billionths(self) -> u64 {
        let (numerator, denominator) = self.ratio();
        (numerator * 1_000_000_000).div_ceil(denominator)
    }

    /// Returns the standard deviation of the noise, people.
    pub fn standard_deviation(self) -> f64 {
        let ratio = (-self.nats()).exp();
        (2.0 * ratio).sqrt() / (1.0 - ratio)
    }
}

fn greatest_common_divisor(one: u32, other: u32) -> u32 {
    if other == 0 { one } else { greatest_common_divisor(other, one % other) }
}

impl Serialize for Epsilon {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.nats())
    }
}

impl<'de> Deserialize<'de> for Epsilon {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(deserializer)?;
        Self::of(number)
            .ok_or_else(|| D::Error::custom(format!("`{number}` is no number of nats such as 0.23")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_taken_as_the_ratio_that_it_says() {
        for (number, expected) in
            [(0.23, (23, 100)), (1.0, (1, 1)), (0.1, (1, 10)), (0.000_001, (1, 1_000_000))]
        {
            assert_eq!(Epsilon::of(number).unwrap().ratio(), expected, "{number}");
        }
        for number in [0.0, -0.1, 1e-7, 1e4, f64::NAN, f64::INFINITY] {
            assert_eq!(Epsilon::of(number), None, "{number}");
        }
        assert_eq!((Epsilon::new(0, 1), Epsilon::new(1, 0)), (None, None));
        assert_eq!(Epsilon::new(1, 3).unwrap().billionths(), 333_333_334);
    }

    #[test]
    fn it_is_written_as_it_is_read() {
        let written = serde_json::to_string(&Epsilon::of(0.23).unwrap()).unwrap();
        assert_eq!(written, "0.23");
        assert_eq!(serde_json::from_str::<Epsilon>(&written).unwrap(), Epsilon::new(23, 100).unwrap());
        assert!(serde_json::from_str::<Epsilon>("0").unwrap_err().to_string().contains("such as 0.23"));
    }

    #[test]
    fn noise_is_as_wide_as_was_derived() {
        for (number, expected) in [(0.23, 6.1), (0.1, 14.1)] {
            let deviation = Epsilon::of(number).unwrap().standard_deviation();
            assert!((deviation - expected).abs() < 0.05, "{number}: {deviation}");
        }
    }
}
