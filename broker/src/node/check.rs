//! Whether what a node sent is an answer to what was asked.
//!
//! `fyr-proto` has read the words; here they are held against the question and against each other. A
//! node is believed about its own data only: not about other nodes, other datasets, or other variants.

use std::collections::BTreeSet;

use fyr_schemas::{
    Answer, Assembly, DatasetAnswer, DatasetState, EntryType, Frequency, Group, Observations, Query, Release,
    VariantAnswer, VariantQuery,
};

use crate::Fault;

/// More alleles than all people have; sums of such numbers stay far from the end of 64 bits.
const MOST_ALLELES: u64 = 1 << 40;
/// More datasets than any region lists.
const MOST_DATASETS: usize = 1_000;
/// Stored forms that can mean one asked allele: the same symbol may end at several places.
const MOST_FORMS_OF_AN_ALLELE: usize = 100;
/// More remarks than any question earns.
const MOST_WARNINGS: usize = 100;
/// Names longer than this are no names.
const LONGEST_NAME: usize = 256;

/// Checks an answer against the question.
///
/// # Errors
///
/// The first thing that is wrong.
pub(crate) fn check(answer: &Answer, node: &str, query: &Query) -> Result<(), Fault> {
    // Totals and a list of nodes come from a broker; its sums would count members twice.
    let is_node = answer.totals.is_empty() && answer.nodes.is_empty();
    let own = |dataset: &DatasetAnswer| dataset.beacon_id == node;
    if answer.beacon_id != node || !is_node || !answer.datasets.iter().all(own) {
        return Err(Fault::OtherNode);
    }
    let ids: BTreeSet<_> = answer.datasets.iter().map(|dataset| &dataset.id).collect();
    if answer.datasets.len() > MOST_DATASETS || ids.len() < answer.datasets.len() {
        return Err(Fault::Contradiction);
    }
    if answer.exists != answer.datasets.iter().any(|dataset| dataset.exists) {
        return Err(Fault::Contradiction);
    }
    if answer.warnings.len() > MOST_WARNINGS || !answer.warnings.iter().all(|text| is_name(text)) {
        return Err(Fault::Malformed);
    }
    answer.datasets.iter().try_for_each(|dataset| check_dataset(dataset, query))
}

fn check_dataset(dataset: &DatasetAnswer, query: &Query) -> Result<(), Fault> {
    if !is_name(&dataset.id) {
        return Err(Fault::Malformed);
    }
    let limit = match (&query.variant, query.pagination.limit) {
        (Some(variant), _) if variant.is_exact() => MOST_FORMS_OF_AN_ALLELE,
        (_, 0) => usize::MAX,
        (_, limit) => usize::try_from(limit).unwrap_or(usize::MAX),
    };
    let asked = query.datasets.includes(&dataset.id)
        && query.assembly().is_none_or(|assembly| is_in(dataset, assembly))
        && dataset.variants.len() <= limit
        && dataset.entries.len() <= limit
        && dataset.variants.iter().all(|answer| is_asked(answer, query, dataset.lift.is_some()));
    if !asked {
        return Err(Fault::NotAsked);
    }
    if !is_within_release(dataset) || !agrees_with_itself(dataset) {
        return Err(Fault::Contradiction);
    }
    let labels = dataset.variants.iter().flat_map(|variant| &variant.frequencies).map(|f| &f.group);
    labels.into_iter().all(is_label).then_some(()).ok_or(Fault::Malformed)
}

/// The dataset has the coordinates of the question, or says that it was lifted from them.
fn is_in(dataset: &DatasetAnswer, assembly: Assembly) -> bool {
    match dataset.lift {
        Some(lift) => lift.from == assembly && dataset.assembly != assembly,
        None => dataset.assembly == assembly,
    }
}

/// An exact question may come back in another notation of the allele, which only a reference sequence
/// could tell, so no more than the sequence name is held against it; of a lifted one not even that.
fn is_asked(answer: &VariantAnswer, query: &Query, is_lifted: bool) -> bool {
    match &query.variant {
        _ if query.entry_type != EntryType::GenomicVariant => false,
        Some(VariantQuery::Allele(_) | VariantQuery::Range(_) | VariantQuery::Bracket(_)) if is_lifted => {
            true
        }
        Some(VariantQuery::Allele(allele)) => answer.variant.contig == *allele.contig(),
        Some(VariantQuery::Range(range)) => range.matches(&answer.variant),
        Some(VariantQuery::Bracket(bracket)) => bracket.matches(&answer.variant),
        Some(VariantQuery::Gene(gene)) => gene.narrowing.matches(&answer.variant),
        Some(VariantQuery::Name(_)) => true,
        None => true,
    }
}

/// A dataset sends no more than the release that it announces.
fn is_within_release(dataset: &DatasetAnswer) -> bool {
    let silent = dataset.state != DatasetState::Answered;
    let counts = dataset.result_count.is_some() || !dataset.variants.is_empty();
    let is_of_frequencies = |told: &VariantAnswer| !told.frequencies.is_empty() || told.observed.is_some();
    let frequencies = dataset.variants.iter().any(is_of_frequencies);
    let of_people = !dataset.entries.is_empty() || dataset.variants.iter().any(|v| !v.cases.is_empty());
    let needed = match (dataset.exists, counts, frequencies) {
        _ if of_people => Release::Record,
        (_, _, true) => Release::Frequency,
        (_, true, false) => Release::Count,
        (true, false, false) => Release::Boolean,
        (false, false, false) => Release::None,
    };
    dataset.release >= needed && !(silent && needed > Release::None)
}

fn agrees_with_itself(dataset: &DatasetAnswer) -> bool {
    let variants: BTreeSet<_> = dataset.variants.iter().map(|answer| answer.variant.key()).collect();
    let seen = dataset.variants.iter().any(is_seen) || dataset.result_count.is_some_and(|n| n > 0);
    let entries = dataset.entries.len() as u64;
    variants.len() == dataset.variants.len()
        && dataset.result_count.is_none_or(|count| entries <= count)
        && dataset.entries.iter().all(|entry| entry["id"].as_str().is_some_and(is_name))
        && (dataset.exists || !seen)
        && dataset.variants.iter().all(has_possible_counts)
}

fn is_seen(answer: &VariantAnswer) -> bool {
    answer.carriers.is_some_and(|n| n > 0) || answer.frequencies.iter().any(|f| f.allele_count > 0)
}

fn has_possible_counts(answer: &VariantAnswer) -> bool {
    let groups: BTreeSet<_> = answer.frequencies.iter().map(|frequency| &frequency.group).collect();
    let possible = |f: &Frequency| f.is_plausible() && f.allele_number <= MOST_ALLELES;
    groups.len() == answer.frequencies.len()
        && answer.carriers.is_none_or(|carriers| carriers <= MOST_ALLELES)
        && answer.people.is_none_or(|people| people <= MOST_ALLELES && answer.frequencies.is_empty())
        && answer.people.zip(answer.assayed).is_none_or(|(people, assayed)| assayed <= people)
        && answer.observed.is_none_or(|observed| has_possible_cases(observed, answer))
        && answer.frequencies.iter().all(possible)
}

/// A case has somebody who carries it, or was assayed.
fn has_possible_cases(observed: Observations, answer: &VariantAnswer) -> bool {
    observed.cases <= observed.of
        && answer.carriers.is_none_or(|carriers| observed.cases <= carriers)
        && answer.assayed.is_none_or(|assayed| observed.of <= assayed)
        && observed.of <= MOST_ALLELES
}

/// Names are shown on terminals and written to logs, so they must not steer them.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST_NAME && !text.chars().any(char::is_control)
}

fn is_label(group: &Group) -> bool {
    match group {
        Group::Total | Group::Sex(_) => true,
        Group::Population(label) | Group::PopulationSex(label, _) => is_name(label),
    }
}
