//! What a node says of itself and its datasets: names for people, taken from the configuration.

use std::collections::BTreeMap;

use fyr_doors::{DatasetInfo, Identity};
use fyr_engine::View;
use fyr_policy::{Policy, Requester, VisibleDataset, visible_datasets};
use fyr_schemas::{Handover, Release};
use serde_json::{Value, json};

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

    /// Returns where to go for more than a dataset tells.
    pub(crate) fn handovers(&self, dataset: &str) -> Vec<Handover> {
        self.datasets.get(dataset).map(|shown| shown.handovers.clone()).unwrap_or_default()
    }

    /// Describes a dataset to somebody who may know of it.
    ///
    /// Where the configuration and the dataset's own document differ, the configuration wins.
    pub(crate) fn describe(
        &self,
        view: &View,
        visible: &VisibleDataset,
        document: Option<Value>,
    ) -> Option<DatasetInfo> {
        let summary = view.dataset(&visible.id)?;
        let shown = self.datasets.get(&visible.id);
        let text = |name: &str, configured: Option<String>| {
            configured.or_else(|| document.as_ref()?.get(name)?.as_str().map(str::to_owned))
        };
        Some(DatasetInfo {
            id: summary.id.clone(),
            name: text("name", shown.and_then(|shown| shown.name.clone()))
                .unwrap_or_else(|| summary.id.clone()),
            description: text("description", shown.and_then(|shown| shown.description.clone())),
            beacon_id: self.identity.id.clone(),
            assembly: summary.assembly,
            release: visible.release,
            document: Some(with_configuration(document.clone().unwrap_or_else(|| json!({})), shown)),
        })
    }
}

/// Writes what the configuration says of a dataset into its document.
fn with_configuration(mut document: Value, shown: Option<&DatasetSection>) -> Value {
    let (Some(shown), Some(members)) = (shown, document.as_object_mut()) else { return document };
    let texts = [("version", &shown.version), ("externalUrl", &shown.external_url)];
    for (name, text) in texts.into_iter().filter_map(|(name, text)| Some((name, text.as_ref()?))) {
        members.insert(name.to_owned(), json!(text));
    }
    if !shown.data_use.is_empty() {
        members.insert("dataUseConditions".to_owned(), json!({ "duoDataUse": shown.data_use }));
    }
    document
}

/// The most that the rules give to anyone, whether or not there are data yet.
fn most_public(config: &NodeConfig, policy: &Policy) -> Release {
    // No dataset has the empty id, so it stands for those that only the default covers.
    let ids = config.policy.datasets.keys().map(String::as_str).chain([""]);
    let visible = visible_datasets(policy, &Requester::Public, ids);
    visible.iter().map(|dataset| dataset.release).max().unwrap_or_default()
}
