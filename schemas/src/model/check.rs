//! Checking a document by the table, and keeping what is of the model.

use serde_json::{Map, Value};

use super::{
    ModelFault, canonical_curie,
    table::{self, Kind, Member, Object},
};
use crate::{EntryType, duration};

/// Returns the document without what is not of the model.
pub(super) fn checked(entry_type: EntryType, document: Value) -> Result<Value, Vec<ModelFault>> {
    let mut check = Check::default();
    let Some(object) = table::of(entry_type) else {
        check.fault("genomic variants are read from VCF, not from documents".to_owned());
        return Err(check.faults);
    };
    let document = check.object(object, document);
    match document.get("id") {
        Some(Value::String(id)) if id.trim().is_empty() || id.chars().any(char::is_control) => {
            check.path = vec!["id".to_owned()];
            check.fault("must be a text without control characters, and not be empty".to_owned());
        }
        _ => {}
    }
    if check.faults.is_empty() { Ok(document) } else { Err(check.faults) }
}

/// Returns the people that a cohort lists. The model has no place for them; loaders use these.
pub(super) fn members(entry_type: EntryType, document: &Value) -> Vec<String> {
    if entry_type != EntryType::Cohort {
        return Vec::new();
    }
    let lists = ["/ids/individualIds", "/individualIds"];
    let list = lists.iter().find_map(|place| document.pointer(place)?.as_array());
    let texts = list.into_iter().flatten().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

/// The walk over one document.
#[derive(Default)]
struct Check {
    path: Vec<String>,
    faults: Vec<ModelFault>,
}

impl Check {
    fn fault(&mut self, reason: String) {
        self.faults.push(ModelFault { field: self.path.join(".").replace(".[", "["), reason });
    }

    fn at(&mut self, step: String, walk: impl FnOnce(&mut Self) -> Value) -> Value {
        self.path.push(step);
        let value = walk(self);
        self.path.pop();
        value
    }

    fn object(&mut self, object: &Object, value: Value) -> Value {
        let Value::Object(mut members) = value else {
            self.fault(format!("is not a {}, which is an object", object.name));
            return Value::Null;
        };
        let mut kept = Map::new();
        for member in object.members {
            let value = members.remove(member.name).unwrap_or_default();
            let value = self.at(member.name.to_owned(), |check| check.member(member, value));
            if !value.is_null() {
                kept.insert(member.name.to_owned(), value);
            }
        }
        self.refuse_reversals(object, &members);
        Value::Object(kept)
    }

    /// Refuses what says that something does not hold where the model has no place for it: left out, it would hold.
    fn refuse_reversals(&mut self, object: &Object, left: &Map<String, Value>) {
        for name in ["excluded", "negated"] {
            let Some(value) =
                left.get(name).filter(|value| !matches!(value, Value::Null | Value::Bool(false)))
            else {
                continue;
            };
            self.fault(format!(
                "`{name}` {value} has no place in a {} of the model: leave out what does not hold, or say so in a \
                 phenotypic feature with `excluded`",
                object.name
            ));
        }
    }

    fn member(&mut self, member: &Member, value: Value) -> Value {
        match (value, member.list) {
            (Value::Null, _) => {
                if member.required {
                    self.fault("is missing".to_owned());
                }
                Value::Null
            }
            (Value::Array(items), true) => self.items(member, items),
            (_, true) => {
                self.fault("is not a list".to_owned());
                Value::Null
            }
            (value, false) => self.value(member.kind, value),
        }
    }

    fn items(&mut self, member: &Member, items: Vec<Value>) -> Value {
        if member.required && items.is_empty() {
            self.fault("is an empty list".to_owned());
        }
        let items = items.into_iter().enumerate();
        // A list with nothing in it says nothing, and some lists must not be empty.
        let items: Vec<Value> = items
            .map(|(at, item)| self.at(format!("[{at}]"), |check| check.value(member.kind, item)))
            .collect();
        if items.is_empty() { Value::Null } else { Value::Array(items) }
    }

    fn value(&mut self, kind: Kind, value: Value) -> Value {
        match kind {
            Kind::Object(object) => self.object(object, value),
            Kind::Term => self.term(value, canonical_curie),
            Kind::Unit => self.term(value, |id| is_curie(id).then(|| id.to_owned())),
            Kind::OneOf(kinds) => self.one_of(kinds, value),
            _ => match plain_fault(kind, &value) {
                None => value,
                Some(reason) => {
                    self.fault(reason);
                    Value::Null
                }
            },
        }
    }

    /// Checks a term, whose id becomes what `form` makes of it.
    fn term(&mut self, value: Value, form: impl Fn(&str) -> Option<String>) -> Value {
        let Value::Object(mut members) = value else {
            self.fault("is not a term, which is an object with `id` and `label`".to_owned());
            return Value::Null;
        };
        let mut kept = Map::new();
        let id = members.remove("id");
        match id.as_ref().map(|id| id.as_str().and_then(&form).ok_or(id)) {
            Some(Ok(id)) => {
                kept.insert("id".to_owned(), Value::String(id));
            }
            Some(Err(other)) => self.fault(format!("`id` {other} is not a CURIE, such as HP:0001250")),
            None => self.fault("`id` is missing".to_owned()),
        }
        match members.remove("label") {
            None | Some(Value::Null) => {}
            Some(Value::String(label)) => {
                kept.insert("label".to_owned(), Value::String(label));
            }
            Some(_) => self.fault("`label` is not a text".to_owned()),
        }
        Value::Object(kept)
    }

    /// Takes the first kind that the value is without fault.
    fn one_of(&mut self, kinds: &[Kind], value: Value) -> Value {
        for kind in kinds {
            let mut attempt = Self::default();
            let checked = attempt.value(*kind, value.clone());
            if attempt.faults.is_empty() {
                return checked;
            }
        }
        let names: Vec<&str> = kinds.iter().map(|kind| name(*kind)).collect();
        self.fault(format!("is none of these: {}", names.join(", ")));
        Value::Null
    }
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Id | Kind::Text => "text",
        Kind::Integer => "whole number",
        Kind::Number => "number",
        Kind::Boolean => "true or false",
        Kind::Date => "date (YYYY-MM-DD)",
        Kind::DateTime => "date and time (RFC 3339)",
        Kind::Duration => "ISO 8601 duration, such as P32Y6M",
        Kind::Choice(_) => "one of some words",
        Kind::Term | Kind::Unit => "term",
        Kind::Object(object) => object.name,
        Kind::OneOf(_) => "one of several",
        Kind::Any => "object",
    }
}

/// Returns what is wrong with a value that is no object of the model.
fn plain_fault(kind: Kind, value: &Value) -> Option<String> {
    let text = value.as_str();
    let is_right = match kind {
        Kind::Id | Kind::Text => text.is_some(),
        // JSON Schema takes 3.0 for a whole number.
        Kind::Integer => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        Kind::Number => value.is_number(),
        Kind::Boolean => value.is_boolean(),
        Kind::Date => text.is_some_and(is_date),
        Kind::DateTime => text.is_some_and(is_date_time),
        Kind::Duration => text.is_some_and(|text| duration::years(text).is_some()),
        Kind::Choice(words) => text.is_some_and(|text| words.contains(&text)),
        _ => value.is_object(),
    };
    let wanted = match kind {
        Kind::Choice(words) => format!("one of {}", words.join(", ")),
        other => format!("a {}", name(other)),
    };
    (!is_right).then(|| format!("{value} is not {wanted}"))
}

/// `^\w[^:]+:.+$`, as the specification has it.
pub(super) fn is_curie(text: &str) -> bool {
    let Some((prefix, local)) = text.split_once(':') else { return false };
    let first = prefix.chars().next();
    let word = |c: char| c.is_alphanumeric() || c == '_';
    first.is_some_and(word) && prefix.chars().count() > 1 && !local.is_empty() && !local.contains('\n')
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return false };
    let number = |text: &str, digits: usize| {
        let plain = text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| text.parse::<u32>().ok()).flatten()
    };
    let (Some(year), Some(month), Some(day)) = (number(year, 4), number(month, 2), number(day, 2)) else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=last).contains(&day)
}

/// RFC 3339, in which a letter stands between date and time, and a zone at the end.
fn is_date_time(text: &str) -> bool {
    let Some((date, time)) = text.split_once(['T', 't']) else { return false };
    let Some(zone) = time.find(['Z', 'z', '+', '-']) else { return false };
    let (clock, zone) = time.split_at(zone);
    let in_range =
        |text: &str, most: u32| text.len() == 2 && text.parse::<u32>().is_ok_and(|number| number <= most);
    let hours_minutes = |text: &str| {
        text.split_once(':').is_some_and(|(hours, minutes)| in_range(hours, 23) && in_range(minutes, 59))
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let is_clock = clock.rsplit_once(':').is_some_and(|(rest, s)| hours_minutes(rest) && in_range(s, 60));
    let is_zone = matches!(zone, "Z" | "z") || zone.get(1..).is_some_and(hours_minutes);
    let is_fraction = !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit());
    is_date(date) && is_clock && is_fraction && is_zone
}
