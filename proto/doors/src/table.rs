//! Published tables as files: which formats there are, and how clients ask for one.

use bytes::Bytes;
use futures::stream::BoxStream;
use http::{HeaderMap, header};

use crate::Failure;

/// A format of a table of frequencies: a row is one allele in one group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableFormat {
    /// Text with tabs, the names of the columns first.
    Tsv,
    /// Apache Parquet.
    Parquet,
}

/// A table on its way, in pieces. One that fails breaks off, so that no part is taken for the whole.
pub type TableStream = BoxStream<'static, Result<Bytes, Failure>>;

impl TableFormat {
    /// All formats.
    pub const ALL: [Self; 2] = [Self::Tsv, Self::Parquet];

    /// Returns its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Tsv => "text/tab-separated-values",
            Self::Parquet => "application/vnd.apache.parquet",
        }
    }

    /// Returns the format that a client asks for; none where it takes JSON, or anything.
    pub(crate) fn accepted(headers: &HeaderMap) -> Option<Self> {
        let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let types = accepted.flat_map(|value| value.split(','));
        let first =
            types.filter_map(|named| named.split(';').next()).map(|named| named.trim().to_lowercase());
        let named: Vec<String> = first.collect();
        if named.iter().any(|named| named == "application/json" || named == "*/*") {
            return None;
        }
        Self::ALL.into_iter().find(|format| named.iter().any(|named| named == format.media_type()))
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_table_is_told_to_who_asks_for_nothing_else() {
        for (accept, format) in [
            ("text/tab-separated-values", Some(TableFormat::Tsv)),
            ("Text/Tab-Separated-Values; header=present", Some(TableFormat::Tsv)),
            ("text/plain, application/vnd.apache.parquet;q=0.9", Some(TableFormat::Parquet)),
            ("application/json", None),
            ("application/json, text/tab-separated-values", None),
            ("*/*", None),
            ("text/html,application/xhtml+xml,*/*;q=0.8", None),
            ("text/csv", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
            assert_eq!(TableFormat::accepted(&headers), format, "{accept}");
        }
        assert_eq!(TableFormat::accepted(&HeaderMap::new()), None);
    }
}
