//! Which sets of people a plan lets a question be about.

use fyr_schemas::{Clause, Condition, EntryType, Narrowing, Operator, Query, VariantQuery};
use serde::Serialize;

use crate::ValueSets;

/// Which sets of people may be asked about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Questions {
    /// Any that filters select: of open data, in care, and where the rules say why.
    #[default]
    Free,
    /// Those that are fixed before anybody asks ([`crate::FixedSets`]).
    Fixed {
        /// Whether a term counts narrower ones, whatever a filter says.
        descendants: bool,
        /// Lists of values that can be asked for together.
        sets: ValueSets,
    },
}

/// What the sets of a dataset depend on beside its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fixed {
    /// The fewest people that may be told apart.
    pub floor: u64,
    /// The fewest people of whom anything is told.
    pub cohort: u64,
    /// Whether a term counts narrower ones.
    pub descendants: bool,
    /// Lists of values that can be asked for together.
    pub sets: ValueSets,
}

/// A question about a set of people that is not fixed beforehand. It does not depend on data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotFixed {
    /// Several terms or values, of which one is to hold.
    #[error(
        "`filters`: alternatives, lists of values and `%` are not evaluated here, since two answers and that to both \
         together tell who is in both: ask for one term or value of /filtering_terms{}",
        or_named(*.0)
    )]
    Alternatives(ValueSets),
    /// People who carry something in a place that the client chose.
    #[error(
        "`requestParameters`: people are told here who carry one allele or something in one gene, since two ranges tell \
         who carries what lies between: name an allele, or a gene and nothing else"
    )]
    Range,
}

impl NotFixed {
    /// Returns what a question asks for that is not fixed.
    pub(crate) fn of(query: &Query, sets: ValueSets) -> Option<Self> {
        if is_open_ended(query) {
            return Some(Self::Range);
        }
        let is_one = |clause: &Clause| match clause.0.as_slice() {
            [filter] => matches!(filter.any_of.as_slice(), [condition] if !has_wildcard(condition)),
            _ => false,
        };
        let is_fixed = |clause: &Clause| is_one(clause) || sets.asked_for(clause).is_some();
        let alternatives = !query.filters.clauses().iter().all(is_fixed);
        alternatives.then_some(Self::Alternatives(sets))
    }
}

/// What else can be asked for.
fn or_named(sets: ValueSets) -> String {
    match sets.to_string() {
        named if named.is_empty() => named,
        named => format!(", or for all values of a set that the rules name: {named}"),
    }
}

/// Of variants each is counted by itself; of people those who carry any.
fn is_open_ended(query: &Query) -> bool {
    match &query.variant {
        Some(_) if query.entry_type == EntryType::GenomicVariant => false,
        Some(VariantQuery::Gene(gene)) => gene.narrowing != Narrowing::default(),
        Some(VariantQuery::Range(_) | VariantQuery::Bracket(_)) => true,
        Some(VariantQuery::Allele(_) | VariantQuery::Name(_)) | None => false,
    }
}

fn has_wildcard(condition: &Condition) -> bool {
    let Condition::Value { operator: Operator::Equal | Operator::NotEqual, value, .. } = condition else {
        return false;
    };
    value.contains('%')
}
