//! From the answers of the nodes to one answer: pure, and the same in any order.
//!
//! - A sum pools what was stated. A part that one summand does not state is absent in the sum: absent
//!   is not zero. AC and AN are pooled over those that assayed the site, since others send no row.
//! - `lower_bound` says that some asked node or dataset did not give its part: it did not answer, its
//!   policy told less than was asked for, small or adjusted numbers hide more, or its page ended.
//! - Nodes that may not be attributed enter as one pooled part, or not at all: [`hidden`] says when. Of a dataset that
//!   may not be attributed at a node that can be named nothing enters, since naming that node would tell it.
//! - Pages are each dataset's own, as in every Beacon network: page n of the whole is page n of each
//!   dataset. Sums on a page miss what stands on another page of another dataset, so they are lower
//!   bounds unless each dataset's page holds all that it found. The same holds for AN where a dataset
//!   does not list a variant that others have: an exact question gets it.

mod completeness;
mod hidden;
mod sum;

use std::collections::BTreeMap;

use fyr_schemas::{
    Answer, Assembly, DatasetAnswer, DatasetState, NodeReport, Query, Variant, VariantAnswer, VariantQuery,
    is_sequence,
};

use crate::{NodeOutcome, Outcomes};

pub use hidden::Hidden;
pub(crate) use hidden::shared;
use hidden::{Pooled, Together};

/// What one dataset says about one variant.
struct Contribution<'a> {
    node: &'a str,
    /// Assembly of the dataset; none where all are about the one allele that was asked for.
    assembly: Option<Assembly>,
    is_lifted: bool,
    is_named: bool,
    answer: &'a VariantAnswer,
}

/// Adds up what the nodes answered to a question, of whom some are hidden.
pub fn aggregate(beacon_id: &str, query: &Query, hidden: &Hidden, outcomes: &Outcomes<Answer>) -> Answer {
    let named: Vec<_> = named(hidden, outcomes).collect();
    let together = hidden.together(query, outcomes);
    let (totals, totals_assembly, whole) = totals(query, &named, &together);
    let count = together.count();
    let hidden_whole = if query.is_exact() { whole.hidden } else { count.whole };
    let complete = completeness::is_complete(query, hidden, outcomes, totals.len())
        && completeness::is_pool_complete(&together, query, hidden_whole);
    let mut nodes: Vec<_> = outcomes.iter().map(|(id, outcome)| report(id, outcome)).collect();
    nodes.sort_by(|a, b| a.id.cmp(&b.id));
    let mut datasets: Vec<_> = named.iter().map(|&dataset| dataset.clone()).collect();
    datasets.sort_by(|a, b| (&a.beacon_id, &a.id).cmp(&(&b.beacon_id, &b.id)));
    Answer {
        exists: named.iter().any(|dataset| dataset.exists) || together.exists(),
        result_count: add_counts(&named, count),
        datasets,
        lower_bound: !(whole.named && complete),
        totals_assembly,
        totals,
        nodes,
        warnings: warnings(hidden, outcomes),
        ..Answer::of(beacon_id)
    }
}

/// How a node took part, and what is left there for the requester. Each node keeps its own accounts.
fn report(id: &str, outcome: &NodeOutcome<Answer>) -> NodeReport {
    let allowances = match outcome {
        NodeOutcome::Answered(answer) => answer.allowances.clone(),
        _ => Vec::new(),
    };
    NodeReport { allowances, ..outcome.report(id) }
}

/// What the nodes say of how they evaluated the question, each once.
fn warnings(hidden: &Hidden, outcomes: &Outcomes<Answer>) -> Vec<String> {
    let mut warnings: Vec<_> =
        named_answers(hidden, outcomes).flat_map(|answer| answer.warnings.iter().cloned()).collect();
    warnings.sort();
    warnings.dedup();
    warnings
}

/// The answers of nodes that may be attributed.
fn named_answers<'a>(hidden: &Hidden, outcomes: &'a Outcomes<Answer>) -> impl Iterator<Item = &'a Answer> {
    outcomes.iter().filter(|(node, _)| hidden.names(node)).filter_map(|(_, outcome)| match outcome {
        NodeOutcome::Answered(answer) => Some(answer),
        _ => None,
    })
}

/// The datasets that may be attributed.
fn named<'a>(hidden: &Hidden, outcomes: &'a Outcomes<Answer>) -> impl Iterator<Item = &'a DatasetAnswer> {
    named_answers(hidden, outcomes).flat_map(|answer| &answer.datasets).filter(|dataset| dataset.attributable)
}

fn add_counts(named: &[&DatasetAnswer], hidden: Pooled<u64>) -> Option<u64> {
    let counts = named.iter().filter_map(|dataset| dataset.result_count).chain(hidden.told);
    counts.reduce(u64::saturating_add)
}

/// Whether all that was stated is in the sums.
struct Whole {
    named: bool,
    hidden: bool,
}

/// Sums per variant, in the order of the genome, their assembly, and whether all that was stated is in them.
///
/// Sums are in one assembly: that of the question, else that of most variants. Of what lies in the other
/// one, only the allele that was asked for by itself is known to be the same. Hidden nodes tell of that one only: of a
/// range each lists what it found on a page of its own, so that no list is of all of them.
fn totals(
    query: &Query,
    named: &[&DatasetAnswer],
    together: &Together<'_>,
) -> (Vec<VariantAnswer>, Option<Assembly>, Whole) {
    let spoke = |dataset: &&DatasetAnswer| dataset.state == DatasetState::Answered;
    let named: Vec<_> = named.iter().copied().filter(spoke).collect();
    let hidden: Vec<_> = together.datasets().filter(|_| query.is_exact()).collect();
    let datasets = || named.iter().chain(&hidden).copied();
    let is_lifted = datasets().any(|dataset| dataset.lift.is_some());
    let one_allele =
        query.is_exact() && is_lifted && datasets().all(is_one_sequence) && is_one_meaning(query, datasets());
    let assembly = query.assembly().or_else(|| assembly_of_most(&named, &hidden));
    let mut contributions: Vec<_> = named
        .iter()
        .flat_map(|dataset| contributions(dataset, one_allele, true))
        .chain(hidden.iter().flat_map(|dataset| contributions(dataset, one_allele, false)))
        .collect();
    let of_named = |all: &[Contribution<'_>]| all.iter().filter(|one| one.is_named).count();
    let stated = of_named(&contributions);
    contributions.retain(|contribution| contribution.assembly.is_none() || contribution.assembly == assembly);
    let mut whole = Whole { named: of_named(&contributions) == stated, hidden: true };
    // A variant in the coordinates of the question stands for those that were lifted to it.
    contributions.sort_by_key(|contribution| (contribution.is_lifted, &contribution.answer.variant));
    let same =
        |a: &Contribution<'_>, b: &Contribution<'_>| one_allele || variant(a).key() == variant(b).key();
    let totals = contributions.chunk_by(same).filter_map(|summands| total(summands, &mut whole));
    let totals: Vec<_> = totals.collect();
    let assembly = assembly.filter(|_| !totals.is_empty());
    (totals, assembly, whole)
}

/// Adds up what all say about one variant.
fn total(summands: &[Contribution<'_>], whole: &mut Whole) -> Option<VariantAnswer> {
    let (named, unnamed): (Vec<_>, Vec<_>) = summands.iter().partition(|summand| summand.is_named);
    let pooled = hidden::pool(unnamed.iter().map(|summand| (summand.node, summand.answer)));
    whole.hidden &= pooled.whole;
    let answers: Vec<_> = named.iter().map(|summand| summand.answer).chain(&pooled.told).collect();
    sum::add(&answers)
}

fn contributions(
    dataset: &DatasetAnswer,
    one_allele: bool,
    is_named: bool,
) -> impl Iterator<Item = Contribution<'_>> {
    dataset.variants.iter().map(move |answer| Contribution {
        node: &dataset.beacon_id,
        assembly: (!one_allele).then_some(dataset.assembly),
        is_lifted: dataset.lift.is_some(),
        is_named,
        answer,
    })
}

/// Whether a dataset tells of at most one variant, which is a sequence.
fn is_one_sequence(dataset: &DatasetAnswer) -> bool {
    dataset.variants.len() <= 1
        && dataset.variants.iter().all(|answer| is_sequence(&answer.variant.alternate_bases))
}

/// Whether a name means one allele in each assembly. What names mean, nodes know by tables of their own, which may differ.
fn is_one_meaning<'a>(query: &Query, datasets: impl Iterator<Item = &'a DatasetAnswer>) -> bool {
    if !matches!(query.variant, Some(VariantQuery::Name(_))) {
        return true;
    }
    let mut meanings = BTreeMap::new();
    let mut told = datasets.flat_map(|dataset| dataset.variants.iter().map(|told| (dataset.assembly, told)));
    told.all(|(assembly, told)| {
        let key = told.variant.key();
        *meanings.entry(assembly).or_insert(key) == key
    })
}

/// The assembly of most variants of those that may be named; of the others only where these have none.
fn assembly_of_most(named: &[&DatasetAnswer], hidden: &[&DatasetAnswer]) -> Option<Assembly> {
    let datasets = if named.iter().any(|dataset| !dataset.variants.is_empty()) { named } else { hidden };
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
