//! What a node says of itself and its datasets: names for people, taken from the configuration.

use std::collections::BTreeMap;

use fyr_doors::{DatasetInfo, Identity};
use fyr_engine::View;
use fyr_policy::{DataUse, Policy, VisibleDataset, statements};
use fyr_schemas::Handover;
use serde_json::{Value, json};

use crate::{NodeConfig, config::DatasetSection, policies::InForce};

/// What a contact for care is called among what comes with an answer.
const CARE_CONTACT: &str = "CUSTOM:care-contact";

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
            public_release: policy.most_public(),
            aggregator: false,
        };
        Self { identity, datasets: config.datasets.clone() }
    }

    /// Returns where to go for more than a dataset tells in a capacity. In care the contact comes with every answer: it
    /// tells nothing.
    pub(crate) fn handovers(&self, dataset: &str, profile: fyr_policy::Profile) -> Vec<Handover> {
        let Some(shown) = self.datasets.get(dataset) else { return Vec::new() };
        let contact = shown.care_contact.as_ref().filter(|_| profile == fyr_policy::Profile::Care);
        let contact = contact.map(|contact| Handover {
            id: CARE_CONTACT.to_owned(),
            label: contact.text.clone(),
            url: contact.address.clone(),
            note: None,
        });
        contact.into_iter().chain(shown.handovers.iter().cloned()).collect()
    }

    /// Says in plain words what each profile may learn, of each dataset that everyone may know of, and of the
    /// others together. No hidden dataset is named, and nothing depends on data.
    pub(crate) fn statement(&self, in_force: &InForce) -> Value {
        let policy = &in_force.policy;
        let known = policy.config().datasets.keys().filter(|id| policy.is_listed(id));
        let datasets: serde_json::Map<String, Value> =
            known.map(|id| (id.clone(), json!(statements(policy, id)))).collect();
        let default = statements(policy, "");
        // Named by what is told alone: the version in force would change with rules of hidden datasets.
        let told = json!([default, datasets]).to_string();
        let name: String = blake3::hash(told.as_bytes()).to_hex().chars().take(16).collect();
        json!({
            "policy": name,
            "newerPolicyRefused": in_force.refused.is_some(),
            "default": default,
            "datasets": datasets,
        })
    }

    /// Describes a dataset to somebody who may know of it.
    ///
    /// Where the configuration and the dataset's own document differ, the configuration wins.
    pub(crate) fn describe(
        &self,
        view: &View,
        policy: &Policy,
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
            document: Some(with_configuration(
                document.clone().unwrap_or_else(|| json!({})),
                shown,
                policy.data_use(&visible.id),
            )),
        })
    }
}

/// Writes what the configuration says of a dataset into its document.
///
/// Where it shows no conditions of data use, those that are enforced are shown.
fn with_configuration(mut document: Value, shown: Option<&DatasetSection>, enforced: &[DataUse]) -> Value {
    let Some(members) = document.as_object_mut() else { return document };
    if !enforced.is_empty() {
        members.insert("dataUseConditions".to_owned(), json!({ "duoDataUse": duo(enforced) }));
    }
    let Some(shown) = shown else { return document };
    let texts = [("version", &shown.version), ("externalUrl", &shown.external_url)];
    for (name, text) in texts.into_iter().filter_map(|(name, text)| Some((name, text.as_ref()?))) {
        members.insert(name.to_owned(), json!(text));
    }
    if !shown.data_use.is_empty() {
        members.insert("dataUseConditions".to_owned(), json!({ "duoDataUse": shown.data_use }));
    }
    document
}

/// Release of DUO that the conditions are read by.
const DUO_VERSION: &str = "2022-09-13";

/// Writes conditions as the Beacon model has them.
fn duo(conditions: &[DataUse]) -> Vec<Value> {
    let term = |condition: &DataUse| {
        let id = condition.term.id().unwrap_or_else(|| condition.term.code().to_owned());
        json!({ "id": id, "label": condition.to_string(), "version": DUO_VERSION })
    };
    conditions.iter().map(term).collect()
}
