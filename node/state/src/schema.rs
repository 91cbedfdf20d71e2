//! The tables: made at the first opening, brought up to date at later ones, under a lock.

use std::path::Path;

use sqlx::{Any, AnyPool, Transaction};

use crate::{
    StateError,
    database::Database,
    key::{Key, new_id},
};

/// What makes each schema out of the one before.
const STEPS: [&str; 9] = [
    include_str!("schema/0001.sql"),
    include_str!("schema/0002.sql"),
    include_str!("schema/0004.sql"),
    include_str!("schema/0005.sql"),
    include_str!("schema/0006.sql"),
    include_str!("schema/0007.sql"),
    include_str!("schema/0008.sql"),
    include_str!("schema/0009.sql"),
    include_str!("schema/0010.sql"),
];

/// Brings the tables up to date and returns the key that belongs to them.
pub(crate) async fn prepare(database: &Database, pool: &AnyPool, key: &Path) -> Result<Key, StateError> {
    let mut transaction = pool.begin_with(database.begin_alone()).await?;
    database.lock(&mut transaction).await?;
    let known = STEPS.len() as i64;
    let found = current(&mut transaction).await?;
    if found > known {
        return Err(StateError::Newer { found, known });
    }
    for step in STEPS.into_iter().skip(usize::try_from(found).unwrap_or_default()) {
        sqlx::raw_sql(step).execute(&mut *transaction).await?;
    }
    sqlx::query("UPDATE fyr_schema SET version = $1").bind(known).execute(&mut *transaction).await?;
    let key = matching_key(&mut transaction, key).await?;
    identify(&mut transaction).await?;
    transaction.commit().await?;
    Ok(key)
}

/// Returns the schema that a database has; 0 for one that is new.
async fn current(transaction: &mut Transaction<'_, Any>) -> Result<i64, StateError> {
    sqlx::query("CREATE TABLE IF NOT EXISTS fyr_schema (version BIGINT NOT NULL)")
        .execute(&mut **transaction)
        .await?;
    let versions: Vec<i64> =
        sqlx::query_scalar("SELECT version FROM fyr_schema").fetch_all(&mut **transaction).await?;
    if let Some(version) = versions.into_iter().max() {
        return Ok(version);
    }
    sqlx::query("INSERT INTO fyr_schema (version) VALUES (0)").execute(&mut **transaction).await?;
    Ok(0)
}

/// Returns the key if it is the one that the database was made with.
async fn matching_key(transaction: &mut Transaction<'_, Any>, path: &Path) -> Result<Key, StateError> {
    let checks: Vec<String> =
        sqlx::query_scalar("SELECT key_check FROM state WHERE id = 1").fetch_all(&mut **transaction).await?;
    let Some(check) = checks.first() else {
        let key = Key::open(path, true)?;
        sqlx::query("INSERT INTO state (id, version, removed, key_check) VALUES (1, 0, 0, $1)")
            .bind(key.check())
            .execute(&mut **transaction)
            .await?;
        return Ok(key);
    };
    let key = Key::open(path, false)?;
    if key.check() == *check { Ok(key) } else { Err(StateError::KeyWrong(path.to_owned())) }
}

/// Gives a state an id that has none yet.
async fn identify(transaction: &mut Transaction<'_, Any>) -> Result<(), StateError> {
    sqlx::query("UPDATE state SET own_id = $1 WHERE id = 1 AND own_id = ''")
        .bind(new_id()?)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}
