//! The policy in force: read from the configuration and the tenant's Cedar files, and read again when they
//! change.
//!
//! A policy that does not validate is refused as a whole, and the one before it stays. That is logged,
//! recorded in the audit log, counted, and shown in `/info` until it is mended.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use arc_swap::ArcSwap;
use fyr_policy::{DatasetRules, Policy, PolicyConfig, PolicyFile};

use crate::{NodeConfig, config::InvalidConfig, policy_files::files};

/// A validated policy with its name.
#[derive(Clone, Debug)]
pub(crate) struct InForce {
    /// The policy.
    pub(crate) policy: Arc<Policy>,
    /// Digest of all that it was made of, the same on every replica.
    pub(crate) version: String,
    /// The same by dataset: of what concerns each one alone.
    pub(crate) by_dataset: VersionsByDataset,
    /// Why the newest change is not in force, if it was refused.
    pub(crate) refused: Option<String>,
}

/// What became of the last look at the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PolicyChange {
    /// Nothing is new.
    None,
    /// A new policy is in force, of this version.
    Loaded(String),
    /// A new policy was refused, for this reason; the one before it stays.
    Refused(String),
}

/// The policy in force, and where it comes from.
#[derive(Debug)]
pub(crate) struct Policies {
    /// The configuration file, if the policy can change.
    file: Option<PathBuf>,
    seen: ArcSwap<String>,
    in_force: ArcSwap<InForce>,
}

impl Policies {
    /// Takes the policy of a configuration.
    ///
    /// # Errors
    ///
    /// A policy that does not validate.
    pub(crate) fn open(config: &NodeConfig) -> Result<Self, InvalidConfig> {
        let files = files(&config.policy)?;
        let seen = fingerprint(config.file.as_deref(), &config.policy, &files);
        let in_force = InForce {
            policy: Arc::new(Policy::with_files(config.policy.clone(), &files)?),
            version: version(&config.policy, &files),
            by_dataset: VersionsByDataset::new(&config.policy, &files),
            refused: None,
        };
        Ok(Self {
            file: config.file.clone(),
            seen: ArcSwap::from_pointee(seen),
            in_force: ArcSwap::from_pointee(in_force),
        })
    }

    /// Takes a policy that never changes.
    pub(crate) fn fixed(policy: Policy) -> Self {
        let (version, by_dataset) =
            (version(policy.config(), &[]), VersionsByDataset::new(policy.config(), &[]));
        let in_force = InForce { policy: Arc::new(policy), version, by_dataset, refused: None };
        Self {
            file: None,
            seen: ArcSwap::from_pointee(String::new()),
            in_force: ArcSwap::from_pointee(in_force),
        }
    }

    /// Returns the policy in force. Hold it for one question only.
    pub(crate) fn get(&self) -> Arc<InForce> {
        self.in_force.load_full()
    }

    /// Looks whether the files have changed, and takes a new policy over. Blocks on files.
    pub(crate) fn refresh(&self) -> PolicyChange {
        let former = self.get();
        let read = self.read(&former.policy);
        let (seen, outcome) = match read {
            Ok((seen, config, files)) => {
                if seen == **self.seen.load() {
                    return PolicyChange::None;
                }
                let policy = Policy::with_files(config.clone(), &files).map_err(|error| error.to_string());
                (
                    seen,
                    policy.map(|policy| InForce {
                        policy: Arc::new(policy),
                        version: version(&config, &files),
                        by_dataset: VersionsByDataset::new(&config, &files),
                        refused: None,
                    }),
                )
            }
            Err(reason) if former.refused.as_ref() == Some(&reason) => return PolicyChange::None,
            Err(reason) => (String::new(), Err(reason)),
        };
        self.seen.store(Arc::new(seen));
        match outcome {
            Ok(next) => {
                let version = next.version.clone();
                self.in_force.store(Arc::new(next));
                PolicyChange::Loaded(version)
            }
            Err(reason) => {
                self.in_force.store(Arc::new(InForce { refused: Some(reason.clone()), ..(*former).clone() }));
                PolicyChange::Refused(reason)
            }
        }
    }

    /// Reads what a policy is made of.
    fn read(&self, former: &Policy) -> Result<(String, PolicyConfig, Vec<PolicyFile>), String> {
        let config = match &self.file {
            Some(file) => NodeConfig::load(Some(file)).map_err(|error| error.to_string())?.policy,
            None => former.config().clone(),
        };
        let files = files(&config).map_err(|error| error.to_string())?;
        Ok((fingerprint(self.file.as_deref(), &config, &files), config, files))
    }
}

/// What the policy of each dataset is called by whoever cites its figures. It does not change with the rules of another
/// dataset, which might be hidden.
#[derive(Clone, Debug, Default)]
pub(crate) struct VersionsByDataset {
    default: String,
    own: BTreeMap<String, String>,
}

impl VersionsByDataset {
    fn new(config: &PolicyConfig, files: &[PolicyFile]) -> Self {
        let of = |datasets| {
            version(
                &PolicyConfig { datasets, default: config.default.clone(), ..PolicyConfig::default() },
                files,
            )
        };
        let alone = |(id, rules): (&String, &DatasetRules)| {
            (id.clone(), of(BTreeMap::from([(id.clone(), rules.clone())])))
        };
        Self { default: of(BTreeMap::new()), own: config.datasets.iter().map(alone).collect() }
    }

    /// Returns the version of the policy of a dataset.
    pub(crate) fn of(&self, dataset: &str) -> &str {
        self.own.get(dataset).unwrap_or(&self.default)
    }
}

/// Names a policy by its content: rules and Cedar, wherever they lie.
fn version(config: &PolicyConfig, files: &[PolicyFile]) -> String {
    let placeless = PolicyConfig { directory: None, ..config.clone() };
    let mut hasher = blake3::Hasher::new();
    hasher.update(env!("CARGO_PKG_VERSION").as_bytes());
    hasher.update(&serde_json::to_vec(&placeless).unwrap_or_default());
    for file in files {
        hasher.update(&(file.text.len() as u64).to_le_bytes()).update(file.text.as_bytes());
    }
    hasher.finalize().to_hex().chars().take(16).collect()
}

/// Tells whether anything was written anew, a change that is refused twice among it.
fn fingerprint(file: Option<&Path>, config: &PolicyConfig, files: &[PolicyFile]) -> String {
    let place = file.map(|file| file.display().to_string()).unwrap_or_default();
    let names: String = files.iter().map(|file| file.name.as_str()).collect();
    format!("{place}\n{names}\n{}", version(config, files))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use fyr_schemas::Release;

    const MINIMAL: &str =
        "[node]\nid = \"se.fin\"\n[store]\nurl = \"data\"\n[policy]\ndirectory = \"policies\"\n";

    struct Fixture {
        directory: tempfile::TempDir,
        policies: Policies,
    }

    impl Fixture {
        fn new() -> Self {
            let directory = tempfile::tempdir().unwrap();
            fs::create_dir(directory.path().join("policies")).unwrap();
            let file = directory.path().join("node.toml");
            fs::write(&file, MINIMAL).unwrap();
            let policies = Policies::open(&NodeConfig::load(Some(&file)).unwrap()).unwrap();
            Self { directory, policies }
        }

        fn write(&self, name: &str, text: &str) {
            fs::write(self.directory.path().join(name), text).unwrap();
        }
    }

    #[test]
    fn the_version_of_a_dataset_is_that_of_its_own_rules() {
        let read = |text: &str| VersionsByDataset::new(&toml::from_str(text).unwrap(), &[]);
        let one = read("[default]\nopen = true\n[datasets.A]\nlisted = true\n");
        let hidden =
            read("[default]\nopen = true\n[datasets.A]\nlisted = true\n[datasets.B]\nlisted = false\n");
        assert_eq!((one.of("A"), one.of("C")), (hidden.of("A"), hidden.of("C")));
        assert_ne!(one.of("A"), one.of("C"));
        let changed = read("[default]\nopen = true\n[datasets.A]\nlisted = false\n");
        assert_ne!(one.of("A"), changed.of("A"));
        assert_eq!(one.of("C"), changed.of("C"));
    }

    #[test]
    fn a_new_policy_is_taken_over_and_an_invalid_one_refused() {
        let fixture = Fixture::new();
        let first = fixture.policies.get().version.clone();
        assert_eq!(fixture.policies.refresh(), PolicyChange::None);

        fixture.write("policies/own.cedar", "@id(\"no\") forbid(principal, action, resource);");
        assert!(matches!(fixture.policies.refresh(), PolicyChange::Loaded(version) if version != first));
        assert!(fixture.policies.get().policy.ids().contains(&"no".to_owned()));

        fixture.write(
            "policies/own.cedar",
            "@id(\"no\") forbid(principal, action, resource) when { nonsense };",
        );
        assert!(matches!(fixture.policies.refresh(), PolicyChange::Refused(_)));
        assert_eq!(fixture.policies.refresh(), PolicyChange::None, "one refusal is reported once");
        let stays = fixture.policies.get();
        assert!(stays.policy.ids().contains(&"no".to_owned()) && stays.refused.is_some());

        fs::remove_file(fixture.directory.path().join("policies/own.cedar")).unwrap();
        assert_eq!(fixture.policies.refresh(), PolicyChange::Loaded(first));
        assert!(fixture.policies.get().refused.is_none());
    }

    #[test]
    fn rules_change_with_the_configuration_file() {
        let fixture = Fixture::new();
        let open = format!("{MINIMAL}[policy.default]\npublic = \"count\"\nopen = true\n");
        fixture.write("node.toml", &open);
        assert!(matches!(fixture.policies.refresh(), PolicyChange::Loaded(_)));
        assert_eq!(fixture.policies.get().policy.config().default.public, Some(Release::Count));

        for broken in ["[policy.default]\npublik = 1\n", "[policy.default]\npublic = \"record\"\n"] {
            fixture.write("node.toml", &format!("{MINIMAL}{broken}"));
            assert!(matches!(fixture.policies.refresh(), PolicyChange::Refused(_)), "{broken}");
            assert_eq!(fixture.policies.get().policy.config().default.public, Some(Release::Count));
        }
    }
}
