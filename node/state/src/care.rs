//! What was answered for the care of patients, and what somebody said of it afterwards.

use std::{fmt, str::FromStr};

use crate::StateError;

/// What a clinician was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CareTold {
    /// Somebody carries it.
    Seen,
    /// Nobody carries it.
    NotSeen,
}

/// One answer that is about to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CareAnswer {
    /// Who asked: issuer and id.
    pub requester: String,
    /// For which organisations, as far as is known.
    pub organisation: String,
    /// For which case, as the clinic calls it. Only a keyed hash of it is kept.
    pub case: String,
    /// What was asked, as the digest that the audit log has of it.
    pub question: String,
    /// What is told.
    pub told: CareTold,
    /// By which datasets.
    pub datasets: Vec<String>,
    /// When, seconds since 1970.
    pub time: i64,
}

/// What an operator says of a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CareDecision {
    /// It was as it should be.
    Ok,
    /// It was not.
    Objected,
}

/// What one requester asked for one case, up to a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CareReview {
    /// Its number.
    pub id: u64,
    /// Who asked: issuer and id.
    pub requester: String,
    /// For which organisations.
    pub organisation: String,
    /// Keyed hash of the case, hexadecimal.
    pub case_hash: String,
    /// When the first answer was told, seconds since 1970.
    pub begun: i64,
    /// When the last one was.
    pub latest: i64,
    /// How many different questions were answered.
    pub questions: u64,
    /// To how many of them somebody was seen.
    pub seen: u64,
    /// What was said of it; none while it waits.
    pub decision: Option<Decided>,
}

/// A decision of an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// What it is.
    pub decision: CareDecision,
    /// When, seconds since 1970.
    pub time: i64,
    /// Who made it.
    pub actor: String,
    /// Why; empty where nothing was said.
    pub reason: String,
}

/// An answer of a review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CareQuestion {
    /// What was asked, as the digest that the audit log has of it.
    pub question: String,
    /// What was told.
    pub told: CareTold,
    /// By which datasets.
    pub datasets: String,
    /// When first, seconds since 1970.
    pub time: i64,
}

/// Which reviews are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CareFilter {
    /// Those too that were decided.
    pub decided: bool,
    /// Only those of a case, as the clinic calls it.
    pub case: Option<String>,
}

impl CareTold {
    /// Returns the word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Seen => "seen",
            Self::NotSeen => "not seen",
        }
    }
}

impl FromStr for CareTold {
    type Err = StateError;

    fn from_str(word: &str) -> Result<Self, StateError> {
        let known = [Self::Seen, Self::NotSeen].into_iter().find(|told| told.name() == word);
        known.ok_or(StateError::Damaged("an unknown answer in a review of care"))
    }
}

impl CareDecision {
    /// Returns the word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Objected => "objected",
        }
    }
}

impl FromStr for CareDecision {
    type Err = StateError;

    fn from_str(word: &str) -> Result<Self, StateError> {
        let known = [Self::Ok, Self::Objected].into_iter().find(|decision| decision.name() == word);
        known.ok_or(StateError::Damaged("an unknown decision in a review of care"))
    }
}

impl fmt::Display for CareDecision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
