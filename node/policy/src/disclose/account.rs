//! Answers that the people whom they are about pay for, each from an account for this requester.

use fyr_schemas::{Query, Release, Tally, Withheld};

use super::{
    cell::Cell,
    control::{Applied, Control, Question, Subject, Told},
};
use crate::{Accounting, Besides, Cost, Count, Families, People, ReleasePlan, Steps, Thresholds};

/// Numbers of carriers are told by thresholds, and nothing else is. Relatives are one, as their account is. Comes after
/// rounding, which it makes its own.
#[derive(Debug)]
pub(super) struct ByThresholds {
    steps: Steps,
    /// Where fewer people consent, nothing is told, so nothing is charged.
    minimum_cohort: u64,
}

impl ByThresholds {
    pub(super) fn of(plan: ReleasePlan, question: Question<'_>) -> Applied {
        let Accounting::Thresholds { .. } = plan.accounting else { return None };
        if !is_priced(question) {
            return None;
        }
        let rounding = (plan.release >= Release::Count).then_some(plan.rounding);
        let steps = Steps { floor: plan.minimum_carriers, rounding };
        Some(Box::new(Self { steps, minimum_cohort: plan.minimum_cohort }))
    }

    /// Returns what may be told of an allele, which is the same whoever carries it; none where nothing may be, or no
    /// reference says how frequent it is.
    fn thresholds(&self, count: &Count) -> Option<Thresholds> {
        if count.consenting() < self.minimum_cohort {
            return None;
        }
        let frequency = count.expected_frequency()?;
        Thresholds::new(self.steps, count.consenting_families(), frequency, !count.is_diploid())
    }
}

/// Returns whether a reference says what an answer tells: who carries an allele, among all of the cohort.
fn is_priced(question: Question<'_>) -> bool {
    matches!(question.subject, Subject::Allele | Subject::Alleles) && !question.crosses
}

impl Control for ByThresholds {
    fn withholds(&self) -> Option<Withheld> {
        Some(Withheld::ToldEnough)
    }

    fn cost(&self, count: &Count) -> Cost {
        let sets = count.sets();
        let (People::Known(carriers), People::Known(looked_at)) = (sets.people(), sets.looked_at()) else {
            return Cost::default();
        };
        let Some(thresholds) = self.thresholds(count) else { return Cost::default() };
        let surplus = |families: &Families| looked_at.len() - families.among(&looked_at);
        let relatives = count.families().map_or(0, |families| surplus(families));
        let thresholds = thresholds.with_haploid(haploid(count)).with_relatives(relatives);
        Cost::of_thresholds(carriers.as_ref().clone(), looked_at.as_ref().clone(), thresholds)
    }

    fn keep(&self, count: &Count, told: Told) -> Option<Told> {
        let People::Known(_) = count.sets().people() else { return None };
        let carriers = self.thresholds(count)?.told(Cell::of(count).carriers())?;
        let total = Tally { carriers: Some(carriers), ..Tally::default() };
        Some(Told { total, groups: Vec::new(), at_least: None, ..told })
    }
}

/// Returns how many have one copy of the sequence, at most.
pub(super) fn haploid(count: &Count) -> u64 {
    let (assayed, alleles) = (count.tally().assayed_at_least(), count.tally().allele_number);
    if count.is_diploid() { 0 } else { (2 * assayed).saturating_sub(alleles).min(assayed) }
}

/// Tells nothing that nobody can say a price of, where that is demanded or would go around the account. Such questions
/// are not permitted in the first place ([`ReleasePlan::leaves_unpriced`]); lists of terms come here.
#[derive(Debug)]
pub(super) struct Unpriced;

impl Unpriced {
    pub(super) fn of(plan: ReleasePlan, question: Question<'_>) -> Applied {
        if is_refused(plan.accounting, question) { Some(Box::new(Self)) } else { None }
    }
}

/// How many people there are at all is about nobody.
fn is_refused(accounting: Accounting, question: Question<'_>) -> bool {
    match accounting {
        Accounting::None => false,
        // A number for each of what is there would tell what is there.
        Accounting::Noise(_) => question.is_open,
        Accounting::Thresholds { besides: Besides::Floors } => question.crosses,
        Accounting::Thresholds { besides: Besides::Nothing } => question.narrows && !is_priced(question),
        Accounting::Unpriced => question.narrows,
    }
}

impl Control for Unpriced {
    fn withholds(&self) -> Option<Withheld> {
        Some(Withheld::NotPermitted)
    }

    fn keep(&self, _: &Count, _: Told) -> Option<Told> {
        None
    }
}

impl ReleasePlan {
    /// Returns whether nothing may be told of a question, because no price can be said of it and the plan demands one.
    pub(crate) fn leaves_unpriced(self, query: &Query) -> bool {
        is_refused(self.accounting, Question::of(query))
    }
}
