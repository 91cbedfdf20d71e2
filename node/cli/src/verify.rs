//! `fyr-node verify`: reads all bytes of backups, or of a node, and names what is not as it was.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use comfy_table::{Table, presets::UTF8_HORIZONTAL_ONLY};
use fyr_doors::say;
use fyr_node::{
    NodeConfig,
    backup::{BackupError, Unsound, VerifiedBackup, VerifiedNode, verify_backups, verify_node},
    config::ConfigError,
};
use indicatif::HumanBytes;
use serde_json::{Value, json};

use crate::backup::{bar, draw};

/// Read all bytes of backups, or of a node, and name what is not as it was.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLE)]
pub(super) struct VerifyArgs {
    /// Configuration file of a node that is to be looked at; it may serve meanwhile
    #[arg(long, value_name = "FILE", required_unless_present = "from", conflicts_with = "backup")]
    config: Option<PathBuf>,
    /// Directory of backups; with --config, the one with whose hashes the node is compared
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,
    /// Look at one backup only
    #[arg(long, value_name = "ID", requires = "from")]
    backup: Option<String>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    /// Show no progress
    #[arg(long)]
    quiet: bool,
}

const EXAMPLE: &str = "\
Examples:
  fyr-node verify --from /mnt/backup/fin                       # every backup there
  fyr-node verify --config node.toml --from /mnt/backup/fin    # the node, by the hashes that its backups noted
  fyr-node verify --config node.toml                           # the node, as far as it goes without

Of backups, every byte is read and compared with its SHA-256, and every list with its own: what this finds sound can be
restored. What several backups share is read once.

Of a node: all files of the newest version are read; those that a backup has are compared with the hash that it noted, of
all others no hash is known, and only that they can be read and are as long as they were. The logs of the tables are read as
a start reads them. The database of the state is checked by SQLite (PostgreSQL's is not), and the audit log as
`fyr-node audit verify` does. Reference sequences are not looked at.

Exit status: 0 sound, 1 something is wrong or cannot be read, 2 wrong usage.";

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum VerifyError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Nothing can be looked at.
    #[error(transparent)]
    Backup(#[from] BackupError),
}

/// Runs the command; what is wrong makes it fail.
///
/// # Errors
///
/// Nothing can be looked at.
pub(super) async fn run(args: VerifyArgs) -> Result<ExitCode, VerifyError> {
    let bar = bar("verifying", args.quiet || args.json);
    let (document, text, is_sound) = match (&args.config, &args.from) {
        (Some(file), from) => {
            let config = NodeConfig::load(Some(file))?;
            let node = verify_node(&config, from.as_deref(), draw(&bar)).await?;
            (of_node(&node), words(&node), node.faults.is_empty())
        }
        (None, from) => {
            let from = from.clone().unwrap_or_default();
            let backups = verify_backups(&from, args.backup.as_deref(), draw(&bar)).await?;
            let is_sound = backups.iter().all(|backup| backup.faults.is_empty());
            (Value::Array(backups.iter().map(of_backup).collect()), table(&backups), is_sound)
        }
    };
    bar.finish_and_clear();
    match args.json {
        true => say!("{}", serde_json::to_string_pretty(&document).unwrap_or_default()),
        false => say!("{text}"),
    }
    Ok(if is_sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn of_faults(faults: &[Unsound]) -> Vec<Value> {
    faults.iter().map(|Unsound { what, why }| json!({ "what": what, "why": why })).collect()
}

fn of_backup(backup: &VerifiedBackup) -> Value {
    let VerifiedBackup { id, taken, files, bytes, faults } = backup;
    json!({ "backup": id, "taken": taken, "files": files, "bytes": bytes, "faults": of_faults(faults) })
}

fn of_node(node: &VerifiedNode) -> Value {
    let VerifiedNode { files, bytes, compared, has_state, audit, faults } = node;
    json!({
        "files": files, "bytes": bytes, "comparedWithBackups": compared, "state": has_state, "audit": audit,
        "faults": of_faults(faults),
    })
}

fn table(backups: &[VerifiedBackup]) -> String {
    let mut table = Table::new();
    table.load_preset(UTF8_HORIZONTAL_ONLY).set_header(["backup", "taken", "files", "size", ""]);
    for VerifiedBackup { id, taken, files, bytes, faults } in backups {
        let result = if faults.is_empty() { "sound".to_owned() } else { format!("{} faults", faults.len()) };
        let taken = taken.clone().unwrap_or_default();
        table.add_row([id.clone(), taken, files.to_string(), HumanBytes(*bytes).to_string(), result]);
    }
    let faults = backups.iter().flat_map(|backup| &backup.faults);
    format!("{table}{}", lines(faults))
}

fn words(node: &VerifiedNode) -> String {
    let VerifiedNode { files, bytes, compared, has_state, audit, faults } = node;
    let state = if *has_state { "looked at" } else { "none yet" };
    let audit = match audit {
        Some(log) => format!("sound, {} records, head {}", log.records, log.head),
        None if faults.iter().any(|fault| fault.what == "audit log") => "not sound".to_owned(),
        None => "none yet".to_owned(),
    };
    format!(
        "data:      {files} files, {}; {compared} of them have the hash that a backup noted, of the others none is known\n\
         state:     {state}\naudit log: {audit}\n{}",
        HumanBytes(*bytes),
        if faults.is_empty() {
            "nothing is wrong".to_owned()
        } else {
            format!("{} faults{}", faults.len(), lines(faults))
        }
    )
}

fn lines<'a>(faults: impl IntoIterator<Item = &'a Unsound>) -> String {
    faults.into_iter().map(|Unsound { what, why }| format!("\n{what}: {why}")).collect()
}
