//! Values as clients write them: numbers as strings, lists with commas, single values for lists.

use serde_json::Value;

use super::RequestError;

/// Returns whether a value says nothing: null, and empty text, lists and objects.
pub(super) fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.iter().all(is_blank),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Reads one text; numbers count, since a chromosome may come as one.
pub(super) fn text(name: &'static str, value: &Value) -> Result<String, RequestError> {
    match value {
        Value::String(text) => Ok(text.trim().to_owned()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Array(items) => match items.as_slice() {
            [one] => text(name, one),
            _ => Err(RequestError::parameter(name, "takes one value")),
        },
        _ => Err(RequestError::parameter(name, "is not a text")),
    }
}

/// Reads a list of texts: a list, one text, or several separated by commas.
pub(super) fn texts(name: &'static str, value: &Value) -> Result<Vec<String>, RequestError> {
    let items = match value {
        Value::Array(items) => items.iter().map(|item| text(name, item)).collect::<Result<Vec<_>, _>>()?,
        one => vec![text(name, one)?],
    };
    let parts = items.iter().flat_map(|item| item.split(',')).map(str::trim);
    Ok(parts.filter(|part| !part.is_empty()).map(str::to_owned).collect())
}

/// Reads a list of whole numbers: `1`, `[1]`, `"1"`, `["1"]`, `"1,2"`.
pub(super) fn integers(name: &'static str, value: &Value) -> Result<Vec<u64>, RequestError> {
    texts(name, value)?.iter().map(|text| whole(name, text)).collect()
}

/// Reads one whole number.
pub(super) fn integer(name: &'static str, value: &Value) -> Result<u64, RequestError> {
    match integers(name, value)?.as_slice() {
        [one] => Ok(*one),
        _ => Err(RequestError::parameter(name, "takes one number")),
    }
}

fn whole(name: &'static str, text: &str) -> Result<u64, RequestError> {
    let digits = text.strip_suffix(".0").unwrap_or(text);
    let wrong = || RequestError::parameter(name, format!("`{text}` is not a whole number from 0"));
    digits.parse().map_err(|_| wrong())
}

/// Reads yes or no.
pub(super) fn boolean(name: &'static str, value: &Value) -> Result<bool, RequestError> {
    match value {
        Value::Bool(yes) => Ok(*yes),
        other => match text(name, other)?.to_ascii_lowercase().as_str() {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err(RequestError::parameter(name, "is neither true nor false")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_are_read_in_every_form() {
        for (value, expected) in [
            (json!(7), vec![7]),
            (json!([7]), vec![7]),
            (json!("7"), vec![7]),
            (json!(["7"]), vec![7]),
            (json!("7,8"), vec![7, 8]),
            (json!([7, 8]), vec![7, 8]),
            (json!(7.0), vec![7]),
        ] {
            assert_eq!(integers("start", &value), Ok(expected), "{value}");
        }
        for value in [json!(-1), json!(1.5), json!("x"), json!({}), json!(true), json!([[[1, 2]]])] {
            assert!(integers("start", &value).is_err(), "{value}");
        }
    }

    #[test]
    fn blanks_are_recognised() {
        for value in [json!(null), json!(""), json!([]), json!([null, ""]), json!({})] {
            assert!(is_blank(&value), "{value}");
        }
        for value in [json!(0), json!(false), json!("x"), json!([0])] {
            assert!(!is_blank(&value), "{value}");
        }
    }
}
