//! The broker of a network.

use std::path::Path;

use fyr_broker::{BrokerConfig, RunningBroker};

use super::{Certificates, TestNode, write};
use crate::ask::GrpcClient;

/// A broker that runs in this process.
#[derive(Debug)]
pub struct TestBroker {
    running: RunningBroker,
}

impl TestBroker {
    /// Starts a broker over running nodes and other peers. `settings` are further tables.
    ///
    /// # Errors
    ///
    /// The broker does not start.
    pub async fn start(
        directory: &Path,
        nodes: &[TestNode],
        peers: &[(String, String)],
        settings: &str,
        certificates: &Certificates,
    ) -> anyhow::Result<Self> {
        let mut text = format!(
            "[broker]\nid = \"se.fyr.af-beacon.test\"\nname = \"Fyr broker\"\norganisation = \"Fyr\"\n\
             [http]\nlisten = \"127.0.0.1:0\"\n\n[monitoring]\nlisten = \"127.0.0.1:0\"\n\n[grpc]\nlisten = \"127.0.0.1:0\"\ntls = \"off\"\n\n{settings}\n"
        );
        for node in nodes {
            text.push_str(&member(node.id(), &node.grpc_url(), &certificates.broker_toml()));
            if node.is_hidden() {
                text.push_str("attributable = false\n");
            }
        }
        for (id, url) in peers {
            text.push_str(&member(id, url, "\"off\""));
        }
        let path = write(directory, "broker.toml", &text)?;
        Ok(Self { running: fyr_broker::start(BrokerConfig::load(Some(&path))?).await? })
    }

    /// Returns the base URL of its Beacon.
    pub fn beacon(&self) -> String {
        format!("http://{}/api", self.running.addresses().http)
    }

    /// Returns the URL of its gRPC door.
    pub fn grpc_url(&self) -> String {
        format!("http://{}", self.running.addresses().grpc)
    }

    /// Connects to its gRPC door.
    ///
    /// # Errors
    ///
    /// There is no connection.
    pub async fn grpc(&self) -> anyhow::Result<GrpcClient> {
        GrpcClient::connect(&self.grpc_url(), None).await
    }

    /// Stops it and waits for requests in flight.
    pub async fn stop(self) {
        self.running.stop().await;
    }
}

fn member(id: &str, url: &str, tls: &str) -> String {
    format!("\n[[nodes]]\nid = \"{id}\"\ngrpc = \"{url}\"\ntls = {tls}\n")
}
