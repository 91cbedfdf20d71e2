//! The configuration of a broker: TOML over defaults, environment over TOML, unknown keys refused.
//!
//! Decides which keys there are and which values make no sense.

mod error;
mod limits;
mod member;

use std::path::Path;

use fyr_doors::{
    ClientSettings, GrpcSettings, HttpSettings, Identity, MonitoringSettings,
    settings::{self, OrganisationSettings},
};
use fyr_schemas::{AssemblyRow, Release};
use serde::Deserialize;

pub use error::{BrokerConfigError, InvalidBrokerConfig};
pub use limits::BrokerLimits;
pub use member::MemberConfig;

/// Prefix of environment variables: `FYR_BROKER__HTTP__LISTEN`.
const PREFIX: &str = "FYR_BROKER";

/// The defaults with what each key means, as `--print-default-config` prints them.
pub const DEFAULT_TOML: &str = include_str!("config/default.toml");

/// Everything that makes a broker.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct BrokerConfig {
    /// Who it is.
    pub broker: BrokerSection,
    /// The Beacon door.
    pub http: HttpSettings,
    /// The gRPC door.
    pub grpc: GrpcSettings,
    /// Metrics, for who runs the broker.
    pub monitoring: MonitoringSettings,
    /// How clients of whom nothing is known are told apart.
    pub clients: ClientSettings,
    /// What a question may cost.
    pub limits: BrokerLimits,
    /// Assemblies beside those that ship; loading the configuration makes them known.
    pub assemblies: Vec<AssemblyRow>,
    /// The nodes to ask.
    pub nodes: Vec<MemberConfig>,
}

/// The `[broker]` table.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct BrokerSection {
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
}

impl Default for BrokerSection {
    fn default() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            organisation: OrganisationSettings::default(),
            environment: "test".into(),
            description: None,
            public_url: None,
        }
    }
}

impl BrokerConfig {
    /// Creates a configuration of some nodes that listens on ports that the system chooses.
    pub fn new(id: impl Into<String>, nodes: Vec<MemberConfig>) -> Self {
        let broker = BrokerSection { id: id.into(), ..BrokerSection::default() };
        let mut config = Self { broker, nodes, ..Self::default() };
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
    pub fn load(file: Option<&Path>) -> Result<Self, BrokerConfigError> {
        let loaded = settings::load::<Self>(PREFIX, file)?;
        let config = loaded.settings.relative_to(&loaded.directory);
        config.validate()?;
        Ok(config)
    }

    /// Checks what types alone cannot.
    ///
    /// # Errors
    ///
    /// The first value that makes no sense.
    pub fn validate(&self) -> Result<(), InvalidBrokerConfig> {
        if !is_id(&self.broker.id) {
            return Err(InvalidBrokerConfig::BrokerId(self.broker.id.clone()));
        }
        if !["prod", "test", "dev", "staging"].contains(&self.broker.environment.as_str()) {
            return Err(InvalidBrokerConfig::Environment(self.broker.environment.clone()));
        }
        if self.nodes.is_empty() {
            return Err(InvalidBrokerConfig::NoNodes);
        }
        for (number, node) in self.nodes.iter().enumerate() {
            let earlier = self.nodes.iter().take(number).any(|other| other.id == node.id);
            if earlier || node.id == self.broker.id || !is_id(&node.id) {
                return Err(InvalidBrokerConfig::NodeId(node.id.clone()));
            }
            node.validate()?;
        }
        for (door, timeout) in [("http", self.http.timeout()), ("grpc", self.grpc.timeout())] {
            if self.limits.node_deadline() >= timeout {
                return Err(InvalidBrokerConfig::Deadline(door));
            }
        }
        if let Some(mount) = self.http.mounts.iter().find(|mount| mount.policy_view.is_some()) {
            return Err(InvalidBrokerConfig::PolicyView(mount.prefix.clone()));
        }
        if !self.grpc.views.is_empty() {
            return Err(InvalidBrokerConfig::PolicyView("grpc.views".to_owned()));
        }
        self.limits.validate()
    }

    /// Returns what the broker says of itself.
    pub fn identity(&self) -> Identity {
        let broker = self.broker.clone();
        Identity {
            name: if broker.name.is_empty() { broker.id.clone() } else { broker.name },
            id: broker.id,
            environment: broker.environment,
            organisation: broker.organisation.0,
            description: broker.description,
            public_url: broker.public_url,
            // What anyone may get is decided by the nodes; the broker keeps nothing back.
            public_release: Release::Frequency,
            aggregator: true,
        }
    }

    fn relative_to(mut self, directory: &Path) -> Self {
        self.http.tls = self.http.tls.relative_to(directory);
        self.grpc.tls = self.grpc.tls.relative_to(directory);
        for node in &mut self.nodes {
            node.tls = node.tls.relative_to(directory);
        }
        self
    }
}

fn is_id(id: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    !id.is_empty() && id.chars().all(legal)
}

#[cfg(test)]
mod tests;
