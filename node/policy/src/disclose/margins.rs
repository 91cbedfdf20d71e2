//! What a filter takes away: anybody can ask with one filter less, and subtract.

use std::sync::Arc;

use fyr_schemas::{Tally, Withheld};

use super::{
    control::{Applied, Control, Question, Told},
    floor::leaves_enough,
};
use crate::{Count, Margins, Needs, ReleasePlan, Sets};

/// A count whose filter takes fewer people than the floor away reads as nobody.
#[derive(Debug)]
pub(super) struct FilterMargins(u64);

impl FilterMargins {
    /// Filters on variants choose who is looked at, so neither carriers nor others may be few; a filter that takes
    /// nobody away tells nothing.
    fn tells_looked_at(&self, filtered: &Tally, margin: &Arc<dyn Sets>) -> bool {
        leaves_enough(self.0, &margin.tally(), [filtered])
    }

    /// Filters on entries choose of the same people, so nobody reads like a few; but that everybody is left
    /// without the filter is about nobody.
    fn tells_found(&self, found: &Tally, margin: &Arc<dyn Sets>) -> bool {
        let (margin, found) = (margin.tally(), found.carriers_at_least());
        let people = margin.carriers_at_least();
        people >= margin.assayed_at_least() || people.saturating_sub(found) >= self.0
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
                margins.iter().all(|margin| self.tells_looked_at(count.tally(), margin))
            }
            // "This many, or more" is the same without the filter.
            Margins::OfFound(margins) => {
                told.at_least.is_some()
                    || margins.iter().all(|margin| self.tells_found(count.tally(), margin))
            }
        };
        is_told.then_some(told)
    }
}
