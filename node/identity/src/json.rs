//! JSON that reads one way only: no member twice, no depth without end, nothing behind the end.

use std::fmt;

use serde::{
    Deserializer as _,
    de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value};

/// How deep objects and arrays may be nested. Claims that anybody uses need four.
const DEEPEST: usize = 16;

/// Bytes that are no JSON object, or could be read in two ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InvalidJson;

/// Reads an object, and refuses a member that comes twice at any level.
pub(crate) fn strict_object(bytes: &[u8]) -> Result<Map<String, Value>, InvalidJson> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = (&mut deserializer).deserialize_any(Strict { left: DEEPEST }).map_err(|_| InvalidJson)?;
    deserializer.end().map_err(|_| InvalidJson)?;
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(InvalidJson),
    }
}

#[derive(Clone, Copy)]
struct Strict {
    left: usize,
}

impl Strict {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        let left = self.left.checked_sub(1).ok_or_else(|| E::custom("nested too deeply"))?;
        Ok(Self { left })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without duplicate members")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("no finite number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let deeper = self.deeper()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(deeper)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let deeper = self.deeper()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(deeper)?;
            if object.insert(name, value).is_some() {
                return Err(A::Error::custom("a member comes twice"));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_objects_are_read_as_they_are() {
        let text = r#"{"a":[1,-2,0.5,true,null,{"b":"c"}],"d":{}}"#;
        let plain: Value = serde_json::from_str(text).unwrap();
        assert_eq!(Value::Object(strict_object(text.as_bytes()).unwrap()), plain);
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_refused() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(20), "]".repeat(20));
        for (case, text) in [
            ("no object", "[]"),
            ("a text", "\"{}\""),
            ("twice", r#"{"sub":"a","sub":"b"}"#),
            ("twice, escaped", r#"{"sub":"a","s\u0075b":"b"}"#),
            ("twice, inside", r#"{"cnf":{"jkt":"a","jkt":"b"}}"#),
            ("twice, in a list", r#"{"a":[{"b":1,"b":1}]}"#),
            ("something behind it", "{} {}"),
            ("NaN", r#"{"exp":NaN}"#),
            ("beyond every number", r#"{"exp":1e400}"#),
            ("nothing", ""),
            ("deep", &deep),
        ] {
            assert_eq!(strict_object(text.as_bytes()), Err(InvalidJson), "{case}");
        }
        let bottomless = "{\"a\":".repeat(100_000);
        assert_eq!(strict_object(bottomless.as_bytes()), Err(InvalidJson));
        assert_eq!(strict_object(b"{\"a\":\"\xff\"}"), Err(InvalidJson));
    }
}
