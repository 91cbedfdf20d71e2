//! Lists of values that an operator names, so that they can be asked for together.
//!
//! Alternatives that a client chooses tell who has two values; a list that is fixed before anybody asks is a set like others.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{LazyLock, Mutex, PoisonError},
};

use fyr_schemas::{Clause, Condition, EntryType, Filter, Operator, model::canonical_curie};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Most members of a set; a question has no more conditions.
const MOST: usize = 50;

/// Something that can be asked for, as one of several.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SetMember {
    /// A term.
    Term(String),
    /// A value of a field, in lower case.
    Value(String, String),
}

type Named = BTreeMap<String, BTreeSet<SetMember>>;

/// Named sets of values of one dataset. Copies are free: each that was ever configured is kept once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ValueSets(&'static Named);

/// All that were configured since the program began: as many as there were versions of the policy, of a few hundred bytes.
static KEPT: LazyLock<Mutex<BTreeSet<&'static Named>>> = LazyLock::new(Mutex::default);

/// A named set that a filter asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AskedFor {
    /// Its name.
    pub name: &'static str,
    /// Of which entries.
    pub scope: Option<EntryType>,
    /// Whether everybody else is meant.
    pub excluded: bool,
}

impl ValueSets {
    fn keep(named: Named) -> Self {
        let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = kept.get(&named) {
            return Self(known);
        }
        let named: &'static Named = Box::leak(Box::new(named));
        kept.insert(named);
        Self(named)
    }

    /// Returns the sets, by their names.
    pub fn all(self) -> impl Iterator<Item = (&'static str, &'static BTreeSet<SetMember>)> {
        self.0.iter().map(|(name, members)| (name.as_str(), members))
    }

    /// Returns the set that alternatives ask for: those of one filter, or filters of which one must hold.
    pub fn asked_for(self, clause @ Clause(filters): &Clause) -> Option<AskedFor> {
        let (first, asked) = (filters.first()?, SetMember::alternatives(clause)?);
        let (name, _) = self.all().find(|(_, members)| **members == asked)?;
        Some(AskedFor { name, scope: first.scope, excluded: first.excluded })
    }

    /// Returns whether some values are one of the sets.
    pub(crate) fn names(self, values: &BTreeSet<SetMember>) -> bool {
        self.all().any(|(_, members)| members == values)
    }

    /// Returns the name of a set that is none, with what to do.
    pub(crate) fn fault(self) -> Option<(&'static str, &'static str)> {
        let fault = |members: &BTreeSet<SetMember>| {
            let mut fields = members.iter().map(SetMember::field);
            let first = fields.next()?;
            if members.iter().any(|member| member.words().any(|word| word.is_empty() || word.contains('%'))) {
                return Some("has a member that is empty or has a `%`: write terms, or `field=value`");
            }
            if fields.any(|field| field != first) {
                return Some("mixes terms and fields: name terms, or values of one field");
            }
            (members.len() > MOST).then_some("has more than 50 members: name fewer")
        };
        let twice = |name: &str, members| self.all().any(|(other, of)| other < name && of == members);
        self.all().find_map(|(name, members)| match fault(members) {
            _ if members.len() < 2 => {
                Some((name, "has fewer than two members: name those that belong together"))
            }
            Some(fault) => Some((name, fault)),
            None if twice(name, members) => Some((name, "is another set too: name it once")),
            None => None,
        })
    }
}

impl SetMember {
    /// Reads a term, or `field=value`.
    fn read(text: &str) -> Self {
        match text.split_once('=') {
            Some((field, value)) => Self::value(field, value),
            None => Self::term(text),
        }
    }

    /// Returns the members of which a clause asks for any; none where it asks for one, or for something else.
    pub(crate) fn alternatives(Clause(filters): &Clause) -> Option<BTreeSet<Self>> {
        let first = filters.first()?;
        let is_alike = |filter: &Filter| filter.scope == first.scope && !filter.excluded;
        if filters.len() > 1 && !filters.iter().all(is_alike) {
            return None;
        }
        let conditions = filters.iter().flat_map(|filter| &filter.any_of);
        let asked: BTreeSet<Self> = conditions.map(Self::of).collect::<Option<_>>()?;
        (asked.len() > 1).then_some(asked)
    }

    /// Returns what a condition asks for, if that can be a member.
    fn of(condition: &Condition) -> Option<Self> {
        match condition {
            Condition::Term { id, .. } => Some(Self::term(id)),
            Condition::Value { field, operator: Operator::Equal, value } => Some(Self::value(field, value)),
            Condition::Value { .. } => None,
        }
    }

    fn term(id: &str) -> Self {
        Self::Term(canonical_curie(id.trim()).unwrap_or_else(|| id.trim().to_owned()))
    }

    fn value(field: &str, value: &str) -> Self {
        let value = value.trim();
        let value = canonical_curie(value).unwrap_or_else(|| value.to_owned()).to_lowercase();
        Self::Value(field.trim().to_owned(), value)
    }

    /// Returns the field that it is a value of; none of a term.
    fn field(&self) -> Option<&str> {
        match self {
            Self::Term(_) => None,
            Self::Value(field, _) => Some(field),
        }
    }

    fn words(&self) -> impl Iterator<Item = &str> {
        let (word, other) = match self {
            Self::Term(id) => (id.as_str(), None),
            Self::Value(field, value) => (field.as_str(), Some(value.as_str())),
        };
        std::iter::once(word).chain(other)
    }
}

impl fmt::Display for SetMember {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Term(id) => f.write_str(id),
            Self::Value(field, value) => write!(f, "{field}={value}"),
        }
    }
}

impl fmt::Display for ValueSets {
    /// `both-sexes (sex=female, sex=male)`; nothing where there are none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (name, members)) in self.all().enumerate() {
            let members: Vec<String> = members.iter().map(ToString::to_string).collect();
            write!(f, "{}{name} ({})", if at == 0 { "" } else { ", " }, members.join(", "))?;
        }
        Ok(())
    }
}

impl Default for ValueSets {
    fn default() -> Self {
        static NONE: Named = Named::new();
        Self(&NONE)
    }
}

impl Serialize for ValueSets {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let members = |of: &BTreeSet<SetMember>| of.iter().map(ToString::to_string).collect::<Vec<_>>();
        serializer.collect_map(self.all().map(|(name, of)| (name, members(of))))
    }
}

impl<'de> Deserialize<'de> for ValueSets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let named = BTreeMap::<String, Vec<String>>::deserialize(deserializer)?;
        let members = |of: Vec<String>| of.iter().map(|text| SetMember::read(text)).collect();
        Ok(Self::keep(named.into_iter().map(|(name, of)| (name, members(of))).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sets(toml: &str) -> ValueSets {
        toml::from_str(toml).unwrap()
    }

    fn term(id: &str) -> Condition {
        Condition::Term { id: id.into(), descendants: true }
    }

    fn value(field: &str, operator: Operator, value: &str) -> Condition {
        Condition::Value { field: field.into(), operator, value: value.into() }
    }

    fn filter(scope: Option<EntryType>, excluded: bool, any_of: &[Condition]) -> Filter {
        Filter { scope, excluded, any_of: any_of.to_vec() }
    }

    #[test]
    fn a_list_is_a_named_set_in_whatever_order_and_form_it_is_written() {
        let sets =
            sets("sexes = [\"sex=NCIT:C16576\", \"sex=male\"]\ntypes = [\"hp:0001250\", \"HP:0002133\"]");
        let [female, male] = ["ncit:C16576", "Male"].map(|sex| value("sex", Operator::Equal, sex));
        let one = |excluded, condition| filter(None, excluded, std::slice::from_ref(condition));
        let individual = Some(EntryType::Individual);
        let named = |name, scope, excluded| Some(AskedFor { name, scope, excluded });
        for (clause, asked) in [
            (vec![filter(None, false, &[male.clone(), female.clone()])], named("sexes", None, false)),
            (
                vec![filter(individual, true, &[female.clone(), male.clone()])],
                named("sexes", individual, true),
            ),
            (vec![one(false, &female), one(false, &male)], named("sexes", None, false)),
            (
                vec![filter(None, false, &[term("HP:0002133"), term("HP:0001250")])],
                named("types", None, false),
            ),
            // One of them, more than them, others, and a comparison are no set that is named.
            (vec![one(false, &female)], None),
            (vec![filter(None, false, &[female.clone(), male.clone(), term("HP:0001250")])], None),
            (vec![filter(None, false, &[term("HP:0002133"), term("HP:1")])], None),
            (vec![filter(None, false, &[female.clone(), value("sex", Operator::NotEqual, "male")])], None),
            // Whoever is not the one or not the other is everybody.
            (vec![one(true, &female), one(true, &male)], None),
            (vec![filter(individual, false, &[female]), filter(None, false, &[male])], None),
            (Vec::new(), None),
        ] {
            assert_eq!(sets.asked_for(&Clause(clause.clone())), asked, "{clause:?}");
        }
    }

    #[test]
    fn a_set_has_members_of_one_kind() {
        for (toml, fault) in [
            ("s = [\"HP:1\"]", "fewer than two"),
            ("s = [\"HP:1\", \"HP:1\"]", "fewer than two"),
            ("s = [\"HP:1\", \"sex=male\"]", "mixes"),
            ("s = [\"sex=male\", \"ethnicity=x\"]", "mixes"),
            ("s = [\"sex=male\", \"sex=%\"]", "`%`"),
            ("s = [\"sex=male\", \"sex=\"]", "empty"),
            ("s = [\"HP:1\", \"HP:2\"]\nt = [\"HP:2\", \"HP:1\"]", "another set"),
        ] {
            let (_, said) = sets(toml).fault().unwrap_or_default();
            assert!(said.contains(fault), "{toml}: {said}");
        }
        let sound = sets("s = [\"HP:1\", \"HP:2\"]\nt = [\"sex=a\", \"sex=b\", \"sex=c\"]");
        assert_eq!(sound.fault(), None);
        assert_eq!(sound.to_string(), "s (HP:1, HP:2), t (sex=a, sex=b, sex=c)");
    }

    #[test]
    fn the_same_sets_are_kept_once() {
        let [one, other] = ["s = [\"HP:1\", \"HP:2\"]", "s = [\"HP:2\", \"HP:1\"]"].map(sets);
        assert!(std::ptr::eq(one.0, other.0));
        let written = toml::to_string(&one).unwrap();
        assert_eq!(sets(&written), one);
    }
}
