//! How frequent a variant must be, as the question demands.

use fyr_schemas::{FrequencyBound, Withheld};

use super::control::{Applied, Control, Question, Told};
use crate::{Count, Needs, ReleasePlan};

/// The last control: it compares the frequency that would be told, so that a bound tells no more than that.
#[derive(Debug)]
pub(super) struct AsFrequent(Vec<FrequencyBound>);

impl AsFrequent {
    pub(super) fn of(_: ReleasePlan, question: Question<'_>) -> Applied {
        let bounds = question.bounds.to_vec();
        if bounds.is_empty() { None } else { Some(Box::new(Self(bounds))) }
    }
}

impl Control for AsFrequent {
    /// What the question leaves out is not hidden.
    fn needs(&self) -> Needs {
        Needs::default()
    }

    fn withholds(&self) -> Option<Withheld> {
        None
    }

    fn keep(&self, count: &Count, told: Told) -> Option<Told> {
        if !count.is_of_all() {
            return Some(Told { undecided: true, ..told });
        }
        let (alleles, number) = (told.total.allele_count, told.total.allele_number);
        let holds = told.at_least.is_none() && self.0.iter().all(|bound| bound.holds(alleles, number));
        holds.then_some(told)
    }
}
