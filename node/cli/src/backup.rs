//! `fyr-node backup`: copies data, state, keys and audit log of a node to another disk, while it serves.

use std::{num::NonZeroUsize, path::PathBuf};

use clap::Args;
use fyr_doors::say;
use fyr_node::{
    NodeConfig,
    backup::{BackupError, BackupOptions, Taken, take_backup},
    config::ConfigError,
};
use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use serde_json::{Value, json};

/// Copy data, state, keys and audit log of a node to another disk; it may serve meanwhile.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLE)]
pub(super) struct BackupArgs {
    /// Configuration file of the node
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Directory of backups, best on another disk; made if it is not there
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// Delete the oldest backups afterwards, so that this many are left, the new one among them
    #[arg(long, value_name = "N")]
    keep: Option<NonZeroUsize>,
    /// Leave the state out, because it is backed up in another way, such as PostgreSQL with `pg_dump`
    #[arg(long)]
    without_state: bool,
    /// Print what was done as JSON
    #[arg(long)]
    json: bool,
    /// Show no progress
    #[arg(long)]
    quiet: bool,
}

const EXAMPLE: &str = "\
Examples:
  fyr-node backup --config node.toml --to /mnt/backup/fin               # each night
  fyr-node backup --config node.toml --to /mnt/backup/fin --keep 30
  fyr-node verify --from /mnt/backup/fin                                # each week
  fyr-node restore --config node.toml --from /mnt/backup/fin            # once the disk is replaced

The node need not stop, and loading, merging and purging go on. A backup is of one committed version of the data, and of the
state and the audit log at a later moment, so that it knows everybody who had withdrawn by then. Files that an earlier backup
in the directory has are not copied again. A backup that is interrupted is none; run it again, and what was copied stays.

It holds genotypes and the secret keys of state and audit log: the directory and its files are readable by their owner alone;
keep the disk as you keep the node's. It does not hold the configuration, policies, certificates and keys that the configuration
names: keep those beside it. A purge does not reach backups: whoever was purged is gone from them when the backups of before
are (--keep).

With the state in PostgreSQL: run this with --without-state first, then `pg_dump`, and keep the key file with the dump.

Exit status: 0 done, 1 failed, 2 wrong usage.";

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum BackupCommandError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The backup cannot be taken.
    #[error(transparent)]
    Backup(#[from] BackupError),
}

/// Runs the command.
///
/// # Errors
///
/// The node's store, state or audit log cannot be read, or the directory cannot be written.
pub(super) async fn run(args: BackupArgs) -> Result<(), BackupCommandError> {
    let config = NodeConfig::load(Some(&args.config))?;
    let keep = args.keep.map(NonZeroUsize::get);
    let options = BackupOptions { without_state: args.without_state, keep };
    let bar = bar("copying", args.quiet || args.json);
    let taken = take_backup(&config, &args.to, options, draw(&bar)).await;
    bar.finish_and_clear();
    let taken = taken?;
    match args.json {
        true => say!("{}", serde_json::to_string_pretty(&document(&taken)).unwrap_or_default()),
        false => say!("{}", words(&taken)),
    }
    Ok(())
}

/// Makes a bar of bytes.
pub(crate) fn bar(what: &'static str, quiet: bool) -> ProgressBar {
    if quiet {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {bytes} of {total_bytes} {eta}") {
        bar.set_style(style);
    }
    bar.with_message(what)
}

/// Draws how many bytes are done, of how many.
pub(crate) fn draw(bar: &ProgressBar) -> impl Fn(u64, u64) {
    let bar = bar.clone();
    move |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    }
}

fn document(taken: &Taken) -> Value {
    let Taken { backup, new_files, new_bytes, pruned } = taken;
    json!({
        "backup": backup.id,
        "taken": backup.taken,
        "version": backup.store.version,
        "state": backup.state.as_ref().map(|state| json!({ "change": state.version, "copied": state.database.is_some() })),
        "audit": backup.audit.is_some(),
        "files": backup.files().count(),
        "bytes": backup.files().map(|file| file.bytes).sum::<u64>(),
        "newFiles": new_files,
        "newBytes": new_bytes,
        "pruned": pruned,
    })
}

fn words(taken: &Taken) -> String {
    let Taken { backup, new_files, new_bytes, pruned } = taken;
    let data =
        backup.store.version.map_or("no data yet".to_owned(), |version| format!("data of version {version}"));
    let state = match &backup.state {
        None => "no state, since nothing is remembered yet".to_owned(),
        Some(state) if state.database.is_none() => "no state, as you said".to_owned(),
        Some(state) => format!("the state with change {}", state.version),
    };
    let audit =
        if backup.audit.is_some() { "the audit log" } else { "no audit log, since there is none yet" };
    let bytes = HumanBytes(backup.files().map(|file| file.bytes).sum());
    let mut text = format!(
        "backup {}: {data}, {state}, {audit}\n{} files, {bytes}; {new_files} of them, {}, were not there before",
        backup.id,
        backup.files().count(),
        HumanBytes(*new_bytes)
    );
    if !pruned.is_empty() {
        text.push_str(&format!("\ndeleted: {}", pruned.join(", ")));
    }
    text
}
