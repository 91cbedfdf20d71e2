//! Taking people who withdrew out of a store for good: who they are, and in which order it is done.
//!
//! Whoever may do so calls this: the command line does, a job can. Nothing is printed here.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use fyr_state::{State, StateError, Stated, WithdrawnIds};
use fyr_store::{PurgeSummary, Store, StoreError, people::Everybody};

/// Whose data are to go, and from where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PurgeScope {
    /// From one dataset; from all where none is named.
    pub dataset: Option<String>,
    /// Of one person who withdrew, by any of their ids; of everybody who did where nobody is named.
    pub person: Option<String>,
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
    #[error("the person has not withdrawn: record it first, with `fyr-node consent withdraw`")]
    NotWithdrawn,
}

/// People who withdrew and of whom something is left, each with all their ids in the store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Purge {
    /// The people.
    pub people: Vec<Vec<String>>,
    /// Which of them each dataset has, as far as it is to be purged. Who is in none is named by the state alone.
    pub datasets: Vec<PurgeDue>,
}

/// The people of a dataset whose data have to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurgeDue {
    /// The dataset.
    pub dataset: String,
    /// The people, each with all their ids.
    pub people: Vec<Vec<String>>,
}

impl Purge {
    /// Finds whose data have to go, by what the store holds and by what the state still says of them in plain.
    ///
    /// # Errors
    ///
    /// A state or a store that cannot be read; of one person, that they have not withdrawn.
    pub async fn find(state: &State, store: &Store, scope: &PurgeScope) -> Result<Self, PurgeError> {
        let withdrawn = state.withdrawn_ids().await?;
        if scope.person.as_ref().is_some_and(|person| !withdrawn.contains(person)) {
            return Err(PurgeError::NotWithdrawn);
        }
        let everybody = store.everybody().await?;
        let stated = state.statements(scope.dataset.as_deref()).await?;
        let mut found = Self::default();
        let mut datasets: BTreeMap<String, Vec<Vec<String>>> = BTreeMap::new();
        for ids in people_who_withdrew(&withdrawn, &everybody, &stated, scope) {
            let here = everybody.found(&ids);
            let here =
                here.iter().filter(|found| scope.dataset.as_ref().is_none_or(|of| *of == found.dataset));
            let ids: Vec<String> = ids.into_iter().collect();
            here.for_each(|found| datasets.entry(found.dataset.clone()).or_default().push(ids.clone()));
            found.people.push(ids);
        }
        found.datasets = datasets.into_iter().map(|(dataset, people)| PurgeDue { dataset, people }).collect();
        Ok(found)
    }

    /// Deletes every plain mention of those of whom no dataset has anything any more; returns how many of them had one.
    /// Their data go before: should it end on the way, the state still knows who is left.
    ///
    /// # Errors
    ///
    /// A state or a store that cannot be used; another run does what is left.
    pub async fn finish(&self, state: &State, store: &Store, actor: &str) -> Result<u64, PurgeError> {
        let everybody = store.everybody().await?;
        let is_gone = |ids: &&Vec<String>| everybody.found(&ids.iter().cloned().collect()).is_empty();
        let withdrawn = state.withdrawn_ids().await?;
        let ids = self.people.iter().filter(is_gone).flatten().filter(|id| withdrawn.contains(id)).cloned();
        Ok(state.forget(actor, &ids.collect::<Vec<_>>()).await?.changed)
    }
}

impl PurgeDue {
    /// Deletes their data; `step` hears how many variants are done, and of how many. All their ids are remembered before.
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
        state.learn(actor, &self.people).await?;
        Ok(store.purge_with(&self.dataset, &self.people.concat(), step).await?)
    }
}

/// Returns those who withdrew and are in a dataset that is to be purged, or named in the state, each with all their ids.
fn people_who_withdrew(
    withdrawn: &WithdrawnIds,
    everybody: &Everybody,
    stated: &[Stated],
    PurgeScope { dataset, person }: &PurgeScope,
) -> Vec<BTreeSet<String>> {
    let mut ids: BTreeSet<&str> = everybody.datasets().flat_map(|name| everybody.ids(name)).collect();
    ids.extend(stated.iter().map(|stated| stated.person.as_str()));
    ids.retain(|id| withdrawn.contains(id));
    let (mut people, mut seen): (Vec<BTreeSet<String>>, HashSet<String>) = Default::default();
    for id in ids {
        if seen.contains(id) {
            continue;
        }
        let all = everybody.ids_of([id]);
        seen.extend(all.iter().cloned());
        people.push(all);
    }
    // A withdrawal names no dataset: whoever is in none at all is forgotten when all are purged, or this person is.
    let is_in = |ids: &BTreeSet<String>, only: &String| {
        let said = stated.iter().any(|stated| stated.dataset == *only && ids.contains(&stated.person));
        said || everybody.found(ids).iter().any(|found| found.dataset == *only)
    };
    people.retain(|ids| match (person, dataset) {
        (Some(person), _) => ids.contains(person),
        (None, Some(only)) => is_in(ids, only),
        (None, None) => true,
    });
    people
}

#[cfg(test)]
pub(crate) mod tests;
