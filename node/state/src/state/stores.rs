//! Which stores the state belongs to, and who keeps in mind how far it is: whoever starts a store with another state, or
//! with an older copy of this one, would count people who withdrew.

use std::{collections::BTreeSet, fmt, sync::Arc};

use sqlx::{Any, AnyConnection, Connection, Transaction};

use super::State;
use crate::{ChangeKind, StateError, database::Database, load, writing::Writing};

/// The schema from which on a state has an id.
const WITH_ID: i64 = 5;

/// What tells a state from others, and how far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateIdentity {
    /// Its id, which copies of it share; empty where it was made before there were ids and was not opened since.
    pub id: String,
    /// Its version: a change makes a greater one.
    pub version: u64,
    /// The ids of the stores that it belongs to.
    pub stores: BTreeSet<String>,
}

/// Keeps in mind, apart from the state, up to which version somebody was told that it is in force.
pub trait Witness: fmt::Debug + Send + Sync {
    /// Keeps a version in mind, durably. A lower one than before changes nothing.
    ///
    /// # Errors
    ///
    /// It could not be kept; then nothing may be acknowledged.
    fn saw(&self, version: u64) -> Result<(), StateError>;
}

impl State {
    /// Looks at the state at a URL without changing it, whatever schema it has; none where nothing is there. A file that
    /// does not exist is made, so look before.
    ///
    /// # Errors
    ///
    /// A database that cannot be reached, or that lags behind.
    pub async fn peek(url: &str) -> Result<Option<StateIdentity>, StateError> {
        let database = Database::at(url)?;
        let mut connection = database.connect().await?;
        let identity = glance(&database, &mut connection).await;
        connection.close().await?;
        identity
    }

    /// Returns what tells this state from others, and how far it is.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn identity(&self) -> Result<StateIdentity, StateError> {
        identity(&mut *self.pool.acquire().await?).await
    }

    /// Has the state belong to a store, if it belongs to none yet; returns whether it belongs to this one.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn belong_to(&self, store: &str) -> Result<bool, StateError> {
        let mut transaction = self.pool.begin_with(self.database.begin_alone()).await?;
        self.database.lock(&mut transaction).await?;
        let stores: Vec<String> =
            sqlx::query_scalar("SELECT id FROM stores").fetch_all(&mut *transaction).await?;
        if stores.is_empty() {
            add(&mut transaction, store).await?;
        }
        transaction.commit().await?;
        Ok(stores.is_empty() || stores.iter().any(|known| known == store))
    }

    /// Has the state belong to a store from now on, because an operator says so; `words` say why, for the history.
    /// Returns the version that this makes.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn adopt(&self, actor: &str, store: &str, words: &str) -> Result<u64, StateError> {
        let mut writing = Writing::begin(&self.pool, actor).await?;
        add(&mut writing.transaction, store).await?;
        writing.record(ChangeKind::AdoptState, "", "", words).await?;
        let version = writing.version().unsigned_abs();
        writing.commit().await?;
        Ok(version)
    }

    /// Has every change be kept in mind before it is acknowledged.
    #[must_use]
    pub fn witnessed(self, witness: Arc<dyn Witness>) -> Self {
        Self { witness: Some(witness), ..self }
    }

    /// Tells the witness, if there is one, of a version that is in force here.
    ///
    /// # Errors
    ///
    /// It could not be kept in mind.
    pub async fn note_seen(&self, version: u64) -> Result<(), StateError> {
        let Some(witness) = self.witness.clone() else { return Ok(()) };
        let noting = tokio::task::spawn_blocking(move || witness.saw(version));
        noting.await.unwrap_or(Err(StateError::Damaged("noting its version panicked")))
    }

    /// Tells the witness of what is committed by now.
    pub(super) async fn note_committed(&self) -> Result<(), StateError> {
        if self.witness.is_none() {
            return Ok(());
        }
        let version = load::version(&mut *self.pool.acquire().await?).await?;
        self.note_seen(version).await
    }
}

async fn add(transaction: &mut Transaction<'_, Any>, store: &str) -> Result<(), StateError> {
    sqlx::query("INSERT INTO stores (id) VALUES ($1) ON CONFLICT (id) DO NOTHING")
        .bind(store.to_owned())
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// Reads what a database of any schema tells of itself.
async fn glance(
    database: &Database,
    connection: &mut AnyConnection,
) -> Result<Option<StateIdentity>, StateError> {
    if !database.has_table(connection, "fyr_schema").await? {
        return Ok(None);
    }
    let schemas: Vec<i64> =
        sqlx::query_scalar("SELECT version FROM fyr_schema").fetch_all(&mut *connection).await?;
    match schemas.into_iter().max() {
        None | Some(0) => Ok(None),
        Some(schema) if schema < WITH_ID => {
            let version = load::version(connection).await?;
            Ok(Some(StateIdentity { id: String::new(), version, stores: BTreeSet::new() }))
        }
        Some(_) => identity(connection).await.map(Some),
    }
}

async fn identity(connection: &mut AnyConnection) -> Result<StateIdentity, StateError> {
    let rows: Vec<(String, i64)> =
        sqlx::query_as("SELECT own_id, version FROM state WHERE id = 1").fetch_all(&mut *connection).await?;
    let (id, version) = rows.into_iter().next().ok_or(StateError::Damaged("its version is missing"))?;
    let stores: Vec<String> = sqlx::query_scalar("SELECT id FROM stores").fetch_all(connection).await?;
    Ok(StateIdentity { id, version: version.unsigned_abs(), stores: stores.into_iter().collect() })
}
