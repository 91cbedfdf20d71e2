//! One change under way: a transaction with a new version, and the record of what it did.

use sqlx::{Any, AnyPool, Transaction};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{ChangeKind, StateError};

/// A transaction that nobody sees before [`Writing::commit`]. Writers take turns from its start, so versions
/// become visible in their order.
pub(crate) struct Writing {
    pub(crate) transaction: Transaction<'static, Any>,
    version: i64,
    actor: String,
    time: String,
    changes: i64,
}

impl Writing {
    pub(crate) async fn begin(pool: &AnyPool, actor: &str) -> Result<Self, StateError> {
        let mut transaction = pool.begin().await?;
        // The first statement writes: it waits for other writers, and what is read after it is the latest.
        sqlx::query("UPDATE state SET version = version + 1 WHERE id = 1").execute(&mut *transaction).await?;
        let version: i64 =
            sqlx::query_scalar("SELECT version FROM state WHERE id = 1").fetch_one(&mut *transaction).await?;
        let time = OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default();
        Ok(Self { transaction, version, actor: actor.to_owned(), time, changes: 0 })
    }

    /// Returns the version that this change makes.
    pub(crate) fn version(&self) -> i64 {
        self.version
    }

    /// Adds a row to the history.
    pub(crate) async fn record(
        &mut self,
        action: ChangeKind,
        dataset: &str,
        subject: &str,
        items: &str,
    ) -> Result<(), StateError> {
        self.changes += 1;
        sqlx::query(
            "INSERT INTO history (version, position, time, actor, action, dataset, subject, items) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(self.version)
        .bind(self.changes)
        .bind(self.time.clone())
        .bind(self.actor.clone())
        .bind(action.name())
        .bind(dataset.to_owned())
        .bind(subject.to_owned())
        .bind(items.to_owned())
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    /// Says that rows were deleted, so that nobody builds on what they loaded before.
    pub(crate) async fn removes(&mut self) -> Result<(), StateError> {
        sqlx::query("UPDATE state SET removed = version WHERE id = 1")
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }

    /// Makes the change durable and visible, and returns how many rows the history got. A change that
    /// changed nothing leaves no trace.
    pub(crate) async fn commit(self) -> Result<u64, StateError> {
        match self.changes {
            0 => self.transaction.rollback().await?,
            _ => self.transaction.commit().await?,
        }
        Ok(self.changes.unsigned_abs())
    }
}
