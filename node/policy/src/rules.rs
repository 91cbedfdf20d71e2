//! The rules of a node, as its configuration states them. Unknown means deny.

use std::collections::BTreeMap;

use fyr_schemas::Release;
use serde::{Deserialize, Serialize};

use crate::{ReleasePlan, Requester};

/// The `[policy]` table of a node's configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PolicyConfig {
    /// What holds where a dataset has no rule of its own.
    pub default: DatasetRules,
    /// Rules of single datasets; what they leave out is taken from `default`.
    pub datasets: BTreeMap<String, DatasetRules>,
}

/// Rules of one dataset. What is left out denies, or is inherited.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DatasetRules {
    /// The highest release for anyone: none, boolean, count, frequency, record.
    pub public: Option<Release>,
    /// The highest release for holders of a known credential; never less than `public`.
    pub known: Option<Release>,
    /// The most that questions about people may release, for whoever may ask at all: entry types of people,
    /// filters on them, and what belongs to a cohort.
    pub subjects: Option<Release>,
    /// Fewest carriers that may be told; 0 tells everything.
    pub minimum_carriers: Option<u64>,
    /// Whether those who may not ask the dataset may know that it exists.
    pub listed: Option<bool>,
    /// Whether a broker may show the answer as this node's own, or only in a sum.
    pub attributable: Option<bool>,
    /// Whether the dataset is open, such as a synthetic one: only then can records be released.
    pub open: Option<bool>,
}

/// Rules that contradict themselves.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPolicy {
    /// Records are promised of a dataset that is not declared open.
    #[error("policy of {0}: release `record` needs `open = true`, which declares the data open")]
    RecordNotOpen(String),
    /// Records are promised together with a floor on counts.
    #[error("policy of {0}: release `record` shows every carrier, so `minimum_carriers` must be 0")]
    RecordWithFloor(String),
}

/// The effective rules of one dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Effective {
    pub(crate) public: Release,
    pub(crate) known: Release,
    pub(crate) subjects: Release,
    pub(crate) minimum_carriers: u64,
    pub(crate) listed: bool,
    pub(crate) attributable: bool,
}

impl Effective {
    pub(crate) fn release(&self, requester: &Requester) -> Release {
        match requester {
            Requester::Public => self.public,
            // Profiles decide for users; these rules know only the holders of the operator's tokens.
            Requester::User(_) => self.public,
            Requester::Known { .. } => self.known,
        }
    }

    /// Returns the most that a question about people may release.
    pub(crate) fn subject_release(&self, requester: &Requester) -> Release {
        self.release(requester).min(self.subjects)
    }
}

/// The floor where the configuration names none (research default of the disclosure profiles).
const DEFAULT_MINIMUM_CARRIERS: u64 = 10;

/// A validated policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    config: PolicyConfig,
}

impl Policy {
    /// Validates a configuration.
    ///
    /// # Errors
    ///
    /// Rules that contradict themselves.
    pub fn new(config: PolicyConfig) -> Result<Self, InvalidPolicy> {
        let policy = Self { config };
        policy.validate("the default", &DatasetRules::default())?;
        for (id, rules) in &policy.config.datasets {
            policy.validate(&format!("dataset `{id}`"), rules)?;
        }
        Ok(policy)
    }

    /// Returns how much a requester may get of a dataset at most: what an operator wants to read.
    pub fn plan(&self, dataset: &str, requester: &Requester) -> ReleasePlan {
        let rules = self.of(dataset);
        ReleasePlan {
            release: rules.release(requester),
            minimum_carriers: rules.minimum_carriers,
            attributable: rules.attributable,
        }
    }

    fn validate(&self, name: &str, rules: &DatasetRules) -> Result<(), InvalidPolicy> {
        let effective = self.resolve(rules);
        let open = rules.open.or(self.config.default.open).unwrap_or(false);
        if effective.public.max(effective.known) < Release::Record {
            return Ok(());
        }
        if !open {
            return Err(InvalidPolicy::RecordNotOpen(name.to_owned()));
        }
        if effective.minimum_carriers > 0 {
            return Err(InvalidPolicy::RecordWithFloor(name.to_owned()));
        }
        Ok(())
    }

    pub(crate) fn of(&self, dataset: &str) -> Effective {
        self.config
            .datasets
            .get(dataset)
            .map_or_else(|| self.resolve(&DatasetRules::default()), |rules| self.resolve(rules))
    }

    fn resolve(&self, rules: &DatasetRules) -> Effective {
        let default = &self.config.default;
        let public = rules.public.or(default.public).unwrap_or_default();
        Effective {
            public,
            known: rules.known.or(default.known).unwrap_or_default().max(public),
            subjects: rules.subjects.or(default.subjects).unwrap_or_default(),
            minimum_carriers: rules
                .minimum_carriers
                .or(default.minimum_carriers)
                .unwrap_or(DEFAULT_MINIMUM_CARRIERS),
            listed: rules.listed.or(default.listed).unwrap_or(false),
            attributable: rules.attributable.or(default.attributable).unwrap_or(true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(public: Release) -> DatasetRules {
        DatasetRules { public: Some(public), ..DatasetRules::default() }
    }

    #[test]
    fn nothing_configured_is_nothing_released() {
        let policy = Policy::new(PolicyConfig::default()).unwrap();
        let effective = policy.of("any");
        assert_eq!((effective.public, effective.known), (Release::None, Release::None));
        assert_eq!(effective.minimum_carriers, DEFAULT_MINIMUM_CARRIERS);
        assert!(!effective.listed);
    }

    #[test]
    fn a_dataset_inherits_what_it_leaves_out() {
        let config = PolicyConfig {
            default: DatasetRules { minimum_carriers: Some(5), ..rules(Release::Boolean) },
            datasets: [("A".to_owned(), rules(Release::Frequency))].into(),
        };
        let policy = Policy::new(config).unwrap();
        assert_eq!(policy.of("A").public, Release::Frequency);
        assert_eq!(policy.of("A").minimum_carriers, 5);
        assert_eq!(policy.of("B").public, Release::Boolean);
    }

    #[test]
    fn known_requesters_never_get_less_than_the_public() {
        let default = DatasetRules { known: Some(Release::Boolean), ..rules(Release::Count) };
        let policy = Policy::new(PolicyConfig { default, ..PolicyConfig::default() }).unwrap();
        assert_eq!(policy.of("A").known, Release::Count);
    }

    #[test]
    fn records_are_for_open_datasets_without_a_floor() {
        let with =
            |rules: DatasetRules| Policy::new(PolicyConfig { default: rules, ..PolicyConfig::default() });
        assert!(matches!(with(rules(Release::Record)), Err(InvalidPolicy::RecordNotOpen(_))));
        let open = DatasetRules { open: Some(true), ..rules(Release::Record) };
        assert!(matches!(with(open.clone()), Err(InvalidPolicy::RecordWithFloor(_))));
        assert!(with(DatasetRules { minimum_carriers: Some(0), ..open }).is_ok());
    }

    #[test]
    fn unknown_keys_are_refused() {
        let json = serde_json::json!({"default": {"publik": "count"}});
        assert!(serde_json::from_value::<PolicyConfig>(json).is_err());
    }
}
