//! `fyr-node remove`: takes a dataset out of a store.

use std::path::PathBuf;

use clap::Args;
use fyr_store::{Store, StoreError};

/// Remove a dataset and delete its files.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Example:\n  fyr-node remove --store /data/fin --dataset finland-2026")]
pub(super) struct RemoveArgs {
    /// Directory of the store
    #[arg(long, value_name = "DIR")]
    store: PathBuf,
    /// Dataset to remove
    #[arg(long, value_name = "ID")]
    dataset: String,
}

/// Runs the command.
///
/// # Errors
///
/// The store or the dataset does not exist, or the store is being written to.
#[expect(clippy::print_stdout, reason = "the outcome is the output of the command")]
pub(super) async fn run(args: RemoveArgs) -> Result<(), StoreError> {
    super::require_store(&args.store)?;
    Store::open(&args.store).await?.remove(&args.dataset).await?;
    println!("removed dataset {}", args.dataset);
    Ok(())
}
