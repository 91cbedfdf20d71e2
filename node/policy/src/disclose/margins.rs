//! What a filter takes away: anybody can ask with one filter less, and subtract.

use fyr_schemas::Withheld;

use super::{
    cell::Cell,
    control::{Applied, Control, Question, Told},
};
use crate::{Count, Margins, Needs, ReleasePlan, Sets};

/// A count whose filter takes fewer people than the floor away reads as nobody.
#[derive(Debug)]
pub(super) struct FilterMargins(u64);

impl FilterMargins {
    /// Filters on variants choose who is looked at, so neither carriers nor others may be few; a filter that takes
    /// nobody away tells nothing.
    fn tells_looked_at(&self, count: &Count, margin: &dyn Sets) -> bool {
        let taken = Cell::of_margin(count, margin).minus(&Cell::of(count));
        taken.is_some_and(|taken| taken.is_nobody() || taken.is_enough(self.0))
    }

    /// Filters on entries choose of the same people, so nobody reads like a few; but that everybody is left
    /// without the filter is about nobody.
    fn tells_found(&self, count: &Count, margin: &dyn Sets) -> bool {
        let without = margin.tally();
        let taken = || Cell::of_margin(count, margin).minus(&Cell::of(count));
        without.carriers_at_least() >= without.assayed_at_least()
            || taken().is_some_and(|taken| taken.carriers() >= self.0)
    }
}

impl FilterMargins {
    pub(super) fn of(plan: ReleasePlan, question: Question<'_>) -> Applied {
        if plan.minimum_carriers > 0 && question.narrows {
            Some(Box::new(Self(plan.minimum_carriers)))
        } else {
            None
        }
    }
}

impl Control for FilterMargins {
    fn needs(&self) -> Needs {
        Needs { margins: true, singly: true, hides: true, ..Needs::default() }
    }

    fn withholds(&self) -> Option<Withheld> {
        Some(Withheld::FilterBelowFloor)
    }

    fn keep(&self, count: &Count, told: Told) -> Option<Told> {
        let is_told = match count.margins() {
            Margins::None => true,
            Margins::OfLookedAt(margins) => {
                margins.iter().all(|margin| self.tells_looked_at(count, margin.as_ref()))
            }
            // "This many, or more" is the same without the filter.
            Margins::OfFound(margins) => {
                told.at_least.is_some()
                    || margins.iter().all(|margin| self.tells_found(count, margin.as_ref()))
            }
        };
        is_told.then_some(told)
    }
}
