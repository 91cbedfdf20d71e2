//! What figures rest on.

use super::record::Record;
use crate::Epoch;

/// Version of the form.
const VERSIONS: &str = "fyr-versions-v1";

/// Writes what the figures of a dataset of a node rest on: versions of the policy, of the data and of who may be
/// counted, and the release epoch.
pub(crate) fn form(
    (beacon_id, dataset): (&str, &str),
    policy: &str,
    (data, consents): (Option<&str>, Option<&str>),
    epoch: Option<Epoch>,
) -> Vec<u8> {
    Record::version(VERSIONS)
        .text("node", beacon_id)
        .text("dataset", dataset)
        .text("policy", policy)
        .optional_text("data", data)
        .optional_text("consents", consents)
        .optional_number("epoch", epoch.map(|Epoch(number)| number))
        .into_bytes()
}
