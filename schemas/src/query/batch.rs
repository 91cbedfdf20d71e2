//! What a question belongs to: others that are asked together with it, and a state of the data.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::InvalidQuery;

/// Longest id, bytes.
const LONGEST: usize = 128;

/// The id that a client gives to questions that belong together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchId(String);

impl BatchId {
    /// Returns the id as the client wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for BatchId {
    type Err = InvalidQuery;

    /// Reads an id.
    ///
    /// # Errors
    ///
    /// An empty text, one of more than 128 bytes, and control characters.
    fn from_str(text: &str) -> Result<Self, InvalidQuery> {
        if (1..=LONGEST).contains(&text.len()) && !text.chars().any(char::is_control) {
            return Ok(Self(text.to_owned()));
        }
        let reason = format!("is no id: use 1 to {LONGEST} bytes without control characters");
        Err(InvalidQuery::Parameter { name: "batch", reason })
    }
}

impl fmt::Display for BatchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A release epoch: what comes into a dataset is told from the next one on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Epoch(pub u32);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_batches_fit_into_a_line() {
        assert_eq!("patient 17 å".parse::<BatchId>().unwrap().as_str(), "patient 17 å");
        for text in ["", "a\nb", &"x".repeat(LONGEST + 1)] {
            assert!(text.parse::<BatchId>().is_err(), "{text}");
        }
    }
}
