//! Numbers that are made less exact. They come after suppression: rounding first would lower the floor.

use fyr_schemas::Withheld;

use super::{
    control::{Applied, Control, Question, Told},
    parts::without_parts,
};
use crate::{Count, Needs, ReleasePlan, Rounding};

/// Each number is rounded; parts beside a rounded total would tell what rounding hides.
#[derive(Debug)]
pub(super) struct Round(Rounding);

impl Round {
    pub(super) fn of(plan: ReleasePlan, _: Question<'_>) -> Applied {
        if plan.rounding != Rounding::Exact { Some(Box::new(Self(plan.rounding))) } else { None }
    }
}

impl Control for Round {
    /// Rounding hides nobody.
    fn needs(&self) -> Needs {
        Needs { singly: true, ..Needs::default() }
    }

    fn withholds(&self) -> Option<Withheld> {
        Some(Withheld::Rounded)
    }

    fn keep(&self, _: &Count, mut told: Told) -> Option<Told> {
        for row in told.rows() {
            row.allele_number = self.0.of(row.allele_number);
            row.allele_count = self.0.of(row.allele_count).min(row.allele_number);
            row.carriers = row.carriers.map(|carriers| self.0.of(carriers));
            row.assayed = row.assayed.map(|assayed| self.0.of(assayed));
            without_parts(row);
        }
        told.entries = self.0.of(told.entries);
        told.at_least = told.at_least.map(|least| self.0.of(least));
        Some(told)
    }
}
