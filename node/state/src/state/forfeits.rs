//! What is taken for spent where the state that knew it is lost: nothing is given back because a disk died.

use super::State;
use crate::{ChangeKind, StateError, writing::Writing};

/// What may have been spent in a state that was lost, of which this one is a copy of before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forfeit {
    /// The last epoch in which accounts of people have nothing left but what an operator adds from then on.
    pub epoch: i64,
    /// Budgets of questions that end by this time have nothing left, seconds since 1970. Those that the state knows have
    /// nothing left whenever they end.
    pub budgets: i64,
    /// Proofs that end by this time are taken for shown, seconds since 1970.
    pub proofs: i64,
}

impl State {
    /// Takes for spent what may have been spent in a state that was lost. The history keeps why. Done twice, it changes
    /// nothing more.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn forfeit(&self, actor: &str, what: Forfeit, reason: &str) -> Result<(), StateError> {
        let mut writing = Writing::begin(&self.pool, actor).await?;
        for (sql, to) in [
            ("UPDATE state SET accounts_forfeited = $1 WHERE id = 1 AND accounts_forfeited < $2", what.epoch),
            ("UPDATE state SET budgets_forfeited = $1 WHERE id = 1 AND budgets_forfeited < $2", what.budgets),
            ("UPDATE state SET proofs_forfeited = $1 WHERE id = 1 AND proofs_forfeited < $2", what.proofs),
        ] {
            sqlx::query(sql).bind(to).bind(to).execute(&mut *writing.transaction).await?;
        }
        for sql in [
            "UPDATE accounts SET raised = 0",
            "INSERT INTO spent (budget, item, until) SELECT budget, '', MAX(until) FROM spent WHERE item <> '' \
             GROUP BY budget ON CONFLICT (budget, item) DO NOTHING",
        ] {
            sqlx::query(sql).execute(&mut *writing.transaction).await?;
        }
        writing.record(ChangeKind::RestoreState, "", "", reason).await?;
        writing.commit().await?;
        Ok(())
    }
}
