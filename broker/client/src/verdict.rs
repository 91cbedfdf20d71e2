//! What an answer says, in words: of each dataset, and of all together.
//!
//! Which words are possible follows from policy, question and what was assayed, never from who carries what: below
//! a floor nobody and a few have one word.

use std::fmt;

use fyr_schemas::{Answer, Coverage, DatasetAnswer, DatasetState, NodeReport, NodeState, Precision};
use serde::Serialize;

/// What one dataset says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    /// Somebody carries it.
    Seen,
    /// Somebody was looked at, nobody carries it, and no floor hides a few.
    NotSeen,
    /// Nobody carries it, or fewer than may be told.
    NotSeenOrNotDisclosable,
    /// Nobody was looked at there.
    NotAssayed,
    /// This requester may not ask it.
    MayNotBeAsked,
    /// It may be asked, and was not: a dry run.
    NotCounted,
}

impl Word {
    /// Returns what a dataset says.
    pub fn of(dataset: &DatasetAnswer) -> Self {
        match (dataset.state, dataset.exists) {
            (DatasetState::Withheld, _) => Self::MayNotBeAsked,
            (DatasetState::NotCounted, _) => Self::NotCounted,
            (DatasetState::Answered, true) => Self::Seen,
            (DatasetState::Answered, false) if dataset.coverage == Coverage::None => Self::NotAssayed,
            (DatasetState::Answered, false) if dataset.precision == Precision::Imprecise => {
                Self::NotSeenOrNotDisclosable
            }
            (DatasetState::Answered, false) => Self::NotSeen,
        }
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Seen => "seen",
            Self::NotSeen => "not seen",
            Self::NotSeenOrNotDisclosable => "not seen or not disclosable",
            Self::NotAssayed => "not assayed",
            Self::MayNotBeAsked => "may not be asked",
            Self::NotCounted => "not counted",
        })
    }
}

/// The short answer to "is this variant seen?".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    /// Somebody carries it.
    Seen,
    /// Everyone who was asked gave their part, somebody was looked at, and nobody carries it.
    NotSeen,
    /// Everyone gave their part, and nobody carries it, or fewer than may be told.
    NotSeenOrNotDisclosable,
    /// Everyone gave their part, and nobody was looked at there.
    NotAssayed,
    /// Nobody is known to carry it, but a part is missing: a node did not answer, a dataset may not be asked, or
    /// nobody was asked at all.
    Incomplete,
}

impl Verdict {
    /// Decides what an answer says.
    pub(crate) fn of(answer: &Answer) -> Self {
        let words = || answer.datasets.iter().map(Word::of);
        let in_the_total = answer.nodes.iter().any(|node| is_in_the_total_only(answer, node));
        if answer.exists {
            Self::Seen
        } else if !answer.nodes.iter().all(took_part)
            || words().any(|word| matches!(word, Word::MayNotBeAsked | Word::NotCounted))
            || (answer.datasets.is_empty() && !in_the_total)
        {
            Self::Incomplete
        } else if answer.lower_bound || words().any(|word| word == Word::NotSeenOrNotDisclosable) {
            Self::NotSeenOrNotDisclosable
        } else if !in_the_total && words().all(|word| word == Word::NotAssayed) {
            Self::NotAssayed
        } else {
            Self::NotSeen
        }
    }

    /// Returns the exit status of the process. 2 is left to usage and other errors.
    pub(crate) fn exit_status(self) -> u8 {
        match self {
            Self::Seen => 0,
            Self::NotSeen => 1,
            Self::NotSeenOrNotDisclosable | Self::Incomplete => 3,
            Self::NotAssayed => 4,
        }
    }

    /// Returns what several questions say together: the first of seen, not known, not seen and not assayed.
    pub(crate) fn together(verdicts: impl IntoIterator<Item = Self>) -> Option<Self> {
        let order = |verdict: &Self| match verdict {
            Self::Seen => 0,
            Self::Incomplete => 1,
            Self::NotSeenOrNotDisclosable => 2,
            Self::NotSeen => 3,
            Self::NotAssayed => 4,
        };
        verdicts.into_iter().min_by_key(order)
    }
}

/// Returns whether a node gave its part, or was left out by the question itself.
pub(crate) fn took_part(node: &NodeReport) -> bool {
    matches!(node.state, NodeState::Answered | NodeState::Excluded)
}

/// Returns whether a node answered, and has no row of its own.
pub(crate) fn is_in_the_total_only(answer: &Answer, node: &NodeReport) -> bool {
    node.state == NodeState::Answered && !answer.datasets.iter().any(|dataset| dataset.beacon_id == node.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::test_answers::{answer, dataset, report};

    fn changed(change: fn(&mut DatasetAnswer)) -> DatasetAnswer {
        let mut dataset = dataset("fi", 0, 200);
        change(&mut dataset);
        dataset
    }

    #[test]
    fn answers_have_their_exit_status() {
        let imprecise = || changed(|dataset| dataset.precision = Precision::Imprecise);
        let withheld = || changed(|dataset| dataset.state = DatasetState::Withheld);
        let unassayed = || changed(|dataset| dataset.coverage = Coverage::None);
        let uncounted = changed(|dataset| dataset.state = DatasetState::NotCounted);
        let mut lower_bound = answer(vec![dataset("fi", 0, 200)], Vec::new());
        lower_bound.lower_bound = true;
        let plain = |count| dataset("fi", count, 200);
        let one = |dataset| answer(vec![dataset], Vec::new());
        let node = |state| vec![report("se", state)];
        for (name, answer, expected) in [
            ("seen", one(plain(3)), 0),
            ("seen, one down", answer(vec![plain(3)], node(NodeState::Unreachable)), 0),
            ("not seen", answer(vec![plain(0)], vec![report("fi", NodeState::Answered)]), 1),
            ("not seen elsewhere", answer(vec![plain(0)], node(NodeState::Excluded)), 1),
            ("not seen, and not assayed", answer(vec![plain(0), unassayed()], Vec::new()), 1),
            ("not assayed", one(unassayed()), 4),
            ("not assayed anywhere", answer(vec![unassayed(), unassayed()], Vec::new()), 4),
            ("not assayed, one down", answer(vec![unassayed()], node(NodeState::TimedOut)), 3),
            ("not assayed, not disclosable", answer(vec![unassayed(), imprecise()], Vec::new()), 3),
            ("one down", answer(vec![plain(0)], node(NodeState::TimedOut)), 3),
            ("one refused", answer(vec![plain(0)], node(NodeState::Refused)), 3),
            ("not disclosable", one(imprecise()), 3),
            ("withheld", one(withheld()), 3),
            ("a dry run", one(uncounted), 3),
            ("a part is missing", lower_bound, 3),
            ("in the total only", answer(Vec::new(), node(NodeState::Answered)), 1),
            ("nobody asked", answer(Vec::new(), node(NodeState::Excluded)), 3),
            ("no dataset", answer(Vec::new(), Vec::new()), 3),
        ] {
            assert_eq!(Verdict::of(&answer).exit_status(), expected, "{name}");
        }
    }

    #[test]
    fn of_several_questions_the_first_that_matters_counts() {
        use Verdict::{Incomplete, NotAssayed, NotSeen, NotSeenOrNotDisclosable, Seen};
        for (verdicts, expected) in [
            (&[NotSeen, Seen, Incomplete][..], Some(Seen)),
            (&[NotSeen, NotSeenOrNotDisclosable, Incomplete], Some(Incomplete)),
            (&[NotSeen, NotSeenOrNotDisclosable], Some(NotSeenOrNotDisclosable)),
            (&[NotAssayed, NotSeen], Some(NotSeen)),
            (&[NotAssayed], Some(NotAssayed)),
            (&[], None),
        ] {
            assert_eq!(Verdict::together(verdicts.iter().copied()), expected, "{verdicts:?}");
        }
    }
}
