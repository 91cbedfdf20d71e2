//! From the answers of the nodes to one answer: pure, and the same in any order.
//!
//! - A sum pools what was stated. A part that one summand does not state is absent in the sum: absent
//!   is not zero. AC and AN are pooled over those that assayed the site, since others send no row.
//! - `lower_bound` says that some asked node or dataset did not give its part: it did not answer, its
//!   policy told less than was asked for, small or adjusted numbers hide more, or its page ended.
//! - A dataset that may not be attributed enters the sums only, and only beside one of another such
//!   node: otherwise the sum minus what is attributed would be its own number.
//! - Pages are each dataset's own, as in every Beacon network: page n of the whole is page n of each
//!   dataset. Sums on a page miss what stands on another page of another dataset, so they are lower
//!   bounds unless each dataset's page holds all that it found. The same holds for AN where a dataset
//!   does not list a variant that others have: an exact question gets it.

mod completeness;
mod sum;

use fyr_schemas::{
    Answer, Assembly, DatasetAnswer, DatasetState, Query, Variant, VariantAnswer, is_sequence,
};

use crate::{NodeOutcome, Outcomes};

/// What one dataset says about one variant.
struct Contribution<'a> {
    node: &'a str,
    /// Assembly of the dataset; none where all are about the one allele that was asked for.
    assembly: Option<Assembly>,
    is_lifted: bool,
    attributable: bool,
    answer: &'a VariantAnswer,
}

/// Adds up what the nodes answered to a question.
pub fn aggregate(beacon_id: &str, query: &Query, outcomes: &Outcomes<Answer>) -> Answer {
    let (totals, totals_assembly, left_out) = totals(query, outcomes);
    let (result_count, all_counted) = sum::counts(answers(outcomes).flat_map(|answer| &answer.datasets));
    let mut nodes: Vec<_> = outcomes.iter().map(|(id, outcome)| outcome.report(id)).collect();
    nodes.sort_by(|a, b| a.id.cmp(&b.id));
    let mut datasets: Vec<_> =
        answers(outcomes).flat_map(|answer| &answer.datasets).filter(|d| d.attributable).cloned().collect();
    datasets.sort_by(|a, b| (&a.beacon_id, &a.id).cmp(&(&b.beacon_id, &b.id)));
    Answer {
        exists: answers(outcomes).any(|answer| answer.exists),
        datasets,
        lower_bound: left_out || !all_counted || !completeness::is_complete(query, outcomes, totals.len()),
        totals_assembly,
        totals,
        nodes,
        result_count,
        warnings: warnings(outcomes),
        ..Answer::of(beacon_id)
    }
}

/// What the nodes say of how they evaluated the question, each once.
fn warnings(outcomes: &Outcomes<Answer>) -> Vec<String> {
    let mut warnings: Vec<_> = answers(outcomes).flat_map(|answer| answer.warnings.iter().cloned()).collect();
    warnings.sort();
    warnings.dedup();
    warnings
}

fn answers(outcomes: &Outcomes<Answer>) -> impl Iterator<Item = &Answer> {
    outcomes.iter().filter_map(|(_, outcome)| match outcome {
        NodeOutcome::Answered(answer) => Some(answer),
        _ => None,
    })
}

/// Sums per variant, in the order of the genome, their assembly, and whether a number was left out of a sum.
///
/// Sums are in one assembly: that of the question, else that of most variants. Of what lies in the other
/// one, only the allele that was asked for by itself is known to be the same.
fn totals(query: &Query, outcomes: &Outcomes<Answer>) -> (Vec<VariantAnswer>, Option<Assembly>, bool) {
    let spoke = |dataset: &&DatasetAnswer| dataset.state == DatasetState::Answered;
    let datasets: Vec<_> = answers(outcomes).flat_map(|answer| &answer.datasets).filter(spoke).collect();
    let is_lifted = datasets.iter().any(|dataset| dataset.lift.is_some());
    let one_allele = query.is_exact() && is_lifted && datasets.iter().all(|dataset| is_one_sequence(dataset));
    let assembly = query.assembly().or_else(|| assembly_of_most(&datasets));
    let mut contributions: Vec<_> = datasets
        .iter()
        .flat_map(|dataset| dataset.variants.iter().map(|answer| contribution(dataset, answer, one_allele)))
        .collect();
    let all = contributions.len();
    contributions.retain(|contribution| contribution.assembly.is_none() || contribution.assembly == assembly);
    let mut left_out = contributions.len() < all;
    // A variant in the coordinates of the question stands for those that were lifted to it.
    contributions.sort_by_key(|contribution| (contribution.is_lifted, &contribution.answer.variant));
    let same =
        |a: &Contribution<'_>, b: &Contribution<'_>| one_allele || variant(a).key() == variant(b).key();
    let totals = contributions.chunk_by(same).filter_map(|summands| {
        let (total, complete) = sum::sum(summands);
        left_out |= !complete;
        total
    });
    let totals: Vec<_> = totals.collect();
    let assembly = assembly.filter(|_| !totals.is_empty());
    (totals, assembly, left_out)
}

fn contribution<'a>(
    dataset: &'a DatasetAnswer,
    answer: &'a VariantAnswer,
    one_allele: bool,
) -> Contribution<'a> {
    Contribution {
        node: &dataset.beacon_id,
        assembly: (!one_allele).then_some(dataset.assembly),
        is_lifted: dataset.lift.is_some(),
        attributable: dataset.attributable,
        answer,
    }
}

/// Whether a dataset tells of at most one variant, which is a sequence.
fn is_one_sequence(dataset: &DatasetAnswer) -> bool {
    dataset.variants.len() <= 1
        && dataset.variants.iter().all(|answer| is_sequence(&answer.variant.alternate_bases))
}

fn assembly_of_most(datasets: &[&DatasetAnswer]) -> Option<Assembly> {
    let variants = |assembly: &Assembly| -> usize {
        datasets.iter().filter(|dataset| dataset.assembly == *assembly).map(|d| d.variants.len()).sum()
    };
    Assembly::all().max_by_key(variants)
}

fn variant<'a>(contribution: &Contribution<'a>) -> &'a Variant {
    &contribution.answer.variant
}

#[cfg(test)]
mod tests;
