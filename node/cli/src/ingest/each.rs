//! Files that are loaded one by one, each in a commit of its own: one report a file, and one that is refused holds nobody up.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::ExitCode,
};

use fyr_doors::say;
use fyr_ingest::{IngestError, IngestReport};
use fyr_store::StoreError;
use serde::Serialize;
use tokio::sync::watch::{self, Receiver};

use super::{IngestArgs, IngestCommandError, files::Files, is_sound, load, table};

/// What became of a file.
#[derive(Debug, Serialize)]
struct Done<'a> {
    file: &'a Path,
    #[serde(flatten)]
    outcome: Outcome,
}

#[derive(Debug, Serialize)]
#[serde(tag = "outcome", rename_all = "lowercase")]
enum Outcome {
    /// The dataset has it now; or, where nothing was to be written, it can be loaded.
    Loaded { report: Box<IngestReport> },
    /// The dataset had it already.
    Known { since: String },
    /// It was refused.
    Failed { error: String },
}

/// How many files there were of each outcome.
#[derive(Debug, Default)]
struct Tally {
    loaded: u64,
    known: u64,
    /// Those that were refused, and not loaded since.
    failed: BTreeSet<PathBuf>,
}

/// Loads files one by one, until there are no more or somebody stops it. What was loaded by then stays.
///
/// # Errors
///
/// Nobody can tell who withdrew; a list cannot be read; or somebody stopped it before the end of what was to be loaded.
pub(super) async fn run(
    args: &IngestArgs,
    mut files: Files,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<ExitCode, IngestCommandError> {
    let stopped = stopping(stop);
    let mut tally = Tally::default();
    loop {
        let next = tokio::select! {
            biased;
            () = when(stopped.clone()) => break,
            next = files.next() => next?,
        };
        let Some(file) = next else { break };
        let result = load(args, vec![file.clone()], when(stopped.clone())).await;
        if *stopped.borrow() && matches!(result, Err(IngestCommandError::Ingest(IngestError::Interrupted))) {
            break;
        }
        if let Err(IngestCommandError::Ingest(IngestError::Store(StoreError::Locked(_)))) = &result {
            files.again(&file);
        }
        let outcome = outcome(result)?;
        tally.add(&file, &outcome);
        print(&Done { file: &file, outcome }, args.json);
    }
    tally.end(args, *stopped.borrow())
}

/// Listens for whoever stops it.
fn stopping(stop: impl Future<Output = ()> + Send + 'static) -> Receiver<bool> {
    let (sender, stopped) = watch::channel(false);
    tokio::spawn(async move {
        stop.await;
        let _ = sender.send(true);
    });
    stopped
}

/// Ends when somebody stops it.
async fn when(mut stopped: Receiver<bool>) {
    if stopped.wait_for(|stopped| *stopped).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Tells what is the file's own from what holds for all.
fn outcome(result: Result<IngestReport, IngestCommandError>) -> Result<Outcome, IngestCommandError> {
    match result {
        Ok(report) if is_sound(&report) => Ok(Outcome::Loaded { report: Box::new(report) }),
        Ok(report) => {
            let alleles = report.counts.without_counts;
            let error =
                format!("{alleles} alleles have neither samples nor AC and AN: an ingest refuses the file");
            Ok(Outcome::Failed { error })
        }
        Err(IngestCommandError::Ingest(IngestError::Store(StoreError::AlreadyIngested {
            since, ..
        }))) => Ok(Outcome::Known { since }),
        Err(IngestCommandError::Ingest(error)) => Ok(Outcome::Failed { error: error.to_string() }),
        Err(error) => Err(error),
    }
}

impl Tally {
    fn add(&mut self, file: &Path, outcome: &Outcome) {
        self.failed.remove(file);
        match outcome {
            Outcome::Loaded { .. } => self.loaded += 1,
            Outcome::Known { .. } => self.known += 1,
            Outcome::Failed { .. } => {
                self.failed.insert(file.to_owned());
            }
        }
    }

    fn end(&self, args: &IngestArgs, was_stopped: bool) -> Result<ExitCode, IngestCommandError> {
        let Self { loaded, known, failed } = self;
        if !args.json {
            say!(
                "{loaded} files {}, {known} in the dataset already, {} refused",
                if args.check { "without faults" } else { "loaded" },
                failed.len()
            );
        }
        // A directory is watched until somebody stops it; all others were to be loaded to the end.
        if was_stopped && args.watch.is_none() {
            return Err(IngestError::Interrupted.into());
        }
        Ok(if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn print(done: &Done<'_>, json: bool) {
    if json {
        return say!("{}", serde_json::to_string(done).unwrap_or_default());
    }
    let file = done.file.display();
    match &done.outcome {
        Outcome::Loaded { report } => say!("{file}: {}\n", table::of(report)),
        Outcome::Known { since } => say!("{file}: in the dataset already, since {since}"),
        Outcome::Failed { error } => say!("{file}: refused: {error}"),
    }
}

#[cfg(test)]
mod tests;
