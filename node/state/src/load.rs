//! Reads into memory what decides about answers: all of it, or what changed since.

use std::sync::Arc;

use blake3::Hash;
use fyr_policy::{ConsentItems, Forgotten, Released, Statement};
use sqlx::{Any, AnyConnection, Connection, Transaction};

use crate::{
    Remembered, Revocation, StateError,
    database::Database,
    key::{Key, NAMESPACE},
    releases,
};

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
    releases::add(&mut remembered.releases, key, &mut transaction, since).await?;
    transaction.rollback().await?;
    hide_forgotten(&mut remembered, before);
    tell_of_released(&mut remembered, before);
    Ok(remembered)
}

/// Has whoever withdrew and is not named any more be known by the hash: their data may be back, or open still at a
/// replica that they were purged from.
fn hide_forgotten(remembered: &mut Remembered, before: Option<&Remembered>) {
    let forgotten = remembered.withdrawn.but(remembered.consents.withdrawn());
    let known = before.map(|before| &before.forgotten).filter(|known| ***known == forgotten);
    remembered.forgotten = known.cloned().unwrap_or_else(|| Arc::new(forgotten));
    let forgotten =
        (!remembered.forgotten.is_empty()).then(|| remembered.forgotten.clone() as Arc<dyn Forgotten>);
    remembered.consents = Arc::new(remembered.consents.hiding(forgotten));
}

/// Has consents know who was released. Of what did not change, the same is taken as before.
fn tell_of_released(remembered: &mut Remembered, before: Option<&Remembered>) {
    for (dataset, released) in &mut remembered.releases {
        let known = before.and_then(|before| before.releases.get(dataset));
        if let Some(known) = known.filter(|known| *known == released) {
            *released = Arc::clone(known);
        }
    }
    let shared = |(dataset, released): (&String, &Arc<_>)| {
        (dataset.clone(), Arc::clone(released) as Arc<dyn Released>)
    };
    let releases = remembered.releases.iter().map(shared).collect();
    remembered.consents = Arc::new(remembered.consents.releasing(releases));
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
    let (everywhere, of_datasets): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.0 == NAMESPACE);
    let changed = of_datasets.into_iter().map(|row| {
        let statement = statement((row.2, row.3, row.4, row.5));
        (row.0, row.1, statement)
    });
    let consents = remembered.consents.with(remembered.version, changed);
    remembered.consents = Arc::new(consents.without(everywhere.into_iter().map(|row| row.1)));
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
    let rows: Vec<(String, String)> =
        sqlx::query_as("SELECT scope, id FROM withdrawn_ids WHERE version > $1")
            .bind(since)
            .fetch_all(&mut **transaction)
            .await?;
    for (scope, id) in rows {
        remembered.withdrawn.insert(scope, hash(&id)?);
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
