//! Puts a backup back: data, state, audit log; and has everybody who withdrew since be out of it before anybody asks.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use fyr_audit::{LogFile, is_being_written, log_files, set_copied};
use fyr_identity::LONGEST_PROOF;
use fyr_state::{Forfeit, State};
use fyr_store::{
    Store, StoreError,
    backup::{KeptFile, RESTORING, Vault, put_back},
    blobs::{Claim, LocalBlobs, OpenBlob},
    log::StorePlace,
    people::Everybody,
};
use time::OffsetDateTime;

use super::{
    error::BackupError,
    files,
    list::{AuditBackup, Backup},
    logged::{FromLog, Logged},
    mark::{Mark, Source},
    state::{Place, RestoredState},
};
use crate::{NodeConfig, OF_THE_NODE, account::Epoch, service::end_of_day};

/// What is restored, and what is known of the time since.
#[derive(Clone, Debug, Default)]
pub struct RestoreOptions {
    /// The directory of backups.
    pub from: PathBuf,
    /// Which of them; the newest where none is named.
    pub backup: Option<String>,
    /// The file of a state that survived elsewhere.
    pub state: Option<PathBuf>,
    /// What an operator says of a state that is lost.
    pub lost: Option<Lost>,
    /// Who restores, for the history.
    pub actor: String,
}

/// What an operator says of the time between a backup and the loss of the state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// Ids of everybody who withdrew since; nobody where there was nobody.
    pub withdrawn: Vec<String>,
    /// What happened, and how that is known.
    pub reason: String,
}

/// What was restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The backup.
    pub backup: Backup,
    /// The state.
    pub state: RestoredState,
    /// How many people were withdrawn who had not been.
    pub withdrew: u64,
    /// What the audit log told of the time since the backup.
    pub from_log: FromLog,
    /// The audit log.
    pub log: RestoredLog,
}

/// Which audit log a restored node has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestoredLog {
    /// None: none survived, and the backup has none.
    None,
    /// The one that survived.
    Survived,
    /// That of the backup.
    FromBackup,
}

/// Restores a node into the place that its configuration names. `progress` is told how many bytes of the data are done, of
/// how many. Killed anywhere, the node does not start, and the same call goes on.
///
/// # Errors
///
/// Something else is in the place; the backup is damaged; the state is older, another one or lost without a word of who
/// withdrew since; or writing failed.
pub async fn restore(
    config: &NodeConfig,
    options: &RestoreOptions,
    progress: impl Fn(u64, u64),
) -> Result<Restored, BackupError> {
    let vault = Vault::at(StorePlace::directory(options.from.as_path()));
    let backup = chosen(&vault, options).await?;
    let store = config.store_directory().ok_or(crate::config::InvalidConfig::StatePlace)?;
    if is_being_written(&config.audit_path()?)? {
        return Err(BackupError::Running(config.audit_path()?));
    }
    let place = Place::of(config)?;
    // Before anything is written: what would be refused in the end.
    let begun = begun(store, &backup)?;
    let source = match &begun {
        // As long as it is not in its place, one that survived may be found.
        Some(mark) if mark.state != Source::Backup || place.is_made() => mark.state,
        _ => place.decide(&backup, options.state.as_deref()).await?,
    };
    check(config, &backup, source, options).await?;
    let _claim = claim(store).await?;
    let mark = Mark { backup: backup.id.clone(), state: source };
    if begun.as_ref() != Some(&mark) {
        mark.write(store)?;
    }
    put_back(&StorePlace::directory(store), &vault, &backup.store.files, progress).await?;
    let log = restore_log(config, &vault, backup.audit.as_ref()).await?;
    restore_log(&config.of_owner()?, &vault, backup.owner_audit.as_ref()).await?;
    let (state, (withdrew, from_log)) =
        restore_state(config, (&vault, &backup), (&place, source), options).await?;
    Mark::remove(store)?;
    Ok(Restored { backup, state, withdrew, from_log, log })
}

/// Returns the backup that is meant.
async fn chosen(vault: &Vault, options: &RestoreOptions) -> Result<Backup, BackupError> {
    let newest = match &options.backup {
        Some(id) => Some(id.clone()),
        None => vault.backups().await?.pop(),
    };
    let id = newest.ok_or_else(|| BackupError::NoBackups(options.from.clone()))?;
    Ok(Backup::read(vault, &id).await?)
}

/// Makes the directory of a store if it is not there, and refuses one in which something is that a restore does not need.
/// Returns the mark of a restore that has not ended.
fn begun(store: &Path, backup: &Backup) -> Result<Option<Mark>, BackupError> {
    fs::create_dir_all(store).map_err(BackupError::io("create the directory", store))?;
    match Mark::read(store)? {
        Some(mark) if mark.backup == backup.id => return Ok(Some(mark)),
        Some(mark) => return Err(BackupError::OtherRestore { store: store.to_owned(), begun: mark.backup }),
        None => {}
    }
    let may_stay = |name: &String| OF_THE_NODE.contains(&name.as_str()) || name == RESTORING;
    match LocalBlobs::new(store).top_names()?.into_iter().find(|name| !may_stay(name)) {
        Some(found) => Err(BackupError::NotEmpty { store: store.to_owned(), found }),
        None => Ok(None),
    }
}

async fn claim(store: &Path) -> Result<Claim, BackupError> {
    match StorePlace::directory(store).blobs().claim().await {
        Err(StoreError::Locked(_)) => Err(BackupError::StoreBusy(store.to_owned())),
        claim => Ok(claim?),
    }
}

/// Refuses what is not known of people who withdrew, and a state that is behind what the place has seen.
async fn check(
    config: &NodeConfig,
    backup: &Backup,
    source: Source,
    options: &RestoreOptions,
) -> Result<(), BackupError> {
    if config.store_id()?.is_some_and(|id| Some(&id) != backup.store.id.as_ref()) {
        let (store, found) =
            (PathBuf::from(&config.store.url), "belonging.jsonl, of another store".to_owned());
        return Err(BackupError::NotEmpty { store, found });
    }
    match (source, &options.lost) {
        (Source::Backup, None) => Err(BackupError::WithdrawalsUnknown { since: backup.taken.clone() }),
        (_, Some(lost)) if lost.reason.trim().is_empty() => Err(BackupError::NoReason),
        (Source::InPlace, _) => {
            let (url, _) = config.state_place()?;
            check_bond(config, backup, url.expose()).await
        }
        (Source::Given, _) => {
            let given = options.state.as_deref().unwrap_or(Path::new("")).display();
            check_bond(config, backup, &format!("sqlite:{given}")).await
        }
        _ => Ok(()),
    }
}

/// Refuses a state that does not belong to the store that is restored, or is behind what is known of it at its place.
async fn check_bond(config: &NodeConfig, backup: &Backup, url: &str) -> Result<(), BackupError> {
    let found = State::peek(url).await?;
    if config.store_id()?.is_some() {
        return Ok(config.check_seen(found.as_ref())?);
    }
    let stores = found.map(|state| state.stores).unwrap_or_default();
    match backup.store.id.as_ref().is_none_or(|id| stores.contains(id)) {
        true => Ok(()),
        false => Err(BackupError::ForeignState { place: "[state] url or --state".to_owned() }),
    }
}

/// Puts the state into its place and binds it to the store; whatever was spent or withdrawn since is spent or withdrawn.
async fn restore_state(
    config: &NodeConfig,
    (vault, backup): (&Vault, &Backup),
    (place, source): (&Place, Source),
    options: &RestoreOptions,
) -> Result<(RestoredState, (u64, FromLog)), BackupError> {
    let Some(kept) = backup.state.as_ref().filter(|_| source != Source::Nowhere) else {
        return Ok((RestoredState::None, Default::default()));
    };
    place.put(vault, kept, (source, options.state.as_deref())).await?;
    let state = place.open().await?;
    let restored = match source {
        Source::Backup => bring_up(config, &state, backup, options).await,
        _ => survived(config, &state, backup, options).await,
    };
    let version = state.identity().await;
    state.close().await;
    let (withdrew, version, backup) = (restored?, version?.version, kept.version);
    Ok(match source {
        Source::Backup => (RestoredState::FromBackup { backup, version }, withdrew),
        _ => (RestoredState::Survived { backup, version }, withdrew),
    })
}

/// Binds a state that survived; returns how many people withdrew because an operator says so.
async fn survived(
    config: &NodeConfig,
    state: &State,
    backup: &Backup,
    options: &RestoreOptions,
) -> Result<(u64, FromLog), BackupError> {
    let named = options.lost.as_ref().map(|lost| lost.withdrawn.clone()).unwrap_or_default();
    let withdrew = withdraw(state, &everybody(config, backup).await?, (&options.actor, &named)).await?;
    if let Some(store) = &backup.store.id {
        config.rebind(state, store, None).await?;
    }
    Ok((withdrew, FromLog::default()))
}

/// Brings a copy of before to where it has to be before anybody asks; returns how many people withdrew by it, and what the
/// audit log told.
async fn bring_up(
    config: &NodeConfig,
    state: &State,
    backup: &Backup,
    options: &RestoreOptions,
) -> Result<(u64, FromLog), BackupError> {
    let Lost { mut withdrawn, reason } = options.lost.clone().unwrap_or_default();
    let (actor, everybody) = (options.actor.as_str(), everybody(config, backup).await?);
    let (log, copied) = (config.audit_path()?, backup.state.as_ref().map_or(0, |state| state.version));
    let logged = Logged::find(&log, copied, state, (&everybody, &withdrawn))?;
    let why = format!("restored from backup {}: {reason}", backup.id);
    state.forfeit(actor, forfeit(OffsetDateTime::now_utc()), &why).await?;
    let from_log = logged.apply(state, actor).await?;
    withdrawn.extend(logged.withdrawn);
    let withdrew = withdraw(state, &everybody, (actor, &withdrawn)).await?;
    if let Some(store) = &backup.store.id {
        config.rebind(state, store, Some((actor, &reason))).await?;
    }
    if log.exists() {
        // Its changes from here on have numbers that others had, which the log has already.
        set_copied(&log, copied)?;
    }
    Ok((withdrew, from_log))
}

/// Returns what may have been spent by now.
fn forfeit(now: OffsetDateTime) -> Forfeit {
    let seconds = now.unix_timestamp();
    Forfeit { epoch: Epoch::of(now).year, budgets: end_of_day(seconds), proofs: seconds + LONGEST_PROOF }
}

/// Returns who is who in the restored data; nobody where nothing was ever loaded.
async fn everybody(config: &NodeConfig, backup: &Backup) -> Result<Everybody, BackupError> {
    match config.store_directory().filter(|_| backup.store.version.is_some()) {
        Some(store) => Ok(Store::open_at(StorePlace::directory(store)).await?.everybody().await?),
        None => Ok(Everybody::default()),
    }
}

/// Withdraws people by all ids that the restored data have of them.
async fn withdraw(
    state: &State,
    everybody: &Everybody,
    (actor, ids): (&str, &[String]),
) -> Result<u64, BackupError> {
    let all_of = |id: &String| {
        let others = everybody.ids_of([id.as_str()]).into_iter().filter(|other| other != id);
        std::iter::once(id.clone()).chain(others).collect::<Vec<_>>()
    };
    let people: Vec<Vec<String>> = ids.iter().map(all_of).collect();
    Ok(if people.is_empty() { 0 } else { state.withdraw_all(actor, &people).await?.changed })
}

/// Puts an audit log back, unless one survived.
async fn restore_log(
    config: &NodeConfig,
    vault: &Vault,
    backup: Option<&AuditBackup>,
) -> Result<RestoredLog, BackupError> {
    let path = config.audit_path()?;
    let kept = backup.map(|audit| audit.files.as_slice()).unwrap_or_default();
    for log in log_files(&path)? {
        if !is_of_backup(log, kept).map_err(BackupError::io("read", &path))? {
            return Ok(RestoredLog::Survived);
        }
    }
    for file in kept {
        files::put(vault, file, &path.with_extension(&file.path)).await?;
    }
    Ok(if kept.is_empty() { RestoredLog::None } else { RestoredLog::FromBackup })
}

/// Returns whether a file of the log is the backup's: of a restore that was killed, some are there already.
fn is_of_backup(log: LogFile, kept: &[KeptFile]) -> io::Result<bool> {
    let kept = kept.iter().find(|file| file.path == log.extension && file.bytes == log.length);
    match kept {
        Some(kept) => kept.is(OpenBlob::of_file(log.file, log.length)?.bytes.as_mut()),
        None => Ok(false),
    }
}
