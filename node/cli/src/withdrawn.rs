//! Who withdrew, as the state of the node remembers it, for what loads data.

use futures::future::BoxFuture;
use fyr_ingest::{NotRemembered, WithdrawalMemory, Withdrawn};
use fyr_state::{State, StateError, WithdrawnIds};

/// The people who withdrew from one dataset, and where more of their ids are remembered once they become known.
#[derive(Debug)]
struct OfDataset {
    ids: WithdrawnIds,
    state: State,
    dataset: String,
    actor: String,
}

/// Reads who withdrew from a dataset. `actor` is who loads the data, for the history.
///
/// # Errors
///
/// The state cannot be read.
pub async fn read_withdrawn(state: State, dataset: &str, actor: &str) -> Result<Withdrawn, StateError> {
    let ids = state.withdrawn_ids(dataset).await?;
    let (dataset, actor) = (dataset.to_owned(), actor.to_owned());
    Ok(Withdrawn::remembered_by(OfDataset { ids, state, dataset, actor }))
}

impl WithdrawalMemory for OfDataset {
    fn contains(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    fn learn(&self, people: Vec<Vec<String>>) -> BoxFuture<'_, Result<(), NotRemembered>> {
        Box::pin(async move {
            let learned = self.state.learn(&self.actor, &self.dataset, &people).await;
            learned.map(drop).map_err(|error| NotRemembered(Box::new(error)))
        })
    }
}
