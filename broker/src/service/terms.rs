//! One list of filtering terms out of those of the nodes.

use std::collections::BTreeMap;

use fyr_doors::FilteringTerms;
use fyr_schemas::{FilteringTerm, FilteringTermKind, Vocabulary};

use crate::NodeOutcome;

/// Unites the lists: a term that several nodes know is there once, with all scopes and values.
pub(super) fn united(outcomes: Vec<(String, NodeOutcome<FilteringTerms>)>) -> FilteringTerms {
    let mut nodes: Vec<_> = outcomes.iter().map(|(id, outcome)| outcome.report(id)).collect();
    nodes.sort_by(|a, b| a.id.cmp(&b.id));
    let mut terms: BTreeMap<(FilteringTermKind, String), FilteringTerm> = BTreeMap::new();
    let mut vocabularies: BTreeMap<String, Vocabulary> = BTreeMap::new();
    for (_, outcome) in outcomes {
        let NodeOutcome::Answered(list) = outcome else { continue };
        list.terms.into_iter().for_each(|term| unite(&mut terms, term));
        for vocabulary in list.vocabularies {
            vocabularies.entry(vocabulary.prefix.clone()).or_insert(vocabulary);
        }
    }
    FilteringTerms {
        terms: terms.into_values().collect(),
        vocabularies: vocabularies.into_values().collect(),
        nodes,
    }
}

fn unite(terms: &mut BTreeMap<(FilteringTermKind, String), FilteringTerm>, term: FilteringTerm) {
    match terms.get_mut(&(term.kind, term.id.clone())) {
        None => {
            terms.insert((term.kind, term.id.clone()), term);
        }
        Some(known) => {
            known.scopes.extend(term.scopes);
            known.scopes.sort_unstable();
            known.scopes.dedup();
            known.values.extend(term.values);
            known.values.sort_unstable();
            known.values.dedup();
            known.label = known.label.take().or(term.label);
        }
    }
}
