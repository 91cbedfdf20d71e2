//! `fyr-node purge`: takes people who withdrew out of the store for good.

use std::path::PathBuf;

use clap::Args;
use fyr_node::{PurgeDue, PurgeError, PurgeScope};
use fyr_store::{PurgeSummary, Store};
use indicatif::{ProgressBar, ProgressStyle};

use super::state::{OpenState, StateArgs, StateCommandError};

/// Delete the data of everybody who withdrew from the disk, and all that names them.
///
/// Their genotypes, documents and ids leave every file of the store, former versions among them. What stays
/// is a keyed hash of each id, by which no later ingest brings them back.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLE)]
pub(super) struct PurgeArgs {
    #[command(flatten)]
    state: StateArgs,
    /// Purge only this dataset
    #[arg(long, value_name = "ID")]
    dataset: Option<String>,
    /// Purge only this person, by any of their ids
    #[arg(long, value_name = "ID", requires = "dataset")]
    person: Option<String>,
    /// Do it; otherwise the command only says how many people it concerns
    #[arg(long)]
    yes: bool,
    /// Show no progress
    #[arg(long)]
    quiet: bool,
}

const EXAMPLE: &str = "\
Examples:
  fyr-node purge --config node.toml
  fyr-node purge --config node.toml --yes
  fyr-node purge --config node.toml --dataset finland-2026 --person P-17 --yes

It cannot be undone, and answers do not change by it: whoever withdrew is in none already. Running nodes
need not stop. A purge that was interrupted is finished by the next one. Backups, and the files that were
ingested, are not the node's: delete them where they lie.

Exit status: 0 done, 1 failed, 2 wrong usage.";

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum PurgeCommandError {
    /// The state or the store cannot be used.
    #[error(transparent)]
    State(#[from] StateCommandError),
    /// The node has no store on this machine.
    #[error("there is no store on this machine that `{}` names: run the command where it lies", .0.display())]
    NoStore(PathBuf),
    /// Nothing, or not everything, was purged.
    #[error(transparent)]
    Purge(#[from] PurgeError),
}

/// Runs the command.
///
/// # Errors
///
/// The state or the store cannot be read or written; then another run does what is left.
#[expect(clippy::print_stdout, reason = "the outcome is the output of the command")]
pub(super) async fn run(args: PurgeArgs) -> Result<(), PurgeCommandError> {
    let open = args.state.open().await?;
    let no_store = || PurgeCommandError::NoStore(args.state.file().to_owned());
    let store = open.store().await?.ok_or_else(no_store)?;
    let purges = PurgeDue::find(&open.state, &store, &args.scope()).await?;
    if purges.is_empty() {
        println!("nobody who withdrew is in the store");
    }
    for purge in purges {
        let (dataset, people) = (&purge.dataset, purge.people.len());
        if !args.yes {
            println!("dataset {dataset}: {} would be purged, for good; add --yes to do it", counted(people));
            continue;
        }
        let done = run_drawn(&purge, &open, &store, args.quiet).await?;
        println!("dataset {dataset}: {}", words(people, &done));
    }
    Ok(())
}

impl PurgeArgs {
    fn scope(&self) -> PurgeScope {
        match (self.dataset.clone(), self.person.clone()) {
            (None, _) => PurgeScope::Everything,
            (Some(dataset), None) => PurgeScope::Dataset(dataset),
            (Some(dataset), Some(person)) => PurgeScope::Person { dataset, person },
        }
    }
}

/// Purges a dataset and draws how far it is.
async fn run_drawn(
    purge: &PurgeDue,
    open: &OpenState,
    store: &Store,
    quiet: bool,
) -> Result<PurgeSummary, PurgeError> {
    let bar = if quiet { ProgressBar::hidden() } else { progress(&purge.dataset) };
    let drawn = bar.clone();
    let step = move |done, total| {
        drawn.set_length(total);
        drawn.set_position(done);
    };
    let summary = purge.run(&open.state, store, &open.actor, step).await;
    bar.finish_and_clear();
    summary
}

fn progress(dataset: &str) -> ProgressBar {
    let bar = ProgressBar::new(0);
    let template = "purging {msg} {wide_bar} {human_pos} of {human_len} variants {eta}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.with_message(dataset.to_owned())
}

fn words(people: usize, done: &PurgeSummary) -> String {
    let PurgeSummary { version, people: found, rewritten, dropped } = done;
    format!(
        "{} purged, of whom {found} had data; {rewritten} segments written again, {dropped} dropped (version \
         {version})",
        counted(people)
    )
}

fn counted(people: usize) -> String {
    if people == 1 { "1 person".to_owned() } else { format!("{people} people") }
}
