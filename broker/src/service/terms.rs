//! One list of filtering terms out of those of the nodes.

use std::collections::BTreeMap;

use fyr_doors::FilteringTerms;
use fyr_schemas::{FilteringTerm, Vocabulary};

use crate::{Hidden, NodeOutcome, aggregate::shared};

/// Unites the lists: a term that several nodes know is there once, with all scopes and values. Of hidden nodes it lists
/// what enough of them know alike.
pub(super) fn united(
    outcomes: Vec<(String, NodeOutcome<FilteringTerms>)>,
    hidden: &Hidden,
) -> FilteringTerms {
    let mut nodes: Vec<_> = outcomes.iter().map(|(id, outcome)| outcome.report(id)).collect();
    nodes.sort_by(|a, b| a.id.cmp(&b.id));
    let (mut terms, mut unnamed) = (Vec::new(), Vec::new());
    let mut vocabularies: BTreeMap<String, Vocabulary> = BTreeMap::new();
    for (node, outcome) in outcomes {
        let NodeOutcome::Answered(list) = outcome else { continue };
        if !hidden.names(&node) {
            unnamed.push(list.terms);
            continue;
        }
        terms.extend(list.terms);
        for vocabulary in list.vocabularies {
            vocabularies.entry(vocabulary.prefix.clone()).or_insert(vocabulary);
        }
    }
    terms.extend(shared(unnamed));
    FilteringTerms {
        terms: FilteringTerm::union(terms),
        vocabularies: vocabularies.into_values().collect(),
        nodes,
    }
}
