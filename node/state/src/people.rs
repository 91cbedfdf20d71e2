//! Consents and withdrawals, one person at a time, within a change.

use std::fmt;

use fyr_policy::{ConsentItems, Statement};
use sqlx::AnyPool;

use crate::{Action, Answers, Said, StateError, Withdrawn, WithdrawnIds, key::Key, load, writing::Writing};

/// What a person of a dataset said, as it is stored. Who it is does not show in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Stated {
    /// Dataset.
    pub dataset: String,
    /// Id of the person in it.
    pub person: String,
    /// What they said.
    pub statement: Statement,
    /// The version at which it changed last.
    pub version: u64,
}

impl fmt::Debug for Stated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { dataset, statement, version, .. } = self;
        f.debug_struct("Stated")
            .field("dataset", dataset)
            .field("statement", statement)
            .field("version", version)
            .finish_non_exhaustive()
    }
}

/// Reads what people said, in the order of their ids; of one dataset, or of all.
pub(crate) async fn list(pool: &AnyPool, dataset: Option<&str>) -> Result<Vec<Stated>, StateError> {
    let rows: Vec<(String, String, i64, i64, i64, i64, i64)> = sqlx::query_as(
        "SELECT dataset, person, granted, refused, opted_out, withdrawn, version FROM consents \
         WHERE $1 = '' OR dataset = $1",
    )
    .bind(dataset.unwrap_or_default().to_owned())
    .fetch_all(pool)
    .await?;
    let stated =
        |(dataset, person, granted, refused, opted_out, withdrawn, version): (_, _, _, _, _, _, i64)| {
            let statement = load::statement((granted, refused, opted_out, withdrawn));
            Stated { dataset, person, statement, version: version.unsigned_abs() }
        };
    let mut people: Vec<Stated> = rows.into_iter().map(stated).collect();
    people.sort_by(|a, b| (&a.dataset, &a.person).cmp(&(&b.dataset, &b.person)));
    Ok(people)
}

/// Reads the ids of whoever withdrew from a dataset.
pub(crate) async fn withdrawn(pool: &AnyPool, key: &Key, dataset: &str) -> Result<WithdrawnIds, StateError> {
    let rows: Vec<(String,)> = sqlx::query_as("SELECT id FROM withdrawn WHERE dataset = $1")
        .bind(dataset.to_owned())
        .fetch_all(pool)
        .await?;
    let mut withdrawn = Withdrawn::nobody(key);
    for (id,) in rows {
        withdrawn.insert(dataset.to_owned(), load::hash(&id)?);
    }
    Ok(withdrawn.of(dataset))
}

/// People within a change.
pub(crate) struct People<'a> {
    pub(crate) writing: &'a mut Writing,
    pub(crate) key: &'a Key,
}

impl People<'_> {
    /// Records what a person said; `index` names the entry where it cannot be.
    pub(crate) async fn set(&mut self, said: &Said, index: usize) -> Result<(), StateError> {
        let Said { dataset, person, answers } = said;
        check_ids(index, [dataset, person])?;
        let before = self.statement(dataset, person).await?;
        if self.has_withdrawn(dataset, person).await? {
            return Err(StateError::Withdrew(index));
        }
        let after = answers.after(before.unwrap_or_default());
        if answers.is_empty() || before == Some(after) {
            return Ok(());
        }
        self.write(dataset, person, after).await?;
        self.record(Action::Set, dataset, person, answers).await
    }

    /// Records that a person withdrew, and remembers all their ids. Who was forgotten stays forgotten.
    pub(crate) async fn withdraw(
        &mut self,
        dataset: &str,
        person: &str,
        aliases: &[String],
    ) -> Result<(), StateError> {
        check_ids(0, aliases.iter().map(String::as_str).chain([dataset, person]))?;
        let before = self.statement(dataset, person).await?;
        let known = self.has_withdrawn(dataset, person).await?;
        let mut news = false;
        for id in aliases.iter().map(String::as_str).chain([person]) {
            news |= self.remember(dataset, id, person).await?;
        }
        let write = before.is_some_and(|before| !before.withdrawn) || before.is_none() && !known;
        if write {
            self.write(dataset, person, Statement { withdrawn: true, ..before.unwrap_or_default() }).await?;
        }
        if write || news {
            self.record(Action::Withdraw, dataset, person, &Answers::default()).await?;
        }
        Ok(())
    }

    /// Records that a person took the withdrawal back. Refusals stay; what was granted has to be asked again.
    pub(crate) async fn reinstate(&mut self, dataset: &str, person: &str) -> Result<(), StateError> {
        check_ids(0, [dataset, person])?;
        if !self.has_withdrawn(dataset, person).await? {
            return Err(StateError::NotWithdrawn(0));
        }
        if let Some(before) = self.statement(dataset, person).await? {
            let after = Statement { granted: ConsentItems::NONE, withdrawn: false, ..before };
            self.write(dataset, person, after).await?;
        }
        sqlx::query("DELETE FROM withdrawn WHERE dataset = $1 AND person = $2")
            .bind(dataset.to_owned())
            .bind(self.hash(dataset, person))
            .execute(&mut *self.writing.transaction)
            .await?;
        self.writing.removes().await?;
        self.record(Action::Reinstate, dataset, person, &Answers::default()).await
    }

    /// Deletes the plain mention of a person who withdrew.
    pub(crate) async fn forget(
        &mut self,
        dataset: &str,
        person: &str,
        index: usize,
    ) -> Result<(), StateError> {
        if !self.has_withdrawn(dataset, person).await? {
            return Err(StateError::NotWithdrawn(index));
        }
        let deleted = sqlx::query("DELETE FROM consents WHERE dataset = $1 AND person = $2")
            .bind(dataset.to_owned())
            .bind(person.to_owned())
            .execute(&mut *self.writing.transaction)
            .await?;
        if deleted.rows_affected() > 0 {
            self.writing.removes().await?;
            self.record(Action::Forget, dataset, person, &Answers::default()).await?;
        }
        Ok(())
    }

    async fn statement(&mut self, dataset: &str, person: &str) -> Result<Option<Statement>, StateError> {
        let row: Option<(i64, i64, i64, i64)> = sqlx::query_as(
            "SELECT granted, refused, opted_out, withdrawn FROM consents WHERE dataset = $1 AND person = $2",
        )
        .bind(dataset.to_owned())
        .bind(person.to_owned())
        .fetch_optional(&mut *self.writing.transaction)
        .await?;
        Ok(row.map(load::statement))
    }

    /// Returns whether an id is in the memory of those who withdrew.
    async fn has_withdrawn(&mut self, dataset: &str, id: &str) -> Result<bool, StateError> {
        let row: Option<(i64,)> =
            sqlx::query_as("SELECT version FROM withdrawn WHERE dataset = $1 AND id = $2")
                .bind(dataset.to_owned())
                .bind(self.hash(dataset, id))
                .fetch_optional(&mut *self.writing.transaction)
                .await?;
        Ok(row.is_some())
    }

    /// Adds an id to the memory of those who withdrew; returns whether it was not there.
    async fn remember(&mut self, dataset: &str, id: &str, person: &str) -> Result<bool, StateError> {
        let added = sqlx::query(
            "INSERT INTO withdrawn (dataset, id, person, version) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (dataset, id) DO NOTHING",
        )
        .bind(dataset.to_owned())
        .bind(self.hash(dataset, id))
        .bind(self.hash(dataset, person))
        .bind(self.writing.version())
        .execute(&mut *self.writing.transaction)
        .await?;
        Ok(added.rows_affected() > 0)
    }

    async fn write(&mut self, dataset: &str, person: &str, statement: Statement) -> Result<(), StateError> {
        sqlx::query(
            "INSERT INTO consents (dataset, person, granted, refused, opted_out, withdrawn, version) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) \
             ON CONFLICT (dataset, person) DO UPDATE SET granted = excluded.granted, refused = excluded.refused, \
             opted_out = excluded.opted_out, withdrawn = excluded.withdrawn, version = excluded.version",
        )
        .bind(dataset.to_owned())
        .bind(person.to_owned())
        .bind(i64::from(statement.granted.bits()))
        .bind(i64::from(statement.refused.bits()))
        .bind(i64::from(statement.opted_out))
        .bind(i64::from(statement.withdrawn))
        .bind(self.writing.version())
        .execute(&mut *self.writing.transaction)
        .await?;
        Ok(())
    }

    async fn record(
        &mut self,
        action: Action,
        dataset: &str,
        person: &str,
        answers: &Answers,
    ) -> Result<(), StateError> {
        let subject = self.hash(dataset, person);
        self.writing.record(action, dataset, &subject, &answers.to_string()).await
    }

    fn hash(&self, dataset: &str, id: &str) -> String {
        self.key.hash(dataset, id).to_hex().to_string()
    }
}

fn check_ids<'a>(
    index: usize,
    ids: impl IntoIterator<Item = impl AsRef<str> + 'a>,
) -> Result<(), StateError> {
    let legal = |id: &str| !id.is_empty() && !id.chars().any(char::is_control);
    if ids.into_iter().all(|id| legal(id.as_ref())) { Ok(()) } else { Err(StateError::Id(index)) }
}
