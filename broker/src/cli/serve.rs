//! `fyr-broker serve`: answers questions until it is told to stop.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use fyr_doors::{check_tls, say, stop_signal, telemetry, write_ready};

use super::CliError;
use crate::{Broker, BrokerConfig, BrokerError, config::DEFAULT_TOML, reloading::ConfigFile, start};

const EXAMPLE: &str = "\
Examples:
  fyr-broker serve --print-default-config > broker.toml
  fyr-broker serve --config broker.toml --check
  fyr-broker serve --config broker.toml

Nodes that come into the configuration file, and those that leave it, take effect within seconds, or at once on
SIGHUP; other keys do at the next start. A file that cannot be used changes nothing.

Stop it with Ctrl-C or SIGTERM: requests in flight are answered first. Logs go to standard error, as text
on a terminal and as JSON elsewhere; FYR_LOG=debug says more.";

/// Answer questions over Beacon v2 and gRPC.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLE)]
pub(super) struct ServeArgs {
    /// Configuration file; variables such as FYR_BROKER__HTTP__LISTEN win over it
    #[arg(long, value_name = "FILE", required_unless_present = "print_default_config")]
    config: Option<PathBuf>,
    /// Print all keys with their defaults and meanings, and end
    #[arg(long)]
    print_default_config: bool,
    /// Check configuration and certificates, and end
    #[arg(long, conflicts_with = "print_default_config")]
    check: bool,
    /// Write the bound addresses to this file as JSON once questions are answered
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
}

/// Runs the command.
pub(super) async fn run(args: ServeArgs) -> Result<ExitCode, CliError> {
    if args.print_default_config {
        say!("{}", DEFAULT_TOML.trim_end());
        return Ok(ExitCode::SUCCESS);
    }
    let config = BrokerConfig::load(args.config.as_deref())?;
    if args.check {
        check(&config)?;
        say!("the configuration of `{}` with {} nodes can be used", config.broker.id, config.nodes.len());
        return Ok(ExitCode::SUCCESS);
    }
    telemetry::init().map_err(|error| CliError::Log(error.to_string()))?;
    // Before the start, so that no signal falls into a gap.
    let stopped = stop_signal().map_err(CliError::Signal)?;
    let file = args.config.clone().map(ConfigFile::new).transpose().map_err(CliError::Signal)?;
    let broker = start(config).await?;
    if let Some(path) = &args.ready_file {
        write_ready(path, &broker.addresses())
            .map_err(|source| CliError::Ready { path: path.clone(), source })?;
    }
    let follow = async {
        match file {
            Some(file) => file.follow(broker.broker()).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = stopped => {}
        () = follow => {}
    }
    tracing::info!("stopping");
    broker.stop().await;
    Ok(ExitCode::SUCCESS)
}

fn check(config: &BrokerConfig) -> Result<(), BrokerError> {
    Broker::new(config)?;
    Ok(check_tls(&config.http, &config.grpc)?)
}
