//! Texts in which `%` stands for anything, compared in any letter case.
//!
//! A comparison costs at most the length of the text times that of the pattern, both of which are bounded
//! ([`fyr_schemas::Filters`]), and nothing is compiled for it.

use std::sync::Arc;

use arrow::{
    array::{AsArray, BooleanArray},
    datatypes::DataType,
};
use datafusion::{
    common::ScalarValue,
    error::{DataFusionError, Result},
    logical_expr::{
        ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
    },
};

/// A text with wildcards.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Pattern {
    /// What stands before the first wildcard; the whole text where there is none.
    first: String,
    /// What stands behind each wildcard.
    rest: Vec<String>,
}

impl Pattern {
    /// Reads a text.
    pub(super) fn new(text: &str) -> Self {
        let text = text.to_lowercase();
        let mut parts = text.split('%').map(str::to_owned);
        Self { first: parts.next().unwrap_or_default(), rest: parts.collect() }
    }

    /// Returns whether a text is one that is meant.
    pub(super) fn matches(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let Some(mut behind) = text.strip_prefix(self.first.as_str()) else { return false };
        let Some((last, middle)) = self.rest.split_last() else { return behind.is_empty() };
        for part in middle {
            let Some((_, after)) = behind.split_once(part.as_str()) else { return false };
            behind = after;
        }
        behind.ends_with(last.as_str())
    }

    /// Holds for the rows whose column has such a text.
    pub(super) fn holds(&self, column: Expr) -> Expr {
        ScalarUDF::new_from_impl(Matches { pattern: self.clone(), signature: signature() }).call(vec![column])
    }
}

/// The function of one text that a plan calls.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Matches {
    pattern: Pattern,
    signature: Signature,
}

fn signature() -> Signature {
    Signature::exact(vec![DataType::Utf8], Volatility::Immutable)
}

impl ScalarUDFImpl for Matches {
    fn name(&self) -> &'static str {
        "matches"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let matches = |text: Option<&str>| text.map(|text| self.pattern.matches(text));
        let texts = match args.args.first() {
            Some(ColumnarValue::Array(texts)) => texts,
            Some(ColumnarValue::Scalar(ScalarValue::Utf8(text))) => {
                return Ok(ColumnarValue::Scalar(ScalarValue::Boolean(matches(text.as_deref()))));
            }
            _ => return Err(no_text()),
        };
        let texts = texts.as_string_opt::<i32>().ok_or_else(no_text)?;
        let matching: BooleanArray = texts.iter().map(matches).collect();
        Ok(ColumnarValue::Array(Arc::new(matching)))
    }
}

fn no_text() -> DataFusionError {
    DataFusionError::Internal("a pattern is compared with what is no text".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_compared_with_wildcards() {
        for (text, value, expected) in [
            ("FIN", "FIN", true),
            ("FIN", "fin", true),
            ("FIN", "F%", true),
            ("FIN", "%I%", true),
            ("FIN", "%N", true),
            ("FIN", "F%N", true),
            ("FIN", "FI", false),
            ("FIN", "%X%", false),
            ("FIN", "I%", false),
            ("FIN", "", false),
            ("FIN", "%", true),
            ("ab", "ab%b", false),
            ("a_b", "a_b", true),
            ("axb", "a_b", false),
            ("a\\b", "A\\B", true),
            ("ÅSA", "å%", true),
        ] {
            assert_eq!(Pattern::new(value).matches(text), expected, "{text} {value}");
        }
    }
}
