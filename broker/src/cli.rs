//! The command line. One file a command; what a command does belongs to the rest of the crate.

mod nodes;
mod serve;

use std::{io, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::{BrokerConfigError, BrokerError};

const EXAMPLE: &str = "\
A broker in two steps:
  fyr-broker serve --print-default-config > broker.toml     # then edit it: id, nodes
  fyr-broker serve --config broker.toml

Exit status: 0 done, 1 failed, 2 wrong usage.";

/// The broker of a Fyr federation: ask all nodes, add up what they permit, say who answered.
#[derive(Debug, Parser)]
#[command(name = "fyr-broker", version, after_help = EXAMPLE)]
pub struct BrokerCli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::ServeArgs),
    Nodes(nodes::NodesArgs),
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] BrokerConfigError),
    /// The broker does not start.
    #[error(transparent)]
    Start(#[from] BrokerError),
    /// The log filter cannot be read.
    #[error("FYR_LOG: {0}: use a level such as `info`, or `fyr_broker=debug`")]
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
    /// The list cannot be written.
    #[error("cannot write the list as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// Runs the command that was given.
///
/// # Errors
///
/// Whatever kept the command from its end, in words for an operator.
pub async fn run(cli: BrokerCli) -> Result<ExitCode, CliError> {
    match cli.command {
        Command::Serve(args) => serve::run(args).await,
        Command::Nodes(args) => nodes::run(args).await,
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        BrokerCli::command().debug_assert();
    }
}
