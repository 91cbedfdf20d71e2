//! PostgreSQL: one primary that replicas share. Its own logs and backups are in the hands of its operator.

use sqlx::{Any, AnyConnection, AnyPool, Transaction};

use crate::StateError;

/// Any number that nobody else uses: under it processes take turns to change the tables.
const LOCK: i64 = 0x6679_725f_7374_6174;

/// Counts the tables of a name that a statement without schema would find.
pub(super) const TABLES: &str = "SELECT COUNT(*) FROM pg_catalog.pg_class \
    WHERE relname = $1 AND relkind IN ('r', 'p') AND pg_catalog.pg_table_is_visible(oid)";

/// A commit is durable before it returns, and every statement sees what was committed before it started.
pub(super) async fn settle(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    let settings = [
        "SET default_transaction_isolation = 'read committed'",
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
    ];
    for setting in settings {
        sqlx::query(setting).execute(&mut *connection).await?;
    }
    Ok(())
}

/// A standby may show less than was committed, and none can tell how much less.
pub(super) async fn refuse_standby(connection: &mut AnyConnection) -> Result<(), StateError> {
    let standby: Vec<bool> = sqlx::query_scalar("SELECT pg_is_in_recovery()").fetch_all(connection).await?;
    if standby == [false] { Ok(()) } else { Err(StateError::Standby) }
}

pub(super) async fn lock(transaction: &mut Transaction<'_, Any>) -> Result<(), StateError> {
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut **transaction).await?;
    Ok(())
}

/// Writes the table anew without what was deleted. The server's write-ahead log ages out by itself.
pub(super) async fn clean(pool: &AnyPool) -> Result<(), StateError> {
    sqlx::raw_sql("VACUUM (FULL) consents").execute(pool).await?;
    Ok(())
}
