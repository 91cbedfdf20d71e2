//! `fyr-node remove`: takes a dataset, or samples of one, out of a store.

use std::{
    io::{self, BufRead, IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::Args;
use fyr_doors::say;
use fyr_store::{RemovedSamples, Store, StoreError};

/// Remove a dataset, or the genotypes of some samples, and delete the files.
///
/// Samples lose their genotypes, reference blocks and what was stated of their files, in one commit; documents of
/// their people stay, and so does everybody else. It is for data that were loaded by mistake. Data of people who
/// withdrew go with `fyr-node consent withdraw` and `fyr-node purge`: everything that tells of them, and for good.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLE)]
pub(super) struct RemoveArgs {
    /// Directory of the store
    #[arg(long, value_name = "DIR")]
    store: PathBuf,
    /// Dataset to remove, or to remove samples from
    #[arg(long, value_name = "ID")]
    dataset: String,
    /// Remove only the genotypes of this sample, or of all samples of the person with this id; may be given several times
    #[arg(long = "sample", value_name = "ID")]
    samples: Vec<String>,
    /// Remove samples without asking first
    #[arg(long, requires = "samples")]
    yes: bool,
}

const EXAMPLE: &str = "\
Examples:
  fyr-node remove --store /data/fin --dataset finland-2026
  fyr-node remove --store /data/fin --dataset finland-2026 --sample S-17 --sample S-18 --yes

A sample that the dataset does not have is an error, and then nothing is removed. Files that were loaded can be
loaded again: take them out of a directory that is watched, or they come back when it is watched anew. An id names the sample that was loaded under it; where there is none, all samples of the person.

Exit status: 0 done, 1 failed or not confirmed, 2 wrong usage.";

/// Why nothing was removed.
#[derive(Debug, thiserror::Error)]
pub(super) enum RemoveError {
    /// The store or the dataset does not exist, or it cannot be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nobody can be asked.
    #[error("there is no terminal to ask on: say --yes to remove samples")]
    NobodyToAsk,
    /// The terminal cannot be read or written.
    #[error("cannot ask on the terminal: {0}")]
    Terminal(#[from] io::Error),
}

/// Runs the command.
///
/// # Errors
///
/// The store, the dataset or a sample does not exist, the store is being written to, or nobody can be asked.
pub(super) async fn run(args: RemoveArgs) -> Result<ExitCode, RemoveError> {
    super::require_store(&args.store)?;
    let dataset = &args.dataset;
    if args.samples.is_empty() {
        Store::open(&args.store).await?.remove(dataset).await?;
        say!("removed dataset {dataset}");
        return Ok(ExitCode::SUCCESS);
    }
    if !args.yes && !is_confirmed(dataset, &args.samples)? {
        say!("nothing was removed");
        return Ok(ExitCode::FAILURE);
    }
    let removed = Store::open(&args.store).await?.remove_samples(dataset, &args.samples).await?;
    say!("{}", words(dataset, &removed));
    Ok(ExitCode::SUCCESS)
}

/// Asks on the terminal.
fn is_confirmed(dataset: &str, samples: &[String]) -> Result<bool, RemoveError> {
    let (input, mut output) = (io::stdin(), io::stderr());
    if !input.is_terminal() || !output.is_terminal() {
        return Err(RemoveError::NobodyToAsk);
    }
    write!(output, "remove the genotypes of {} from dataset {dataset}? [y/N] ", samples.join(", "))?;
    output.flush()?;
    let mut answer = String::new();
    input.lock().read_line(&mut answer)?;
    Ok(is_yes(&answer))
}

fn is_yes(answer: &str) -> bool {
    ["y", "yes"].contains(&answer.trim().to_lowercase().as_str())
}

fn words(dataset: &str, removed: &RemovedSamples) -> String {
    let RemovedSamples { version, samples, beside, rewritten, dropped } = removed;
    let mut words = format!(
        "dataset {dataset}: removed the genotypes of {}; {rewritten} segments written again, {dropped} dropped (version \
         {version})",
        samples.join(", ")
    );
    if !beside.is_empty() {
        words += &format!("\nother samples of the same people stay: {}", beside.join(", "));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_is_a_yes() {
        assert!([" y\n", "Yes\n", "YES"].iter().all(|answer| is_yes(answer)));
        assert!(!["", "\n", "n\n", "yess\n", "ye\n"].iter().any(|answer| is_yes(answer)));
    }

    #[test]
    fn samples_that_stay_are_named() {
        let removed =
            RemovedSamples { samples: vec!["S1".into()], rewritten: 2, ..RemovedSamples::default() };
        let told = words("D", &RemovedSamples { beside: vec!["S2".into()], ..removed.clone() });
        assert!(told.contains("genotypes of S1; 2 segments") && told.ends_with("stay: S2"), "{told}");
        assert!(!words("D", &removed).contains("stay"));
    }
}
