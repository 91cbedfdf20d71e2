//! Whether every node and dataset that may be named gave its part.

use fyr_schemas::{
    Answer, DatasetAnswer, DatasetState, EntryType, Granularity, NodeState, Precision, Query, Release,
};

use super::{
    hidden::{Hidden, Together},
    named_answers,
};
use crate::Outcomes;

/// Returns whether sums, and a "no", rest on everyone who was asked and may be named.
///
/// `variants` is the number of variants that have a sum.
pub(super) fn is_complete(
    query: &Query,
    hidden: &Hidden,
    outcomes: &Outcomes<Answer>,
    variants: usize,
) -> bool {
    let took_part = |state| matches!(state, NodeState::Answered | NodeState::Excluded);
    let whole = |dataset: &DatasetAnswer| {
        dataset.attributable && gave_its_part(dataset, query) && covers(dataset, query, variants)
    };
    outcomes.iter().filter(|(node, _)| hidden.names(node)).all(|(_, outcome)| took_part(outcome.state()))
        && named_answers(hidden, outcomes)
            .all(|answer| !answer.lower_bound && answer.datasets.iter().all(whole))
}

fn gave_its_part(dataset: &DatasetAnswer, query: &Query) -> bool {
    let precise = match dataset.precision {
        Precision::Exact => true,
        // A "no" may mean "not disclosable", and groups may be missing beside a total.
        Precision::Imprecise => dataset.exists && query.granularity == Granularity::Boolean,
        Precision::Rounded => false,
    };
    dataset.state == DatasetState::Answered
        && releases_enough(dataset, query)
        && precise
        && tells_frequencies(dataset, query)
}

/// Returns whether a dataset tells the frequency of each of its variants, where that is asked for. It does not where it
/// knows too little of its people.
fn tells_frequencies(dataset: &DatasetAnswer, query: &Query) -> bool {
    query.granularity != Granularity::Record
        || dataset.variants.iter().all(|variant| !variant.frequencies.is_empty())
}

/// Returns whether a sum with the part of hidden nodes misses nothing of it, as far as that follows from policy and
/// question, given whether all that they stated was told.
pub(super) fn is_pool_complete(together: &Together<'_>, query: &Query, whole: bool) -> bool {
    let exact = || together.datasets().all(|dataset| dataset.precision == Precision::Exact);
    let enough = || together.datasets().all(|dataset| releases_enough(dataset, query));
    together.none_asked()
        || match query.granularity {
            Granularity::Boolean => together.exists(),
            _ if query.entry_type == EntryType::GenomicVariant && !query.is_exact() => false,
            _ => together.spoke() && whole && exact() && enough(),
        }
}

/// Returns whether a dataset tells all that was asked for, as far as its policy goes.
fn releases_enough(dataset: &DatasetAnswer, query: &Query) -> bool {
    dataset.release >= needed(query)
}

/// The release that tells all that a granularity asks for, without records of people.
fn needed(query: &Query) -> Release {
    match query.granularity {
        // Of entries other than variants there is nothing between counts and records of people.
        Granularity::Record if query.entry_type != EntryType::GenomicVariant => Release::Count,
        Granularity::Boolean => Release::Boolean,
        Granularity::Count => Release::Count,
        Granularity::Record => Release::Frequency,
    }
}

/// Returns whether what the dataset found in a range enters the sums.
///
/// Its page must hold all of it. And a dataset lists only what somebody in it carries, so for a variant
/// that only others list, its allele number is missing.
fn covers(dataset: &DatasetAnswer, query: &Query, variants: usize) -> bool {
    let on_page = dataset.variants.len();
    if query.entry_type != EntryType::GenomicVariant {
        return true;
    }
    match (&query.variant, query.granularity) {
        (Some(variant), _) if variant.is_exact() => true,
        (_, Granularity::Boolean) => true,
        (_, Granularity::Count) => dataset.result_count.is_none_or(|count| count <= on_page as u64),
        (_, Granularity::Record) => {
            dataset.result_count.is_none_or(|count| count <= on_page as u64) && on_page == variants
        }
    }
}
