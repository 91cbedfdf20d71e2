//! Names of bytes.

use std::fmt;

use crate::StoreError;

/// A name: parts with slashes between them. It cannot lead out of the place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobName(String);

impl BlobName {
    /// Reads a name such as `variants/contig=7/0190a.parquet`.
    ///
    /// # Errors
    ///
    /// A part is empty, begins with a dot, or has a character that not every place can hold.
    pub fn new(name: impl Into<String>) -> Result<Self, StoreError> {
        let name = name.into();
        let is_fine = |part: &str| {
            !part.is_empty()
                && !part.starts_with('.')
                && !part.contains(['\\', ':'])
                && !part.contains(char::is_control)
        };
        if name.split('/').all(is_fine) { Ok(Self(name)) } else { Err(StoreError::BlobName(name)) }
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether it lies below another.
    pub fn is_below(&self, other: &Self) -> bool {
        self.0.strip_prefix(other.as_str()).is_some_and(|rest| rest.starts_with('/'))
    }

    /// Returns the last part.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }
}

impl fmt::Display for BlobName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out() {
        for name in ["", "/etc", "a//b", "a/../b", "..", "a/.hidden", "a/", "a\\b", "c:a", "a\nb"] {
            assert!(BlobName::new(name).is_err(), "{name:?}");
        }
        let name = BlobName::new("variants/contig=HLA-A%2A01/s.parquet").unwrap();
        assert_eq!(name.file_name(), "s.parquet");
        let of = |name: &str| BlobName::new(name).unwrap();
        assert!(name.is_below(&of("variants")) && !name.is_below(&of("var")) && !name.is_below(&name));
    }
}
