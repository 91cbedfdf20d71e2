//! Whom a question may name.
//!
//! A node that may not be attributed is in every question or in none: if it could be left out of one, the difference
//! of two sums would be its own number. So only nodes that answer under their own name can be named, a question that
//! picks datasets or entries goes to those alone, and a name of a hidden node reads like a name of no node.

use fyr_doors::Failure;
use fyr_schemas::{DatasetSelection, EntryRef, EntryType, ErrorCode, Query};

/// Refuses a question that names a node which does not answer under its own name.
///
/// # Errors
///
/// The first such name, whether it is that of a hidden node or of none.
pub(crate) fn nameable(
    datasets: &DatasetSelection,
    is_attributable: impl Fn(&str) -> bool,
) -> Result<(), Failure> {
    let mut names = datasets.only_nodes.iter().chain(&datasets.exclude_nodes);
    let Some(name) = names.find(|name| !is_attributable(name)) else { return Ok(()) };
    let reason = "no node answers under this name; others can be neither chosen nor left out";
    Err(Failure::about_request(ErrorCode::InvalidRequest, format!("`{name}`: {reason}")))
}

/// Returns whether a question is put to hidden nodes: it asks all of them for all that they have.
///
/// Leaving nodes out is no matter, since only others can be named. A bound of the frequency is compared at each node by
/// itself: halved again and again, it would find the number of the one that is the first to fall silent.
pub(crate) fn is_for_everybody(query: &Query) -> bool {
    let DatasetSelection { only, exclude, exclude_nodes: _, only_nodes } = &query.datasets;
    let picks = [only, exclude, only_nodes].iter().any(|names| !names.is_empty());
    !picks && query.frequencies.is_empty() && query.within.as_ref().is_none_or(is_everywhere)
}

/// Entries other than variants belong to one node.
pub(crate) fn is_everywhere(entry: &EntryRef) -> bool {
    entry.entry_type == EntryType::GenomicVariant
}

#[cfg(test)]
mod tests {
    use fyr_schemas::{AlleleQuery, Assembly, VariantQuery};

    use super::*;

    fn query() -> Query {
        Query::variants(VariantQuery::Allele(AlleleQuery::parse(Assembly::GRCH38, "7-100-A-G").unwrap()))
    }

    #[test]
    fn a_hidden_node_reads_like_no_node() {
        let named = |name: &str| {
            let datasets =
                DatasetSelection { exclude_nodes: vec![name.into()], ..DatasetSelection::default() };
            nameable(&datasets, |id| id == "fi").map_err(|failure| failure.message.replace(name, ""))
        };
        assert_eq!(named("fi"), Ok(()));
        assert!(named("hidden").is_err());
        assert_eq!(named("hidden"), named("nowhere"));
    }

    #[test]
    fn a_question_that_picks_is_not_for_everybody() {
        let names = || vec!["D".to_owned()];
        let all = DatasetSelection::default;
        assert!(is_for_everybody(&query()));
        for (case, datasets, everybody) in [
            ("only datasets", DatasetSelection { only: names(), ..all() }, false),
            ("without datasets", DatasetSelection { exclude: names(), ..all() }, false),
            ("only nodes", DatasetSelection { only_nodes: names(), ..all() }, false),
            ("without nodes that can be named", DatasetSelection { exclude_nodes: names(), ..all() }, true),
        ] {
            assert_eq!(is_for_everybody(&Query { datasets, ..query() }), everybody, "{case}");
        }
        let within = |entry_type| Some(EntryRef { entry_type, id: "D".into() });
        assert!(!is_for_everybody(&Query { within: within(EntryType::Dataset), ..query() }));
        assert!(is_for_everybody(&Query { within: within(EntryType::GenomicVariant), ..query() }));
    }
}
