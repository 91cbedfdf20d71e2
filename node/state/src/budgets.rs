//! How many different questions somebody may ask: budgets that do not depend on data.

use sqlx::AnyPool;

use crate::StateError;

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
    let counted: Option<i64> = sqlx::query_scalar("SELECT until FROM spent WHERE budget = $1 AND item = $2")
        .bind(budget)
        .bind(item)
        .fetch_optional(pool)
        .await?;
    if counted.is_some() {
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
    Ok(added.rows_affected() > 0)
}

/// Forgets what was spent of budgets that ended.
pub(crate) async fn remove_ended(pool: &AnyPool, now: i64) -> Result<u64, StateError> {
    let removed = sqlx::query("DELETE FROM spent WHERE until < $1").bind(now).execute(pool).await?;
    Ok(removed.rows_affected())
}
