//! Noise: what is told of a few is as likely told of a few more.
//!
//! The number is drawn around the true one, and everything else follows from the drawn one: whether anything is told,
//! and how it is rounded. A floor on the true number would tell what the noise hides, so no control here sees it. A draw
//! belongs to what was charged for it: to be told it again is free and tells the same, and of whatever is charged anew
//! nobody can tell whether the people were the same.

use std::sync::Arc;

use fyr_schemas::{Tally, Withheld};

use super::{
    control::{Applied, Control, Question, Subject, Told},
    laplace,
};
use crate::{Accounting, Cost, Count, Draws, Epsilon, Needs, People, ReleasePlan};

/// One number is told, of people, drawn from around the true one; nobody, where that is below the floor.
#[derive(Debug)]
pub(super) struct Noise {
    epsilon: Epsilon,
    floor: u64,
    subject: Subject,
    draws: Option<Arc<dyn Draws>>,
}

impl Noise {
    pub(super) fn of(plan: ReleasePlan, question: Question<'_>) -> Applied {
        let epsilon = Self::decides(plan, question)?;
        let draws = question.draws.map(Arc::clone);
        Some(Box::new(Self {
            epsilon,
            floor: plan.minimum_carriers.max(1),
            subject: question.subject,
            draws,
        }))
    }

    /// Returns how noisy what is told of a question is. How many people there are at all is about nobody, and of terms
    /// only those that enough people state are known.
    pub(super) fn decides(plan: ReleasePlan, question: Question<'_>) -> Option<Epsilon> {
        match plan.accounting {
            Accounting::Noise(epsilon) if question.narrows && question.subject != Subject::Terms => {
                Some(epsilon)
            }
            _ => None,
        }
    }

    /// Draws the number of those who are counted, of whom relatives are one, as their account is; none where nobody knows
    /// who they are, nothing can be drawn, or the number is below zero, which reads as nobody.
    fn number(&self, count: &Count) -> Option<u64> {
        let People::Known(people) = count.sets().people() else { return None };
        let noise = laplace::draw(self.epsilon, &mut self.draws.as_ref()?.draw(&people))?;
        let number = count.families().map_or(people.len(), |families| families.among(&people));
        number.checked_add_signed(noise)
    }
}

impl Control for Noise {
    /// Nobody is told of like others, or a yes would tell that somebody is there.
    fn needs(&self) -> Needs {
        Needs { nobody: true, singly: true, hides: true, ..Needs::default() }
    }

    fn withholds(&self) -> Option<Withheld> {
        Some(Withheld::Noise)
    }

    /// Whoever is counted pays: the numbers of others are as they would be without them.
    fn cost(&self, count: &Count) -> Cost {
        match count.sets().people() {
            People::Known(people) => Cost::drawn(people.as_ref().clone(), self.epsilon.billionths()),
            People::AtLeast(_) => Cost::default(),
        }
    }

    fn keep(&self, count: &Count, _: Told) -> Option<Told> {
        // Whoever asks for many alleles would be told which ones are there.
        if self.subject == Subject::Alleles {
            return None;
        }
        let number = self.number(count).filter(|number| *number >= self.floor)?;
        // Of people it is the number of entries; of what belongs to them, how many is not told.
        let carriers = (self.subject != Subject::Entries).then_some(number);
        let entries = if self.subject == Subject::Allele { 1 } else { number };
        Some(Told {
            total: Tally { carriers, ..Tally::default() },
            groups: Vec::new(),
            entries,
            at_least: None,
            undecided: false,
        })
    }
}
