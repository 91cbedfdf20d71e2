//! The parameters of a request, wherever its client put them.
//!
//! The specification has `query.requestParameters.g_variant.start`; clients also send `start` one level
//! higher, `pagination` and `requestedGranularity` at the top, or everything in the query string. The
//! first place counts: query, requestParameters, top level, meta, query string. Of purposes none counts
//! more than another: if a request states several, they must be one.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{
    RequestError,
    parameters::{self, Role},
    value,
};
use crate::{Granularity, InvalidPurpose, Purpose};

/// Names under which the parameters of a variant question may be nested.
const NESTS: [&str; 4] = ["g_variant", "g_variants", "genomicVariant", "genomicVariation"];

/// The parameters of a request by the specification's names, not yet read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RequestParts {
    values: BTreeMap<&'static str, (Role, Value)>,
    unknown: Vec<String>,
}

impl RequestParts {
    /// Collects the parameters of a query string, already decoded, and of a JSON body.
    ///
    /// # Errors
    ///
    /// A body that is no JSON object, or has something else in the place of an object.
    pub fn collect(pairs: Vec<(String, String)>, body: &[u8]) -> Result<Self, RequestError> {
        let mut parts = Self::default();
        if !body.iter().all(u8::is_ascii_whitespace) {
            let body: Value =
                serde_json::from_slice(body).map_err(|error| RequestError::Syntax(error.to_string()))?;
            let Value::Object(body) = body else {
                return Err(RequestError::Syntax("it is another JSON value".to_owned()));
            };
            parts.take_body(body)?;
        }
        parts.take_parameters(Value::Object(joined(pairs)))?;
        Ok(parts)
    }

    fn take_body(&mut self, mut body: Map<String, Value>) -> Result<(), RequestError> {
        let outer = body.remove("requestParameters").unwrap_or_default();
        let meta = body.remove("meta").unwrap_or_default();
        let mut query = object("query", body.remove("query").unwrap_or_default())?;
        let inner = query.remove("requestParameters").unwrap_or_default();
        self.take(query)?;
        self.take_parameters(inner)?;
        self.take_parameters(outer)?;
        self.take(body)?;
        self.take(object("meta", meta)?)
    }

    /// Takes parameters that may be nested by entry type. Those that nobody knows are remembered.
    fn take_parameters(&mut self, parameters: Value) -> Result<(), RequestError> {
        if value::is_blank(&parameters) {
            return Ok(());
        }
        let mut parameters = object("requestParameters", parameters)?;
        for nest in NESTS {
            let nested = object("requestParameters", parameters.remove(nest).unwrap_or_default())?;
            self.take_known_and_unknown(nested)?;
        }
        self.take_known_and_unknown(parameters)
    }

    fn take_known_and_unknown(&mut self, members: Map<String, Value>) -> Result<(), RequestError> {
        let is_unknown = |name: &&String| *name != "pagination" && parameters::find(name).is_none();
        self.unknown.extend(members.keys().filter(is_unknown).cloned());
        self.take(members)
    }

    /// Adds the purpose that a header states, or else the one of whoever states none.
    ///
    /// # Errors
    ///
    /// A purpose that cannot be read, and one that differs from what the request itself states.
    pub fn with_purpose(
        mut self,
        header: Option<&str>,
        default: Option<&Purpose>,
    ) -> Result<Self, RequestError> {
        let named = header.map(|text| read_purpose("Fyr-Purpose", text)).transpose()?;
        let purpose = match (self.purpose()?, named) {
            (Some(stated), Some(named)) if stated != named => {
                let reason =
                    format!("the header `Fyr-Purpose` states `{named}`, and `meta.purpose` `{stated}`");
                return Err(RequestError::parameter("purpose", reason));
            }
            (stated, named) => stated.or(named).or_else(|| default.cloned()),
        };
        if let Some(purpose) = purpose {
            let text = Value::String(purpose.to_string());
            self.values.insert("purpose", (Role::Common, text));
        }
        Ok(self)
    }

    /// Adds how much is asked for, where the request does not say.
    #[must_use]
    pub fn with_granularity(mut self, default: Granularity) -> Self {
        if self.get("requestedGranularity").is_none() {
            let word = Value::String(default.name().to_owned());
            self.values.insert("requestedGranularity", (Role::Common, word));
        }
        self
    }

    /// Returns what the request is made for.
    ///
    /// # Errors
    ///
    /// A purpose that cannot be read.
    pub fn purpose(&self) -> Result<Option<Purpose>, RequestError> {
        let text = self.get("purpose").map(|stated| value::text("purpose", stated)).transpose()?;
        text.map(|text| read_purpose("purpose", &text)).transpose()
    }

    /// Takes what is known and not yet there.
    fn take(&mut self, mut members: Map<String, Value>) -> Result<(), RequestError> {
        let pagination = object("pagination", members.remove("pagination").unwrap_or_default())?;
        for (spelling, value) in members.into_iter().chain(pagination) {
            if let Some((name, role)) = parameters::find(&spelling)
                && !value.is_null()
            {
                self.agree(name, &value)?;
                self.values.entry(name).or_insert((role, value));
            }
        }
        Ok(())
    }

    /// Refuses a second purpose: which of the two was meant must not depend on where they stand.
    fn agree(&self, name: &'static str, value: &Value) -> Result<(), RequestError> {
        match self.values.get(name) {
            Some((_, earlier)) if name == "purpose" && earlier != value => {
                Err(RequestError::parameter("purpose", "stands twice in the request, with different values"))
            }
            _ => Ok(()),
        }
    }

    /// Returns a parameter that says something.
    pub(super) fn get(&self, name: &'static str) -> Option<&Value> {
        self.values.get(name).map(|(_, value)| value).filter(|value| !value::is_blank(value))
    }

    /// Returns a parameter for which an empty text has a meaning.
    pub(super) fn get_even_empty(&self, name: &'static str) -> Option<&Value> {
        self.values.get(name).map(|(_, value)| value)
    }

    /// Returns a parameter that says something and cannot be evaluated.
    pub(super) fn unsupported(&self) -> Option<&'static str> {
        let says = |(role, value): &(Role, Value)| *role == Role::Unsupported && !value::is_blank(value);
        self.values.iter().find(|(_, value)| says(value)).map(|(name, _)| *name)
    }

    /// Returns the parameters that say which variants are asked for.
    pub(super) fn variant_parameters(&self) -> Map<String, Value> {
        let says = |role: Role, value: &Value| role == Role::Variant && !value::is_blank(value);
        let named = self.values.iter().filter(|(_, (role, value))| says(*role, value));
        named.map(|(name, (_, value))| ((*name).to_owned(), value.clone())).collect()
    }

    /// Returns the first parameter that nobody knows.
    pub(super) fn unknown(&self) -> Option<&str> {
        self.unknown.first().map(String::as_str)
    }
}

fn read_purpose(name: &'static str, text: &str) -> Result<Purpose, RequestError> {
    text.parse().map_err(|error: InvalidPurpose| RequestError::parameter(name, error.to_string()))
}

fn object(name: &'static str, value: Value) -> Result<Map<String, Value>, RequestError> {
    match value {
        Value::Object(members) => Ok(members),
        blank if value::is_blank(&blank) => Ok(Map::new()),
        _ => Err(RequestError::parameter(name, "is not an object")),
    }
}

/// Makes one member of each name; a name that stands several times becomes a list.
fn joined(pairs: Vec<(String, String)>) -> Map<String, Value> {
    let mut members = Map::new();
    for (name, value) in pairs {
        match members.entry(name).or_insert(Value::Null) {
            Value::Array(items) => items.push(Value::String(value)),
            slot @ Value::Null => *slot = Value::String(value),
            slot => *slot = Value::Array(vec![slot.take(), Value::String(value)]),
        }
    }
    members
}
