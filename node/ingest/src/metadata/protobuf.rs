//! JSON as protobuf writes and reads it: members by their name in the schema or in lower camel case, words of an
//! enumeration by name or number, and nothing where there is `null`.

use fyr_schemas::model::ModelFault;
use serde_json::{Map, Value, json};

/// Names that say that something does not hold: schema 1 has `negated`, schema 2 `excluded`.
const NEGATIONS: [&str; 2] = ["excluded", "negated"];

/// Returns a message with its members in lower camel case, and what is negated as `excluded`, a true or false.
///
/// # Errors
///
/// A member that is there under two names, and a negation that is no true or false.
pub(super) fn canonical(message: Value) -> Result<Value, ModelFault> {
    walk(message, "")
}

fn walk(value: Value, path: &str) -> Result<Value, ModelFault> {
    match value {
        Value::Object(members) => object(members, path),
        Value::Array(items) => {
            let items = items.into_iter().enumerate();
            items
                .map(|(at, item)| walk(item, &format!("{path}[{at}]")))
                .collect::<Result<_, _>>()
                .map(Value::Array)
        }
        other => Ok(other),
    }
}

fn object(members: Map<String, Value>, path: &str) -> Result<Value, ModelFault> {
    let mut kept = Map::new();
    for (name, value) in members.into_iter().filter(|(_, value)| !value.is_null()) {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let is_negation = NEGATIONS.contains(&name.as_str());
        let value = if is_negation { json!(flag(&path, &value)?) } else { walk(value, &path)? };
        let name = if is_negation { NEGATIONS[0].to_owned() } else { camel(&name) };
        if kept.insert(name, value).is_some() {
            return Err(ModelFault { field: path, reason: "is there twice, under two names".to_owned() });
        }
    }
    Ok(Value::Object(kept))
}

/// `schema_version` is `schemaVersion`.
fn camel(name: &str) -> String {
    let mut words = name.split('_').filter(|word| !word.is_empty());
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let mut letters = word.chars();
        let capital = letters.next().map(|c| c.to_ascii_uppercase());
        capital.into_iter().chain(letters).fold(name, |name, c| format!("{name}{c}"))
    })
}

fn flag(path: &str, value: &Value) -> Result<bool, ModelFault> {
    let text = value.as_str().map(str::to_ascii_lowercase);
    match (value, text.as_deref()) {
        (Value::Bool(flag), _) => Ok(*flag),
        (_, Some("true")) => Ok(true),
        (_, Some("false")) => Ok(false),
        _ => Err(ModelFault { field: path.to_owned(), reason: format!("{value} is not true or false") }),
    }
}

/// Reads a word of an enumeration, whose words stand in the order of their numbers.
///
/// # Errors
///
/// What is none of them.
pub(super) fn word(
    field: &str,
    value: Option<&Value>,
    words: &[&'static str],
) -> Result<Option<&'static str>, ModelFault> {
    let Some(value) = value else { return Ok(None) };
    let of_number = |number: u64| words.get(usize::try_from(number).ok()?).copied();
    let of_text = |text: &str| {
        let named = words.iter().find(|word| word.eq_ignore_ascii_case(text)).copied();
        named.or_else(|| of_number(text.parse().ok()?))
    };
    let found = match value {
        Value::String(text) => of_text(text),
        other => other.as_u64().and_then(of_number),
    };
    let unknown =
        || ModelFault { field: field.to_owned(), reason: format!("{value} is none of {}", words.join(", ")) };
    found.map(Some).ok_or_else(unknown)
}

/// Reads a number that is written as a text.
pub(super) fn with_number(mut value: Value, name: &str) -> Value {
    let number = value.get(name).and_then(Value::as_str).and_then(|text| text.parse::<f64>().ok());
    if let (Some(number), Some(members)) = (number.filter(|number| number.is_finite()), value.as_object_mut())
    {
        members.insert(name.to_owned(), json!(number));
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_negations_have_one_form() {
        let read = |value| canonical(value).map_err(|fault| fault.to_string());
        for (given, expected) in [
            (
                json!({ "meta_data": { "phenopacket_schema_version": "1" } }),
                json!({ "metaData": { "phenopacketSchemaVersion": "1" } }),
            ),
            (
                json!({ "a": [{ "negated": true }, { "excluded": "False" }] }),
                json!({ "a": [{ "excluded": true }, { "excluded": false }] }),
            ),
            (json!({ "a": null, "b_": 1 }), json!({ "b": 1 })),
            (json!({ "negated": null, "excluded": true }), json!({ "excluded": true })),
        ] {
            assert_eq!(read(given.clone()), Ok(expected), "{given}");
        }
        for (given, hint) in [
            (json!({ "metaData": 1, "meta_data": 1 }), "twice"),
            (json!({ "a": [{ "negated": true, "excluded": false }] }), "is there twice"),
            (json!({ "a": [{ "excluded": "yes" }] }), "`a[0].excluded`: \"yes\" is not true or false"),
            (json!({ "a": [{ "negated": 1 }] }), "`a[0].negated`: 1 is not true or false"),
        ] {
            let error = read(given).unwrap_err();
            assert!(error.contains(hint), "{error}");
        }
    }

    #[test]
    fn words_are_names_or_numbers() {
        let words = ["UNKNOWN_SEX", "FEMALE", "MALE"];
        for (given, expected) in [
            (json!("FEMALE"), Some("FEMALE")),
            (json!("female"), Some("FEMALE")),
            (json!(2), Some("MALE")),
            (json!("2"), Some("MALE")),
            (json!(0), Some("UNKNOWN_SEX")),
            (json!(3), None),
            (json!(-1), None),
            (json!(1.5), None),
            (json!("F"), None),
            (json!({}), None),
        ] {
            assert_eq!(word("sex", Some(&given), &words).ok().flatten(), expected, "{given}");
        }
        assert_eq!(word("sex", None, &words).unwrap(), None);
    }
}
