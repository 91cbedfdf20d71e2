//! Which state belongs to which store: with a state that is missing, older or another store's, whoever withdrew would be
//! counted again.
//!
//! The store has an id, which the state takes down at first use, and the state has one, which the store takes down with
//! the version that was acknowledged last (`belonging/mark.rs`). Three writes bind them: the store's id, that id in the
//! state, the state's id in the store. Whoever is killed between them has acknowledged nothing, and the next start goes
//! on where they ended. Copies of both together are a pair as well: that cannot be told apart.

mod mark;

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use fyr_state::{State, StateError, StateIdentity, Witness, new_id};

use crate::layout;
use mark::{KnownState, Mark, MarkFile};

/// The way out that all refusals have in common.
const WAY_OUT: &str = "restore the one that belongs to it from a backup; if that is lost, `fyr-node state adopt --config \
                       … --reason …` takes this one for it, without the withdrawals that only the other knew";

/// Why a store may not be used with a state.
#[derive(Debug, thiserror::Error)]
pub enum BelongingError {
    /// There is no state where a store has seen one.
    #[error(
        "the state of the store `{}` is missing: nothing is at the place that [state] names, and the store has seen one, \
         up to its change {seen}: {WAY_OUT}",
        store.display()
    )]
    Missing {
        /// The store.
        store: PathBuf,
        /// The version of the state that was acknowledged last.
        seen: u64,
    },
    /// The state is behind what was acknowledged.
    #[error(
        "the state of the store `{}` is older than what the store has seen of it: it ends with change {found}, and change \
         {seen} was acknowledged: {WAY_OUT}",
        store.display()
    )]
    Older {
        /// The store.
        store: PathBuf,
        /// Its version.
        found: u64,
        /// The version that was acknowledged last.
        seen: u64,
    },
    /// The state is another one.
    #[error(
        "the state belongs to another store than `{}`, or is a copy of before it belonged to any: {WAY_OUT}",
        .0.display()
    )]
    Foreign(PathBuf),
    /// The state belongs to a store, and this one has never seen a state.
    #[error(
        "the state belongs to another store, and `{}` has never seen one: name the state that is its own in [state], or \
         leave it out so that a new one is made; where both stores are one node's (a replica's copy, data that were loaded \
         anew), say so with `fyr-node state adopt --config … --reason …`",
        .0.display()
    )]
    Taken(PathBuf),
    /// What the store keeps in mind cannot be read or written.
    #[error("cannot {action} `{}`, in which the store keeps in mind which state is its own: {source}", path.display())]
    Mark {
        /// What was being done.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The state cannot be read or changed.
    #[error(transparent)]
    State(#[from] StateError),
}

/// A store's part of the bond.
#[derive(Clone, Debug)]
pub(crate) struct Belonging {
    store: PathBuf,
    file: MarkFile,
}

/// What an operator's word changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adopted {
    /// The version of the state that the store had seen last; none where it had seen no state.
    pub seen: Option<u64>,
    /// Whether that was this state.
    pub was_its_own: bool,
    /// The version of the state from here on.
    pub version: u64,
}

impl Belonging {
    pub(crate) fn of(store: &Path) -> Self {
        Self { store: store.to_owned(), file: MarkFile(layout::belonging(store)) }
    }

    /// Refuses a state that is not the store's, by what it tells of itself; none where there is none.
    pub(crate) fn check(&self, found: Option<&StateIdentity>) -> Result<(), BelongingError> {
        let mark = self.mark()?;
        let store = || self.store.clone();
        let Some(known) = mark.state else {
            let is_others = found.is_some_and(|state| {
                !state.stores.is_empty() && !mark.store.is_some_and(|id| state.stores.contains(&id))
            });
            return if is_others { Err(BelongingError::Taken(store())) } else { Ok(()) };
        };
        let seen = known.version;
        match found {
            None => Err(BelongingError::Missing { store: store(), seen }),
            Some(state) if state.id != known.id && state.version == 0 => {
                Err(BelongingError::Missing { store: store(), seen })
            }
            Some(state) if state.id != known.id => Err(BelongingError::Foreign(store())),
            Some(state) if state.version < seen => {
                Err(BelongingError::Older { store: store(), found: state.version, seen })
            }
            Some(state) if mark.store.is_some_and(|id| state.stores.contains(&id)) => Ok(()),
            Some(_) => Err(BelongingError::Foreign(store())),
        }
    }

    /// Binds store and state to each other, or refuses them; has the store keep in mind how far the state is.
    pub(crate) async fn bind(&self, state: State) -> Result<State, BelongingError> {
        self.check(Some(&state.identity().await?))?;
        let id = self.store_id()?;
        if !state.belong_to(&id).await? {
            return Err(BelongingError::Taken(self.store.clone()));
        }
        let found = state.identity().await?;
        let known = KnownState { id: found.id.clone(), version: found.version };
        let write = |source| self.failed("write")(source);
        match self.mark()?.state {
            Some(_) => self.file.saw(&known).map_err(write)?,
            None => self.file.bind(&known).map_err(write)?,
        }
        // Somebody may have bound another at the same time, and faster.
        self.check(Some(&found))?;
        let store = SeenState { file: self.file.clone(), id: known.id };
        Ok(state.witnessed(Arc::new(store)))
    }

    /// Takes a state for the store's from now on, because an operator says so and why.
    pub(crate) async fn adopt(
        &self,
        state: &State,
        (actor, reason): (&str, &str),
    ) -> Result<Adopted, BelongingError> {
        let before = self.mark()?.state;
        let found = state.identity().await?;
        let store = self.store_id()?;
        let seen = before.as_ref().map(|known| known.version);
        let was_its_own = before.is_some_and(|known| known.id == found.id);
        let whose = if was_its_own { "this state" } else { "another state" };
        let had = seen.map_or_else(|| "no state".to_owned(), |seen| format!("change {seen} of {whose}"));
        let words = format!("store {store} had seen {had}, this one ended with {}: {reason}", found.version);
        let version = state.adopt(actor, &store, &words).await?;
        self.file.adopt(&KnownState { id: found.id, version }).map_err(self.failed("write"))?;
        Ok(Adopted { seen, was_its_own, version })
    }

    /// Returns the id of the store; none where it never had a state.
    pub(crate) fn id(&self) -> Result<Option<String>, BelongingError> {
        Ok(self.mark()?.store)
    }

    /// Gives a store the id that it had before it was restored. One that has another is another's.
    pub(crate) fn call(&self, id: &str) -> Result<(), BelongingError> {
        match self.file.store_id(id).map_err(self.failed("write"))? {
            own if own == id => Ok(()),
            _ => Err(BelongingError::Foreign(self.store.clone())),
        }
    }

    fn store_id(&self) -> Result<String, BelongingError> {
        self.file.store_id(&new_id()?).map_err(self.failed("write"))
    }

    fn mark(&self) -> Result<Mark, BelongingError> {
        Mark::read(&self.file.0).map_err(self.failed("read"))
    }

    fn failed(&self, action: &'static str) -> impl FnOnce(io::Error) -> BelongingError {
        let path = self.file.0.clone();
        move |source| BelongingError::Mark { action, path, source }
    }
}

/// The store as a witness of its state.
#[derive(Debug)]
struct SeenState {
    file: MarkFile,
    id: String,
}

impl Witness for SeenState {
    fn saw(&self, version: u64) -> Result<(), StateError> {
        let path = self.file.0.clone();
        let failed = |source| StateError::Io { action: "note the state's version in", path, source };
        self.file.saw(&KnownState { id: self.id.clone(), version }).map_err(failed)
    }
}

#[cfg(test)]
mod tests;
