//! Nodes that may not be attributed, and what they tell together.
//!
//! They tell one pooled part: of all of them or of none, since the sum with one and the sum without it would tell that
//! one's number; and of at least [`FEWEST`] that found somebody, since nobody else's number hides behind a zero. What
//! the pool says beside its total (groups, homozygotes) obeys the same from both sides: a row that some do not state,
//! or a rest that fewer make up, is left out with its siblings.
//!
//! The pool is all that the rest of the broker sees. Nodes that send shares of a masked sum instead of their numbers
//! would be pooled here.

use std::collections::{BTreeMap, BTreeSet};

use fyr_schemas::{Answer, DatasetAnswer, DatasetState, Frequency, Group, Query, VariantAnswer};

use super::sum;
use crate::{NodeOutcome, Outcomes, naming};

/// Fewest hidden nodes behind a number.
const FEWEST: usize = 3;

/// The nodes of a network that may not be attributed, by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hidden(BTreeSet<String>);

impl Hidden {
    /// Returns whether this node may be attributed.
    pub(crate) fn names(&self, node: &str) -> bool {
        !self.0.contains(node)
    }

    /// Returns what the hidden nodes answered, if all of them did.
    pub(super) fn together<'a>(&self, query: &Query, outcomes: &'a Outcomes<Answer>) -> Together<'a> {
        let theirs = || outcomes.iter().filter(|(node, _)| !self.names(node));
        if theirs().next().is_none() || !naming::is_for_everybody(query) {
            return Together { answers: Vec::new(), spoke: true };
        }
        let spoke = |answer: &Answer| answer.datasets.iter().all(|d| d.state == DatasetState::Answered);
        let answers: Option<Vec<_>> = theirs()
            .map(|(_, outcome)| match outcome {
                NodeOutcome::Answered(answer) if spoke(answer) => Some(answer),
                _ => None,
            })
            .collect();
        let answers = answers.filter(|answers| answers.len() >= FEWEST);
        Together { spoke: answers.is_some(), answers: answers.unwrap_or_default() }
    }
}

impl FromIterator<String> for Hidden {
    fn from_iter<I: IntoIterator<Item = String>>(nodes: I) -> Self {
        Self(nodes.into_iter().collect())
    }
}

/// The answers of all hidden nodes; none where one of them is missing, or none was asked.
pub(super) struct Together<'a> {
    answers: Vec<&'a Answer>,
    /// Whether all who were asked answered.
    spoke: bool,
}

/// What hidden nodes tell together, and whether that is all they said.
pub(super) struct Pooled<T> {
    /// The sum; none where it would tell of fewer than [`FEWEST`].
    pub(super) told: Option<T>,
    /// Whether nothing of it was left out.
    pub(super) whole: bool,
}

impl<'a> Together<'a> {
    /// Returns whether the question was put to none of them.
    pub(super) fn none_asked(&self) -> bool {
        self.spoke && self.answers.is_empty()
    }

    /// Returns whether all who were asked answered.
    pub(super) fn spoke(&self) -> bool {
        self.spoke
    }

    /// What their datasets say.
    pub(super) fn datasets(&self) -> impl Iterator<Item = &'a DatasetAnswer> {
        self.answers.iter().flat_map(|answer| &answer.datasets)
    }

    /// Returns whether enough of them found something.
    pub(super) fn exists(&self) -> bool {
        self.answers.iter().filter(|answer| answer.exists).count() >= FEWEST
    }

    /// Adds up how many entries they found.
    pub(super) fn count(&self) -> Pooled<u64> {
        let counts: Option<Vec<u64>> = self.answers.iter().map(|answer| entries(answer)).collect();
        let counts = counts.filter(|counts| counts.iter().filter(|count| **count > 0).count() >= FEWEST);
        let told = counts.map(|counts| counts.into_iter().fold(0, u64::saturating_add));
        Pooled { whole: told.is_some() || self.none_asked(), told }
    }
}

/// Returns what enough of several lists have in common.
pub(crate) fn shared<T: Ord>(lists: Vec<Vec<T>>) -> Vec<T> {
    let mut lines: BTreeMap<T, usize> = BTreeMap::new();
    for line in lists.into_iter().flat_map(|list| list.into_iter().collect::<BTreeSet<_>>()) {
        *lines.entry(line).or_default() += 1;
    }
    lines.into_iter().filter(|(_, nodes)| *nodes >= FEWEST).map(|(line, _)| line).collect()
}

/// Returns how many entries a node found; none where a dataset does not say.
fn entries(answer: &Answer) -> Option<u64> {
    let mut counts = answer.datasets.iter().map(|dataset| dataset.result_count);
    counts.try_fold(0u64, |sum, count| Some(sum.saturating_add(count?)))
}

/// Pools what hidden nodes say about one variant, named beside each.
pub(super) fn pool<'a>(
    parts: impl IntoIterator<Item = (&'a str, &'a VariantAnswer)>,
) -> Pooled<VariantAnswer> {
    let mut by_node: BTreeMap<&str, Vec<&VariantAnswer>> = BTreeMap::new();
    for (node, part) in parts {
        by_node.entry(node).or_default().push(part);
    }
    let nodes: Vec<VariantAnswer> = by_node.into_values().filter_map(|parts| sum::add(&parts)).collect();
    let found: Vec<&VariantAnswer> = nodes.iter().filter(|node| is_carried(node)).collect();
    let told = sum::add(&found).filter(|_| found.len() >= FEWEST).map(|sum| safe(sum, &found));
    let stated = sum::add(&nodes.iter().collect::<Vec<_>>());
    Pooled { whole: numbers(told.as_ref()) == numbers(stated.as_ref()), told }
}

/// All numbers of a sum.
fn numbers(sum: Option<&VariantAnswer>) -> Option<(Option<u64>, Option<u64>, &[Frequency])> {
    sum.map(|sum| (sum.carriers, sum.assayed, sum.frequencies.as_slice()))
}

fn is_carried(node: &VariantAnswer) -> bool {
    total(node).map_or(node.carriers.is_some_and(|carriers| carriers > 0), |row| row.allele_count > 0)
}

fn total(node: &VariantAnswer) -> Option<&Frequency> {
    row(node, &Group::Total)
}

fn row<'a>(node: &'a VariantAnswer, group: &Group) -> Option<&'a Frequency> {
    node.frequencies.iter().find(|row| row.group == *group)
}

/// Takes out of a sum what fewer nodes than it are behind.
fn safe(mut sum: VariantAnswer, nodes: &[&VariantAnswer]) -> VariantAnswer {
    let all_total = nodes.iter().all(|node| total(node).is_some());
    sum.frequencies.retain(|row| all_total && is_stated_alike(&row.group, nodes));
    // It would tell that none of them knows of all its people.
    sum.people = None;
    // Cases are told of what nothing is hidden of.
    sum.observed = None;
    for kind in [is_sex, is_population] {
        if !rest_is_shared(kind, &sum.frequencies, nodes) {
            sum.frequencies.retain(|row| !kind(&row.group));
        }
    }
    if !sum.frequencies.iter().all(|row| parts_are_shared(&row.group, nodes)) {
        for row in &mut sum.frequencies {
            (row.heterozygous, row.homozygous, row.hemizygous) = (None, None, None);
        }
        // Carriers beside AC would tell the homozygotes.
        sum.carriers = None;
    }
    sum
}

fn is_sex(group: &Group) -> bool {
    matches!(group, Group::Sex(_))
}

fn is_population(group: &Group) -> bool {
    matches!(group, Group::Population(_))
}

/// All state the row, of the total or of one kind of groups: cells of two kinds could be taken from both.
fn is_stated_alike(group: &Group, nodes: &[&VariantAnswer]) -> bool {
    let rows: Option<Vec<&Frequency>> = nodes.iter().map(|node| row(node, group)).collect();
    let alike = |rows: Vec<&Frequency>| is_shared(rows.into_iter().map(|row| row.allele_count));
    !matches!(group, Group::PopulationSex(..)) && rows.is_some_and(alike)
}

/// What the told groups of a kind leave of the total is nothing at each node, or something at enough of them.
fn rest_is_shared(kind: fn(&Group) -> bool, told: &[Frequency], nodes: &[&VariantAnswer]) -> bool {
    let rest = |node: &VariantAnswer, number: fn(&Frequency) -> u64| {
        let groups = told.iter().filter(|row| kind(&row.group)).filter_map(|told| row(node, &told.group));
        total(node).map_or(0, number).saturating_sub(groups.map(number).fold(0, u64::saturating_add))
    };
    let numbers: [fn(&Frequency) -> u64; 2] = [|row| row.allele_count, |row| row.allele_number];
    numbers.into_iter().all(|number| is_shared(nodes.iter().map(|node| rest(node, number))))
}

/// Each kind of calls was seen at none of them, or at enough.
fn parts_are_shared(group: &Group, nodes: &[&VariantAnswer]) -> bool {
    let parts: [fn(&Frequency) -> Option<u64>; 3] =
        [|row| row.heterozygous, |row| row.homozygous, |row| row.hemizygous];
    parts
        .into_iter()
        .all(|part| is_shared(nodes.iter().map(|node| row(node, group).and_then(part).unwrap_or_default())))
}

fn is_shared(numbers: impl Iterator<Item = u64>) -> bool {
    let some = numbers.filter(|number| *number > 0).count();
    some == 0 || some >= FEWEST
}
