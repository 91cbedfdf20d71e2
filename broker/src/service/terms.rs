//! One list of filtering terms out of those of the nodes.

use std::collections::BTreeMap;

use fyr_doors::FilteringTerms;
use fyr_schemas::{FilteringTerm, Vocabulary};

use crate::NodeOutcome;

/// Unites the lists: a term that several nodes know is there once, with all scopes and values.
pub(super) fn united(outcomes: Vec<(String, NodeOutcome<FilteringTerms>)>) -> FilteringTerms {
    let mut nodes: Vec<_> = outcomes.iter().map(|(id, outcome)| outcome.report(id)).collect();
    nodes.sort_by(|a, b| a.id.cmp(&b.id));
    let mut terms = Vec::new();
    let mut vocabularies: BTreeMap<String, Vocabulary> = BTreeMap::new();
    for (_, outcome) in outcomes {
        let NodeOutcome::Answered(list) = outcome else { continue };
        terms.extend(list.terms);
        for vocabulary in list.vocabularies {
            vocabularies.entry(vocabulary.prefix.clone()).or_insert(vocabulary);
        }
    }
    FilteringTerms {
        terms: FilteringTerm::union(terms),
        vocabularies: vocabularies.into_values().collect(),
        nodes,
    }
}
