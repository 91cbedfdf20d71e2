//! Which state a restored node has: one that survived, or, if there is none, that of the backup.

use std::path::{Path, PathBuf};

use fyr_state::{State, StateIdentity};
use fyr_store::backup::Vault;

use super::{
    error::BackupError,
    files,
    list::{Backup, StateBackup},
    mark::Source,
};
use crate::{NodeConfig, StartError, config::is_unmade};

/// Which state a restored node has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestoredState {
    /// None: the node never had one.
    None,
    /// One that survived.
    Survived {
        /// The version of the backup's.
        backup: u64,
        /// Its version.
        version: u64,
    },
    /// That of the backup: what can have been spent since counts as spent.
    FromBackup {
        /// The version of the backup's.
        backup: u64,
        /// Its version, with what the restore changed.
        version: u64,
    },
}

/// Where the state is to be.
pub(super) struct Place {
    url: String,
    /// The file of the database; none where it is on a server.
    file: Option<PathBuf>,
    key: PathBuf,
    is_made: bool,
}

impl Place {
    pub(super) fn of(config: &NodeConfig) -> Result<Self, BackupError> {
        let (url, key) = config.state_place()?;
        let file = url.expose().strip_prefix("sqlite:").map(|file| file.strip_prefix("//").unwrap_or(file));
        let is_made = !is_unmade(&url);
        Ok(Self { url: url.expose().to_owned(), file: file.map(PathBuf::from), key, is_made })
    }

    /// Returns whether something is there.
    pub(super) fn is_made(&self) -> bool {
        self.is_made
    }

    /// Names it in messages. A URL may hold a password.
    fn words(&self) -> String {
        self.file.as_ref().map_or_else(|| "[state] url".to_owned(), |file| file.display().to_string())
    }

    /// Returns what SQLite left beside a database that is gone: it would be taken for changes of another one.
    fn left_behind(&self) -> Option<PathBuf> {
        let file = self.file.as_ref().filter(|_| !self.is_made)?;
        let beside = |end: &str| {
            let mut name = file.as_os_str().to_owned();
            name.push(end);
            PathBuf::from(name)
        };
        ["-wal", "-journal"].map(beside).into_iter().find(|path| path.exists())
    }

    /// Decides where the state comes from; `given` is one that survived elsewhere. Changes nothing.
    pub(super) async fn decide(&self, backup: &Backup, given: Option<&Path>) -> Result<Source, BackupError> {
        let Some(kept) = &backup.state else { return Ok(Source::Nowhere) };
        if let Some(found) = self.left_behind() {
            let store = found.parent().unwrap_or(Path::new("")).to_owned();
            let found = found.file_name().unwrap_or_default().to_string_lossy().into_owned();
            return Err(BackupError::NotEmpty { store, found });
        }
        let fresh = |found: &StateIdentity| found.version == 0 && found.stores.is_empty();
        if self.is_made {
            match State::peek(&self.url).await? {
                Some(found) if found.id != kept.id && !fresh(&found) => {
                    return Err(BackupError::ForeignState { place: self.words() });
                }
                Some(found) if found.id == kept.id => {
                    return in_force(&found, kept, self.words(), Source::InPlace);
                }
                // One that somebody made since, which remembers nothing, is in the way.
                _ => return Err(BackupError::ForeignState { place: self.words() }),
            }
        }
        if let Some(given) = given {
            let url = format!("sqlite:{}", given.display());
            let found = if given.is_file() { State::peek(&url).await? } else { None };
            let place = given.display().to_string();
            return match found {
                Some(found) if found.id == kept.id => in_force(&found, kept, place, Source::Given),
                _ => Err(BackupError::ForeignState { place }),
            };
        }
        match kept.database {
            Some(_) => Ok(Source::Backup),
            None => Err(BackupError::StateNotInBackup),
        }
    }

    /// Puts the state into its place, and its key. Neither takes the place of another.
    pub(super) async fn put(
        &self,
        vault: &Vault,
        kept: &StateBackup,
        (source, given): (Source, Option<&Path>),
    ) -> Result<(), BackupError> {
        if let Some(key) = &kept.key {
            files::put(vault, key, &self.key).await?;
        }
        let Some(file) = self.file.as_ref().filter(|file| !file.exists()) else { return Ok(()) };
        match (source, &kept.database, given) {
            (Source::Backup, Some(database), _) => files::put(vault, database, file).await,
            (Source::Given, _, Some(given)) => self.copy(given, file).await,
            _ => Err(BackupError::StateNotInBackup),
        }
    }

    /// Copies a state that survived, with what stands in the log beside its file.
    async fn copy(&self, from: &Path, to: &Path) -> Result<(), BackupError> {
        let new = files::new_beside(to)?;
        let state = State::open(&format!("sqlite:{}", from.display()), &self.key).await?;
        let copied = state.copy_to(&new).await;
        state.close().await;
        copied?;
        files::rename(&new, to)
    }

    /// Opens it, whichever it is.
    pub(super) async fn open(&self) -> Result<State, StartError> {
        Ok(State::open(&self.url, &self.key).await?)
    }
}

/// Takes a state that survived, if it is not older than the backup's.
fn in_force(
    found: &StateIdentity,
    kept: &StateBackup,
    place: String,
    source: Source,
) -> Result<Source, BackupError> {
    match found.version < kept.version {
        true => Err(BackupError::OlderState { place, found: found.version, expected: kept.version }),
        false => Ok(source),
    }
}
