//! `fyr-node purge`: takes people who withdrew out of the store for good.

use std::path::PathBuf;

use clap::Args;
use fyr_doors::say;
use fyr_ingest::IngestError;
use fyr_node::{Purge, PurgeDue, PurgeError, PurgeScope};
use fyr_store::{PurgeSummary, Store};
use indicatif::{ProgressBar, ProgressStyle};

use super::state::{OpenState, StateArgs, StateCommandError};

/// Delete the data of everybody who withdrew from the disk, and all that names them.
///
/// Their genotypes, documents and ids leave every file of the store, of all datasets unless one is named, former versions
/// among them. What stays is a keyed hash of each id, by which no later ingest brings them back.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLE)]
pub(super) struct PurgeArgs {
    #[command(flatten)]
    state: StateArgs,
    /// Purge only this dataset
    #[arg(long, value_name = "ID")]
    dataset: Option<String>,
    /// Purge only this person, by any of their ids
    #[arg(long, value_name = "ID")]
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
  fyr-node purge --config node.toml --person P-17 --yes

It cannot be undone, and answers do not change by it: whoever withdrew is in none already. Running nodes
need not stop. A purge that was interrupted is finished by the next one. As long as a dataset has something of a person,
because another one was named, the state goes on naming them. Backups, and the files that were
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
    /// What an ingest left behind cannot be deleted.
    #[error(transparent)]
    Left(#[from] IngestError),
}

/// Runs the command.
///
/// # Errors
///
/// The state or the store cannot be read or written; then another run does what is left.
pub(super) async fn run(args: PurgeArgs) -> Result<(), PurgeCommandError> {
    let open = args.state.open().await?;
    let no_store = || PurgeCommandError::NoStore(args.state.file().to_owned());
    let store = open.store().await?.ok_or_else(no_store)?;
    if args.yes {
        open.clear_pipes()?;
    }
    let purge = Purge::find(&open.state, &store, &args.scope()).await?;
    if purge.people.is_empty() {
        say!("nobody who withdrew is in the store");
        return Ok(());
    }
    for due in &purge.datasets {
        let (dataset, people) = (&due.dataset, due.people.len());
        if !args.yes {
            say!("dataset {dataset}: {} would be purged, for good; add --yes to do it", counted(people));
            continue;
        }
        let done = run_drawn(due, &open, &store, args.quiet).await?;
        say!("dataset {dataset}: {}", words(people, &done));
    }
    if args.yes {
        let forgotten = purge.finish(&open.state, &store, &open.actor).await?;
        say!("{forgotten} of {} named nowhere any more", counted(purge.people.len()));
    } else if purge.datasets.is_empty() {
        say!("{} named by the state alone; add --yes to forget them", counted(purge.people.len()));
    }
    Ok(())
}

impl PurgeArgs {
    fn scope(&self) -> PurgeScope {
        PurgeScope { dataset: self.dataset.clone(), person: self.person.clone() }
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
