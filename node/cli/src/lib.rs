//! The command line of a node, and its binary `fyr-node`. One file a command: it reads arguments and prints; what is
//! done belongs to the libraries.

mod account;
mod additions;
mod adopt;
mod audit;
mod backup;
mod care;
mod check;
mod compact;
mod consent;
mod datasets;
mod draw;
mod export;
mod genome;
mod ingest;
mod metadata;
mod policy;
mod publish;
mod purge;
mod query;
mod remove;
mod restore;
mod revoke;
mod serve;
mod state;
mod verify;
mod withdrawn;

use std::{io, path::Path, process::ExitCode};

use clap::{Parser, Subcommand};
use fyr_store::StoreError;

pub use withdrawn::read_withdrawn;

const EXAMPLE: &str = "\
A node in three steps:
  fyr-node ingest --store /data/fin --dataset finland-2026 --assembly GRCh38 cohort.vcf.gz
  fyr-node serve --print-default-config > node.toml     # then edit it: id, store, policy
  fyr-node serve --config node.toml

Exit status: 0 done, 1 failed, 2 wrong usage.";

/// A region's node of a Fyr federation: load variants, serve permitted counts.
#[derive(Debug, Parser)]
#[command(name = "fyr-node", version, after_help = EXAMPLE)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Ingest(Box<ingest::IngestArgs>),
    Metadata(Box<metadata::MetadataArgs>),
    Genome(genome::GenomeArgs),
    Datasets(datasets::DatasetsArgs),
    Remove(remove::RemoveArgs),
    Compact(compact::CompactArgs),
    Serve(serve::ServeArgs),
    Query(Box<query::QueryArgs>),
    Consent(consent::ConsentArgs),
    Purge(purge::PurgeArgs),
    Revoke(revoke::RevokeArgs),
    Policy(policy::PolicyArgs),
    Audit(audit::AuditArgs),
    Publish(Box<publish::PublishArgs>),
    Export(export::ExportArgs),
    Account(account::AccountArgs),
    Care(care::CareArgs),
    State(adopt::StateCommandArgs),
    Backup(backup::BackupArgs),
    Restore(restore::RestoreArgs),
    Verify(verify::VerifyArgs),
}

/// Runs the command that was given.
///
/// # Errors
///
/// Whatever kept the command from its end, in words for an operator.
pub async fn run(cli: Cli) -> Result<ExitCode, Box<dyn std::error::Error + Send + Sync>> {
    match cli.command {
        Command::Ingest(args) => Ok(ingest::run(*args).await?),
        Command::Metadata(args) => {
            metadata::run(*args).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Genome(args) => {
            genome::run(args).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Datasets(args) => {
            datasets::run(args).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Remove(args) => Ok(remove::run(args).await?),
        Command::Compact(args) => {
            compact::run(args).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Serve(args) => {
            serve::run(args).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Query(args) => Ok(query::run(*args).await),
        Command::Consent(args) => {
            consent::run(args).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Purge(args) => {
            purge::run(args).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Revoke(args) => {
            revoke::run(args).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Policy(args) => Ok(policy::run(args).await?),
        Command::Publish(args) => Ok(publish::run(*args).await?),
        Command::Export(args) => {
            export::run(args).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Account(args) => {
            account::run(args).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Care(args) => {
            care::run(args).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Audit(args) => {
            audit::run(args).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Backup(args) => {
            backup::run(args).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Restore(args) => {
            restore::run(args).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Verify(args) => Ok(verify::run(args).await?),
        Command::State(args) => {
            adopt::run(args).await?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Refuses a directory that does not exist, so that a typing error does not make an empty store.
fn require_store(store: &Path) -> Result<(), StoreError> {
    if store.is_dir() {
        return Ok(());
    }
    let context =
        format!("no store at `{}`: check --store, or make one with `fyr-node ingest`", store.display());
    Err(StoreError::Io { context, source: io::Error::from(io::ErrorKind::NotFound) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
