//! `fyr-node audit verify`: checks the chain of the audit log.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use fyr_audit::{AuditError, VerifiedLog, verify};
use fyr_node::{
    NodeConfig,
    config::{ConfigError, InvalidConfig},
};

/// Look into the audit log.
#[derive(Args, Clone, Debug)]
pub(super) struct AuditArgs {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Clone, Debug, Subcommand)]
enum AuditCommand {
    /// Check that no record was changed, removed or put in
    #[command(after_help = "Keep the printed head elsewhere: an older head that is missing later \
                            shows that records were cut off the end.")]
    Verify {
        /// Configuration file of the node
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Print the result as JSON
        #[arg(long)]
        json: bool,
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
}

/// Runs the command.
///
/// # Errors
///
/// The log is damaged, or cannot be read.
pub(super) fn run(args: AuditArgs) -> Result<(), AuditCommandError> {
    let AuditCommand::Verify { config, json } = args.command;
    let path = NodeConfig::load(Some(&config))?.audit_path()?;
    print(&verify(&path)?, json);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the result is the output of the command")]
fn print(verified: &VerifiedLog, json: bool) {
    if json {
        println!("{}", serde_json::to_string(verified).unwrap_or_default());
        return;
    }
    println!("sound: {} records, {} of them decisions", verified.records, verified.decisions);
    println!("head:  {}", verified.head);
    if verified.torn_bytes > 0 {
        println!("{} bytes of an unfinished record stand behind the last one", verified.torn_bytes);
    }
}
