//! `conditions` of visas (GA4GH Passport 1.2): a visa that counts only beside certain others.
//!
//! A list of alternatives, each a list of clauses that must all match; each clause must match one visa as a
//! whole. Visas that have conditions themselves are no evidence, so nothing goes round in circles.

use fyr_policy::Visa;
use serde_json::{Map, Value};

use super::{Candidate, VisaFault};

/// Most clauses of one visa. Each is held against each visa.
const MOST_CLAUSES: usize = 32;
/// Longest pattern, characters.
const LONGEST: usize = 255;

/// The conditions of one visa: alternatives of clauses.
#[derive(Debug)]
pub(super) struct Conditions(Vec<Vec<Clause>>);

#[derive(Debug)]
struct Clause {
    kind: String,
    fields: Vec<(Field, Match)>,
}

#[derive(Clone, Copy, Debug)]
enum Field {
    Value,
    Source,
    By,
}

#[derive(Debug)]
enum Match {
    Const(String),
    Pattern(String),
    SplitPattern(String),
    /// A prefix that is not known: matches nothing.
    Never,
}

/// Keeps visas whose conditions are met, and counts the others.
pub(super) fn split(candidates: Vec<Candidate>) -> (Vec<Candidate>, usize) {
    let (mut met, conditional): (Vec<_>, Vec<_>) =
        candidates.into_iter().partition(|candidate| candidate.conditions.is_none());
    let evidence: Vec<(Visa, i64)> = met.iter().map(|one| (one.visa.clone(), one.expires)).collect();
    let mut unmet = 0;
    for mut candidate in conditional {
        match candidate.conditions.as_ref().and_then(|conditions| conditions.met_until(&evidence)) {
            Some(until) => {
                candidate.expires = candidate.expires.min(until);
                met.push(candidate);
            }
            None => unmet += 1,
        }
    }
    (met, unmet)
}

impl Conditions {
    /// Reads conditions; none where the list is empty.
    pub(super) fn read(value: &Value) -> Result<Option<Self>, VisaFault> {
        let alternatives = list(value)?;
        if alternatives.is_empty() {
            return Ok(None);
        }
        let sizes = alternatives.iter().map(|clauses| clauses.as_array().map_or(0, Vec::len));
        if alternatives.len() > MOST_CLAUSES || sizes.sum::<usize>() > MOST_CLAUSES {
            return Err(VisaFault::Conditions);
        }
        let alternatives = alternatives.iter().map(|clauses| {
            let clauses = list(clauses)?;
            // An empty list would be met by nothing at all.
            if clauses.is_empty() {
                return Err(VisaFault::Conditions);
            }
            clauses.iter().map(Clause::read).collect()
        });
        alternatives.collect::<Result<_, _>>().map(|read| Some(Self(read)))
    }

    /// Returns until when the conditions are met, by the alternative that lasts longest.
    fn met_until(&self, evidence: &[(Visa, i64)]) -> Option<i64> {
        let alternative = |clauses: &Vec<Clause>| {
            let until = |clause: &Clause| {
                evidence.iter().filter(|(visa, _)| clause.matches(visa)).map(|(_, until)| *until).max()
            };
            clauses.iter().map(until).try_fold(i64::MAX, |first, until| Some(first.min(until?)))
        };
        self.0.iter().filter_map(alternative).max()
    }
}

fn list(value: &Value) -> Result<&Vec<Value>, VisaFault> {
    value.as_array().ok_or(VisaFault::Conditions)
}

impl Clause {
    fn read(value: &Value) -> Result<Self, VisaFault> {
        let members = value.as_object().ok_or(VisaFault::Conditions)?;
        let kind = members.get("type").and_then(Value::as_str).ok_or(VisaFault::Conditions)?;
        let fields = fields(members)?;
        if fields.is_empty() {
            return Err(VisaFault::Conditions);
        }
        Ok(Self { kind: kind.to_owned(), fields })
    }

    fn matches(&self, visa: &Visa) -> bool {
        self.kind == visa.kind.name()
            && self.fields.iter().all(|(field, wanted)| wanted.matches(field.of(visa)))
    }
}

fn fields(members: &Map<String, Value>) -> Result<Vec<(Field, Match)>, VisaFault> {
    let others = members.iter().filter(|(name, _)| *name != "type");
    let read = |(name, wanted): (&String, &Value)| {
        let field = match name.as_str() {
            "value" => Field::Value,
            "source" => Field::Source,
            "by" => Field::By,
            _ => return Err(VisaFault::Conditions),
        };
        let wanted = wanted.as_str().ok_or(VisaFault::Conditions)?;
        Ok((field, Match::read(wanted)?))
    };
    others.map(read).collect()
}

impl Field {
    fn of(self, visa: &Visa) -> Option<&str> {
        match self {
            Self::Value => Some(&visa.value),
            Self::Source => Some(&visa.source),
            Self::By => visa.by.word(),
        }
    }
}

impl Match {
    fn read(text: &str) -> Result<Self, VisaFault> {
        let (prefix, rest) = text.split_once(':').ok_or(VisaFault::Conditions)?;
        if rest.chars().count() > LONGEST {
            return Err(VisaFault::Conditions);
        }
        Ok(match prefix {
            "const" => Self::Const(rest.to_owned()),
            "pattern" => Self::Pattern(rest.to_owned()),
            "split_pattern" => Self::SplitPattern(rest.to_owned()),
            _ => Self::Never,
        })
    }

    fn matches(&self, text: Option<&str>) -> bool {
        let Some(text) = text else { return false };
        match self {
            Self::Const(wanted) => text == wanted,
            Self::Pattern(pattern) => is_like(text, pattern),
            Self::SplitPattern(pattern) => text.split(';').any(|part| is_like(part, pattern)),
            Self::Never => false,
        }
    }
}

/// Matches a whole text: `?` is one character, `*` any number of them, and nothing escapes them.
///
/// Remembers only the last `*`: the time is at most the product of both lengths.
fn is_like(text: &str, pattern: &str) -> bool {
    let (text, pattern): (Vec<char>, Vec<char>) = (text.chars().collect(), pattern.chars().collect());
    let (mut at, mut in_pattern, mut star) = (0, 0, None);
    while let Some(character) = text.get(at) {
        match pattern.get(in_pattern) {
            Some('*') => {
                star = Some((in_pattern, at));
                in_pattern += 1;
            }
            Some(wanted) if *wanted == '?' || wanted == character => {
                at += 1;
                in_pattern += 1;
            }
            _ => {
                let Some((place, from)) = star else { return false };
                star = Some((place, from + 1));
                (at, in_pattern) = (from + 1, place + 1);
            }
        }
    }
    pattern.iter().skip(in_pattern).all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests;
