//! Opening what a node remembers beside its data, wherever its configuration keeps it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use fyr_state::{State, StateError, StateIdentity};
use fyr_store::StoreError;

use crate::{
    NodeConfig, StartError,
    belonging::{Adopted, Belonging, BelongingError},
    config::{InvalidConfig, is_unmade},
    layout,
};

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
    /// Opens what the node remembers beside its data; makes it if it is not there yet. Store and state belong together
    /// from then on.
    ///
    /// # Errors
    ///
    /// It has no place, cannot be opened, or is missing, older or another store's by what the store has seen of it.
    pub async fn open_state(&self) -> Result<State, StartError> {
        self.check_state().await?;
        let state = self.open_any_state().await?;
        match self.belonging() {
            Some(belonging) => Ok(belonging.bind(state).await?),
            None => Ok(state),
        }
    }

    /// Checks that the state is the store's, and changes nothing.
    ///
    /// # Errors
    ///
    /// As for [`NodeConfig::open_state`].
    pub async fn check_state(&self) -> Result<(), StartError> {
        self.refuse_half_restored()?;
        let (url, _) = self.state_place()?;
        let Some(belonging) = self.belonging() else { return Ok(()) };
        let found = match is_unmade(&url) {
            true => None,
            false => State::peek(url.expose()).await?,
        };
        Ok(belonging.check(found.as_ref())?)
    }

    /// Takes the state that the configuration names for the store's from now on, whatever the store has seen before. The
    /// history keeps who said so and why.
    ///
    /// # Errors
    ///
    /// The store is no directory, or one of the two cannot be read or changed.
    pub async fn adopt_state(&self, actor: &str, reason: &str) -> Result<Adopted, StartError> {
        self.refuse_half_restored()?;
        let belonging = self.belonging().ok_or(InvalidConfig::StatePlace)?;
        let state = self.open_any_state().await?;
        Ok(belonging.adopt(&state, (actor, reason)).await?)
    }

    /// Returns whether the state is a file that nobody has made yet, so that nothing is remembered.
    ///
    /// # Errors
    ///
    /// It has no place, the store has seen a state that is missing now, or is half restored.
    pub fn remembers_nothing(&self) -> Result<bool, StartError> {
        self.refuse_half_restored()?;
        let (url, _) = self.state_place()?;
        let is_unmade = is_unmade(&url);
        if let Some(belonging) = self.belonging().filter(|_| is_unmade) {
            belonging.check(None)?;
        }
        Ok(is_unmade)
    }

    /// Returns the id of the store; none where it never had a state.
    pub(crate) fn store_id(&self) -> Result<Option<String>, BelongingError> {
        self.belonging().map_or(Ok(None), |belonging| belonging.id())
    }

    /// Checks that a state is the store's by what the store has seen of it; it may be half restored.
    pub(crate) fn check_seen(&self, found: Option<&StateIdentity>) -> Result<(), BelongingError> {
        self.belonging().map_or(Ok(()), |belonging| belonging.check(found))
    }

    /// Binds a restored store of an id to its state, which is the one that it had, or, if somebody says so and why, a copy of
    /// before.
    pub(crate) async fn rebind(
        &self,
        state: &State,
        id: &str,
        adopted: Option<(&str, &str)>,
    ) -> Result<(), BelongingError> {
        let Some(belonging) = self.belonging() else { return Ok(()) };
        belonging.call(id)?;
        match adopted {
            Some(by) => belonging.adopt(state, by).await.map(drop),
            None => belonging.bind(state.clone()).await.map(drop),
        }
    }

    /// Refuses a store that is half restored: nobody is answered from it, and nothing is written to it.
    pub(crate) fn refuse_half_restored(&self) -> Result<(), StartError> {
        let Some(store) = self.store_directory() else { return Ok(()) };
        match layout::restoring(store).exists() {
            true => Err(StoreError::Restoring(store.display().to_string()).into()),
            false => Ok(()),
        }
    }

    fn belonging(&self) -> Option<Belonging> {
        self.store_directory().map(Belonging::of)
    }

    /// Opens the state, whosever it is.
    async fn open_any_state(&self) -> Result<State, StartError> {
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
