//! `fyr-node purge`: takes people who withdrew out of the store for good.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    path::PathBuf,
};

use clap::Args;
use fyr_state::{StateError, Stated};
use fyr_store::{PurgeSummary, Store, StoreError};
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
pub(super) enum PurgeError {
    /// The state or the store cannot be used.
    #[error(transparent)]
    State(#[from] StateCommandError),
    /// The node has no store on this machine.
    #[error("there is no store on this machine that `{}` names: run the command where it lies", .0.display())]
    NoStore(PathBuf),
    /// The person is in the data by right.
    #[error("the person has not withdrawn from `{0}`: record it first, with `fyr-node consent withdraw`")]
    NotWithdrawn(String),
}

impl From<StateError> for PurgeError {
    fn from(error: StateError) -> Self {
        Self::State(error.into())
    }
}

impl From<StoreError> for PurgeError {
    fn from(error: StoreError) -> Self {
        Self::State(error.into())
    }
}

/// Runs the command.
///
/// # Errors
///
/// The state or the store cannot be read or written; then another run does what is left.
#[expect(clippy::print_stdout, reason = "the outcome is the output of the command")]
pub(super) async fn run(args: PurgeArgs) -> Result<(), PurgeError> {
    let open = args.state.open().await?;
    let store = open.store().await?.ok_or_else(|| PurgeError::NoStore(args.state.file().to_owned()))?;
    let gone = Gone::find(&open, &store, &args).await?;
    if gone.is_empty() {
        println!("nobody who withdrew is in the store");
        return Ok(());
    }
    for (dataset, people) in gone.0 {
        if !args.yes {
            println!(
                "dataset {dataset}: {} would be purged, for good; add --yes to do it",
                counted(people.len())
            );
            continue;
        }
        let done = purge(&open, &store, &dataset, &people, args.quiet).await?;
        println!("dataset {dataset}: {}", words(people.len(), &done));
    }
    Ok(())
}

/// The people who withdrew and of whom something is left, by dataset: each with all their ids.
struct Gone(BTreeMap<String, Vec<Vec<String>>>);

impl Gone {
    async fn find(open: &OpenState, store: &Store, args: &PurgeArgs) -> Result<Self, PurgeError> {
        let stated = open.state.statements(args.dataset.as_deref()).await?;
        let listed = store.datasets().await?.into_iter().map(|dataset| dataset.id);
        let mut datasets: BTreeSet<String> = stated.iter().map(|stated| stated.dataset.clone()).collect();
        datasets.extend(listed.filter(|id| args.dataset.as_ref().is_none_or(|only| only == id)));
        let mut gone = BTreeMap::new();
        for dataset in datasets {
            let people = Self::of_dataset(open, store, &dataset, &stated).await?;
            let people = only(people, &dataset, args.person.as_deref(), open).await?;
            gone.extend((!people.is_empty()).then_some((dataset, people)));
        }
        Ok(Self(gone))
    }

    /// Finds them by what the store holds and by what the state still says of them in plain.
    async fn of_dataset(
        open: &OpenState,
        store: &Store,
        dataset: &str,
        stated: &[Stated],
    ) -> Result<Vec<Vec<String>>, PurgeError> {
        let withdrawn = open.state.withdrawn_ids(dataset).await?;
        let of_dataset = stated.iter().filter(|stated| stated.dataset == dataset);
        let mut ids: BTreeSet<String> = of_dataset.map(|stated| stated.person.clone()).collect();
        ids.extend(store.ids(dataset).await?);
        ids.retain(|id| withdrawn.contains(id));
        let (mut people, mut seen): (Vec<Vec<String>>, HashSet<String>) = Default::default();
        for id in ids {
            if seen.contains(&id) {
                continue;
            }
            let all = store.aliases(dataset, &id).await?;
            seen.extend(all.iter().cloned());
            people.push(all);
        }
        Ok(people)
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Keeps one person, if only they are to be purged.
async fn only(
    people: Vec<Vec<String>>,
    dataset: &str,
    person: Option<&str>,
    open: &OpenState,
) -> Result<Vec<Vec<String>>, PurgeError> {
    let Some(person) = person else { return Ok(people) };
    if !open.state.is_withdrawn(dataset, person).await? {
        return Err(PurgeError::NotWithdrawn(dataset.to_owned()));
    }
    Ok(people.into_iter().filter(|ids| ids.iter().any(|id| id == person)).collect())
}

/// Purges a dataset. Should the command end on the way, the state still knows who is left: their ids are
/// remembered first, then their data go, and the plain mentions of them last.
async fn purge(
    open: &OpenState,
    store: &Store,
    dataset: &str,
    people: &[Vec<String>],
    quiet: bool,
) -> Result<PurgeSummary, PurgeError> {
    open.state.learn(&open.actor, dataset, people).await?;
    let ids = people.concat();
    let bar = if quiet { ProgressBar::hidden() } else { progress(dataset) };
    let drawn = bar.clone();
    let step = move |done, total| {
        drawn.set_length(total);
        drawn.set_position(done);
    };
    let summary = store.purge_with(dataset, &ids, step).await;
    bar.finish_and_clear();
    let summary = summary?;
    open.state.forget(&open.actor, dataset, &ids).await?;
    Ok(summary)
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
