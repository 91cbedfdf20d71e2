//! `fyr-node policy`: is the policy sound, does it say what it should, and why does it say what it says?

mod check;
mod explain;
mod test;

use std::{path::Path, process::ExitCode};

use clap::{Args, Subcommand};
use fyr_node::{
    NodeConfig, StartError,
    config::{ConfigError, InvalidConfig},
    read_policy,
};
use fyr_policy::{InvalidPolicy, Policy};

const EXAMPLE: &str = "\
Examples:
  fyr-node policy check --config node.toml
  fyr-node policy test cases.toml --config node.toml
  fyr-node policy explain --config node.toml --dataset biobank --purpose HMB --requester 'bona_fide = true'

A running node takes a changed policy over within seconds, without a restart. One that does not validate is
refused as a whole; the one before it stays, and /info says so.";

/// Check, test and explain the policy.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLE)]
pub(super) struct PolicyArgs {
    #[command(subcommand)]
    command: PolicyCommand,
}

#[derive(Clone, Debug, Subcommand)]
enum PolicyCommand {
    Check(check::CheckArgs),
    Test(test::TestArgs),
    Explain(Box<explain::ExplainArgs>),
}

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum PolicyError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The policy does not validate.
    #[error(transparent)]
    Policy(#[from] InvalidPolicy),
    /// The store cannot be opened.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A file of cases or a requester cannot be read.
    #[error("{place}: {reason}")]
    Read {
        /// File or argument.
        place: String,
        /// What is wrong.
        reason: String,
    },
}

impl From<InvalidConfig> for PolicyError {
    fn from(invalid: InvalidConfig) -> Self {
        Self::Config(invalid.into())
    }
}

/// Runs the command. The exit code is 1 where cases differ.
///
/// # Errors
///
/// A policy that does not validate, and files that cannot be read.
pub(super) async fn run(args: PolicyArgs) -> Result<ExitCode, PolicyError> {
    match args.command {
        PolicyCommand::Check(args) => check::run(&args).await,
        PolicyCommand::Test(args) => test::run(&args),
        PolicyCommand::Explain(args) => explain::run(&args).await,
    }
}

/// Loads the policy of a configuration with the tenant's own files.
fn load(config: &Path) -> Result<(NodeConfig, Policy), PolicyError> {
    let config = NodeConfig::load(Some(config))?;
    let policy = read_policy(&config.policy)?;
    Ok((config, policy))
}

fn read<T: serde::de::DeserializeOwned>(place: &str, text: &str) -> Result<T, PolicyError> {
    toml::from_str(text).map_err(|error| PolicyError::Read {
        place: place.to_owned(),
        reason: error.to_string().trim().to_owned(),
    })
}
