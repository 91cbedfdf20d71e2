//! Proofs that may be used once, whichever replica they are shown to.

use blake3::Hash;
use fyr_policy::ProofUse;
use sqlx::AnyPool;

use crate::StateError;

/// How long a proof is remembered beyond its end, for clocks that differ. Seconds.
const GRACE: i64 = 600;

/// Remembers a proof, and the digest of the question that it speaks of; returns whether it was known,
/// or may have been in a state that was lost.
pub(crate) async fn insert(
    pool: &AnyPool,
    id: &[u8; 32],
    question: Option<&[u8; 32]>,
    until: i64,
) -> Result<ProofUse, StateError> {
    let (id, question) = (hexadecimal(id), question.map(hexadecimal));
    let forfeited: i64 =
        sqlx::query_scalar("SELECT proofs_forfeited FROM state WHERE id = 1").fetch_one(pool).await?;
    if until <= forfeited {
        return Ok(ProofUse::Spent);
    }
    let added = sqlx::query(
        "INSERT INTO proofs (id, until, question) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING",
    )
    .bind(id.clone())
    .bind(until)
    .bind(question.clone().unwrap_or_default())
    .execute(pool)
    .await?;
    if added.rows_affected() > 0 {
        return Ok(ProofUse::First);
    }
    let Some(question) = question else { return Ok(ProofUse::Spent) };
    let known: Option<String> =
        sqlx::query_scalar("SELECT question FROM proofs WHERE id = $1").bind(id).fetch_optional(pool).await?;
    Ok(if known == Some(question) { ProofUse::SameQuestion } else { ProofUse::Spent })
}

fn hexadecimal(digest: &[u8; 32]) -> String {
    Hash::from_bytes(*digest).to_hex().to_string()
}

/// Forgets proofs that ended; who shows one now is refused for its age.
pub(crate) async fn remove_ended(pool: &AnyPool, now: i64) -> Result<u64, StateError> {
    let removed = sqlx::query("DELETE FROM proofs WHERE until < $1").bind(now - GRACE).execute(pool).await?;
    Ok(removed.rows_affected())
}
