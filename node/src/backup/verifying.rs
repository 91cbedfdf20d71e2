//! Looks at all bytes of backups, or of a node, and names what is not as it was.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

use fyr_audit::{AuditError, LogEnd, VerifiedLog, verify, verify_against};
use fyr_store::{
    StoreError,
    backup::{KeptFile, Vault, check_place},
    log::StorePlace,
};

use super::{error::BackupError, list::Backup};
use crate::{NodeConfig, audit_end::known_end};

/// What is not as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsound {
    /// What, by name.
    pub what: String,
    /// How it is wrong, and what can be done.
    pub why: String,
}

/// A backup that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedBackup {
    /// Its id.
    pub id: String,
    /// When it was taken; none where that cannot be read.
    pub taken: Option<String>,
    /// How many files it has.
    pub files: u64,
    /// How many bytes they have.
    pub bytes: u64,
    /// What is wrong with it.
    pub faults: Vec<Unsound>,
}

/// A node that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedNode {
    /// How many files the newest version of the store has.
    pub files: u64,
    /// How many bytes they have.
    pub bytes: u64,
    /// How many of the files have the hash that a backup noted; of the others, no hash is known.
    pub compared: u64,
    /// Whether there is a state.
    pub has_state: bool,
    /// The audit log, if it is sound.
    pub audit: Option<VerifiedLog>,
    /// What is wrong.
    pub faults: Vec<Unsound>,
}

/// Reads all bytes of backups, or of one, and compares their hashes. `progress` is told how many bytes are done, of how
/// many. What several backups have is read once.
///
/// # Errors
///
/// The directory cannot be read, or has no backup. What is wrong with a backup is none: it is in what is returned.
pub async fn verify_backups(
    from: &Path,
    only: Option<&str>,
    progress: impl Fn(u64, u64),
) -> Result<Vec<VerifiedBackup>, BackupError> {
    let vault = Vault::at(StorePlace::directory(from));
    let ids = match only {
        Some(id) => vec![id.to_owned()],
        None => vault.backups().await?,
    };
    if ids.is_empty() {
        return Err(BackupError::NoBackups(from.to_owned()));
    }
    let mut read = Vec::new();
    for id in ids {
        let backup = Backup::read(&vault, &id).await;
        read.push((id, backup));
    }
    let whole = read.iter().filter_map(|(_, backup)| backup.as_ref().ok());
    let files: HashMap<&str, &KeptFile> =
        whole.flat_map(Backup::files).map(|file| (file.sha256.as_str(), file)).collect();
    let faults = check_objects(&vault, &files, &progress).await?;
    Ok(read.iter().map(|(id, backup)| verified(id, backup, &faults)).collect())
}

async fn check_objects(
    vault: &Vault,
    files: &HashMap<&str, &KeptFile>,
    progress: &impl Fn(u64, u64),
) -> Result<HashMap<String, String>, StoreError> {
    let total = files.values().map(|file| file.bytes).sum();
    let (mut done, mut faults) = (0, HashMap::new());
    for (sha256, file) in files {
        match vault.check(file).await {
            Ok(()) => {}
            Err(error @ (StoreError::DamagedBackup { .. } | StoreError::Io { .. })) => {
                faults.insert((*sha256).to_owned(), error.to_string());
            }
            Err(error) => return Err(error),
        }
        done += file.bytes;
        progress(done, total);
    }
    Ok(faults)
}

fn verified(
    id: &str,
    backup: &Result<Backup, StoreError>,
    faults: &HashMap<String, String>,
) -> VerifiedBackup {
    let id = id.to_owned();
    let backup = match backup {
        Ok(backup) => backup,
        Err(error) => {
            let faults = vec![Unsound { what: format!("backup {id}"), why: error.to_string() }];
            return VerifiedBackup { id, taken: None, files: 0, bytes: 0, faults };
        }
    };
    let fault = |file: &KeptFile| {
        let why = faults.get(&file.sha256)?.clone();
        Some(Unsound { what: file.path.clone(), why })
    };
    VerifiedBackup {
        id,
        taken: Some(backup.taken.clone()),
        files: backup.files().count() as u64,
        bytes: backup.files().map(|file| file.bytes).sum(),
        faults: backup.files().filter_map(fault).collect(),
    }
}

/// Reads all files of the newest version of a node's store, its state and its audit log. Files that a backup of the store
/// has are compared with the hash that it noted; of all others it is checked that they are there, as long as they were.
///
/// # Errors
///
/// The store, the state or the directory of backups cannot be read at all. What is wrong is none: it is in what is returned.
pub async fn verify_node(
    config: &NodeConfig,
    backups: Option<&Path>,
    progress: impl Fn(u64, u64),
) -> Result<VerifiedNode, BackupError> {
    let store = config.store_directory().filter(|store| store.is_dir());
    let store = store.ok_or_else(|| BackupError::NoStore(config.store.url.clone().into()))?;
    config.check_state().await?;
    let noted = match backups {
        Some(from) => noted(config, from).await?,
        None => HashSet::new(),
    };
    let checked = check_place(&StorePlace::directory(store), &noted, progress).await?;
    let faults = checked.faults.into_iter().map(|(what, why)| Unsound {
        what,
        why: format!("{why}; restore a backup with `fyr-node restore`, or load the files anew"),
    });
    let mut node = VerifiedNode {
        files: checked.files,
        bytes: checked.bytes,
        compared: checked.compared,
        has_state: !config.remembers_nothing()?,
        audit: None,
        faults: faults.collect(),
    };
    check_beside(config, &mut node).await?;
    Ok(node)
}

/// Returns the files of all backups of a store.
async fn noted(config: &NodeConfig, from: &Path) -> Result<HashSet<KeptFile>, BackupError> {
    let (vault, store) = (Vault::at(StorePlace::directory(from)), config.store_id()?);
    let mut noted = HashSet::new();
    for id in vault.backups().await? {
        let backup = Backup::read(&vault, &id).await?;
        if backup.store.id == store {
            noted.extend(backup.store.files);
        }
    }
    Ok(noted)
}

/// Looks at the state and the audit logs: that of clients, and that of the owner.
async fn check_beside(config: &NodeConfig, node: &mut VerifiedNode) -> Result<(), BackupError> {
    let of_owner = config.of_owner()?;
    let mut known = [None, None];
    if node.has_state {
        let state = config.open_state().await?;
        known = [known_end(config, &state).await?, known_end(&of_owner, &state).await?];
        if let Err(error) = state.check().await {
            node.faults.push(Unsound { what: "state".into(), why: error.to_string() });
        }
        state.close().await;
    }
    let [of_clients, of_owners] = known;
    node.audit = check_log(&config.audit_path()?, of_clients, "audit log", &mut node.faults);
    check_log(&of_owner.audit_path()?, of_owners, "audit log of the owner's questions", &mut node.faults);
    Ok(())
}

/// Verifies a log, if there is one or was; returns it if it is sound.
fn check_log(
    path: &Path,
    known: Option<LogEnd>,
    what: &str,
    faults: &mut Vec<Unsound>,
) -> Option<VerifiedLog> {
    if known.is_none() && !path.exists() {
        return None;
    }
    let verified = known.map_or_else(|| verify(path), |known| verify_against(path, &known));
    let fault = |error: AuditError| faults.push(Unsound { what: what.into(), why: error.to_string() });
    verified.map_err(fault).ok()
}
