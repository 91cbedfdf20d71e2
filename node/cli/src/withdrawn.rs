//! Who withdrew, as the state of the node remembers it, for what loads data.

use std::path::{Path, PathBuf};

use futures::future::BoxFuture;
use fyr_ingest::{NotRemembered, WithdrawalMemory, Withdrawn};
use fyr_node::OF_THE_NODE;
use fyr_state::{State, StateError, WithdrawnIds};
use fyr_store::{Store, StoreError, people::Everybody};

/// The people who withdrew, and where more of their ids are remembered once they become known.
#[derive(Debug)]
struct OfStore {
    ids: WithdrawnIds,
    state: State,
    store: PathBuf,
    actor: String,
}

/// Reads who withdrew, for what is loaded into a store. `actor` is who loads the data, for the history.
///
/// # Errors
///
/// The state cannot be read.
pub async fn read_withdrawn(state: State, store: &Path, actor: &str) -> Result<Withdrawn, StateError> {
    let ids = state.withdrawn_ids().await?;
    let (store, actor) = (store.to_owned(), actor.to_owned());
    Ok(Withdrawn::remembered_by(OfStore { ids, state, store, actor }))
}

impl OfStore {
    /// Returns who is who in the store. One that is new is made: whatever is loaded is about to do that.
    async fn everybody(&self) -> Result<Everybody, StoreError> {
        Store::open_beside(&self.store, OF_THE_NODE).await?.everybody().await
    }

    /// Remembers what was told of each person, and by which other ids they are known in any dataset.
    async fn learn_all(&self, people: Vec<Vec<String>>) -> Result<(), NotRemembered> {
        let everybody = self.everybody().await.map_err(|error| NotRemembered(Box::new(error)))?;
        let all = |ids: Vec<String>| everybody.ids_of(ids.iter().map(String::as_str)).into_iter().collect();
        let people: Vec<Vec<String>> = people.into_iter().map(all).collect();
        let learned = self.state.learn(&self.actor, &people).await;
        learned.map(drop).map_err(|error| NotRemembered(Box::new(error)))
    }
}

impl WithdrawalMemory for OfStore {
    fn contains(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    fn learn(&self, people: Vec<Vec<String>>) -> BoxFuture<'_, Result<(), NotRemembered>> {
        Box::pin(self.learn_all(people))
    }
}
