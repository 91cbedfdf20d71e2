//! Opening what a node remembers beside its data, wherever its configuration keeps it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use fyr_state::{State, StateError};

use crate::{NodeConfig, StartError, layout};

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
        match layout::state_elsewhere(store).exists() {
            true => Err(Self(store.to_owned())),
            false => Ok(()),
        }
    }
}

impl NodeConfig {
    /// Opens what the node remembers beside its data; makes it if it is not there yet.
    ///
    /// # Errors
    ///
    /// It has no place, or cannot be opened.
    pub async fn open_state(&self) -> Result<State, StartError> {
        let (url, key) = self.state_place()?;
        if let Some(store) = self.store_directory().filter(|_| self.state.url.is_some()) {
            let mark = layout::state_elsewhere(store);
            mark_elsewhere(&mark).map_err(|source| StateError::Io { action: "write", path: mark, source })?;
        }
        Ok(State::open(url.expose(), &key).await?)
    }
}

fn mark_elsewhere(mark: &Path) -> io::Result<()> {
    if let Some(directory) = mark.parent() {
        fs::create_dir_all(directory)?;
    }
    fs::write(mark, "The node of this store keeps its state elsewhere: see [state] in its configuration.\n")
}
