//! A published table and the dataset that it is of tell of the same people, and so do two tables of one dataset. Whoever
//! names no dataset is told of them once, or sums would count everybody twice.

use std::{cmp::Reverse, collections::BTreeMap, sync::Arc};

use fyr_engine::{DatasetSummary, View};
use fyr_policy::Decision;
use fyr_schemas::Query;

/// Returns the decisions without those about people of whom more is told by another dataset: by what tells more, then by
/// the dataset itself, then by the least rounded table, then by the newest. Datasets that the question names stay. Which
/// ones go follows from what is permitted, and not from what data hold.
pub(super) fn once(query: &Query, view: &View, decisions: Vec<Arc<Decision>>) -> Vec<Arc<Decision>> {
    if !query.datasets.only.is_empty() {
        return decisions;
    }
    let mut best: BTreeMap<String, (_, String)> = BTreeMap::new();
    for (decision, dataset) in decisions.iter().filter_map(|decision| asked(query, view, decision)) {
        let (people, key) = (people_of(dataset).to_owned(), key(decision, dataset));
        let is_better = best.get(&people).is_none_or(|(other, _)| *other < key);
        if is_better {
            best.insert(people, (key, dataset.id.clone()));
        }
    }
    let stays = |decision: &Arc<Decision>| {
        let Some((_, dataset)) = asked(query, view, decision) else { return true };
        best.get(people_of(dataset)).is_none_or(|(_, id)| *id == dataset.id)
    };
    decisions.into_iter().filter(stays).collect()
}

/// A dataset that would be asked, as it is held.
fn asked<'a>(
    query: &Query,
    view: &'a View,
    decision: &'a Decision,
) -> Option<(&'a Decision, &'a DatasetSummary)> {
    let is_asked = decision.plan().is_some() && query.datasets.includes(decision.dataset());
    view.dataset(decision.dataset()).filter(|_| is_asked).map(|dataset| (decision, dataset))
}

/// The dataset whose people are counted.
fn people_of(dataset: &DatasetSummary) -> &str {
    dataset.publication.as_ref().map_or(&dataset.id, |publication| &publication.of)
}

fn key(decision: &Decision, dataset: &DatasetSummary) -> impl Ord + use<> {
    let release = decision.plan().map(|plan| plan.release);
    let table = dataset.publication.as_ref();
    let rounding = table.map(|table| Reverse(table.step));
    (release, table.is_none(), rounding, dataset.version)
}
