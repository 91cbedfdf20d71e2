//! Reads into memory what decides about answers: all of it, or what changed since.

use std::sync::Arc;

use blake3::Hash;
use fyr_policy::{ConsentItems, Statement};
use sqlx::{Any, AnyConnection, Connection, Transaction};

use crate::{Remembered, Revocation, StateError, database::Database, key::Key};

/// Reads the version alone.
pub(crate) async fn version(connection: &mut AnyConnection) -> Result<u64, StateError> {
    let rows: Vec<i64> =
        sqlx::query_scalar("SELECT version FROM state WHERE id = 1").fetch_all(connection).await?;
    only(rows).map(i64::unsigned_abs)
}

/// Reads what is remembered: what changed since before, or all of it where something was deleted since.
pub(crate) async fn remembered(
    database: &Database,
    connection: &mut AnyConnection,
    key: &Key,
    before: Option<&Remembered>,
) -> Result<Remembered, StateError> {
    let mut transaction = connection.begin_with(database.begin_snapshot()).await?;
    let rows: Vec<(i64, i64)> = sqlx::query_as("SELECT version, removed FROM state WHERE id = 1")
        .fetch_all(&mut *transaction)
        .await?;
    let (version, removed) = only(rows)?;
    let usable = |known: &&Remembered| (removed..=version).contains(&(known.version as i64));
    let (mut remembered, since) = match before.filter(usable) {
        Some(known) => (known.clone(), known.version as i64),
        None => (Remembered::nothing(key), -1),
    };
    remembered.version = version.unsigned_abs();
    add_consents(&mut remembered, &mut transaction, since).await?;
    add_withdrawn(&mut remembered, &mut transaction, since).await?;
    add_revocations(&mut remembered, &mut transaction, since).await?;
    transaction.rollback().await?;
    if let Some(before) = before.filter(|_| since < 0) {
        keep_forgotten(&mut remembered, before);
    }
    Ok(remembered)
}

/// Goes on hiding people whose plain mention was deleted since: a replica may still have the data open that
/// they were purged from. It forgets them when it ends.
fn keep_forgotten(remembered: &mut Remembered, before: &Remembered) {
    let withdrawn = &remembered.withdrawn;
    let known = withdrawn.datasets().flat_map(|dataset| {
        before.consents.of_dataset(dataset).map(move |(person, said)| (dataset, person, said))
    });
    let is_forgotten = |(dataset, person, said): &(&str, &str, Statement)| {
        said.withdrawn
            && withdrawn.contains(dataset, person)
            && remembered.consents.of(dataset, person).is_none()
    };
    let forgotten =
        known.filter(is_forgotten).map(|(dataset, person, said)| (dataset.into(), person.into(), said));
    remembered.consents = Arc::new(remembered.consents.with(remembered.version, forgotten));
}

async fn add_consents(
    remembered: &mut Remembered,
    transaction: &mut Transaction<'_, Any>,
    since: i64,
) -> Result<(), StateError> {
    let rows: Vec<ConsentRow> = sqlx::query_as(
        "SELECT dataset, person, granted, refused, opted_out, withdrawn FROM consents WHERE version > $1",
    )
    .bind(since)
    .fetch_all(&mut **transaction)
    .await?;
    let changed = rows.into_iter().map(|row| {
        let statement = statement((row.2, row.3, row.4, row.5));
        (row.0, row.1, statement)
    });
    remembered.consents = Arc::new(remembered.consents.with(remembered.version, changed));
    Ok(())
}

type ConsentRow = (String, String, i64, i64, i64, i64);

/// Reads the columns of a statement: granted, refused, opted out, withdrawn. Unknown bits grant nothing.
pub(crate) fn statement((granted, refused, opted_out, withdrawn): (i64, i64, i64, i64)) -> Statement {
    let set = |bits| ConsentItems::from_bits(u8::try_from(bits).unwrap_or_default());
    Statement {
        granted: set(granted),
        refused: set(refused),
        opted_out: opted_out != 0,
        withdrawn: withdrawn != 0,
    }
}

async fn add_withdrawn(
    remembered: &mut Remembered,
    transaction: &mut Transaction<'_, Any>,
    since: i64,
) -> Result<(), StateError> {
    let rows: Vec<(String, String)> = sqlx::query_as("SELECT dataset, id FROM withdrawn WHERE version > $1")
        .bind(since)
        .fetch_all(&mut **transaction)
        .await?;
    for (dataset, id) in rows {
        remembered.withdrawn.insert(dataset, hash(&id)?);
    }
    Ok(())
}

/// Reads the hash of an id.
pub(crate) fn hash(id: &str) -> Result<Hash, StateError> {
    Hash::from_hex(id).map_err(|_| StateError::Damaged("the id of somebody who withdrew"))
}

async fn add_revocations(
    remembered: &mut Remembered,
    transaction: &mut Transaction<'_, Any>,
    since: i64,
) -> Result<(), StateError> {
    let rows: Vec<(String, String, String)> =
        sqlx::query_as("SELECT kind, issuer, id FROM revocations WHERE version > $1")
            .bind(since)
            .fetch_all(&mut **transaction)
            .await?;
    for (kind, issuer, id) in rows {
        let revocation = Revocation::from_columns(&kind, issuer, id)?;
        Arc::make_mut(&mut remembered.revoked).insert(revocation);
    }
    Ok(())
}

fn only<T>(rows: Vec<T>) -> Result<T, StateError> {
    rows.into_iter().next().ok_or(StateError::Damaged("its version is missing"))
}
