//! `fyr-node audit`: checks the chain of the audit log and its end, and goes on where records are lost.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use fyr_audit::{AuditError, LogEnd, VerifiedLog, verify, verify_against};
use fyr_doors::say;
use fyr_node::{
    NodeConfig, StartError,
    config::{ConfigError, InvalidConfig},
    forget_end, known_end,
};
use serde::Serialize;

use crate::state::{StateArgs, StateCommandError};

/// Look into the audit log.
#[derive(Args, Clone, Debug)]
pub(super) struct AuditArgs {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Clone, Debug, Subcommand)]
enum AuditCommand {
    /// Check that no record was changed, removed or put in, over all files of the log, and of that of `fyr-node query`
    #[command(
        after_help = "The state knows where the log ended a second ago at the latest, so that records that \
                            were cut off are missed. Whoever can change both is seen by the printed head, if it is \
                            kept elsewhere."
    )]
    Verify {
        /// Configuration file of the node
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Print the result as JSON
        #[arg(long)]
        json: bool,
    },
    /// Go on with the log as it stands, although records are missing that the state knows of
    Begin {
        #[command(flatten)]
        state: StateArgs,
        /// Of the log of the owner's questions, which `fyr-node query` keeps
        #[arg(long)]
        owner: bool,
        /// Why records are missing, for the history
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum AuditCommandError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The log has no place.
    #[error(transparent)]
    Path(#[from] InvalidConfig),
    /// The log is damaged, or cannot be read.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// Where the log ended cannot be read or changed.
    #[error(transparent)]
    State(#[from] StateCommandError),
    /// The state cannot be used.
    #[error(transparent)]
    Start(#[from] StartError),
}

/// Runs the command.
///
/// # Errors
///
/// The log is damaged, or cannot be read.
pub(super) async fn run(args: AuditArgs) -> Result<(), AuditCommandError> {
    match args.command {
        AuditCommand::Verify { config, json } => {
            let config = NodeConfig::load(Some(&config))?;
            let log = verified(&config).await?;
            print(&Verified { log, owner: of_owner(&config.of_owner()?).await? }, json);
        }
        AuditCommand::Begin { state, owner, reason } => begin(&state, owner, &reason).await?,
    }
    Ok(())
}

/// The logs of a node: that of its clients and, if there is one, that of its owner.
#[derive(Serialize)]
struct Verified {
    #[serde(flatten)]
    log: VerifiedLog,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<VerifiedLog>,
}

/// Checks the log that a configuration names, to the end that is known.
async fn verified(config: &NodeConfig) -> Result<VerifiedLog, AuditCommandError> {
    // First, since a node that runs adds to the log meanwhile.
    let known = known(config).await?;
    let path = config.audit_path()?;
    Ok(known.map_or_else(|| verify(&path), |known| verify_against(&path, &known))?)
}

/// Checks the log of the owner's questions, if there is one, or was.
async fn of_owner(config: &NodeConfig) -> Result<Option<VerifiedLog>, AuditCommandError> {
    let is_there = config.audit_path()?.exists() || known(config).await?.is_some();
    if is_there { verified(config).await.map(Some) } else { Ok(None) }
}

/// Returns where the log is known to have ended, without making a state.
async fn known(config: &NodeConfig) -> Result<Option<LogEnd>, AuditCommandError> {
    if config.remembers_nothing()? {
        return Ok(None);
    }
    Ok(known_end(config, &config.open_state().await?).await?)
}

async fn begin(args: &StateArgs, owner: bool, reason: &str) -> Result<(), AuditCommandError> {
    let config = NodeConfig::load(Some(args.file()))?;
    let config = if owner { config.of_owner()? } else { config };
    let open = args.open().await?;
    match forget_end(&config, &open.state, (&open.actor, reason)).await? {
        Some(end) => say!("the log goes on as it stands; it ended with record {}", end.sequence),
        None => say!("nothing is known of the log's end: there is nothing to do"),
    }
    Ok(())
}

fn print(verified: &Verified, json: bool) {
    if json {
        say!("{}", serde_json::to_string(verified).unwrap_or_default());
        return;
    }
    print_log(&verified.log);
    if let Some(owner) = &verified.owner {
        say!("the owner's own questions:");
        print_log(owner);
    }
}

fn print_log(verified: &VerifiedLog) {
    say!("sound: {} records, {} of them decisions", verified.records, verified.decisions);
    if verified.first > 1 {
        say!("first: record {}; full files before it were moved away", verified.first);
    }
    say!("head:  {}", verified.head);
    if verified.torn_bytes > 0 {
        say!("{} bytes of an unfinished record stand behind the last one", verified.torn_bytes);
    }
}
