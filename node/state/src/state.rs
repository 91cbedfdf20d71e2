//! Opens the state and lists what it holds.

mod audit_ends;
mod care;
mod changes;
mod copying;
mod forfeits;
mod publications;
mod releasing;
mod stores;

use std::{
    fmt,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use fyr_policy::{Charged, Cost, ProofUse};
use sqlx::AnyPool;
use time::OffsetDateTime;

use crate::{
    Change, Follower, NoiseSecret, Revocation, Spent, StateError, Stated, WithdrawnIds,
    accounts::{self, AccountChange, AccountOwner, AccountStatement, Bill, Holders, Ledger, Recent},
    budgets,
    database::Database,
    history,
    key::Key,
    people, proofs, schema,
};

pub use audit_ends::KnownEnd;
pub use changes::Effective;
pub use forfeits::Forfeit;
pub use stores::{StateIdentity, Witness};

/// After how many proofs those that ended are removed.
const PROOFS_PER_CLEANING: u64 = 1000;

/// What a node remembers beside its data. Clones share their connections.
#[derive(Clone)]
pub struct State {
    pub(crate) database: Database,
    pub(crate) pool: AnyPool,
    pub(crate) key: Key,
    pub(crate) accounts: Recent,
    proofs: Arc<AtomicU64>,
    witness: Option<Arc<dyn Witness>>,
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("State")
    }
}

impl State {
    /// Opens the state at a URL, `sqlite:/path/state.db` or `postgres://user@host/database`; makes what is not
    /// there yet. `key` is the file of the secret under which ids of people who withdrew are remembered.
    ///
    /// # Errors
    ///
    /// A database that cannot be reached, that a later Fyr wrote, or that lags behind; a key that is missing,
    /// that others may read, or that belongs to another state.
    pub async fn open(url: &str, key: &Path) -> Result<Self, StateError> {
        let database = Database::at(url)?;
        let pool = database.pool().await?;
        let key = schema::prepare(&database, &pool, key).await?;
        Ok(Self { database, pool, key, accounts: Recent::default(), proofs: Arc::default(), witness: None })
    }

    /// Starts to follow the state for a node that answers questions.
    ///
    /// # Errors
    ///
    /// The state cannot be read.
    pub async fn follow(&self) -> Result<Follower, StateError> {
        Follower::start(self.database.clone(), self.key.clone()).await
    }

    /// Returns whether a proof was shown before, at any replica, and remembers it until a time in seconds since
    /// 1970. `question` is the digest of the question that it speaks of, if of any. Of many who ask at once, one
    /// is the first.
    ///
    /// # Errors
    ///
    /// The database failed; then the proof must not be accepted.
    pub async fn use_proof(
        &self,
        id: &[u8; 32],
        question: Option<&[u8; 32]>,
        until: i64,
    ) -> Result<ProofUse, StateError> {
        if self.proofs.fetch_add(1, Ordering::Relaxed).is_multiple_of(PROOFS_PER_CLEANING) {
            let now = OffsetDateTime::now_utc().unix_timestamp();
            proofs::remove_ended(&self.pool, now).await?;
            budgets::remove_ended(&self.pool, now).await?;
            accounts::remove_ended(&self.pool, now).await?;
        }
        proofs::insert(&self.pool, id, question, until).await
    }

    /// Counts a question against a budget until a time in seconds since 1970; returns whether it was within it.
    /// `budget` and `item` are remembered as keyed hashes. A question that was counted before is free.
    ///
    /// # Errors
    ///
    /// The database failed; then the question must not be answered.
    pub async fn spend(&self, budget: &str, item: &str, most: u64, until: i64) -> Result<bool, StateError> {
        let (budget, item) = (self.subject_of("budget", budget), self.subject_of("question", item));
        budgets::spend(&self.pool, (&budget, &item), most, until).await
    }

    /// Says what of a budget that ends at a time, seconds since 1970, is spent, and whether a question is counted against it
    /// already. Nothing is counted.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn spent(&self, budget: &str, item: &str, until: i64) -> Result<Spent, StateError> {
        let (budget, item) = (self.subject_of("budget", budget), self.subject_of("question", item));
        budgets::spent(&self.pool, (&budget, &item), until).await
    }

    /// Names the holders of the people of a dataset, each with all their ids, the main one first, and their family,
    /// which is one within the dataset.
    pub fn holders<'a>(
        &self,
        dataset: &str,
        people: impl IntoIterator<Item = (u32, Vec<&'a str>, Option<&'a str>)>,
    ) -> Holders {
        Holders::new(&self.key, dataset, people)
    }

    /// Charges people for what somebody is told of them, and returns who can bear it, with the name of the charge where
    /// what is told is drawn. `item` names what is told; what has no name is told anew each time. `holders` says whose accounts the people of the dataset are.
    ///
    /// # Errors
    ///
    /// The database failed; then nothing may be told.
    pub async fn bear(
        &self,
        bill: &Bill,
        item: &str,
        cost: &Cost,
        holders: &Holders,
    ) -> Result<Charged, StateError> {
        self.ledger().bear(bill, item, cost, holders).await
    }

    /// Says what was charged to an account in an epoch.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn account(&self, owner: &AccountOwner, epoch: i64) -> Result<AccountStatement, StateError> {
        self.ledger().statement(owner, epoch).await
    }

    /// Extends or closes an account in an epoch that ends at a time, seconds since 1970. The history keeps why.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn change_account(
        &self,
        actor: &str,
        owner: &AccountOwner,
        (epoch, until): (i64, i64),
        change: AccountChange,
        reason: &str,
    ) -> Result<(), StateError> {
        self.ledger().change(actor, owner, (epoch, until), change, reason).await
    }

    fn ledger(&self) -> Ledger<'_> {
        let Self { database, pool, key, accounts: recent, .. } = self;
        Ledger { database, pool, key, recent }
    }

    /// Lists what people said, of one dataset or of each, in the order of their ids. Withdrawals, which are of every
    /// dataset, are always in it.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn statements(&self, dataset: Option<&str>) -> Result<Vec<Stated>, StateError> {
        people::list(&self.pool, dataset).await
    }

    /// Lists who and what is not accepted any more.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn revocations(&self) -> Result<Vec<Revocation>, StateError> {
        let rows: Vec<(String, String, String)> =
            sqlx::query_as("SELECT kind, issuer, id FROM revocations").fetch_all(&self.pool).await?;
        let mut revocations = rows
            .into_iter()
            .map(|(kind, issuer, id)| Revocation::from_columns(&kind, issuer, id))
            .collect::<Result<Vec<_>, _>>()?;
        revocations.sort();
        Ok(revocations)
    }

    /// Lists the changes after a version, in their order, for the audit log.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn changes_since(&self, version: u64) -> Result<Vec<Change>, StateError> {
        history::since(&self.pool, version).await
    }

    /// Returns whether an id belongs to somebody who withdrew. It is the same person's in every dataset.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn is_withdrawn(&self, id: &str) -> Result<bool, StateError> {
        Ok(self.withdrawn_ids().await?.contains(id))
    }

    /// Returns the ids of whoever withdrew, to check many without the database.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn withdrawn_ids(&self) -> Result<WithdrawnIds, StateError> {
        people::withdrawn(&self.pool, &self.key).await
    }

    /// Returns the keyed hash under which the history knows a person of a dataset, hexadecimal. Withdrawals stand there
    /// under that of no dataset, `""`.
    pub fn subject_of(&self, dataset: &str, person: &str) -> String {
        self.key.hash(dataset, person).to_hex().to_string()
    }

    /// Returns the secret from which noise is drawn. It is derived from the state's key.
    pub fn noise(&self) -> NoiseSecret {
        self.key.noise()
    }

    /// Closes the connections. Clones cannot be used any more.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}
