//! What a node says of itself and its datasets: names for people, taken from the configuration.

use std::collections::BTreeMap;

use fyr_doors::{DatasetInfo, Identity};
use fyr_engine::Snapshot;
use fyr_policy::{Policy, Requester, VisibleDataset, visible_datasets};
use fyr_schemas::Release;

use crate::{NodeConfig, config::DatasetSection};

/// How a node and its datasets are shown.
#[derive(Debug)]
pub(crate) struct Profile {
    pub(crate) identity: Identity,
    datasets: BTreeMap<String, DatasetSection>,
}

impl Profile {
    pub(crate) fn new(config: &NodeConfig, policy: &Policy) -> Self {
        let node = &config.node;
        let identity = Identity {
            id: node.id.clone(),
            name: config.display_name().to_owned(),
            environment: node.environment.clone(),
            organisation: node.organisation.0.clone(),
            description: node.description.clone(),
            public_url: node.public_url.clone(),
            public_release: most_public(config, policy),
            aggregator: false,
        };
        Self { identity, datasets: config.datasets.clone() }
    }

    /// Describes a dataset to somebody who may know of it.
    pub(crate) fn describe(&self, snapshot: &Snapshot, visible: &VisibleDataset) -> Option<DatasetInfo> {
        let summary = snapshot.dataset(&visible.id)?;
        let shown = self.datasets.get(&visible.id);
        Some(DatasetInfo {
            id: summary.id.clone(),
            name: shown.and_then(|shown| shown.name.clone()).unwrap_or_else(|| summary.id.clone()),
            description: shown.and_then(|shown| shown.description.clone()),
            beacon_id: self.identity.id.clone(),
            assembly: summary.assembly,
            release: visible.release,
            document: None,
        })
    }
}

/// The most that the rules give to anyone, whether or not there are data yet.
fn most_public(config: &NodeConfig, policy: &Policy) -> Release {
    // No dataset has the empty id, so it stands for those that only the default covers.
    let ids = config.policy.datasets.keys().map(String::as_str).chain([""]);
    let visible = visible_datasets(policy, &Requester::Public, ids);
    visible.iter().map(|dataset| dataset.release).max().unwrap_or_default()
}
