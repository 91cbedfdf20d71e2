//! `fyr-node restore`: puts a backup back, without whoever withdrew since.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use clap::Args;
use fyr_doors::say;
use fyr_node::{
    NodeConfig,
    backup::{BackupError, Lost, RestoreOptions, Restored, RestoredLog, RestoredState, restore},
    config::ConfigError,
};
use serde_json::{Value, json};

use crate::{
    backup::{bar, draw},
    state::actor,
};

/// Put a backup back into the place that the configuration names; whoever withdrew since stays out.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLE)]
pub(super) struct RestoreArgs {
    /// Configuration file of the node: its store is restored, which must not be there
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Directory of backups
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// Backup to restore; the newest where none is named
    #[arg(long, value_name = "ID")]
    backup: Option<String>,
    /// File of a state that survived elsewhere, such as /data/fin.old/state/state.db
    #[arg(long, value_name = "FILE", conflicts_with_all = ["withdrawn", "no_withdrawals_since"])]
    state: Option<PathBuf>,
    /// The state is lost: a file with the ids of everybody who withdrew, opted out or refused something since the backup,
    /// one a line
    #[arg(long, value_name = "FILE", requires = "reason")]
    withdrawn: Option<PathBuf>,
    /// The state is lost, and nobody withdrew, opted out or refused anything since the backup
    #[arg(long, requires = "reason", conflicts_with = "withdrawn")]
    no_withdrawals_since: bool,
    /// What happened to the state, and how you know who withdrew; for the history
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Who restores, for the history; your user name and this machine where it is left out
    #[arg(long, value_name = "NAME")]
    actor: Option<String>,
    /// Print what was done as JSON
    #[arg(long)]
    json: bool,
    /// Show no progress
    #[arg(long)]
    quiet: bool,
}

const EXAMPLE: &str = "\
Stop the node, and move away what is left of the store. Then, if the state survived (it lies on another disk, in PostgreSQL, or
the data alone were lost):

  fyr-node restore --config node.toml --from /mnt/backup/fin
  fyr-node restore --config node.toml --from /mnt/backup/fin --state /data/fin.old/state/state.db
  fyr-node serve   --config node.toml --check

Move the old `audit` directory into the new one first: the state knows of its records, and without them the node does not
start before `fyr-node audit begin`. A state that survived stays as it is: every withdrawal, revocation and charge of since the backup is in force. It is found
where [state] names it, also in the directory of the store, where `state`, `audit` and `belonging.jsonl` may stay.

If the state is lost, the node would count again whoever withdrew since the backup. So you have to say who did:

  fyr-node restore --config node.toml --from /mnt/backup/fin --withdrawn since.txt --reason \"disk lost 2026-11-30; letters\"
  fyr-node restore --config node.toml --from /mnt/backup/fin --no-withdrawals-since --reason \"disk lost; the office knows of none\"

Then nothing that was spent is given back either: until the year ends, requesters are told nothing more that has a price
(`fyr-node account extend` adds to an account); today's quotas of questions are spent, and those of every case that the backup
knows. An audit log that survived tells of withdrawals, revocations and consents of since the backup, which are applied; what it
does not know is lost: record it anew, with `fyr-node revoke` and `consent`, before you start the node.

All hashes are checked while files are copied. A restore that is interrupted leaves a store that no command uses; run it again,
and it goes on. `fyr-node audit begin` goes on with a log that is older than the state.

Exit status: 0 done, 1 failed, 2 wrong usage.";

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum RestoreCommandError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The backup cannot be put back.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// The list of people cannot be read.
    #[error("cannot read `{}`: {source}", path.display())]
    List {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Runs the command.
///
/// # Errors
///
/// The place is not empty, the backup is damaged, it is not known who withdrew since, or writing failed.
pub(super) async fn run(args: RestoreArgs) -> Result<(), RestoreCommandError> {
    let config = NodeConfig::load(Some(&args.config))?;
    let options = RestoreOptions {
        lost: args.lost()?,
        from: args.from,
        backup: args.backup,
        state: args.state,
        actor: args.actor.unwrap_or_else(actor),
    };
    let bar = bar("restoring", args.quiet || args.json);
    let restored = restore(&config, &options, draw(&bar)).await;
    bar.finish_and_clear();
    let restored = restored?;
    match args.json {
        true => say!("{}", serde_json::to_string_pretty(&document(&restored)).unwrap_or_default()),
        false => say!("{}", words(&restored)),
    }
    Ok(())
}

impl RestoreArgs {
    /// Returns what was said of a state that is lost.
    fn lost(&self) -> Result<Option<Lost>, RestoreCommandError> {
        let reason = self.reason.clone().unwrap_or_default();
        match &self.withdrawn {
            Some(path) => Ok(Some(Lost { withdrawn: ids(path)?, reason })),
            None if self.no_withdrawals_since => Ok(Some(Lost { withdrawn: Vec::new(), reason })),
            None => Ok(None),
        }
    }
}

/// Reads ids, one a line.
fn ids(path: &Path) -> Result<Vec<String>, RestoreCommandError> {
    let text = fs::read_to_string(path)
        .map_err(|source| RestoreCommandError::List { path: path.to_owned(), source })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    Ok(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

fn document(restored: &Restored) -> Value {
    let Restored { backup, state, withdrew, from_log, log } = restored;
    json!({
        "backup": backup.id,
        "taken": backup.taken,
        "version": backup.store.version,
        "state": match state {
            RestoredState::None => Value::Null,
            RestoredState::Survived { backup, version } =>
                json!({ "from": "survived", "backup": backup, "change": version }),
            RestoredState::FromBackup { backup, version } =>
                json!({ "from": "backup", "backup": backup, "change": version }),
        },
        "withdrew": withdrew,
        "fromAuditLog": { "withdrew": from_log.withdrew, "said": from_log.said, "revoked": from_log.revoked },
        "audit": match log {
            RestoredLog::None => Value::Null,
            RestoredLog::Survived => json!("survived"),
            RestoredLog::FromBackup => json!("backup"),
        },
    })
}

fn words(restored: &Restored) -> String {
    let Restored { backup, state, withdrew, from_log, log } = restored;
    let data =
        backup.store.version.map_or("no data".to_owned(), |version| format!("data of version {version}"));
    let state = match state {
        RestoredState::None => "state: none, the node never had one".to_owned(),
        RestoredState::Survived { backup, version } => format!(
            "state: the one that survived, with change {version}; the backup has {backup}. Withdrawals and charges of since \
             are in force"
        ),
        RestoredState::FromBackup { version, .. } => format!(
            "state: the backup's, now with change {version}; {withdrew} people were withdrawn. The audit log told of {} who \
             withdrew, of {} answers to items of consent, and of {} revocations. All that may be told of people in this year \
             counts as told (`fyr-node account extend`), and today's quotas are spent. Record anew, before you start the node, \
             what else was changed since {}: with `fyr-node revoke` and `fyr-node consent`",
            from_log.withdrew, from_log.said, from_log.revoked, backup.taken
        ),
    };
    let log = match log {
        RestoredLog::None => "audit log: none in the backup",
        RestoredLog::Survived => "audit log: the one that survived",
        RestoredLog::FromBackup => {
            "audit log: the backup's; if the state knows of later records, `fyr-node audit begin` goes on without them"
        }
    };
    format!("restored backup {} of {}: {data}\n{state}\n{log}", backup.id, backup.taken)
}
