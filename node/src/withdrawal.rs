//! Taking one person out of every answer, in every dataset, by all ids that they are known by anywhere in the store.
//!
//! Whoever may do so calls this: the command line does, a door or a job can. Nothing is printed here.

use std::collections::BTreeSet;

use fyr_state::{Effective, State, StateError};
use fyr_store::{
    Store, StoreError,
    people::{Everybody, FoundIn},
};

/// Who is to be in no answer any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    /// A dataset that the id was taken from, to check it by; the withdrawal is of all.
    pub dataset: Option<String>,
    /// Id of the person, or of one of their samples.
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
    /// What each dataset has of them.
    pub found: Vec<FoundIn>,
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
    #[error("nobody in {} has the id `{person}`: check it with your records", place(.dataset.as_deref()))]
    Unknown {
        /// Dataset that was given.
        dataset: Option<String>,
        /// Id that was given.
        person: String,
    },
}

/// Names where an id was looked for.
fn place(dataset: Option<&str>) -> String {
    dataset.map_or_else(|| "any dataset".to_owned(), |dataset| format!("dataset `{dataset}`"))
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
        let record = async |(ids, _): &Seen| {
            let ids: Vec<String> = ids.iter().cloned().collect();
            let effective = state.withdraw(actor, &self.person, &ids).await;
            effective.map_err(WithdrawalError::from)
        };
        until_nothing_is_new(async || self.seen(store).await, record).await
    }

    /// Whether the person is in the store, withdrew before, or said something.
    async fn is_known(&self, state: &State, store: Option<&Store>) -> Result<bool, WithdrawalError> {
        let everybody = everybody(store).await?;
        let is_asked = |dataset: &str| self.dataset.as_ref().is_none_or(|only| only == dataset);
        let mut ids =
            everybody.datasets().filter(|dataset| is_asked(dataset)).flat_map(|of| everybody.ids(of));
        if ids.any(|id| id == self.person) || state.is_withdrawn(&self.person).await? {
            return Ok(true);
        }
        let said = state.statements(self.dataset.as_deref()).await?;
        Ok(said.iter().any(|stated| stated.person == self.person))
    }

    /// All ids of the person, and where they are.
    async fn seen(&self, store: Option<&Store>) -> Result<Seen, WithdrawalError> {
        let everybody = everybody(store).await?;
        let named = std::iter::once(&self.person).chain(&self.aliases).map(String::as_str);
        let ids = everybody.ids_of(named);
        let found = everybody.found(&ids);
        Ok((ids, found))
    }
}

/// Takes a withdrawal back, by all ids that the person is known by in the store.
///
/// # Errors
///
/// The person has not withdrawn; a state or a store that cannot be used.
pub async fn reinstate(
    (state, store): (&State, Option<&Store>),
    actor: &str,
    person: &str,
) -> Result<Effective, WithdrawalError> {
    let ids: Vec<String> = everybody(store).await?.ids_of([person]).into_iter().collect();
    Ok(state.reinstate(actor, person, &ids).await?)
}

async fn everybody(store: Option<&Store>) -> Result<Everybody, StoreError> {
    match store {
        Some(store) => store.everybody().await,
        None => Ok(Everybody::default()),
    }
}

/// The ids of a person, and what each dataset has of them.
type Seen = (BTreeSet<String>, Vec<FoundIn>);

/// Records ids until looking again finds no others: metadata that are loaded meanwhile may tell more of them, and
/// whoever loads after the last look finds the person among those who withdrew.
async fn until_nothing_is_new<E>(
    look: impl AsyncFn() -> Result<Seen, E>,
    record: impl AsyncFn(&Seen) -> Result<Effective, E>,
) -> Result<Withdrew, E> {
    let mut known = look().await?;
    let mut effective = record(&known).await?;
    let mut is_new = effective.changed > 0;
    loop {
        let (ids, found) = look().await?;
        if ids == known.0 {
            return Ok(Withdrew { ids: ids.into_iter().collect(), found, is_new, effective });
        }
        known = (ids, found);
        effective = record(&known).await?;
        is_new |= effective.changed > 0;
    }
}

#[cfg(test)]
mod tests;
