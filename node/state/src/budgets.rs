//! How many different questions somebody may ask: budgets that do not depend on data.

use sqlx::AnyPool;

use crate::StateError;

/// What of a budget is spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    /// How many different questions are counted against it: all that there are, where they were lost.
    pub questions: u64,
    /// Whether the one that was looked for is among them.
    pub is_counted: bool,
}

/// Counts a question against a budget; returns whether it was within it.
///
/// A question that was counted before is free. Nothing is left of a budget that may have been spent in a state that was lost.
/// Replicas that count at the very same moment may exceed the budget
/// by as many questions.
pub(crate) async fn spend(
    pool: &AnyPool,
    (budget, item): (&str, &str),
    most: u64,
    until: i64,
) -> Result<bool, StateError> {
    if is_counted(pool, (budget, item)).await? {
        return Ok(true);
    }
    let added = sqlx::query(
        "INSERT INTO spent (budget, item, until) SELECT $1, $2, $3 \
         WHERE (SELECT COUNT(*) FROM spent WHERE budget = $4) < $5 \
         AND NOT EXISTS (SELECT 1 FROM spent WHERE budget = $6 AND item = '') \
         AND (SELECT budgets_forfeited FROM state WHERE id = 1) < $7 ON CONFLICT (budget, item) DO NOTHING",
    )
    .bind(budget)
    .bind(item)
    .bind(until)
    .bind(budget)
    .bind(i64::try_from(most).unwrap_or(i64::MAX))
    .bind(budget)
    .bind(until)
    .execute(pool)
    .await?;
    // The same question may have come at the same moment, as it may twice in a batch: that one has counted it.
    Ok(added.rows_affected() > 0 || is_counted(pool, (budget, item)).await?)
}

async fn is_counted(pool: &AnyPool, (budget, item): (&str, &str)) -> Result<bool, StateError> {
    let counted: Option<i64> = sqlx::query_scalar("SELECT until FROM spent WHERE budget = $1 AND item = $2")
        .bind(budget)
        .bind(item)
        .fetch_optional(pool)
        .await?;
    Ok(counted.is_some())
}

/// Says how many different questions are counted against a budget, and whether one of them is among them.
pub(crate) async fn spent(
    pool: &AnyPool,
    (budget, item): (&str, &str),
    until: i64,
) -> Result<Spent, StateError> {
    let forfeited: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM state WHERE budgets_forfeited >= $1 \
         OR EXISTS (SELECT 1 FROM spent WHERE budget = $2 AND item = '')",
    )
    .bind(until)
    .bind(budget)
    .fetch_one(pool)
    .await?;
    let row: (i64, i64) =
        sqlx::query_as("SELECT COUNT(*), COUNT(CASE WHEN item = $1 THEN 1 END) FROM spent WHERE budget = $2")
            .bind(item)
            .bind(budget)
            .fetch_one(pool)
            .await?;
    let questions = if forfeited > 0 { u64::MAX } else { u64::try_from(row.0).unwrap_or_default() };
    Ok(Spent { questions, is_counted: row.1 > 0 })
}

/// Forgets what was spent of budgets that ended.
pub(crate) async fn remove_ended(pool: &AnyPool, now: i64) -> Result<u64, StateError> {
    let removed = sqlx::query("DELETE FROM spent WHERE until < $1").bind(now).execute(pool).await?;
    Ok(removed.rows_affected())
}
