//! `fyr-node serve`: answers questions until it is told to stop.

use std::{
    io,
    path::{Path, PathBuf},
};

use clap::Args;
use fyr_doors::{Addresses, Hangups, say, stop_signal, telemetry, write_ready};
use fyr_node::{
    NodeConfig, RunningNode, StartError,
    config::{ConfigError, DEFAULT_TOML},
    start,
};

use super::check;

/// Answer questions over Beacon v2 and gRPC.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLE)]
pub(super) struct ServeArgs {
    /// Configuration file; variables such as FYR_NODE__HTTP__LISTEN win over it
    #[arg(long, value_name = "FILE", required_unless_present = "print_default_config")]
    config: Option<PathBuf>,
    /// Print all keys with their defaults and meanings, and end
    #[arg(long)]
    print_default_config: bool,
    /// Check configuration, certificates and store, say what would be let out, and end
    #[arg(long, conflicts_with = "print_default_config")]
    check: bool,
    /// Write the bound addresses to this file as JSON once questions are answered
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
}

const EXAMPLE: &str = "\
Examples:
  fyr-node serve --print-default-config > node.toml
  fyr-node serve --config node.toml --check
  fyr-node serve --config node.toml

Stop it with Ctrl-C or SIGTERM: requests in flight are answered first. SIGHUP has it read its tokens, chain files and
what the store knows of genomes again; data, policy and certificates are followed anyway, other keys at the next start.
Logs go to standard error, as text on a terminal and as JSON elsewhere; FYR_LOG=debug says more.";

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum ServeError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The node does not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The check found something.
    #[error(transparent)]
    Check(#[from] check::CheckError),
    /// The log filter cannot be read.
    #[error("FYR_LOG: {0}: use a level such as `info`, or `fyr_node=debug`")]
    Log(String),
    /// The ready file cannot be written.
    #[error("cannot write the ready file `{path}`: {source}", path = path.display())]
    Ready {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The process cannot be told to stop.
    #[error("cannot listen for signals: {0}")]
    Signal(io::Error),
}

/// Runs the command.
///
/// # Errors
///
/// The node does not start, or the check finds something.
pub(super) async fn run(args: ServeArgs) -> Result<(), ServeError> {
    if args.print_default_config {
        say!("{}", DEFAULT_TOML.trim_end());
        return Ok(());
    }
    let config = NodeConfig::load(args.config.as_deref())?;
    if args.check {
        return Ok(check::run(&config).await?);
    }
    telemetry::init().map_err(|error| ServeError::Log(error.to_string()))?;
    // Before the start, so that no signal falls into a gap.
    let stopped = stop_signal().map_err(ServeError::Signal)?;
    let hangups = Hangups::listen().map_err(ServeError::Signal)?;
    let id = config.node.id.clone();
    let node = start(config).await?;
    let Addresses { http, grpc, monitoring } = node.addresses();
    tracing::info!(node = id, %http, %grpc, %monitoring, "listening");
    if let Some(path) = &args.ready_file {
        write_ready(path, &node.addresses())
            .map_err(|source| ServeError::Ready { path: path.clone(), source })?;
    }
    tokio::select! {
        () = stopped => {}
        () = follow(&node, args.config.as_deref(), hangups) => {}
    }
    tracing::info!(node = id, "stopping");
    node.stop().await;
    Ok(())
}

/// Reads the configuration again on each SIGHUP. One that cannot be used changes nothing. It never ends.
async fn follow(node: &RunningNode, path: Option<&Path>, mut hangups: Hangups) {
    loop {
        hangups.next().await;
        let taken =
            NodeConfig::load(path).map_err(ServeError::from).and_then(|config| Ok(node.take(&config)?));
        match taken {
            Ok(()) => tracing::info!("tokens, chain files and genomes were read again"),
            Err(error) => tracing::error!(%error, "the configuration was not read again: all stays as it is"),
        }
    }
}
