//! Tells nothing of anything.

use fyr_schemas::Withheld;

use super::control::{Applied, Control, Question, Told};
use crate::{Count, ReleasePlan};

/// The control of a silent plan: whatever is counted reads as nobody. It shows that nothing goes past the controls.
#[derive(Debug)]
pub(super) struct Silence;

impl Silence {
    pub(super) fn of(plan: ReleasePlan, _: Question<'_>) -> Applied {
        if plan.silent { Some(Box::new(Self)) } else { None }
    }
}

impl Control for Silence {
    fn withholds(&self) -> Option<Withheld> {
        Some(Withheld::NotPermitted)
    }

    fn keep(&self, _: &Count, _: Told) -> Option<Told> {
        None
    }
}
