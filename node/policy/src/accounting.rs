//! How what is told of people is accounted for, and where noise comes from.

use std::fmt;

use roaring::RoaringBitmap;
use serde::Serialize;

/// How what is told of people is accounted for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Accounting {
    /// Not at all: floors alone restrain what is told. The data are open, are told for care, or name no reference.
    #[default]
    None,
    /// Numbers are told with noise, each for as much.
    Noise(Epsilon),
    /// Numbers of carriers are compared with public thresholds, without noise. Each comparison is charged to those who
    /// carry, by how frequent the allele is in a reference.
    Thresholds {
        /// What is told of people besides, which no reference prices.
        besides: Besides,
    },
    /// Accounts are demanded, and no reference says a price of anything: nothing is told.
    Unpriced,
}

/// What becomes of questions of which no price can be said, where others are charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Besides {
    /// They are answered within the floors, except where they would tell who carries an allele: that would go around
    /// the account.
    Floors,
    /// They are not answered.
    Nothing,
}

/// How much one noisy number may tell of one person, in nats: with and without them it is at most e^ε times as likely.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Epsilon {
    numerator: u32,
    denominator: u32,
}

impl Epsilon {
    /// Takes a ratio; none where nothing would be told, or all of it.
    pub const fn new(numerator: u32, denominator: u32) -> Option<Self> {
        if numerator == 0 || denominator == 0 { None } else { Some(Self { numerator, denominator }) }
    }

    /// Returns the ratio.
    pub(crate) fn ratio(self) -> (u64, u64) {
        (self.numerator.into(), self.denominator.into())
    }

    /// Returns it in billionths of a nat, rounded up.
    pub fn billionths(self) -> u64 {
        let (numerator, denominator) = self.ratio();
        (numerator * 1_000_000_000).div_ceil(denominator)
    }
}

/// Where the noise of one located question in one dataset comes from. The policy has no secret: whoever holds one makes
/// this of it, of the dataset, its epoch, the version of what its people said, and the allele.
pub trait Draws: fmt::Debug + Send + Sync {
    /// Returns random bits without end that belong to these people: always the same for the same people, and others
    /// for others.
    fn draw(&self, people: &RoaringBitmap) -> Box<dyn Iterator<Item = u64> + '_>;
}
