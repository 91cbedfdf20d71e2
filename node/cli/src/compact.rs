//! `fyr-node compact`: merges what was loaded a little at a time.

use std::{ops::ControlFlow, path::PathBuf};

use clap::Args;
use fyr_doors::say;
use fyr_store::{CompactSummary, Compaction, Store, StoreError};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

/// Merge what was loaded a little at a time, such as a file a patient a day.
///
/// Each ingest is a segment, and a question reads all of them: after many small files, a count over a chromosome takes far
/// longer than on one joint file. Merged, they are read as one. Answers do not change by it.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLE)]
pub(super) struct CompactArgs {
    /// Directory of the store
    #[arg(long, value_name = "DIR")]
    store: PathBuf,
    /// Merge only what is in this dataset
    #[arg(long, value_name = "ID")]
    dataset: Option<String>,
    /// Print what was done as JSON
    #[arg(long)]
    json: bool,
    /// Show no progress
    #[arg(long)]
    quiet: bool,
}

const EXAMPLE: &str = "\
Examples:
  fyr-node compact --store /data/fin
  fyr-node compact --store /data/fin --dataset finland-2026 --json

Running nodes need not stop; by default they merge by themselves, a little at a time ([compaction] in their
configuration). Each dataset becomes one segment, or a few where segments say different things of all their alleles:
aligned by a reference sequence or not, annotated or not. Somebody of whom more is stated than records say (--callable,
blocks of genome VCFs) is in one segment once only. Segments of several files of before Fyr noted which file had an
allele stay as they are. A file that was loaded stays known, and is not loaded twice.

It needs as much room on the disk as the dataset has. If it is interrupted, or somebody else writes to the store
meanwhile, nothing was changed: run it again.

Exit status: 0 done, 1 failed, 2 wrong usage.";

/// What was done with a dataset.
#[derive(Serialize)]
struct Done {
    dataset: String,
    #[serde(flatten)]
    summary: CompactSummary,
}

/// Runs the command.
///
/// # Errors
///
/// The store or the dataset does not exist, or the store is being written to, or cannot be written.
pub(super) async fn run(args: CompactArgs) -> Result<(), StoreError> {
    super::require_store(&args.store)?;
    let store = Store::open(&args.store).await?;
    let mut done = Vec::new();
    for dataset in args.datasets(&store).await? {
        let summary = run_drawn(&store, &dataset, args.quiet || args.json).await?;
        if !args.json {
            say!("dataset {dataset}: {}", words(&summary));
        }
        done.push(Done { dataset, summary });
    }
    if args.json {
        say!("{}", serde_json::to_string_pretty(&done).unwrap_or_default());
    }
    Ok(())
}

impl CompactArgs {
    /// Returns the datasets that are meant.
    async fn datasets(&self, store: &Store) -> Result<Vec<String>, StoreError> {
        match &self.dataset {
            Some(dataset) => Ok(vec![dataset.clone()]),
            None => Ok(store.datasets().await?.into_iter().map(|dataset| dataset.id).collect()),
        }
    }
}

/// Merges the segments of a dataset and draws how far it is.
async fn run_drawn(store: &Store, dataset: &str, quiet: bool) -> Result<CompactSummary, StoreError> {
    let bar = if quiet { ProgressBar::hidden() } else { progress(dataset) };
    let drawn = bar.clone();
    let step = move |done, total| {
        drawn.set_length(total);
        drawn.set_position(done);
        ControlFlow::Continue(())
    };
    let summary = store.compact_with(dataset, Compaction::All, step).await;
    bar.finish_and_clear();
    summary
}

fn progress(dataset: &str) -> ProgressBar {
    let bar = ProgressBar::new(0);
    let template = "merging {msg} {wide_bar} {human_pos} of {human_len} alleles {eta}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.with_message(dataset.to_owned())
}

fn words(done: &CompactSummary) -> String {
    let CompactSummary { version, merged, made, segments } = done;
    let segments = if *segments == 1 { "1 segment".to_owned() } else { format!("{segments} segments") };
    match merged {
        0 => format!("nothing to merge; it has {segments} (version {version})"),
        _ => format!("{merged} segments became {made}; it has {segments} now (version {version})"),
    }
}
