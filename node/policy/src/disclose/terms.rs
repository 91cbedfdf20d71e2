//! Which filtering terms may be told: a term is as telling as a count of those for whom it is stated.

use fyr_schemas::FilteringTerm;

use super::{control::Question, controls::Controls};
use crate::{Bearers, Cost, Count, DatasetPermit, Disclosed, TermCount, Undisclosed};

/// Says what it costs whom to be told which terms are stated.
pub fn cost_of_terms(permit: &DatasetPermit, terms: &[Undisclosed<TermCount>]) -> Cost {
    let controls = Controls::of(permit.plan(), Question::ANY);
    terms.iter().fold(Cost::default(), |cost, term| cost.and(controls.cost(&term.peek().count)))
}

/// Keeps the terms, and the values of fields, that may be told, of those who can bear it.
pub fn disclose_terms(
    permit: &DatasetPermit,
    terms: Vec<Undisclosed<TermCount>>,
    bearers: &Bearers,
) -> Disclosed<Vec<FilteringTerm>> {
    let controls = Controls::of(permit.plan(), Question::ANY);
    let may_be_told = |count: &Count| controls.keep(count, bearers, false).is_some();
    let terms = terms.into_iter().map(Undisclosed::open).filter(|term| may_be_told(&term.count));
    let told = |term: TermCount| {
        let values = term.values.into_iter().filter(|(_, count)| may_be_told(count));
        FilteringTerm { values: values.map(|(value, _)| value).collect(), ..term.term }
    };
    Disclosed::new(terms.map(told).collect())
}
