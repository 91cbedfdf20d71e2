//! A broker that listens, in this process.

use std::sync::Arc;

use fyr_doors::{Bound, ListenError, ServeOptions, serve};
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{Broker, BrokerConfig, ConfigError};

/// Why a broker does not run.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// It cannot listen.
    #[error(transparent)]
    Listen(#[from] ListenError),
}

/// A broker that answers until it is stopped or dropped.
#[derive(Debug)]
pub struct RunningBroker {
    bound: Bound,
    stop: DropGuard,
    task: JoinHandle<()>,
}

impl RunningBroker {
    /// Returns the addresses that were bound.
    pub fn bound(&self) -> Bound {
        self.bound
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
    let serving = serve(broker, ServeOptions::new(config.http, config.grpc), stop.clone()).await?;
    let bound = serving.bound();
    tracing::info!(id = config.broker.id, http = %bound.http, grpc = %bound.grpc, "broker listens");
    Ok(RunningBroker { bound, stop: stop.drop_guard(), task: tokio::spawn(serving.run()) })
}
