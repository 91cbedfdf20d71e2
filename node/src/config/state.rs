//! `[state]`: where a node keeps what it remembers beside its data.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use fyr_state::{State, StateError};
use serde::Deserialize;

use super::{InvalidConfig, NodeConfig, Secret, is_url};
use crate::StartError;

/// What URLs of files begin with.
const SQLITE: &str = "sqlite:";

/// Where the state is in a store's directory, if it is there.
const DIRECTORY: &str = "state";

/// Tells whoever has the store alone, as an ingest has, that its state is somewhere else.
const ELSEWHERE: &str = "elsewhere";

/// The `[state]` table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct StateSection {
    /// `sqlite:FILE` or `postgres://user@host/database`, which may hold a password; `state/state.db` in the
    /// store's directory where it is left out.
    pub url: Option<Secret>,
    /// File of the secret under which people who withdrew are remembered; `state/state.key` in the store's
    /// directory where it is left out. Replicas share it.
    pub key: Option<PathBuf>,
}

impl StateSection {
    /// Lets relative paths start at a directory.
    pub(super) fn relative_to(self, directory: &Path) -> Self {
        let absolute = |url: Secret| match url.expose().strip_prefix(SQLITE) {
            Some(file) if !file.starts_with("//") => {
                Secret::new(format!("{SQLITE}{}", directory.join(file).display()))
            }
            _ => url,
        };
        Self { url: self.url.map(absolute), key: self.key.map(|path| directory.join(path)) }
    }
}

/// What the node of a store remembers is kept elsewhere, and nobody said where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("whoever withdrew from `{}` is remembered elsewhere: name the node's configuration with --config", .0.display())]
pub struct StateElsewhere(PathBuf);

impl StateElsewhere {
    /// Refuses a store whose state is not in its directory.
    ///
    /// # Errors
    ///
    /// It is not there.
    pub fn refuse(store: &Path) -> Result<(), Self> {
        match store.join(DIRECTORY).join(ELSEWHERE).exists() {
            true => Err(Self(store.to_owned())),
            false => Ok(()),
        }
    }
}

impl NodeConfig {
    /// Returns the URL of the state, and the file of its key.
    ///
    /// # Errors
    ///
    /// The store is no directory, and the state has no place of its own.
    pub fn state_place(&self) -> Result<(Secret, PathBuf), InvalidConfig> {
        let beside = |name: &str| {
            let directory = self.store_directory().ok_or(InvalidConfig::StatePlace);
            directory.map(|directory| directory.join(DIRECTORY).join(name))
        };
        let url = match &self.state.url {
            Some(url) => url.clone(),
            None => Secret::new(format!("{SQLITE}{}", beside("state.db")?.display())),
        };
        Ok((url, self.state.key.clone().map_or_else(|| beside("state.key"), Ok)?))
    }

    /// Returns whether the state is a file that nobody has made yet, so that nothing is remembered.
    ///
    /// # Errors
    ///
    /// See [`NodeConfig::state_place`].
    pub fn remembers_nothing(&self) -> Result<bool, InvalidConfig> {
        let (url, _) = self.state_place()?;
        let file = url.expose().strip_prefix(SQLITE).map(|file| file.strip_prefix("//").unwrap_or(file));
        Ok(file.is_some_and(|file| !Path::new(file).exists()))
    }

    /// Opens what the node remembers beside its data; makes it if it is not there yet.
    ///
    /// # Errors
    ///
    /// It has no place, or cannot be opened.
    pub async fn open_state(&self) -> Result<State, StartError> {
        let (url, key) = self.state_place()?;
        if let Some(store) = self.store_directory().filter(|_| self.state.url.is_some()) {
            let mark = store.join(DIRECTORY).join(ELSEWHERE);
            mark_elsewhere(&mark).map_err(|source| StateError::Io { action: "write", path: mark, source })?;
        }
        Ok(State::open(url.expose(), &key).await?)
    }

    /// Returns the store's directory, if it is one.
    pub fn store_directory(&self) -> Option<&Path> {
        Some(Path::new(&self.store.url)).filter(|_| !is_url(&self.store.url))
    }
}

fn mark_elsewhere(mark: &Path) -> io::Result<()> {
    if let Some(directory) = mark.parent() {
        fs::create_dir_all(directory)?;
    }
    fs::write(mark, "The node of this store keeps its state elsewhere: see [state] in its configuration.\n")
}
