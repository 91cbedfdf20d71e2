//! Nodes and a broker in this process, on ports that the system chooses, with certificates made here.
//!
//! Everything goes the ordinary way: configuration files on disk, read by the services' own loaders,
//! data through ingest, mutual TLS between broker and nodes.

mod broker;
mod certificates;
mod node;
mod peer;
mod ports;

use std::path::{Path, PathBuf};

use anyhow::Context;

pub use broker::TestBroker;
pub use certificates::Certificates;
pub use node::{NodeSpec, StoppedNode, TestNode, forget_state};
pub use peer::Peer;

/// What a network is to consist of.
#[derive(Debug, Default)]
pub struct NetworkSpec {
    /// The nodes, with their data.
    pub nodes: Vec<NodeSpec>,
    /// Further members of the broker's list: id and address, in plain text.
    pub peers: Vec<(String, String)>,
    /// More tables of the broker's configuration, such as `[limits]`.
    pub broker_settings: String,
}

/// A running federation. Dropped, it stops without waiting.
#[derive(Debug)]
pub struct TestNetwork {
    /// The nodes that run.
    pub nodes: Vec<TestNode>,
    /// The broker.
    pub broker: TestBroker,
    certificates: Certificates,
}

impl TestNetwork {
    /// Ingests and starts everything under a directory; all answer when this returns.
    ///
    /// # Errors
    ///
    /// Whatever goes wrong on the way, with the name of the node.
    pub async fn start(directory: &Path, spec: NetworkSpec) -> anyhow::Result<Self> {
        let certificates = Certificates::create(&directory.join("certificates"))?;
        let mut nodes = Vec::new();
        for node in spec.nodes {
            let context = format!("node {}", node.id);
            let home = directory.join(&node.id);
            nodes.push(TestNode::start(&home, node, &certificates).await.context(context)?);
        }
        let home = directory.join("broker");
        let broker = TestBroker::start(&home, &nodes, &spec.peers, &spec.broker_settings, &certificates)
            .await
            .context("broker")?;
        Ok(Self { nodes, broker, certificates })
    }

    /// Returns a running node.
    ///
    /// # Errors
    ///
    /// There is none of that id.
    pub fn node(&self, id: &str) -> anyhow::Result<&TestNode> {
        self.nodes.iter().find(|node| node.id() == id).with_context(|| format!("no node {id} runs"))
    }

    /// Switches a node off. The broker is not told.
    ///
    /// # Errors
    ///
    /// There is none of that id.
    pub async fn stop_node(&mut self, id: &str) -> anyhow::Result<StoppedNode> {
        let at = self.nodes.iter().position(|node| node.id() == id);
        let node = self.nodes.remove(at.with_context(|| format!("no node {id} runs"))?);
        Ok(node.stop().await)
    }

    /// Switches a node on again, where it was.
    ///
    /// # Errors
    ///
    /// The node does not start.
    pub async fn restart_node(&mut self, node: StoppedNode) -> anyhow::Result<()> {
        self.nodes.push(node.start().await?);
        Ok(())
    }

    /// Returns the certificates with which the members know each other.
    pub fn certificates(&self) -> &Certificates {
        &self.certificates
    }

    /// Stops everything and waits for it.
    pub async fn stop(self) {
        self.broker.stop().await;
        for node in self.nodes {
            node.stop().await;
        }
    }
}

/// Writes a text into a file of a directory that is made if need be.
fn write(directory: &Path, name: &str, text: &str) -> anyhow::Result<PathBuf> {
    let path = directory.join(name);
    std::fs::create_dir_all(directory)
        .and_then(|()| std::fs::write(&path, text))
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}
