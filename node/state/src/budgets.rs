//! How many different questions somebody may ask: budgets that do not depend on data.

use sqlx::AnyPool;

use crate::StateError;

/// What of a budget is spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    /// How many different questions are counted against it.
    pub questions: u64,
    /// Whether the one that was looked for is among them.
    pub is_counted: bool,
}

/// Counts a question against a budget; returns whether it was within it.
///
/// A question that was counted before is free. Replicas that count at the very same moment may exceed the budget
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
         WHERE (SELECT COUNT(*) FROM spent WHERE budget = $4) < $5 ON CONFLICT (budget, item) DO NOTHING",
    )
    .bind(budget)
    .bind(item)
    .bind(until)
    .bind(budget)
    .bind(i64::try_from(most).unwrap_or(i64::MAX))
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
pub(crate) async fn spent(pool: &AnyPool, (budget, item): (&str, &str)) -> Result<Spent, StateError> {
    let row: (i64, i64) =
        sqlx::query_as("SELECT COUNT(*), COUNT(CASE WHEN item = $1 THEN 1 END) FROM spent WHERE budget = $2")
            .bind(item)
            .bind(budget)
            .fetch_one(pool)
            .await?;
    Ok(Spent { questions: u64::try_from(row.0).unwrap_or_default(), is_counted: row.1 > 0 })
}

/// Forgets what was spent of budgets that ended.
pub(crate) async fn remove_ended(pool: &AnyPool, now: i64) -> Result<u64, StateError> {
    let removed = sqlx::query("DELETE FROM spent WHERE until < $1").bind(now).execute(pool).await?;
    Ok(removed.rows_affected())
}
