//! The configuration of a node: TOML over defaults, environment over TOML, unknown keys refused.
//!
//! Decides which keys there are and which values make no sense. What policies mean is `fyr-policy`'s.

mod care;
mod compaction;
mod error;
mod liftover;
mod limits;
mod secret;
mod state;
mod tokens;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use fyr_audit::Durability;
use fyr_doors::{
    ClientSettings, GrpcSettings, HttpSettings, MonitoringSettings,
    settings::{self, OrganisationSettings},
};
use fyr_identity::IdentityConfig;
use fyr_ontology::OntologySource;
use fyr_policy::{PolicyConfig, Term};
use fyr_schemas::{AssemblyRow, Handover};
use fyr_store::log::StorePlace;
use serde::{Deserialize, Serialize};

use crate::{layout, policy_files::read_policy};

pub use care::CareContact;
pub use compaction::CompactionSection;
pub use error::{ConfigError, InvalidConfig};
pub use liftover::{ChainSection, LiftoverSection};
pub use limits::Limits;
pub use secret::Secret;
pub use state::StateSection;
pub(crate) use state::is_unmade;
pub use tokens::TokenConfig;
pub(crate) use tokens::{KnownToken, known, sha256};

/// Prefix of environment variables: `FYR_NODE__HTTP__LISTEN`.
const PREFIX: &str = "FYR_NODE";

/// The defaults with what each key means, as `--print-default-config` prints them.
pub const DEFAULT_TOML: &str = include_str!("config/default.toml");

/// Everything that makes a node. [`NodeConfig::load`] refuses keys that are not here.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct NodeConfig {
    /// Who it is.
    pub node: NodeSection,
    /// Where its data are.
    pub store: StoreSection,
    /// The Beacon door.
    pub http: HttpSettings,
    /// The gRPC door.
    pub grpc: GrpcSettings,
    /// Metrics, for who runs the node.
    pub monitoring: MonitoringSettings,
    /// How clients of whom nothing is known are told apart.
    pub clients: ClientSettings,
    /// What may be said.
    pub policy: PolicyConfig,
    /// How datasets are shown, by dataset id.
    pub datasets: BTreeMap<String, DatasetSection>,
    /// What filters know of terms, one table an ontology.
    pub ontologies: Vec<OntologySource>,
    /// Assemblies beside those that ship; loading the configuration makes them known.
    pub assemblies: Vec<AssemblyRow>,
    /// How assemblies correspond.
    pub liftover: LiftoverSection,
    /// Who is known by a token that the operator gave out.
    pub tokens: Vec<TokenConfig>,
    /// Who is believed about other people.
    pub identity: IdentityConfig,
    /// What a question may cost.
    pub limits: Limits,
    /// When what was loaded a little at a time is merged.
    pub compaction: CompactionSection,
    /// Where decisions are recorded.
    pub audit: AuditSection,
    /// Where consents, withdrawals and revocations are remembered.
    pub state: StateSection,
    /// The file that it was loaded from, in which the policy may change while the node runs.
    #[serde(skip)]
    pub file: Option<PathBuf>,
}

/// The `[node]` table.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct NodeSection {
    /// Beacon id, `<cc>.<institution>.<af-beacon|sl-beacon>.<environment>`.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Who runs it: a name, or a table.
    pub organisation: OrganisationSettings,
    /// One of prod, test, dev, staging.
    pub environment: String,
    /// What it is, for people.
    pub description: Option<String>,
    /// Address under which clients from outside reach the Beacon.
    pub public_url: Option<String>,
    /// The region whose data it has, as `[[identity.organisations]]` name it.
    pub region: Option<String>,
}

impl Default for NodeSection {
    fn default() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            organisation: OrganisationSettings::default(),
            environment: "test".into(),
            description: None,
            public_url: None,
            region: None,
        }
    }
}

/// The `[store]` table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct StoreSection {
    /// A directory. Object storage holds no stores yet: a node whose store is named by another URL does not start.
    pub url: String,
}

/// One `[datasets."ID"]` table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct DatasetSection {
    /// Name for people; the id where it is left out.
    pub name: Option<String>,
    /// What it is, for people.
    pub description: Option<String>,
    /// Version, for people.
    pub version: Option<String>,
    /// Web page.
    pub external_url: Option<String>,
    /// Conditions of data use, as terms of DUO.
    pub data_use: Vec<DataUseSection>,
    /// Where to go for more than Beacon gives.
    pub handovers: Vec<Handover>,
    /// Whom a clinician turns to who was told something for the care of a patient.
    pub care_contact: Option<CareContact>,
}

/// One condition of data use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DataUseSection {
    /// Term of DUO: `DUO:0000042`.
    pub id: String,
    /// Label for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Release of DUO.
    pub version: String,
    /// Terms that narrow it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub modifiers: Vec<DataUseModifier>,
}

/// A term that narrows a condition of data use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DataUseModifier {
    /// Term.
    pub id: String,
    /// Label for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// The `[audit]` table.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct AuditSection {
    /// The log; `audit/decisions.jsonl` in the store's directory where it is left out.
    pub path: Option<PathBuf>,
    /// When a record counts as kept.
    pub sync: Durability,
    /// MiB from which on a file of the log is full and another is begun; 0 where one file takes everything.
    pub file_mb: u64,
}

impl Default for AuditSection {
    fn default() -> Self {
        Self { path: None, sync: Durability::default(), file_mb: 256 }
    }
}

impl NodeConfig {
    /// Creates a configuration that permits nothing and listens on ports that the system chooses.
    pub fn new(id: impl Into<String>, store: impl Into<String>) -> Self {
        let mut config = Self {
            node: NodeSection { id: id.into(), ..NodeSection::default() },
            store: StoreSection { url: store.into() },
            ..Self::default()
        };
        config.http.listen.set_port(0);
        config.grpc.listen.set_port(0);
        config.monitoring.listen.set_port(0);
        config
    }

    /// Loads a file and the environment over the defaults; relative paths start at the file's directory.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, unknown keys, values that cannot be read or make no sense.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let loaded = settings::load::<Self>(PREFIX, file)?;
        let mut config = loaded.settings.relative_to(&loaded.directory);
        config.file = file.map(Path::to_owned);
        config.validate()?;
        Ok(config)
    }

    /// Checks what types alone cannot.
    ///
    /// # Errors
    ///
    /// The first value that makes no sense.
    pub fn validate(&self) -> Result<(), InvalidConfig> {
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if self.node.id.is_empty() || !self.node.id.chars().all(legal) {
            return Err(InvalidConfig::NodeId(self.node.id.clone()));
        }
        if !["prod", "test", "dev", "staging"].contains(&self.node.environment.as_str()) {
            return Err(InvalidConfig::Environment(self.node.environment.clone()));
        }
        if self.store.url.is_empty() {
            return Err(InvalidConfig::Store);
        }
        self.limits.validate()?;
        self.audit_path()?;
        self.state_place()?;
        known(&self.tokens)?;
        read_policy(&self.policy)?;
        care::check(&self.datasets)?;
        self.check_data_use()
    }

    /// What is shown of data use must be what the policy holds.
    fn check_data_use(&self) -> Result<(), InvalidConfig> {
        for (id, shown) in self.datasets.iter().filter(|(_, shown)| !shown.data_use.is_empty()) {
            let rules = self.policy.datasets.get(id).unwrap_or(&self.policy.default);
            let enforced = rules.data_use.as_ref().or(self.policy.default.data_use.as_ref());
            let Some(enforced) = enforced else { continue };
            let modifiers = shown.data_use.iter().flat_map(|term| &term.modifiers).map(|term| &term.id);
            let named = shown.data_use.iter().map(|term| &term.id).chain(modifiers);
            let named: BTreeSet<Term> = named.map(|id| Term::read(id)).collect();
            if named != enforced.iter().map(|condition| condition.term.clone()).collect() {
                return Err(InvalidConfig::DataUse(id.clone()));
            }
        }
        Ok(())
    }

    /// Returns the audit log's path.
    ///
    /// # Errors
    ///
    /// The store is no directory, and no path is named.
    pub fn audit_path(&self) -> Result<PathBuf, InvalidConfig> {
        match &self.audit.path {
            Some(path) => Ok(path.clone()),
            None => self.store_directory().map(layout::audit_log).ok_or(InvalidConfig::AuditPath),
        }
    }

    /// Returns the same node as its owner asks it: with a log of decisions of its own, since a node that serves holds the
    /// other, and each record of it on the disk before an answer is told.
    ///
    /// # Errors
    ///
    /// The log has no place.
    pub fn of_owner(&self) -> Result<Self, InvalidConfig> {
        let path = Some(layout::owners_audit_log(&self.audit_path()?));
        Ok(Self { audit: AuditSection { path, sync: Durability::Strict, ..self.audit }, ..self.clone() })
    }

    /// Returns the URL of the state, and the file of its key.
    ///
    /// # Errors
    ///
    /// The store is no directory, and the state has no place of its own.
    pub fn state_place(&self) -> Result<(Secret, PathBuf), InvalidConfig> {
        self.state.place(self.store_directory())
    }

    /// Returns the store's directory, if it is one.
    pub fn store_directory(&self) -> Option<&Path> {
        StorePlace::directory_of(&self.store.url)
    }

    /// Returns the name for people.
    pub fn display_name(&self) -> &str {
        if self.node.name.is_empty() { &self.node.id } else { &self.node.name }
    }

    fn relative_to(mut self, directory: &Path) -> Self {
        if let Some(store) = self.store_directory().filter(|store| !store.as_os_str().is_empty()) {
            self.store.url = directory.join(store).to_string_lossy().into_owned();
        }
        self.http.tls = self.http.tls.relative_to(directory);
        self.grpc.tls = self.grpc.tls.relative_to(directory);
        self.liftover = self.liftover.relative_to(directory);
        self.audit.path = self.audit.path.map(|path| directory.join(path));
        self.state = self.state.relative_to(directory);
        self.identity = self.identity.relative_to(directory);
        self.policy.directory = self.policy.directory.map(|path| directory.join(path));
        self.ontologies = self.ontologies.into_iter().map(|source| source.relative_to(directory)).collect();
        self
    }
}

#[cfg(test)]
mod tests;
