//! One node with its data.

use std::path::{Path, PathBuf};

use fyr_doors::Addresses;
use fyr_ingest::{
    IngestOptions, Progress, Withdrawn, ingest,
    metadata::{MetadataOptions, load},
};
use fyr_node::{NodeConfig, OF_THE_NODE, RunningNode};
use fyr_state::State;

use super::{Certificates, ports::port_to_keep, write};
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
    /// More keys of its `[http]` table.
    pub http: String,
    /// Whether a broker may tell its numbers only within a sum of such nodes.
    pub hidden: bool,
    /// Whether it tells nothing of anything, whatever its policy permits.
    pub silent: bool,
    /// The store, if it is not the node's own: `store` in its directory.
    pub store: Option<PathBuf>,
    /// Whether the store forgets with which state another node has served it: this one has a state of its own.
    pub forgets: bool,
    /// What is ingested, in this order; the store is the node's own. With nothing here, the node serves
    /// what `store` in its directory already holds.
    pub data: Vec<IngestOptions>,
    /// What is known of the people: dataset and files, loaded after the data.
    pub metadata: Vec<(String, Vec<PathBuf>)>,
}

impl NodeSpec {
    /// Creates a node that tells everyone frequencies without a floor.
    pub fn open(id: &str, data: Vec<IngestOptions>) -> Self {
        Self {
            id: id.to_owned(),
            name: format!("Region {id}"),
            policy: "[policy.default]\nopen = true\npublic = \"frequency\"\nminimum_carriers = 0\n"
                .to_owned(),
            settings: String::new(),
            http: String::new(),
            hidden: false,
            silent: false,
            store: None,
            forgets: false,
            data,
            metadata: Vec::new(),
        }
    }

    /// Replaces the policy.
    #[must_use]
    pub fn with_policy(mut self, policy: &str) -> Self {
        policy.clone_into(&mut self.policy);
        self
    }

    /// Serves the store of another node, as its replica: without data of its own, and with an audit log of
    /// its own, since that has one writer.
    #[must_use]
    pub fn on_the_store_of(mut self, other: &TestNode) -> Self {
        (self.data, self.metadata) = (Vec::new(), Vec::new());
        self.store = Some(other.store());
        self.with_settings("[audit]\npath = \"audit/decisions.jsonl\"\n")
    }

    /// Lets brokers tell its numbers only within a sum. Its policy has to have one table, the default's.
    #[must_use]
    pub fn hidden(mut self) -> Self {
        self.policy.push_str("attributable = false\n");
        self.hidden = true;
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
    spec: NodeSpec,
    directory: PathBuf,
    running: RunningNode,
    certificates: Certificates,
}

/// A node that was switched off and can be switched on again, where it was.
#[derive(Debug)]
pub struct StoppedNode {
    spec: NodeSpec,
    directory: PathBuf,
    addresses: Addresses,
    certificates: Certificates,
}

impl StoppedNode {
    /// Starts it on its old ports.
    ///
    /// # Errors
    ///
    /// The node does not start, or somebody else has taken a port.
    pub async fn start(self) -> anyhow::Result<TestNode> {
        TestNode::serve_on(&self.directory, self.spec, &self.certificates, Some(self.addresses)).await
    }
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
        let store = store_of(directory, &spec);
        if spec.forgets {
            forget_state(&store)?;
        }
        for options in spec.data.clone() {
            let options = IngestOptions { store: store.clone(), beside: OF_THE_NODE, ..options };
            ingest(options, Progress::default()).await?;
        }
        for (dataset, inputs) in spec.metadata.clone() {
            let options = MetadataOptions {
                store: store.clone(),
                beside: OF_THE_NODE,
                dataset,
                assembly: None,
                entry_type: None,
                columns: None,
                replace: false,
                inputs,
                withdrawn: Withdrawn::default(),
            };
            load(options, Progress::default()).await?;
        }
        Self::serve_on(directory, spec, certificates, None).await
    }

    async fn serve_on(
        directory: &Path,
        spec: NodeSpec,
        certificates: &Certificates,
        addresses: Option<Addresses>,
    ) -> anyhow::Result<Self> {
        let path = write(directory, "node.toml", &toml(&spec, certificates, addresses)?)?;
        let mut config = NodeConfig::load(Some(&path))?;
        config.policy.default.silent = spec.silent.then_some(true);
        let running = fyr_node::start(config).await?;
        Ok(Self { spec, directory: directory.to_owned(), running, certificates: certificates.clone() })
    }

    /// Returns the beacon id.
    pub fn id(&self) -> &str {
        &self.spec.id
    }

    /// Returns whether a broker may tell its numbers only within a sum of such nodes.
    pub fn is_hidden(&self) -> bool {
        self.spec.hidden
    }

    /// Returns the directory of configuration and store.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Returns its configuration file.
    pub fn config(&self) -> PathBuf {
        self.directory.join("node.toml")
    }

    /// Returns the directory of its store.
    pub fn store(&self) -> PathBuf {
        store_of(&self.directory, &self.spec)
    }

    /// Opens what the node remembers of people, as a command does while it runs.
    ///
    /// # Errors
    ///
    /// It cannot be opened.
    pub async fn state(&self) -> anyhow::Result<State> {
        Ok(NodeConfig::load(Some(&self.config()))?.open_state().await?)
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
    pub async fn stop(self) -> StoppedNode {
        let addresses = self.running.addresses();
        self.running.stop().await;
        StoppedNode { spec: self.spec, directory: self.directory, addresses, certificates: self.certificates }
    }
}

/// Has a store forget which state it has seen, so that it can be served with another one.
///
/// # Errors
///
/// The file cannot be deleted.
pub fn forget_state(store: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(store.join("belonging.jsonl")) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn store_of(directory: &Path, spec: &NodeSpec) -> PathBuf {
    spec.store.clone().unwrap_or_else(|| directory.join("store"))
}

fn toml(
    spec: &NodeSpec,
    certificates: &Certificates,
    addresses: Option<Addresses>,
) -> std::io::Result<String> {
    let port = |choose: fn(Addresses) -> u16| addresses.map_or_else(port_to_keep, |kept| Ok(choose(kept)));
    Ok(format!(
        "[node]\nid = \"{id}\"\nname = \"{name}\"\norganisation = \"{name}\"\n\n\
         [store]\nurl = '{store}'\n\n\
         [http]\nlisten = \"127.0.0.1:{http}\"\n{more_http}\n\
         [monitoring]\nlisten = \"127.0.0.1:0\"\n\n\
         [grpc]\nlisten = \"127.0.0.1:{grpc}\"\ntls = {tls}\n\n\
         {policy}\n{settings}",
        id = spec.id,
        name = spec.name,
        store = spec.store.as_deref().unwrap_or(Path::new("store")).display(),
        http = port(|addresses| addresses.http.port())?,
        grpc = port(|addresses| addresses.grpc.port())?,
        more_http = spec.http,
        tls = certificates.node_toml(),
        policy = spec.policy,
        settings = spec.settings,
    ))
}
