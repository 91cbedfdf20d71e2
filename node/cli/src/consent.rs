//! `fyr-node consent`: records what people said, and who withdrew.

mod answer;
mod history;
mod import;
mod set;
mod show;
mod withdraw;

use clap::{Args, Subcommand};
use fyr_node::WithdrawalError;

use super::state::StateCommandError;

/// Record what people agreed to, and who withdrew.
///
/// Every change is durable, stands in a history, and is in force at every running replica of the node
/// before the command ends, which takes less than a second.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLE)]
pub(super) struct ConsentArgs {
    #[command(subcommand)]
    command: ConsentCommand,
}

const EXAMPLE: &str = "\
A person agrees or refuses item by item; an item that nobody asked about stays unstated:
  allele-frequency   to be counted in allele frequencies
  subject-level      to be found by questions about people: phenotypes, single persons
  secondary-use      to be used for research and other secondary use
  care               to be looked up in the care of somebody else
  opt-out            yes ends all secondary use, whatever was agreed to (EHDS regulation, article 71)

Who withdraws is in no answer any more, of no dataset of the store, as if they had never been here, and no later ingest
brings them back, under whatever dataset. `fyr-node purge` then removes their data from the disk.

Examples:
  fyr-node consent import --config node.toml --dataset finland-2026 consents.csv
  fyr-node consent set --config node.toml --dataset finland-2026 --person P-17 --secondary-use no
  fyr-node consent withdraw --config node.toml --person P-17
  fyr-node consent show --config node.toml --dataset finland-2026

Exit status: 0 in force, 1 failed and nothing was changed, 2 wrong usage.";

#[derive(Clone, Debug, Subcommand)]
enum ConsentCommand {
    Set(set::SetArgs),
    Withdraw(withdraw::WithdrawArgs),
    Reinstate(withdraw::ReinstateArgs),
    Import(import::ImportArgs),
    Show(show::ShowArgs),
    History(history::HistoryArgs),
}

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConsentError {
    /// The state or the store cannot be used.
    #[error(transparent)]
    State(#[from] StateCommandError),
    /// The table cannot be imported.
    #[error(transparent)]
    Import(#[from] import::ImportError),
    /// Nobody has this id.
    #[error(
        "nobody in {} has the id `{person}`: check it with your records, or add --allow-unknown if their data are to \
         be loaded later",
        dataset.as_ref().map_or_else(|| "any dataset".to_owned(), |dataset| format!("dataset `{dataset}`"))
    )]
    Unknown {
        /// Dataset that was given.
        dataset: Option<String>,
        /// Id that was given.
        person: String,
    },
    /// Nothing is to be recorded.
    #[error("nothing to record: say yes, no or unstated to at least one item, such as --secondary-use no")]
    NoAnswer,
}

impl From<fyr_state::StateError> for ConsentError {
    fn from(error: fyr_state::StateError) -> Self {
        Self::State(error.into())
    }
}

impl From<WithdrawalError> for ConsentError {
    fn from(error: WithdrawalError) -> Self {
        match error {
            WithdrawalError::State(error) => error.into(),
            WithdrawalError::Store(error) => error.into(),
            WithdrawalError::Unknown { dataset, person } => Self::Unknown { dataset, person },
        }
    }
}

impl From<fyr_store::StoreError> for ConsentError {
    fn from(error: fyr_store::StoreError) -> Self {
        Self::State(error.into())
    }
}

/// Runs the command.
///
/// # Errors
///
/// The state cannot be read or changed, or what is to be recorded cannot be; then nothing was changed.
pub(super) async fn run(args: ConsentArgs) -> Result<(), ConsentError> {
    match args.command {
        ConsentCommand::Set(args) => set::run(args).await,
        ConsentCommand::Withdraw(args) => withdraw::run(args).await,
        ConsentCommand::Reinstate(args) => withdraw::reinstate(args).await,
        ConsentCommand::Import(args) => import::run(args).await,
        ConsentCommand::Show(args) => show::run(args).await,
        ConsentCommand::History(args) => history::run(args).await,
    }
}

/// Names a dataset and a person.
#[derive(Args, Clone, Debug)]
struct PersonArgs {
    /// Dataset that the person is in
    #[arg(long, value_name = "ID")]
    dataset: String,
    /// Id of the person in it, or of one of their samples
    #[arg(long, value_name = "ID")]
    person: String,
}

/// Names a person of any dataset.
#[derive(Args, Clone, Debug)]
struct AnywhereArgs {
    /// Dataset that the id was taken from, to check it by; it concerns all
    #[arg(long, value_name = "ID")]
    dataset: Option<String>,
    /// Id of the person in any dataset, or of one of their samples: the same id is the same person in all of them
    #[arg(long, value_name = "ID")]
    person: String,
}

/// Returns "1 person" or "3 people".
fn people(count: u64) -> String {
    if count == 1 { "1 person".to_owned() } else { format!("{count} people") }
}

#[cfg(test)]
mod tests;
