//! Claims, by type. A claim of the wrong type is an error, never an absent one (CVE-2026-25537 was that).

use std::fmt;

use serde_json::{Map, Value};

use crate::Invalid;

/// Longest id of a person, token or client, bytes. OpenID Connect permits 255 for `sub`.
const LONGEST_ID: usize = 255;
/// Last second that counts as a time: the end of the year 9999.
const LAST: u64 = 253_402_300_799;

/// The claims of one token. They speak of people, so they are not printed.
#[derive(Clone, PartialEq)]
pub(crate) struct Claims(Map<String, Value>);

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claims").finish_non_exhaustive()
    }
}

impl Claims {
    pub(crate) fn new(claims: Map<String, Value>) -> Self {
        Self(claims)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Returns the members as one JSON value, for pointers.
    pub(crate) fn pointer(&self, pointer: &str) -> Option<&Value> {
        let (first, rest) = match pointer.strip_prefix('/')?.split_once('/') {
            Some((first, rest)) => (first, format!("/{rest}")),
            None => (pointer.strip_prefix('/')?, String::new()),
        };
        let name = first.replace("~1", "/").replace("~0", "~");
        self.0.get(&name)?.pointer(&rest)
    }

    /// Returns a text that must be there and not be empty.
    pub(crate) fn text(&self, name: &str) -> Result<&str, Invalid> {
        self.optional_text(name)?.ok_or(Invalid::Claims)
    }

    pub(crate) fn optional_text(&self, name: &str) -> Result<Option<&str>, Invalid> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
            Some(_) => Err(Invalid::Claims),
        }
    }

    /// Returns an id that must be there: no control characters, at most 255 bytes.
    pub(crate) fn id(&self, name: &str) -> Result<&str, Invalid> {
        let id = self.text(name)?;
        let is_id = id.len() <= LONGEST_ID && !id.chars().any(char::is_control);
        if is_id { Ok(id) } else { Err(Invalid::Claims) }
    }

    pub(crate) fn optional_id(&self, name: &str) -> Result<Option<&str>, Invalid> {
        if self.has(name) { self.id(name).map(Some) } else { Ok(None) }
    }

    /// Returns claims within a claim.
    pub(crate) fn object(&self, name: &str) -> Result<Option<Self>, Invalid> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::Object(members)) => Ok(Some(Self(members.clone()))),
            Some(_) => Err(Invalid::Claims),
        }
    }

    /// Returns a time that must be there: a whole number of seconds since 1970, above zero.
    pub(crate) fn seconds(&self, name: &str) -> Result<i64, Invalid> {
        self.optional_seconds(name)?.ok_or(Invalid::Claims)
    }

    pub(crate) fn optional_seconds(&self, name: &str) -> Result<Option<i64>, Invalid> {
        self.0.get(name).map(seconds).transpose()
    }

    /// Returns one text or a list of texts; empty where the claim is missing.
    pub(crate) fn list(&self, name: &str) -> Result<Vec<&str>, Invalid> {
        match self.0.get(name) {
            None => Ok(Vec::new()),
            Some(Value::String(one)) => Ok(vec![one]),
            Some(Value::Array(many)) => {
                many.iter().map(|item| item.as_str().ok_or(Invalid::Claims)).collect()
            }
            Some(_) => Err(Invalid::Claims),
        }
    }

    /// Returns the words of `scope`.
    pub(crate) fn scopes(&self) -> Result<Vec<&str>, Invalid> {
        Ok(self.list("scope")?.into_iter().flat_map(|words| words.split(' ')).collect())
    }
}

/// Reads a time: a whole number of seconds since 1970, above zero.
pub(crate) fn seconds(value: &Value) -> Result<i64, Invalid> {
    let seconds = value.as_u64().filter(|seconds| (1..=LAST).contains(seconds));
    seconds.and_then(|seconds| i64::try_from(seconds).ok()).ok_or(Invalid::Claims)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn claims(value: Value) -> Claims {
        Claims::new(value.as_object().unwrap().clone())
    }

    #[test]
    fn times_are_whole_numbers_above_zero() {
        let claim = |value: Value| claims(json!({ "exp": value })).seconds("exp");
        assert_eq!(claim(json!(1_790_000_000)), Ok(1_790_000_000));
        for wrong in [json!("never"), json!(1.5), json!(1e18), json!(-1), json!(0), json!(null), json!([1])] {
            assert_eq!(claim(wrong.clone()), Err(Invalid::Claims), "{wrong}");
        }
        assert_eq!(claims(json!({})).optional_seconds("nbf"), Ok(None));
        assert_eq!(claims(json!({ "nbf": "5" })).optional_seconds("nbf"), Err(Invalid::Claims));
    }

    #[test]
    fn texts_of_the_wrong_type_are_not_absent() {
        for wrong in [json!(1), json!(""), json!(null), json!(["a"]), json!({})] {
            assert_eq!(claims(json!({ "sub": wrong })).optional_text("sub"), Err(Invalid::Claims));
        }
        assert_eq!(claims(json!({ "sub": "a\u{0}" })).id("sub"), Err(Invalid::Claims));
        assert_eq!(claims(json!({ "sub": "a".repeat(256) })).id("sub"), Err(Invalid::Claims));
    }

    #[test]
    fn pointers_reach_inside() {
        let claims = claims(json!({ "a/b": { "c": ["x"] }, "d": 1 }));
        assert_eq!(claims.pointer("/a~1b/c/0"), Some(&json!("x")));
        assert_eq!(claims.pointer("/d"), Some(&json!(1)));
        assert_eq!(claims.pointer("d"), None);
        assert_eq!(claims.pointer("/e"), None);
    }
}
