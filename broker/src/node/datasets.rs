//! A node's list of datasets, read from the wire.

use fyr_doors::DatasetInfo;
use fyr_proto::{Malformed, document, release, v1};

use super::check::is_name;
use crate::Fault;

/// Reads the list that a node sent.
///
/// # Errors
///
/// Datasets of other nodes, and words that the contract does not have.
pub(super) fn read(list: v1::ListDatasetsResponse, node: &str) -> Result<Vec<DatasetInfo>, Fault> {
    let own = list.datasets.iter().all(|dataset| dataset.beacon_id == node);
    if list.beacon_id != node || !own || !list.nodes.is_empty() {
        return Err(Fault::OtherNode);
    }
    list.datasets.into_iter().map(|dataset| info(dataset).ok_or(Fault::Malformed)).collect()
}

fn info(dataset: v1::Dataset) -> Option<DatasetInfo> {
    let told: Result<_, Malformed> = release(dataset.release);
    let named = is_name(&dataset.id) && is_name(&dataset.name);
    named.then_some(DatasetInfo {
        id: dataset.id,
        name: dataset.name,
        description: Some(dataset.description).filter(|text| !text.is_empty()),
        beacon_id: dataset.beacon_id,
        assembly: dataset.assembly_id.parse().ok()?,
        release: told.ok()?,
        document: match &dataset.document {
            Some(text) => Some(document(text).ok()?),
            None => None,
        },
    })
}
