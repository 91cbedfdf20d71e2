//! Where audit logs ended, kept apart from them: whoever cuts a log off would have to change both.

use sqlx::AnyPool;

use super::State;
use crate::{ChangeKind, StateError, writing::Writing};

/// The last record of an audit log that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownEnd {
    /// Its number.
    pub sequence: u64,
    /// Its hash, in hexadecimal.
    pub hash: String,
}

impl State {
    /// Returns where the audit log of a place is known to have ended; nothing of one that is not known.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn audit_end(&self, place: &str) -> Result<Option<KnownEnd>, StateError> {
        let row: Option<(i64, String)> =
            sqlx::query_as("SELECT sequence, hash FROM audit_ends WHERE place = $1")
                .bind(place)
                .fetch_optional(&self.pool)
                .await?;
        Ok(row.map(|(sequence, hash)| KnownEnd { sequence: sequence.unsigned_abs(), hash }))
    }

    /// Notes where the audit log of a place ended. It never goes back.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn note_audit_end(&self, place: &str, end: &KnownEnd) -> Result<(), StateError> {
        note(&self.pool, place, end).await
    }

    /// Forgets where the audit log of a place ended, so that it goes on as it stands; the history keeps why. Returns
    /// what was forgotten.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn forget_audit_end(
        &self,
        actor: &str,
        place: &str,
        reason: &str,
    ) -> Result<Option<KnownEnd>, StateError> {
        let Some(end) = self.audit_end(place).await? else { return Ok(None) };
        let mut writing = Writing::begin(&self.pool, actor).await?;
        sqlx::query("DELETE FROM audit_ends WHERE place = $1")
            .bind(place.to_owned())
            .execute(&mut *writing.transaction)
            .await?;
        let items = format!("after record {}: {reason}", end.sequence);
        writing.record(ChangeKind::BeginAudit, "", "", &items).await?;
        writing.commit().await?;
        Ok(Some(end))
    }
}

async fn note(pool: &AnyPool, place: &str, end: &KnownEnd) -> Result<(), StateError> {
    sqlx::query(
        "INSERT INTO audit_ends (place, sequence, hash) VALUES ($1, $2, $3) \
         ON CONFLICT (place) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash \
         WHERE audit_ends.sequence < excluded.sequence",
    )
    .bind(place)
    .bind(i64::try_from(end.sequence).unwrap_or(i64::MAX))
    .bind(&end.hash)
    .execute(pool)
    .await?;
    Ok(())
}
