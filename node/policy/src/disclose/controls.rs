//! Which controls there are, in which order. This is the one place where they are chosen.

use fyr_schemas::{Query, Release, Withheld};

use super::{
    account::{ByThresholds, Unpriced},
    cohort::MinimumCohort,
    control::{Applied, Control, Question, Told},
    floor::Floor,
    frequency::AsFrequent,
    groups::Groups,
    margins::FilterMargins,
    noise::Noise,
    parts::Parts,
    rest::Rest,
    rounding::Round,
    silence::Silence,
};
use crate::{Accounting, Bearers, Cost, Count, Needs, ReleasePlan};

/// Makes the controls of a plan for a question. Suppression comes before everything that is derived from a number.
fn controls(plan: ReleasePlan, question: Question<'_>) -> impl Iterator<Item = Box<dyn Control>> {
    // Noise alone decides where it is: floors on true numbers would tell what it hides.
    let noise = Noise::of(plan, question);
    let floor = if noise.is_some() { 0 } else { plan.minimum_carriers };
    let plan = ReleasePlan { minimum_carriers: floor, ..plan };
    let all: [fn(ReleasePlan, Question<'_>) -> Applied; 11] = [
        Silence::of,
        Unpriced::of,
        MinimumCohort::of,
        Floor::of,
        Rest::of,
        FilterMargins::of,
        Groups::of,
        Parts::of,
        Round::of,
        ByThresholds::of,
        AsFrequent::of,
    ];
    noise.into_iter().chain(all.into_iter().filter_map(move |control| control(plan, question)))
}

/// The controls of one plan for one question. An open plan has none, and costs nothing.
#[derive(Debug)]
pub(super) struct Controls(Vec<Box<dyn Control>>);

impl Controls {
    pub(super) fn of(plan: ReleasePlan, question: Question<'_>) -> Self {
        Self(controls(plan, question).collect())
    }

    pub(super) fn needs(&self) -> Needs {
        self.0.iter().fold(Needs::default(), |needs, control| needs.or(control.needs()))
    }

    fn withholds(&self) -> impl Iterator<Item = Withheld> {
        self.0.iter().flat_map(|control| control.withholds().into_iter().chain(control.withholds_too()))
    }

    /// Says what it costs whom to be told of a count.
    pub(super) fn cost(&self, count: &Count) -> Cost {
        self.0.iter().fold(Cost::default(), |cost, control| cost.and(control.cost(count)))
    }

    /// Tells what may be told of a count, of those who bear it; none where it reads as if nothing were there.
    pub(super) fn keep(&self, count: &Count, bearers: &Bearers, with_groups: bool) -> Option<Told> {
        match bearers {
            Bearers::Everybody => self.told(count, with_groups),
            Bearers::AllBut(others) => self.told(&count.without(others)?, with_groups),
        }
    }

    fn told(&self, count: &Count, with_groups: bool) -> Option<Told> {
        if count.sets().entries() == 0 && !self.needs().nobody {
            return None;
        }
        let applied = |with_groups| {
            self.0.iter().try_fold(Told::all(count, with_groups), |told, control| control.keep(count, told))
        };
        // Groups take long to count, and what is suppressed has none.
        let told = applied(false)?;
        let has_groups = with_groups && told.at_least.is_none() && told.total.allele_number > 0;
        if has_groups { applied(true) } else { Some(told) }
    }
}

impl ReleasePlan {
    /// Returns what has to be counted under the plan, whatever is asked.
    pub fn needs(self) -> Needs {
        let nobody = matches!(self.accounting, Accounting::Noise(_));
        let needs = Controls::of(self, Question::ANY).needs();
        let is_accounted = self.accounting != Accounting::None;
        let hides = needs.hides || is_accounted;
        let records = self.release == Release::Record && !hides;
        Needs { records, nobody, fixed: self.fixed(), hides, singly: needs.singly || is_accounted, ..needs }
    }

    /// Returns why something may be missing from an answer to a question under the plan, whatever the data are.
    pub fn withholds(self, query: &Query) -> Vec<Withheld> {
        let less = self.release.granularity() < Some(query.granularity);
        let policy = less.then_some(Withheld::LessPermitted);
        let controls = Controls::of(self, Question::of(query));
        // Whoever was counted often enough is left out of what noise tells, too.
        let noisy = Noise::decides(self, Question::of(query)).map(|_| Withheld::ToldEnough);
        let mut reasons: Vec<_> = policy.into_iter().chain(noisy).chain(controls.withholds()).collect();
        reasons.sort_unstable();
        reasons.dedup();
        reasons
    }
}
