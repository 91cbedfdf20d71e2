//! When something is written.

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::StoreError;

/// Returns the time, RFC 3339.
pub(crate) fn now() -> Result<String, StoreError> {
    Ok(OffsetDateTime::now_utc().format(&Rfc3339)?)
}
