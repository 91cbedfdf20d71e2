//! What may be said about entries other than variants. The floor is about people, whatever is counted.

use std::sync::Arc;

use fyr_schemas::{DatasetAnswer, Precision, Query, Release};

use super::{
    answers::{Speaker, answered},
    control::{Question, Told},
    controls::Controls,
};
use crate::{Bearers, Cost, DatasetPermit, Disclosed, Draws, EntryCount, Rounding, Undisclosed};

/// Says what it costs whom to be told of the entries of one dataset.
pub fn cost_of_entries(permit: &DatasetPermit, query: &Query, found: &Undisclosed<EntryCount>) -> Cost {
    Controls::of(permit.plan(), Question::of(query)).cost(&found.peek().count)
}

/// Keeps what may be said of the entries of one dataset, of those who can bear it.
///
/// How many there are at all is about nobody. `draws` is where noise comes from, if the plan wants any.
pub fn disclose_entries(
    permit: &DatasetPermit,
    query: &Query,
    found: Undisclosed<EntryCount>,
    bearers: &Bearers,
    draws: Option<&Arc<dyn Draws>>,
    speaker: Speaker<'_>,
) -> Disclosed<DatasetAnswer> {
    let (plan, found) = (permit.plan(), found.open());
    let controls = Controls::of(plan, Question::of(query).drawing(draws));
    let hides = controls.needs().hides;
    let told = controls.keep(&found.count, bearers, false);
    let at_least = told.as_ref().and_then(|told| told.at_least);
    let top = at_least.filter(|_| plan.release >= Release::Count);
    let precision = match (&told, top) {
        (Some(_), Some(_)) => Precision::Rounded,
        (Some(_), None) if plan.rounding != Rounding::Exact => Precision::Rounded,
        _ if hides => Precision::Imprecise,
        _ => Precision::Exact,
    };
    let number = |told: &Told| at_least.or(told.total.carriers.map(|_| told.entries));
    let count = told.as_ref().map_or(Some(0), number);
    let documents = if told.is_some() && plan.needs().records { found.documents } else { Vec::new() };
    Disclosed::new(DatasetAnswer {
        exists: told.is_some(),
        result_count: count.filter(|_| plan.release >= Release::Count),
        precision,
        entries: documents,
        ..answered(permit, plan.withholds(query), speaker, top)
    })
}
