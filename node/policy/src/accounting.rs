//! How what is told of people is accounted for, and where noise comes from.

use std::fmt;

use roaring::RoaringBitmap;
use serde::Serialize;

use crate::Epsilon;

/// How what is told of people is accounted for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Accounting {
    /// Not at all: floors alone restrain what is told. The data are open, are told for care, or name no reference.
    #[default]
    None,
    /// Numbers of people are told with noise, each for as much, which is charged to those who are counted.
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

/// Where the noise of one answer comes from. The policy has no secret: whoever holds one makes this of it, and of the name
/// of the charge that people bore for the answer.
pub trait Draws: fmt::Debug + Send + Sync {
    /// Returns random bits without end that belong to this charge and these people: the same for the same, and others
    /// for others. There are none where nothing was charged.
    fn draw(&self, people: &RoaringBitmap) -> Box<dyn Iterator<Item = u64> + '_>;
}
