//! One node with its data.

use std::path::{Path, PathBuf};

use fyr_node::{
    NodeConfig, RunningNode,
    ingest::{IngestOptions, Progress, ingest},
};

use super::{Certificates, write};
use crate::ask::GrpcClient;

/// A node that is to run.
#[derive(Clone, Debug)]
pub struct NodeSpec {
    /// Beacon id, which also names its directory.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// The `[policy…]` tables of its configuration.
    pub policy: String,
    /// Further tables of its configuration, such as `[[tokens]]`.
    pub settings: String,
    /// What is ingested, in this order; the store is the node's own.
    pub data: Vec<IngestOptions>,
}

impl NodeSpec {
    /// Creates a node that tells everyone frequencies without a floor.
    pub fn open(id: &str, data: Vec<IngestOptions>) -> Self {
        Self {
            id: id.to_owned(),
            name: format!("Region {id}"),
            policy: "[policy.default]\npublic = \"frequency\"\nminimum_carriers = 0\n".to_owned(),
            settings: String::new(),
            data,
        }
    }

    /// Replaces the policy.
    #[must_use]
    pub fn with_policy(mut self, policy: &str) -> Self {
        policy.clone_into(&mut self.policy);
        self
    }

    /// Adds tables to the configuration.
    #[must_use]
    pub fn with_settings(mut self, settings: &str) -> Self {
        self.settings.push_str(settings);
        self
    }
}

/// A node that runs in this process.
#[derive(Debug)]
pub struct TestNode {
    id: String,
    directory: PathBuf,
    running: RunningNode,
    certificates: Certificates,
}

impl TestNode {
    /// Ingests the data and starts the node.
    ///
    /// # Errors
    ///
    /// The data are refused, or the node does not start.
    pub async fn start(
        directory: &Path,
        spec: NodeSpec,
        certificates: &Certificates,
    ) -> anyhow::Result<Self> {
        let store = directory.join("store");
        for options in spec.data.clone() {
            ingest(IngestOptions { store: store.clone(), ..options }, Progress::default()).await?;
        }
        Self::serve(directory, &spec, certificates).await
    }

    /// Starts the node on a store that is there already (`store` in its directory).
    ///
    /// # Errors
    ///
    /// The node does not start.
    pub async fn serve(
        directory: &Path,
        spec: &NodeSpec,
        certificates: &Certificates,
    ) -> anyhow::Result<Self> {
        let path = write(directory, "node.toml", &toml(spec, certificates))?;
        let running = fyr_node::start(NodeConfig::load(Some(&path))?).await?;
        Ok(Self {
            id: spec.id.clone(),
            directory: directory.to_owned(),
            running,
            certificates: certificates.clone(),
        })
    }

    /// Returns the beacon id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the directory of configuration and store.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Returns the base URL of its Beacon.
    pub fn beacon(&self) -> String {
        format!("http://{}/api", self.running.addresses().http)
    }

    /// Returns the URL of its gRPC door.
    pub fn grpc_url(&self) -> String {
        format!("https://{}", self.running.addresses().grpc)
    }

    /// Connects to its gRPC door with the broker's certificate.
    ///
    /// # Errors
    ///
    /// There is no connection.
    pub async fn grpc(&self) -> anyhow::Result<GrpcClient> {
        GrpcClient::connect(&self.grpc_url(), Some(&self.certificates.broker())).await
    }

    /// Stops it and waits for requests in flight.
    pub async fn stop(self) {
        self.running.stop().await;
    }
}

fn toml(spec: &NodeSpec, certificates: &Certificates) -> String {
    format!(
        "[node]\nid = \"{id}\"\nname = \"{name}\"\norganisation = \"{name}\"\n\n\
         [store]\nurl = \"store\"\n\n\
         [http]\nlisten = \"127.0.0.1:0\"\n\n\
         [grpc]\nlisten = \"127.0.0.1:0\"\ntls = {tls}\n\n\
         {policy}\n{settings}",
        id = spec.id,
        name = spec.name,
        tls = certificates.node_toml(),
        policy = spec.policy,
        settings = spec.settings,
    )
}
