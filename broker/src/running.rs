//! A broker that listens, in this process.

use std::sync::Arc;

use fyr_doors::{Addresses, ListenError, ServeOptions, serve};
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{Broker, BrokerConfig, BrokerConfigError};

/// Why a broker does not run.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] BrokerConfigError),
    /// It cannot listen.
    #[error(transparent)]
    Listen(#[from] ListenError),
}

/// A broker that answers until it is stopped or dropped.
#[derive(Debug)]
pub struct RunningBroker {
    broker: Arc<Broker>,
    addresses: Addresses,
    stop: DropGuard,
    task: JoinHandle<()>,
}

impl RunningBroker {
    /// Returns where it listens.
    pub fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// Returns the broker, whose nodes can be exchanged.
    pub fn broker(&self) -> &Broker {
        &self.broker
    }

    /// Lets requests in flight finish, then stops.
    pub async fn stop(self) {
        self.stop.disarm().cancel();
        let _ = self.task.await;
    }
}

/// Starts a broker: binds its ports and answers in the background.
///
/// # Errors
///
/// A configuration that makes no sense, certificates that cannot be used, ports that are taken.
pub async fn start(config: BrokerConfig) -> Result<RunningBroker, BrokerError> {
    let broker = Arc::new(Broker::new(&config)?);
    let stop = CancellationToken::new();
    let mut options = ServeOptions::new(config.http, config.grpc);
    options.monitoring = config.monitoring;
    options.clients = config.clients;
    options.grpc_on_http = true;
    let serving = serve(Arc::clone(&broker), options, stop.clone()).await?;
    let addresses = serving.bound();
    let Addresses { http, grpc, monitoring } = addresses;
    tracing::info!(broker = config.broker.id, %http, %grpc, %monitoring, "listening");
    Ok(RunningBroker { broker, addresses, stop: stop.drop_guard(), task: tokio::spawn(serving.run()) })
}
