//! Beacon v2.2.0 as JSON: requests in, answers out.
//!
//! Decides how liberally requests are read (clients differ from the specification and from each other),
//! which parameters can be evaluated, and what an [`Answer`](crate::Answer) looks like in the
//! specification's envelopes. HTTP, credentials and policy do not belong here. See
//! <https://github.com/ga4gh-beacon/beacon-v2>.

mod collection;
mod entries;
mod entry_type;
mod envelope;
mod failure;
mod filtering_terms;
mod filters;
mod hgvs;
mod parameters;
mod received;
mod record;
mod request;
mod request_error;
mod request_parts;
mod result_set;
mod schema_reference;
mod value;
mod variants;
mod voice;

pub use collection::{DatasetEntry, datasets_response};
pub use entries::{Rows, entries_response};
pub use entry_type::{DEFINITIONS, Definition, SpecificationSchema};
pub use envelope::{DataMeta, DataResponse, InformationalMeta, ResponseSummary};
pub use failure::{ErrorResponse, error_response};
pub use filtering_terms::filtering_terms_document;
pub use received::ReceivedRequest;
pub use request::{CollectionRequest, EntryRequest, Target};
pub use request_error::RequestError;
pub use request_parts::RequestParts;
pub use result_set::ResultSet;
pub use schema_reference::SchemaReference;
pub use voice::Voice;

/// The version of the specification that is spoken.
pub const API_VERSION: &str = "v2.2.0";

/// Narrows a number to the signed 32 bits that clients read; larger ones stay at the largest.
fn int(number: u64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
