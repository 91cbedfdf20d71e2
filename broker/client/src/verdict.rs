//! How a question ends: seen, not seen, or not known.

use fyr_schemas::{Answer, DatasetAnswer, DatasetState, NodeState, Precision};
use serde::Serialize;

/// The short answer to "is this variant seen?".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Somebody carries it.
    Seen,
    /// Everyone who was asked gave their part, and nobody carries it.
    NotSeen,
    /// Nobody is known to carry it, but a part is missing: a node did not answer, a dataset told less
    /// than was asked for, or its "no" also means "not disclosable".
    Incomplete,
}

impl Verdict {
    /// Decides what an answer says.
    pub fn of(answer: &Answer) -> Self {
        let took_part = |state| matches!(state, NodeState::Answered | NodeState::Excluded);
        if answer.exists {
            Self::Seen
        } else if !answer.lower_bound
            && answer.nodes.iter().all(|node| took_part(node.state))
            && answer.datasets.iter().all(is_plain_no)
        {
            Self::NotSeen
        } else {
            Self::Incomplete
        }
    }

    /// Returns the exit status of the process. 2 is left to usage and other errors.
    pub fn exit_status(self) -> u8 {
        match self {
            Self::Seen => 0,
            Self::NotSeen => 1,
            Self::Incomplete => 3,
        }
    }
}

fn is_plain_no(dataset: &DatasetAnswer) -> bool {
    dataset.state == DatasetState::Answered && dataset.precision == Precision::Exact
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::test_answers::{answer, dataset, report};

    #[test]
    fn answers_have_their_exit_status() {
        let mut imprecise = dataset("fi", 0, 200);
        imprecise.precision = Precision::Imprecise;
        let mut withheld = dataset("fi", 0, 200);
        withheld.state = DatasetState::Withheld;
        let mut lower_bound = answer(vec![dataset("fi", 0, 200)], Vec::new());
        lower_bound.lower_bound = true;
        let plain = |count| vec![dataset("fi", count, 200)];
        for (name, answer, expected) in [
            ("seen", answer(plain(3), Vec::new()), 0),
            ("seen, one down", answer(plain(3), vec![report("se", NodeState::Unreachable)]), 0),
            ("not seen", answer(plain(0), vec![report("fi", NodeState::Answered)]), 1),
            ("not seen elsewhere", answer(plain(0), vec![report("se", NodeState::Excluded)]), 1),
            ("one down", answer(plain(0), vec![report("se", NodeState::TimedOut)]), 3),
            ("one refused", answer(plain(0), vec![report("se", NodeState::Refused)]), 3),
            ("not disclosable", answer(vec![imprecise], Vec::new()), 3),
            ("withheld", answer(vec![withheld], Vec::new()), 3),
            ("a part is missing", lower_bound, 3),
        ] {
            assert_eq!(Verdict::of(&answer).exit_status(), expected, "{name}");
        }
    }
}
