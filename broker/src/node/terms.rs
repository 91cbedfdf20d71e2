//! A node's list of filtering terms, read from the wire.

use fyr_doors::FilteringTerms;
use fyr_proto::v1;
use fyr_schemas::FilteringTerm;

use super::check::is_name;
use crate::Fault;

/// More terms than any region lists.
const MOST_TERMS: usize = 200_000;

/// Reads the list that a node sent.
///
/// # Errors
///
/// Another node's list, and words that the contract does not have or that would steer a terminal.
pub(super) fn read(list: v1::ListFilteringTermsResponse, node: &str) -> Result<FilteringTerms, Fault> {
    if list.beacon_id != node || !list.nodes.is_empty() {
        return Err(Fault::OtherNode);
    }
    if list.terms.len() > MOST_TERMS {
        return Err(Fault::TooLarge);
    }
    let terms = list.terms.into_iter().map(|term| term.try_into().map_err(|_| Fault::Malformed));
    let terms: Vec<FilteringTerm> = terms.collect::<Result<_, _>>()?;
    let is_plain = |term: &FilteringTerm| {
        is_name(&term.id) && term.label.iter().chain(&term.values).all(|text| is_name(text))
    };
    if !terms.iter().all(is_plain) {
        return Err(Fault::Malformed);
    }
    let vocabularies = list.vocabularies.into_iter().map(Into::into).collect();
    Ok(FilteringTerms { terms, vocabularies, nodes: Vec::new() })
}
