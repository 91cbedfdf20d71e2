//! Who asks, what for, and how much: everything that a decision depends on beside the policy and the dataset.
//!
//! [`Asking`] is made here alone. It is compared as a whole, so that it is the key under which decisions are
//! remembered: what policies see of a request is one of its fields, and cannot be missing from the key.

use std::collections::{BTreeMap, BTreeSet};

use fyr_schemas::{EntryType, Granularity, Purpose, Query, Release, Use};
use time::{Date, OffsetDateTime};

use crate::{ConsentItems, Requester, SetMember, ValueSets, needed};

/// What a dataset holds, as far as policies care.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Genotypes of people.
    Individuals,
    /// Frequencies only.
    Frequencies,
    /// A table of frequencies that the owner of a dataset of people published.
    Publication,
}

/// A dataset of the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held<'a> {
    /// Its id.
    pub id: &'a str,
    /// What it holds.
    pub kind: Kind,
}

/// What policies see of a question itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Extent {
    /// Whether it is about people rather than variants.
    pub about_people: bool,
    /// How much is asked for.
    pub granularity: Granularity,
    /// Number of conditions, each alternative by itself, and of the cohorts that they are asked of.
    pub filters: u64,
}

impl From<&Query> for Extent {
    fn from(query: &Query) -> Self {
        // Who asks which variants have a frequency learns frequencies.
        let granularity = if query.frequencies.is_empty() { query.granularity } else { Granularity::Record };
        Self {
            about_people: query.is_about_people(),
            granularity,
            filters: query.filters.conditions().count() as u64 + u64::from(asks_of_a_part(query)),
        }
    }
}

/// What belongs to a cohort is of a part of the people; what belongs to the dataset is of all.
fn asks_of_a_part(query: &Query) -> bool {
    query.within.as_ref().is_some_and(|within| within.entry_type == EntryType::Cohort)
}

/// Diseases, each with the terms that it is narrower than, itself among them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Wider(BTreeMap<String, BTreeSet<String>>);

impl Wider {
    /// Looks up diseases. `wider` knows the terms that one is narrower than.
    pub fn of<'d>(
        diseases: impl IntoIterator<Item = &'d String>,
        wider: impl Fn(&str) -> BTreeSet<String>,
    ) -> Self {
        let looked_up = |disease: &String| {
            let mut terms = wider(disease);
            terms.insert(disease.clone());
            (disease.clone(), terms)
        };
        Self(diseases.into_iter().map(looked_up).collect())
    }

    /// Returns the terms that a disease is narrower than, itself among them; none of one that was not looked up.
    pub fn than(&self, disease: &str) -> impl Iterator<Item = &str> {
        self.0.get(disease).into_iter().flatten().map(String::as_str)
    }
}

/// Knows no wider disease: for questions without a purpose that names one.
pub fn no_wider(_: &str) -> BTreeSet<String> {
    BTreeSet::new()
}

/// Who asks, what for, how much, and on which day. The data are not part of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Asking {
    /// Who asks.
    pub(crate) requester: Requester,
    /// What for; none where nothing is stated.
    pub(crate) purpose: Option<Purpose>,
    /// The terms that the diseases of the purpose are narrower than.
    pub(crate) wider: Wider,
    /// The day, UTC: conditions end on days.
    pub(crate) today: Date,
    /// What is asked.
    pub(crate) extent: Extent,
    /// Each of its lists of alternatives: to a dataset that names it, it is one condition.
    pub(crate) alternatives: Vec<BTreeSet<SetMember>>,
    /// The most that may be let out, whatever is permitted.
    pub(crate) at_most: Release,
}

impl Asking {
    /// Takes what policies care about from a question.
    pub fn of(
        query: &Query,
        purpose: Option<&Purpose>,
        requester: &Requester,
        wider: impl Fn(&str) -> BTreeSet<String>,
        now: OffsetDateTime,
    ) -> Self {
        let alternatives = query.filters.clauses().iter().filter_map(SetMember::alternatives).collect();
        Self { alternatives, ..Self::about(query.into(), purpose, requester, wider, now) }
    }

    /// The same where the question is described by what policies see of it.
    pub fn about(
        extent: Extent,
        purpose: Option<&Purpose>,
        requester: &Requester,
        wider: impl Fn(&str) -> BTreeSet<String>,
        now: OffsetDateTime,
    ) -> Self {
        Self {
            requester: requester.clone(),
            purpose: purpose.cloned(),
            wider: Wider::of(purpose.iter().flat_map(|purpose| &purpose.diseases), wider),
            today: now.to_offset(time::UtcOffset::UTC).date(),
            extent,
            alternatives: Vec::new(),
            at_most: Release::Record,
        }
    }

    /// The same request where no more than this may be let out, whatever is permitted: by a view of the policy.
    #[must_use]
    pub fn at_most(self, release: Release) -> Self {
        Self { at_most: self.at_most.min(release), ..self }
    }

    /// The same request for something else.
    pub(crate) fn with(&self, extent: Extent) -> Self {
        Self { extent, ..self.clone() }
    }

    /// Returns the number of conditions for a dataset that names lists of values.
    pub(crate) fn filters(&self, sets: ValueSets) -> u64 {
        let named = self.alternatives.iter().filter(|alternatives| sets.names(alternatives));
        let saved: u64 = named.map(|alternatives| alternatives.len() as u64 - 1).sum();
        self.extent.filters.saturating_sub(saved)
    }

    /// Returns what a person must have agreed to.
    pub(crate) fn needed(&self) -> ConsentItems {
        needed(self.extent.about_people, self.purpose.as_ref())
    }
}

/// Returns what a question is asked for: what it states, else the only purpose that the requester's issuer
/// asserts. One that would have to say more, such as a disease or a case, is no default.
pub fn effective_purpose(stated: Option<&Purpose>, requester: &Requester) -> Option<Purpose> {
    let asserted = match requester {
        Requester::User(user) => user.attributes.purposes.as_slice(),
        Requester::Public | Requester::Known { .. } | Requester::Owner(_) => &[],
    };
    let default = match asserted {
        [only] if !matches!(only, Use::Ds | Use::Cc) => Some(Purpose::new(*only)),
        _ => None,
    };
    stated.cloned().or(default)
}

#[cfg(test)]
mod tests;
