//! Proofs that may be used once, whichever replica they are shown to.

use blake3::Hash;
use sqlx::AnyPool;

use crate::StateError;

/// How long a proof is remembered beyond its end, for clocks that differ. Seconds.
const GRACE: i64 = 600;

/// Remembers a proof; returns whether it was new.
pub(crate) async fn insert(pool: &AnyPool, id: &[u8; 32], until: i64) -> Result<bool, StateError> {
    let added = sqlx::query("INSERT INTO proofs (id, until) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING")
        .bind(Hash::from_bytes(*id).to_hex().to_string())
        .bind(until)
        .execute(pool)
        .await?;
    Ok(added.rows_affected() > 0)
}

/// Forgets proofs that ended; who shows one now is refused for its age.
pub(crate) async fn remove_ended(pool: &AnyPool, now: i64) -> Result<u64, StateError> {
    let removed = sqlx::query("DELETE FROM proofs WHERE until < $1").bind(now - GRACE).execute(pool).await?;
    Ok(removed.rows_affected())
}
