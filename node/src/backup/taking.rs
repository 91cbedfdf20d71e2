//! Takes a backup of a node, whether or not it serves meanwhile.

use std::{
    fs::DirBuilder,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use fyr_audit::log_files;
use fyr_state::{State, StateError};
use fyr_store::{
    StoreError,
    backup::{Copied, KnownFiles, Vault, back_up},
    blobs::{Claim, LocalBlobs, OpenBlob},
    log::StorePlace,
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    error::BackupError,
    files,
    list::{AuditBackup, Backup, FORMAT, StateBackup, StoreBackup, id_of},
    pruning,
};
use crate::{NodeConfig, audit_end::known_end};

/// What a directory of backups has in it.
const OF_BACKUPS: [&str; 2] = ["objects", "backups"];
/// What the state is called in a backup.
const DATABASE: &str = "state.db";
const KEY: &str = "state.key";

/// How a backup is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BackupOptions {
    /// Whether the state is left out, because it is backed up in another way.
    pub without_state: bool,
    /// How many backups are kept, the new one among them; all where nothing is said.
    pub keep: Option<usize>,
}

/// A backup that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// What it consists of.
    pub backup: Backup,
    /// How many of its files were not in an earlier one.
    pub new_files: u64,
    /// How many bytes they have.
    pub new_bytes: u64,
    /// The backups that were deleted.
    pub pruned: Vec<String>,
}

/// Takes a backup of a node into a directory. `progress` is told how many bytes of the data are done, of how many.
///
/// # Errors
///
/// The store, its state or its audit log cannot be read, or the directory cannot be written. Then there is no new backup, and
/// what was copied need not be copied again.
pub async fn take_backup(
    config: &NodeConfig,
    to: &Path,
    options: BackupOptions,
    progress: impl Fn(u64, u64),
) -> Result<Taken, BackupError> {
    let store = config.store_directory().filter(|store| store.is_dir());
    let store = store.ok_or_else(|| BackupError::NoStore(PathBuf::from(&config.store.url)))?;
    let (vault, _claim) = open(to, store).await?;
    let state = open_state(config, options).await?;
    let id = id_of(OffsetDateTime::now_utc());
    let mut known = known_files(&vault, config, to).await?;
    let place = StorePlace::directory(store);
    // The data first: whoever withdraws from now on is in the state that is copied after them.
    let data = back_up(&place, (&vault, &mut known), progress).await?;
    let mut beside = Copied::default();
    files::copy_genomes(&place, (&vault, &mut known), &mut beside).await?;
    // What makes it a store is put back last.
    let files = std::mem::take(&mut beside.files).into_iter().chain(data.files).collect();
    let store = StoreBackup { id: config.store_id()?, version: data.version, files };
    let kept = match &state {
        Some(state) => Some(copy_state(config, state, (&vault, &mut beside), options).await?),
        None => None,
    };
    let audit = copy_audit(config, state.as_ref(), (&vault, &mut known), &mut beside).await?;
    let of_owner = copy_audit(&config.of_owner()?, state.as_ref(), (&vault, &mut known), &mut beside).await?;
    let backup = listed(config, id, (store, kept, [audit, of_owner]));
    vault.seal(&backup.id, &backup).await?;
    let pruned = match options.keep {
        Some(keep) => pruning::prune(&vault, keep).await?,
        None => Vec::new(),
    };
    let (new_files, new_bytes) = (data.new_files + beside.new_files, data.new_bytes + beside.new_bytes);
    Ok(Taken { backup, new_files, new_bytes, pruned })
}

fn listed(
    config: &NodeConfig,
    id: String,
    (store, state, [audit, owner_audit]): (StoreBackup, Option<StateBackup>, [Option<AuditBackup>; 2]),
) -> Backup {
    let taken = OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default();
    let (fyr, node) = (env!("CARGO_PKG_VERSION").to_owned(), config.node.id.clone());
    Backup { format: FORMAT, id, taken, fyr, node, store, state, audit, owner_audit }
}

/// Opens a directory for backups, and claims it.
async fn open(to: &Path, store: &Path) -> Result<(Vault, Claim), BackupError> {
    let made = DirBuilder::new().mode(0o700).recursive(true).create(to);
    made.map_err(BackupError::io("create the directory", to))?;
    let whole = |path: &Path| path.canonicalize().map_err(BackupError::io("find", path));
    let (root, store) = (whole(to)?, whole(store)?);
    if root.starts_with(&store) {
        return Err(BackupError::Inside(root));
    }
    let directory = LocalBlobs::new(root.as_path());
    if directory.top_names()?.iter().any(|name| !OF_BACKUPS.contains(&name.as_str())) {
        return Err(BackupError::NotForBackups(root));
    }
    let vault = Vault::at(StorePlace::new(directory));
    match vault.claim().await {
        Err(StoreError::Locked(_)) => Err(BackupError::Busy(root)),
        claim => Ok((vault, claim?)),
    }
}

/// Opens the state, if there is one, and refuses one that cannot be copied before anything else is.
async fn open_state(config: &NodeConfig, options: BackupOptions) -> Result<Option<State>, BackupError> {
    if config.remembers_nothing()? {
        return Ok(None);
    }
    if !options.without_state && !config.state_place()?.0.expose().starts_with("sqlite:") {
        return Err(StateError::NotAFile.into());
    }
    Ok(Some(config.open_state().await?))
}

/// Returns what the last backup has, which is of this store: the newest is what is restored, and the oldest are deleted.
async fn known_files(vault: &Vault, config: &NodeConfig, to: &Path) -> Result<KnownFiles, BackupError> {
    let (store, mut known) = (config.store_id()?, KnownFiles::default());
    for id in vault.backups().await?.iter().rev() {
        // One that is damaged says nothing of what was copied.
        let Ok(backup) = Backup::read(vault, id).await else { continue };
        if backup.store.id.is_some() && backup.store.id != store {
            return Err(BackupError::OtherStore(to.to_owned()));
        }
        if backup.store.id == store {
            known.add(backup.files());
        }
        break;
    }
    Ok(known)
}

async fn copy_state(
    config: &NodeConfig,
    state: &State,
    (vault, copied): (&Vault, &mut Copied),
    options: BackupOptions,
) -> Result<StateBackup, BackupError> {
    if options.without_state {
        let found = state.identity().await?;
        return Ok(StateBackup { id: found.id, version: found.version, database: None, key: None });
    }
    let scratch = vault.scratch()?;
    let copy = scratch.path().join(DATABASE);
    state.copy_to(&copy).await?;
    let found = State::peek(&format!("sqlite:{}", copy.display())).await?;
    let found = found.ok_or(StateError::Damaged("its copy is empty"))?;
    let database = files::copy_file((vault, &mut *copied), DATABASE, &copy).await?;
    let (_, key) = config.state_place()?;
    let key = files::copy_file((vault, copied), KEY, &key).await?;
    Ok(StateBackup { id: found.id, version: found.version, database: Some(database), key: Some(key) })
}

/// Copies an audit log. Full files never change; of the one that is written, whole records are taken.
async fn copy_audit(
    config: &NodeConfig,
    state: Option<&State>,
    (vault, known): (&Vault, &mut KnownFiles),
    copied: &mut Copied,
) -> Result<Option<AuditBackup>, BackupError> {
    // What is known of the end is on the disk before the log is read.
    let end = match state {
        Some(state) => known_end(config, state).await?,
        None => None,
    };
    let path = config.audit_path()?;
    let mut audit = Copied::default();
    for log in log_files(&path)? {
        let open = OpenBlob::of_file(log.file, log.length).map_err(BackupError::io("read", &path))?;
        audit.add_open((vault, &mut *known), &log.extension, open).await?;
    }
    copied.new_files += audit.new_files;
    copied.new_bytes += audit.new_bytes;
    Ok((!audit.files.is_empty()).then_some(AuditBackup { end, files: audit.files }))
}
