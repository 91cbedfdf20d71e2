//! Taking people who withdrew out of a store for good: who they are, and in which order it is done.
//!
//! Whoever may do so calls this: the command line does, a job can. Nothing is printed here.

use std::collections::{BTreeSet, HashSet};

use fyr_state::{State, StateError, Stated};
use fyr_store::{PurgeSummary, Store, StoreError};

/// Whose data are to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PurgeScope {
    /// Of everybody who withdrew from any dataset.
    Everything,
    /// Of everybody who withdrew from a dataset.
    Dataset(String),
    /// Of one person who withdrew.
    Person {
        /// The dataset.
        dataset: String,
        /// Any of their ids.
        person: String,
    },
}

impl PurgeScope {
    fn dataset(&self) -> Option<&str> {
        match self {
            Self::Everything => None,
            Self::Dataset(dataset) | Self::Person { dataset, .. } => Some(dataset),
        }
    }
}

/// Why nothing, or not everything, was purged. Another run does what is left.
#[derive(Debug, thiserror::Error)]
pub enum PurgeError {
    /// The state cannot be read or changed.
    #[error(transparent)]
    State(#[from] StateError),
    /// The store cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The person is in the data by right.
    #[error("the person has not withdrawn from `{0}`: record it first, with `fyr-node consent withdraw`")]
    NotWithdrawn(String),
}

/// The people of a dataset who withdrew and of whom something is left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurgeDue {
    /// The dataset.
    pub dataset: String,
    /// The people, each with all their ids.
    pub people: Vec<Vec<String>>,
}

impl PurgeDue {
    /// Finds whose data have to go, by what the store holds and by what the state still says of them in plain: one
    /// purge a dataset that has such people.
    ///
    /// # Errors
    ///
    /// A state or a store that cannot be read; of one person, that they have not withdrawn.
    pub async fn find(state: &State, store: &Store, scope: &PurgeScope) -> Result<Vec<Self>, PurgeError> {
        let stated = state.statements(scope.dataset()).await?;
        let listed = store.datasets().await?.into_iter().map(|dataset| dataset.id);
        let mut datasets: BTreeSet<String> = stated.iter().map(|stated| stated.dataset.clone()).collect();
        datasets.extend(listed.filter(|id| scope.dataset().is_none_or(|only| only == id)));
        let mut found = Vec::new();
        for dataset in datasets {
            let mut people = people_who_withdrew(state, store, &dataset, &stated).await?;
            if let PurgeScope::Person { person, .. } = scope {
                if !state.is_withdrawn(&dataset, person).await? {
                    return Err(PurgeError::NotWithdrawn(dataset));
                }
                people.retain(|ids| ids.contains(person));
            }
            found.extend((!people.is_empty()).then_some(Self { dataset, people }));
        }
        Ok(found)
    }

    /// Deletes their data and every plain mention of them; `step` hears how many variants are done, and of how many.
    ///
    /// Should it end on the way, the state still knows who is left: their ids are remembered first, then their data
    /// go, and the plain mentions of them last.
    ///
    /// # Errors
    ///
    /// A state or a store that cannot be written; another run does what is left.
    pub async fn run(
        &self,
        state: &State,
        store: &Store,
        actor: &str,
        step: impl Fn(u64, u64) + Send + 'static,
    ) -> Result<PurgeSummary, PurgeError> {
        state.learn(actor, &self.dataset, &self.people).await?;
        let ids = self.people.concat();
        let summary = store.purge_with(&self.dataset, &ids, step).await?;
        state.forget(actor, &self.dataset, &ids).await?;
        Ok(summary)
    }
}

/// Returns those of a dataset who withdrew, each with all their ids.
async fn people_who_withdrew(
    state: &State,
    store: &Store,
    dataset: &str,
    stated: &[Stated],
) -> Result<Vec<Vec<String>>, PurgeError> {
    let withdrawn = state.withdrawn_ids(dataset).await?;
    let of_dataset = stated.iter().filter(|stated| stated.dataset == dataset);
    let mut ids: BTreeSet<String> = of_dataset.map(|stated| stated.person.clone()).collect();
    ids.extend(store.ids(dataset).await?);
    ids.retain(|id| withdrawn.contains(id));
    let (mut people, mut seen): (Vec<Vec<String>>, HashSet<String>) = Default::default();
    for id in ids {
        if seen.contains(&id) {
            continue;
        }
        let all = store.aliases(dataset, &id).await?;
        seen.extend(all.iter().cloned());
        people.push(all);
    }
    Ok(people)
}

#[cfg(test)]
pub(crate) mod tests;
