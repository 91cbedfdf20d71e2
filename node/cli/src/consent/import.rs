//! `fyr-node consent import`: what many people said, from a table, all of it or nothing.

mod table;

use std::{fs, path::PathBuf};

use clap::Args;
use fyr_doors::say;
use fyr_state::StateError;
use indicatif::{ProgressBar, ProgressStyle};

use super::{ConsentError, people};
use crate::state::{OpenState, StateArgs, in_effect};

pub(crate) use table::ImportError;
use table::Row;

/// Record what many people said, from a CSV file: all of it, or nothing if a line has a fault.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLE)]
pub(crate) struct ImportArgs {
    #[command(flatten)]
    state: StateArgs,
    /// Dataset of everybody in the file, if it has no column for it
    #[arg(long, value_name = "ID")]
    dataset: Option<String>,
    /// Show no progress
    #[arg(long)]
    quiet: bool,
    /// Table with a header; its separator may be a comma, a semicolon or a tab
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

const EXAMPLE: &str = "\
Example:
  fyr-node consent import --config node.toml consents.csv

with a file such as
  dataset,person,allele-frequency,subject-level,secondary-use,care,opt-out
  finland-2026,P-17,yes,no,yes,,
  finland-2026,P-18,yes,yes,yes,no,no

Only the column person is required. Answers are yes, no or unstated; an empty cell leaves the item as it was.
Whoever withdrew cannot be in the file.";

/// Runs the command.
#[expect(clippy::print_stderr, reason = "the outcome is the output of the command")]
pub(super) async fn run(args: ImportArgs) -> Result<(), ConsentError> {
    let read = |source| ImportError::Read { path: args.file.clone(), source };
    let text = fs::read_to_string(&args.file).map_err(read)?;
    let rows = table::parse(&args.file, &text, args.dataset.as_deref())?;
    let open = args.state.open().await?;
    let unknown = unknown(&open, &rows).await?;
    let (lines, said): (Vec<_>, Vec<_>) = rows.into_iter().map(|row| (row.line, row.said)).unzip();
    let bar = if args.quiet { ProgressBar::hidden() } else { progress(said.len()) };
    let result = open.state.set(&open.actor, &said, || bar.inc(1)).await;
    bar.finish_and_clear();
    let effective = result.map_err(|error| at_line(&args.file, &lines, error))?;
    if unknown > 0 {
        eprintln!(
            "note: {} of the file are not in the store yet; it counts for data that are loaded later",
            people(unknown)
        );
    }
    let total = people(said.len() as u64);
    say!("{total} read, {} changed, {}", effective.changed, in_effect(&effective));
    Ok(())
}

/// Counts whom the store does not know.
async fn unknown(open: &OpenState, rows: &[Row]) -> Result<u64, ConsentError> {
    let Some(store) = open.store().await? else { return Ok(rows.len() as u64) };
    let mut known = std::collections::BTreeMap::new();
    let mut unknown = 0;
    for row in rows {
        let ids = match known.entry(row.said.dataset.clone()) {
            std::collections::btree_map::Entry::Occupied(ids) => ids.into_mut(),
            std::collections::btree_map::Entry::Vacant(place) => {
                place.insert(store.ids(&row.said.dataset).await?)
            }
        };
        unknown += u64::from(!ids.contains(&row.said.person));
    }
    Ok(unknown)
}

fn progress(rows: usize) -> ProgressBar {
    let bar = ProgressBar::new(rows as u64);
    if let Ok(style) = ProgressStyle::with_template("recording {wide_bar} {pos} of {len} {eta}") {
        bar.set_style(style);
    }
    bar
}

/// Names the line instead of the number of the entry.
fn at_line(file: &std::path::Path, lines: &[u64], error: StateError) -> ConsentError {
    let reason = match &error {
        StateError::Withdrew(index) => Some((index, "the person has withdrawn: remove the line")),
        StateError::Id(index) => Some((index, "an id has control characters: write it as the data do")),
        _ => None,
    };
    match reason.and_then(|(index, reason)| Some((*lines.get(*index)?, reason))) {
        Some((line, reason)) => {
            let faults = vec![table::Fault { line, reason: reason.to_owned() }];
            ConsentError::Import(ImportError::Faults { path: file.to_owned(), faults })
        }
        None => error.into(),
    }
}
