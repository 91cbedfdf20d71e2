//! `fyr-node state adopt`: an operator says which state is a store's, where that cannot be told.

use clap::{Args, Subcommand};
use fyr_doors::say;
use fyr_node::{Adopted, NodeConfig, StartError, config::ConfigError};

use crate::state::{StateArgs, actor};

/// Say which state belongs to a store.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLE)]
pub(super) struct StateCommandArgs {
    #[command(subcommand)]
    command: StateCommand,
}

const EXAMPLE: &str = "\
Store and state know each other, and the store knows up to which change its state was seen. A state that is missing,
older than that or another store's is refused by every command that uses it, because whoever withdrew since would be
counted again. The way out is the state's backup. If it is lost, and only then:

  fyr-node state adopt --config node.toml --reason \"disk lost 2026-11-30; withdrawals since 2026-11-28 recorded anew\"

takes the state that the configuration names, or a new one, for the store's from now on. Stop the node before, and record
every withdrawal that it does not know with `fyr-node consent withdraw` before you start it again.

Exit status: 0 done, 1 failed, 2 wrong usage.";

#[derive(Clone, Debug, Subcommand)]
enum StateCommand {
    /// Take the state that the configuration names for the store's from now on
    Adopt {
        #[command(flatten)]
        state: StateArgs,
        /// Why, and what was done about withdrawals that this state does not know; for the history
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum AdoptError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Store or state cannot be read or changed.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Nothing says why.
    #[error("--reason is empty: say why, and what was done about withdrawals that this state does not know")]
    NoReason,
}

/// Runs the command.
///
/// # Errors
///
/// Nothing says why, or store or state cannot be read or changed.
pub(super) async fn run(args: StateCommandArgs) -> Result<(), AdoptError> {
    let StateCommand::Adopt { state, reason } = args.command;
    if reason.trim().is_empty() {
        return Err(AdoptError::NoReason);
    }
    let config = NodeConfig::load(Some(state.file()))?;
    let actor = state.actor().map_or_else(actor, str::to_owned);
    let adopted = config.adopt_state(&actor, &reason).await?;
    say!("{}", words(&adopted));
    Ok(())
}

fn words(adopted: &Adopted) -> String {
    let Adopted { seen, was_its_own, version } = adopted;
    let done = format!("this state is the store's from now on, with change {version}");
    match seen {
        None => format!("{done}; the store had seen none"),
        Some(seen) if *was_its_own && seen < version => format!("{done}; it was so before"),
        Some(seen) => format!(
            "{done}; the store had seen change {seen} of {}: record anew, with `fyr-node consent withdraw`, whoever \
             withdrew and is not in `fyr-node consent history`",
            if *was_its_own { "a later copy of it" } else { "another one" }
        ),
    }
}
