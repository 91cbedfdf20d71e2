//! The ways in which data may be asked, from the least to the most trusting, and what each may learn.
//!
//! The numbers are the defaults that the project's privacy model derives. A tenant raises them freely, and
//! lowers them only by saying why, which `/info` then shows.

use std::fmt;

use fyr_schemas::Release;
use serde::{Deserialize, Serialize};

use crate::Epsilon;

/// In which capacity somebody asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// Anyone.
    Public,
    /// Anyone, of frequencies that the tenant declares open.
    AggregateOpen,
    /// Holders of a token that the operator gave out.
    Known,
    /// Registered researchers: bona fide status and accepted terms.
    Research,
    /// Members of a study, or those whom an access committee granted the data.
    Consortium,
    /// Clinicians in the care of a patient, for one case.
    Care,
    /// Whoever keeps the data, at the machine that holds them. It is in no rules: [`crate::LocalOwner`].
    Owner,
}

/// How numbers are made less exact before they leave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rounding {
    /// Not at all.
    #[default]
    Exact,
    /// To the nearest multiple.
    Nearest(u64),
    /// Down to the start of a bucket: 10, 20, 50, 100, 200, 500, 1000 and so on.
    Buckets,
}

impl Rounding {
    /// Rounds a number.
    pub fn of(self, number: u64) -> u64 {
        match self {
            Self::Exact => number,
            Self::Nearest(step) => {
                let step = step.max(1);
                number.saturating_add(step / 2) / step * step
            }
            Self::Buckets => bucket(number),
        }
    }
}

impl fmt::Display for Rounding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact => f.write_str("as they are"),
            Self::Nearest(step) => write!(f, "in multiples of {step}"),
            Self::Buckets => f.write_str("in buckets"),
        }
    }
}

/// Returns the greatest of 0, 10, 20, 50, 100, … that is not greater.
fn bucket(number: u64) -> u64 {
    let starts = std::iter::successors(Some(10u64), |decade| decade.checked_mul(10))
        .flat_map(|decade| [1, 2, 5].map(|digit| decade.checked_mul(digit)));
    starts.map_while(|start| start).take_while(|start| *start <= number).last().unwrap_or(0)
}

/// What a profile may learn at most, and how little may be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The highest release.
    pub release: Release,
    /// Fewest carriers, or people, that may be told; 0 tells everything.
    pub minimum_carriers: u64,
    /// Fewest people whose consent must cover a question before anything is told of them.
    pub minimum_cohort: u64,
    /// How numbers are rounded.
    pub rounding: Rounding,
}

impl Bounds {
    /// Of a published table: all that it says, or nothing.
    pub(crate) fn of_published(is_reader: bool) -> Self {
        let release = if is_reader { Release::Frequency } else { Release::None };
        Self { release, minimum_carriers: 0, minimum_cohort: 0, rounding: Rounding::Exact }
    }
}

/// How much one person may ask on one day, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quota {
    /// Anything.
    Any,
    /// So many different questions.
    Questions(u64),
    /// For so many cases, however much for each: a whole genome is one.
    Cases(u64),
}

impl Profile {
    /// All profiles that rules can name.
    pub const ALL: [Self; 6] =
        [Self::Public, Self::AggregateOpen, Self::Known, Self::Research, Self::Consortium, Self::Care];

    /// Returns the word used in configuration, policies and audit.
    pub fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::AggregateOpen => "aggregate-open",
            Self::Known => "known",
            Self::Research => "research",
            Self::Consortium => "consortium",
            Self::Care => "care",
            Self::Owner => "owner",
        }
    }

    /// Returns the shipped bounds.
    pub fn bounds(self) -> Bounds {
        let bounds = |release, minimum_carriers, minimum_cohort, rounding| Bounds {
            release,
            minimum_carriers,
            minimum_cohort,
            rounding,
        };
        match self {
            Self::Public => bounds(Release::Boolean, 20, 1000, Rounding::Exact),
            Self::AggregateOpen => bounds(Release::Frequency, 0, 0, Rounding::Exact),
            Self::Known => bounds(Release::Frequency, 10, 200, Rounding::Buckets),
            Self::Research => bounds(Release::Count, 10, 200, Rounding::Buckets),
            Self::Consortium => bounds(Release::Frequency, 5, 100, Rounding::Nearest(5)),
            // One carrier is told: that is what the question of care is about.
            Self::Care => bounds(Release::Boolean, 0, 0, Rounding::Exact),
            Self::Owner => bounds(Release::Frequency, 0, 0, Rounding::Exact),
        }
    }

    /// Returns how much somebody may ask in this capacity. It does not depend on data, so it
    /// can be told.
    pub fn quota(self) -> Quota {
        match self {
            Self::Research => Quota::Questions(1_000),
            Self::Consortium => Quota::Questions(10_000),
            Self::Care => Quota::Cases(50),
            // Nobody in particular has no account; whom the operator gave a token, the operator knows.
            Self::Public | Self::AggregateOpen | Self::Known | Self::Owner => Quota::Any,
        }
    }

    /// Returns whether what is told in this capacity can be charged to people: frequencies that are declared open have
    /// nobody to charge, care is exempt by law, and owners are told of what is theirs.
    pub fn has_accounts(self) -> bool {
        !matches!(self, Self::AggregateOpen | Self::Care | Self::Owner)
    }

    /// Returns how much one requester may be told of one person in an epoch, in billionths of a nat: all that they are
    /// told is at most twice as likely with the person as without, four times in a consortium. A project has as much,
    /// an organisation twice as much.
    pub fn budget(self) -> u64 {
        match self {
            Self::Consortium => 1_386_294_361,
            _ => 693_147_180,
        }
    }

    /// Returns how much one noisy number tells of a person in this capacity, where numbers are noisy and the rules say
    /// nothing else: six fit into the budget of the public, three into those of others.
    pub fn epsilon(self) -> Epsilon {
        match self {
            Self::Public => Epsilon::WIDE,
            Self::Consortium => Epsilon::NARROW,
            _ => Epsilon::USUAL,
        }
    }

    /// Returns who asks in this capacity, as the beginning of a sentence.
    pub fn who(self) -> &'static str {
        match self {
            Self::Public | Self::AggregateOpen => "anyone",
            Self::Known => "holders of a known token",
            Self::Research => "registered researchers",
            Self::Consortium => "members of a study, or those who were granted the data,",
            Self::Care => "licensed clinicians, for a case in their care,",
            Self::Owner => "whoever keeps the data, at the machine that holds them,",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_fall_into_their_buckets() {
        for (number, expected) in [
            (0, 0),
            (9, 0),
            (10, 10),
            (19, 10),
            (20, 20),
            (49, 20),
            (50, 50),
            (99, 50),
            (100, 100),
            (1999, 1000),
            (2000, 2000),
            (u64::MAX, 10_000_000_000_000_000_000),
        ] {
            assert_eq!(Rounding::Buckets.of(number), expected, "{number}");
        }
    }

    #[test]
    fn multiples_are_the_nearest() {
        for (number, expected) in [(0, 0), (2, 0), (3, 5), (7, 5), (8, 10), (1002, 1000)] {
            assert_eq!(Rounding::Nearest(5).of(number), expected, "{number}");
        }
    }
}
