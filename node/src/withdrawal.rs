//! Taking one person out of every answer, by all ids that they are known by.
//!
//! Whoever may do so calls this: the command line does, a door or a job can. Nothing is printed here.

use fyr_state::{Effective, State, StateError};
use fyr_store::{Store, StoreError};

/// Who is to be in no answer any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    /// Dataset that the person is in.
    pub dataset: String,
    /// Id of the person in it, or of one of their samples.
    pub person: String,
    /// Other ids of the person that the store does not know, such as of a sample to come.
    pub aliases: Vec<String>,
    /// Withdraws a person of whom nothing is loaded and nothing was said yet; otherwise they are taken for a typing
    /// error, which would leave somebody else in.
    pub may_be_unknown: bool,
}

/// A withdrawal that is in force at every replica.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrew {
    /// Every id that the person is remembered by from now on, in order.
    pub ids: Vec<String>,
    /// Whether anything is new: not if the person had withdrawn before under all of them.
    pub is_new: bool,
    /// When the last of it took effect.
    pub effective: Effective,
}

/// Why a person was not withdrawn. What was recorded before the failure holds; another attempt completes it.
#[derive(Debug, thiserror::Error)]
pub enum WithdrawalError {
    /// The state cannot be read or changed.
    #[error(transparent)]
    State(#[from] StateError),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nobody has this id.
    #[error("nobody in dataset `{dataset}` has the id `{person}`: check it with your records")]
    Unknown {
        /// Dataset.
        dataset: String,
        /// Id that was given.
        person: String,
    },
}

impl Withdrawal {
    /// Records that the person withdrew; when it returns, no answer that leaves any replica counts them.
    ///
    /// `store` is where their data are, if there is one yet; `actor` is who does it, for the history.
    ///
    /// # Errors
    ///
    /// A person whom nobody knows, unless that is allowed; a state or a store that cannot be used.
    pub async fn record(
        &self,
        state: &State,
        store: Option<&Store>,
        actor: &str,
    ) -> Result<Withdrew, WithdrawalError> {
        if !self.may_be_unknown && !self.is_known(state, store).await? {
            return Err(WithdrawalError::Unknown {
                dataset: self.dataset.clone(),
                person: self.person.clone(),
            });
        }
        let record = async |ids: &[String]| {
            let effective = state.withdraw(actor, &self.dataset, &self.person, ids).await;
            effective.map_err(WithdrawalError::from)
        };
        until_nothing_is_new(async || self.all_ids(store).await, record).await
    }

    /// Whether the person is in the store, withdrew before, or said something.
    async fn is_known(&self, state: &State, store: Option<&Store>) -> Result<bool, WithdrawalError> {
        if let Some(store) = store
            && store.ids(&self.dataset).await?.contains(&self.person)
        {
            return Ok(true);
        }
        if state.is_withdrawn(&self.dataset, &self.person).await? {
            return Ok(true);
        }
        let said = state.statements(Some(&self.dataset)).await?;
        Ok(said.iter().any(|stated| stated.person == self.person))
    }

    /// All ids of the person: what was named, and what the store knows of each.
    async fn all_ids(&self, store: Option<&Store>) -> Result<Vec<String>, WithdrawalError> {
        let mut ids = Vec::new();
        for id in std::iter::once(&self.person).chain(&self.aliases) {
            match store {
                Some(store) => ids.extend(store.aliases(&self.dataset, id).await?),
                None => ids.push(id.clone()),
            }
        }
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }
}

/// Records ids until looking again finds no others: metadata that are loaded meanwhile may tell more of them, and
/// whoever loads after the last look finds the person among those who withdrew.
async fn until_nothing_is_new<E>(
    ids: impl AsyncFn() -> Result<Vec<String>, E>,
    record: impl AsyncFn(&[String]) -> Result<Effective, E>,
) -> Result<Withdrew, E> {
    let mut known = ids().await?;
    let mut effective = record(&known).await?;
    let mut is_new = effective.changed > 0;
    loop {
        let now = ids().await?;
        if now == known {
            return Ok(Withdrew { ids: known, is_new, effective });
        }
        known = now;
        effective = record(&known).await?;
        is_new |= effective.changed > 0;
    }
}

#[cfg(test)]
mod tests;
