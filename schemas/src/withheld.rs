//! Why something may be missing from an answer.
//!
//! A reason follows from the policy and the question, never from data: it is stated whether or not something
//! is missing, so that it tells nothing of what was found.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Why something may be missing from what a dataset answers. The list is closed: peers refuse other words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Withheld {
    /// The requester may not ask the dataset this, for this purpose.
    NotPermitted,
    /// Less is released to the requester, for this purpose, than was asked for.
    LessPermitted,
    /// Nothing is told where fewer people may be counted than the profile demands.
    CohortBelowMinimum,
    /// Fewer people than the floor read as nobody.
    CountBelowFloor,
    /// A filter that takes fewer people than the floor away reads as nobody.
    FilterBelowFloor,
    /// Where fewer people than the floor are left, "this many, or more" is told.
    RestBelowFloor,
    /// The calls that a number is made of are told only if none of them is below the floor.
    PartBelowFloor,
    /// Populations are told, the largest first, as far as neither they nor what is left without them is below the floor.
    PopulationBelowFloor,
    /// The sexes of everybody, and of populations that are told, are told as far as neither they nor what is left without
    /// them is below the floor.
    SexBelowFloor,
    /// Numbers are rounded.
    Rounded,
    /// Numbers are drawn at random from around the true ones.
    Noise,
    /// People of whom the requester was told enough are left out.
    ToldEnough,
    /// A node's own answers are not told apart from those of others.
    NotAttributable,
}

impl Withheld {
    /// All reasons, in a fixed order.
    pub const ALL: [Self; 13] = [
        Self::NotPermitted,
        Self::LessPermitted,
        Self::CohortBelowMinimum,
        Self::CountBelowFloor,
        Self::FilterBelowFloor,
        Self::RestBelowFloor,
        Self::PartBelowFloor,
        Self::PopulationBelowFloor,
        Self::SexBelowFloor,
        Self::Rounded,
        Self::Noise,
        Self::ToldEnough,
        Self::NotAttributable,
    ];

    /// Returns the word used on every door.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotPermitted => "not-permitted",
            Self::LessPermitted => "less-permitted",
            Self::CohortBelowMinimum => "cohort-below-minimum",
            Self::CountBelowFloor => "count-below-floor",
            Self::FilterBelowFloor => "filter-below-floor",
            Self::RestBelowFloor => "rest-below-floor",
            Self::PartBelowFloor => "part-below-floor",
            Self::PopulationBelowFloor => "population-below-floor",
            Self::SexBelowFloor => "sex-below-floor",
            Self::Rounded => "rounded",
            Self::Noise => "noise",
            Self::ToldEnough => "told-enough",
            Self::NotAttributable => "not-attributable",
        }
    }

    /// Returns what it means, for people.
    pub fn text(self) -> &'static str {
        match self {
            Self::NotPermitted => "not permitted to this requester for this purpose",
            Self::LessPermitted => "less is permitted to this requester for this purpose than was asked for",
            Self::CohortBelowMinimum => "nothing is told of fewer people than the profile's minimum",
            Self::CountBelowFloor => "fewer people than the floor read as nobody",
            Self::FilterBelowFloor => "a filter that takes fewer people than the floor away reads as nobody",
            Self::RestBelowFloor => "all but fewer people than the floor are told as a number or more",
            Self::PartBelowFloor => "parts may be missing, since one of them may be below the floor",
            Self::PopulationBelowFloor => {
                "populations may be missing, since one of them, or what is left without others, may be below the floor"
            }
            Self::SexBelowFloor => {
                "sexes may be missing, since one of them, or what is left without others, may be below the floor"
            }
            Self::Rounded => "numbers are rounded",
            Self::Noise => "numbers are drawn at random from around the true ones",
            Self::ToldEnough => "people of whom the requester was told enough are left out",
            Self::NotAttributable => "told only in a sum with others",
        }
    }
}

impl fmt::Display for Withheld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A word that is no reason for withholding something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown reason for withholding `{0}`")]
pub struct UnknownWithheld(pub String);

impl FromStr for Withheld {
    type Err = UnknownWithheld;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|reason| reason.name() == word);
        known.ok_or_else(|| UnknownWithheld(word.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_are_written() {
        for reason in Withheld::ALL {
            assert_eq!(reason.name().parse(), Ok(reason));
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.name());
        }
        assert!("nobody-knows".parse::<Withheld>().is_err());
    }
}
