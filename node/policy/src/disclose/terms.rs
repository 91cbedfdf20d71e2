//! Which filtering terms may be told: a term is as telling as a count of those for whom it is stated.

use fyr_schemas::FilteringTerm;

use super::{control::Question, controls::Controls};
use crate::{Bearers, Cost, Count, DatasetPermit, Disclosed, TermCount, Undisclosed};

/// Says what it costs whom to be told which terms are stated.
pub fn cost_of_terms(permit: &DatasetPermit, terms: &[Undisclosed<TermCount>]) -> Cost {
    let controls = Controls::of(permit.plan(), Question::ANY);
    terms.iter().fold(Cost::default(), |cost, term| cost.and(controls.cost(&term.peek().count)))
}

/// Makes one list of the terms, and the values of fields, that may be told of each of some datasets, of those who can
/// bear it. `label_of` knows what vocabularies call a term; else the data's own label stands.
pub fn disclose_terms<'a>(
    found: impl IntoIterator<Item = (&'a DatasetPermit, Vec<Undisclosed<TermCount>>, Bearers)>,
    label_of: impl Fn(&str) -> Option<String>,
) -> Disclosed<Vec<FilteringTerm>> {
    let told = found.into_iter().flat_map(|(permit, terms, bearers)| told_of(permit, terms, &bearers));
    let labelled = |term: FilteringTerm| FilteringTerm { label: label_of(&term.id).or(term.label), ..term };
    Disclosed::new(FilteringTerm::union(told.map(labelled)))
}

/// Keeps what may be told of one dataset.
fn told_of(
    permit: &DatasetPermit,
    terms: Vec<Undisclosed<TermCount>>,
    bearers: &Bearers,
) -> Vec<FilteringTerm> {
    let controls = Controls::of(permit.plan(), Question::ANY);
    let may_be_told = |count: &Count| controls.keep(count, bearers, false).is_some();
    let terms = terms.into_iter().map(Undisclosed::open).filter(|term| may_be_told(&term.count));
    let told = |term: TermCount| FilteringTerm {
        kind: term.kind,
        id: term.id,
        label: told(term.labels, may_be_told).next(),
        scopes: told(term.scopes, may_be_told).collect(),
        values: told(term.values, may_be_told).collect(),
    };
    terms.map(told).collect()
}

/// Keeps what is said of a term for as many as may be told of: a few may call it otherwise, or state it elsewhere.
fn told<T>(said: Vec<(T, Count)>, may_be_told: impl Fn(&Count) -> bool) -> impl Iterator<Item = T> {
    said.into_iter().filter(move |(_, count)| may_be_told(count)).map(|(said, _)| said)
}
