//! Filters: what must be true of the people, samples, runs… that a question is about.

use std::collections::{BTreeMap, btree_map::Entry};

use crate::{EntryType, Operator, model::incomparable};

/// Most conditions of one question, alternatives included. Each costs a scan.
const MOST_CONDITIONS: usize = 100;
/// Longest field, term and value, in bytes.
const LONGEST: usize = 256;
/// Most wildcards of one value. What a value costs grows with them.
const MOST_WILDCARDS: usize = 4;

/// Clauses that must all hold (Beacon `filters`): so many, and so long, that they can be evaluated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filters(Vec<Clause>);

/// Filters that are more than is evaluated, whoever asks at whichever door.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidFilters {
    /// There are too many conditions.
    #[error("there are more than {MOST_CONDITIONS}: leave some out")]
    Conditions,
    /// A field, a term or a value is too long.
    #[error("a {0} has more than {LONGEST} bytes: shorten it")]
    Long(&'static str),
    /// A value has too many wildcards.
    #[error("a value has more than {MOST_WILDCARDS} `%`: leave some out")]
    Wildcards,
    /// A field cannot be compared so: nobody could ever be found.
    #[error("`{field}` {reason}")]
    Incomparable {
        /// The field.
        field: String,
        /// Why, and what to write.
        reason: &'static str,
    },
}

/// Filters of which one must hold: an inner list of `filters`, or a single filter.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Clause(pub Vec<Filter>);

/// One filter.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Filter {
    /// The entry type whose entries it is about; any that belongs to the person where it is not said.
    pub scope: Option<EntryType>,
    /// Whether it must not hold. What nobody stated does not hold.
    pub excluded: bool,
    /// Of these, one must hold: EJP-RD clients send lists of ids or values.
    pub any_of: Vec<Condition>,
}

/// What a filter looks for in an entry.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Condition {
    /// A term of an ontology, or of a custom vocabulary, is stated, and not as excluded.
    Term {
        /// The term's CURIE, its prefix in upper case where the client wrote it in lower case.
        id: String,
        /// Whether narrower terms count too.
        descendants: bool,
    },
    /// A field of the model, or the value measured by an assay, compares with a value.
    Value {
        /// Path of the field in the model, without list positions, such as
        /// `diseases.ageOfOnset.iso8601duration`; or the CURIE of an assay.
        field: String,
        /// How.
        operator: Operator,
        /// With what: a text in which `%` stands for anything, a number, a date or an ISO 8601 duration.
        value: String,
    },
}

impl Filters {
    /// Takes clauses.
    ///
    /// # Errors
    ///
    /// There are too many conditions, or one of them is too long.
    pub fn new(clauses: Vec<Clause>) -> Result<Self, InvalidFilters> {
        let filters = Self(clauses);
        let empty = filters.0.iter().filter(|clause| clause.0.is_empty()).count();
        if filters.conditions().count() + empty > MOST_CONDITIONS {
            return Err(InvalidFilters::Conditions);
        }
        for filter in filters.0.iter().flat_map(|clause| &clause.0) {
            filter.any_of.iter().try_for_each(|condition| condition.check(filter.scope))?;
        }
        Ok(filters)
    }

    /// Returns the clauses.
    pub fn clauses(&self) -> &[Clause] {
        &self.0
    }

    /// Takes those clauses out for which something holds; returns them and the rest.
    pub(crate) fn take_out(self, holds: impl FnMut(&Clause) -> bool) -> (Vec<Clause>, Self) {
        let (taken, rest) = self.0.into_iter().partition(holds);
        (taken, Self(rest))
    }

    /// Returns whether nothing is filtered.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns all conditions, of all clauses.
    pub fn conditions(&self) -> impl Iterator<Item = &Condition> {
        self.0.iter().flat_map(|clause| &clause.0).flat_map(|filter| &filter.any_of)
    }
}

impl Condition {
    fn check(&self, scope: Option<EntryType>) -> Result<(), InvalidFilters> {
        let short =
            |what, text: &str| if text.len() > LONGEST { Err(InvalidFilters::Long(what)) } else { Ok(()) };
        match self {
            Self::Term { id, .. } => short("term", id),
            Self::Value { field, operator, value } => {
                short("field", field)?;
                short("value", value)?;
                if value.bytes().filter(|byte| *byte == b'%').count() > MOST_WILDCARDS {
                    return Err(InvalidFilters::Wildcards);
                }
                match incomparable(field, scope, *operator, value) {
                    Some(reason) => Err(InvalidFilters::Incomparable { field: field.clone(), reason }),
                    None => Ok(()),
                }
            }
        }
    }
}

/// A line of `/filtering_terms`: something that can be filtered by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FilteringTerm {
    /// What kind of filter takes it.
    pub kind: FilteringTermKind,
    /// CURIE of the term, or path of the field.
    pub id: String,
    /// Label for people.
    pub label: Option<String>,
    /// Entry types whose entries state it, sorted.
    pub scopes: Vec<EntryType>,
    /// Values that a field takes, where they are few and may be told.
    pub values: Vec<String>,
}

impl FilteringTerm {
    /// Unites lists: what several state is there once, with the first label, all scopes and all values. Sorted by kind
    /// and id.
    pub fn union(terms: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let mut united: BTreeMap<(FilteringTermKind, String), Self> = BTreeMap::new();
        for term in terms {
            match united.entry((term.kind, term.id.clone())) {
                Entry::Vacant(place) => drop(place.insert(term)),
                Entry::Occupied(known) => known.into_mut().take_up(term),
            }
        }
        united.into_values().map(Self::tidy).collect()
    }

    fn take_up(&mut self, other: Self) {
        let Self { kind: _, id: _, label, scopes, values } = other;
        self.label = self.label.take().or(label);
        self.scopes.extend(scopes);
        self.values.extend(values);
    }

    fn tidy(mut self) -> Self {
        self.scopes.sort_unstable();
        self.scopes.dedup();
        self.values.sort_unstable();
        self.values.dedup();
        self
    }
}

/// What kind of filter takes a filtering term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FilteringTermKind {
    /// A field that is compared with a value.
    Alphanumeric,
    /// A term of a vocabulary of the service's own.
    Custom,
    /// A term of an ontology.
    Ontology,
}

impl FilteringTermKind {
    /// Returns the word that Beacon uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Alphanumeric => "alphanumeric",
            Self::Custom => "custom",
            Self::Ontology => "ontology",
        }
    }
}

/// An ontology or vocabulary that filters are taken from (Beacon `resources`).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Vocabulary {
    /// Short id: `hp`.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Prefix of its CURIEs: `HP`.
    pub prefix: String,
    /// Web page.
    pub url: Option<String>,
    /// Release that is loaded.
    pub version: Option<String>,
    /// What an id is appended to, to make an IRI.
    pub iri_prefix: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn term(
        kind: FilteringTermKind,
        label: Option<&str>,
        scopes: &[EntryType],
        values: &[&str],
    ) -> FilteringTerm {
        FilteringTerm {
            kind,
            id: "sex".into(),
            label: label.map(str::to_owned),
            scopes: scopes.to_vec(),
            values: values.iter().map(|&value| value.to_owned()).collect(),
        }
    }

    fn filters(conditions: usize, value: &str) -> Result<Filters, InvalidFilters> {
        let value = Condition::Value { field: "sex".into(), operator: Operator::Equal, value: value.into() };
        let filter = Filter { scope: None, excluded: false, any_of: vec![value; conditions] };
        Filters::new(vec![Clause(vec![filter])])
    }

    #[test]
    fn what_costs_too_much_is_no_filter() {
        assert_eq!(filters(101, "a"), Err(InvalidFilters::Conditions));
        assert!(filters(100, "a").is_ok());
        assert_eq!(filters(1, &"a".repeat(257)), Err(InvalidFilters::Long("value")));
        assert!(filters(1, &"a".repeat(256)).is_ok());
        assert_eq!(filters(1, &"%a".repeat(5)), Err(InvalidFilters::Wildcards));
        assert!(filters(1, &"%a".repeat(4)).is_ok());
        let term = Condition::Term { id: format!("HP:{}", "1".repeat(254)), descendants: true };
        let filter = Filter { scope: None, excluded: false, any_of: vec![term] };
        assert_eq!(Filters::new(vec![Clause(vec![filter])]), Err(InvalidFilters::Long("term")));
        assert_eq!(
            Filters::new(vec![Clause(Vec::new()); 101]),
            Err(InvalidFilters::Conditions),
            "empty ones cost too"
        );
    }

    #[test]
    fn what_several_state_is_there_once() {
        use EntryType::{Biosample, Individual};
        use FilteringTermKind::{Alphanumeric, Custom};
        let united = FilteringTerm::union([
            term(Custom, None, &[Individual], &[]),
            term(Alphanumeric, None, &[Individual], &["b", "a"]),
            term(Alphanumeric, Some("Sex"), &[Individual, Biosample], &["c", "a"]),
            term(Alphanumeric, Some("Kön"), &[], &[]),
        ]);
        let expected = [
            term(Alphanumeric, Some("Sex"), &[Biosample, Individual], &["a", "b", "c"]),
            term(Custom, None, &[Individual], &[]),
        ];
        assert_eq!(united, expected);
    }
}
