//! Consents and withdrawals, one person at a time, within a change.

use std::{
    collections::{BTreeSet, HashSet},
    fmt,
};

use fyr_policy::{ConsentItems, Statement};
use sqlx::AnyPool;

use crate::{
    Answers, ChangeKind, Said, StateError, WithdrawnIds, WithdrawnPeople, key::Key, load, writing::Writing,
};

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
    let mut withdrawn = WithdrawnPeople::nobody(key);
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
        self.record(ChangeKind::Set, dataset, person, answers).await
    }

    /// Records that a person withdrew, by all their ids, and remembers these. Ids that were forgotten stay so.
    pub(crate) async fn withdraw(
        &mut self,
        dataset: &str,
        person: &str,
        aliases: &[String],
    ) -> Result<(), StateError> {
        let ids: BTreeSet<&str> = aliases.iter().map(String::as_str).chain([person]).collect();
        check_ids(0, ids.iter().copied().chain([dataset]))?;
        let of = self.remembered_as(dataset, person).await?.unwrap_or_else(|| self.hash(dataset, person));
        let mut changed = false;
        for id in ids {
            let is_new = self.remember(dataset, id, &of, &mut changed).await?;
            let before = self.statement(dataset, id).await?;
            if before.map_or(is_new, |before| !before.withdrawn) {
                let after = Statement { withdrawn: true, ..before.unwrap_or_default() };
                self.write(dataset, id, after).await?;
                changed = true;
            }
        }
        if changed {
            self.record(ChangeKind::Withdraw, dataset, person, &Answers::default()).await?;
        }
        Ok(())
    }

    /// Remembers all ids of a person of whom at least one is remembered.
    pub(crate) async fn learn(&mut self, dataset: &str, ids: &[String]) -> Result<(), StateError> {
        check_ids(0, ids)?;
        for id in ids {
            if self.has_withdrawn(dataset, id).await? {
                return self.withdraw(dataset, id, ids).await;
            }
        }
        Ok(())
    }

    /// Records that a person took the withdrawal back. Refusals stay; what was granted has to be asked again.
    pub(crate) async fn reinstate(&mut self, dataset: &str, person: &str) -> Result<(), StateError> {
        check_ids(0, [dataset, person])?;
        let Some(of) = self.remembered_as(dataset, person).await? else {
            return Err(StateError::NotWithdrawn(0));
        };
        for id in self.mentions(dataset, &of).await? {
            if let Some(before) = self.statement(dataset, &id).await? {
                let after = Statement { granted: ConsentItems::NONE, withdrawn: false, ..before };
                self.write(dataset, &id, after).await?;
            }
        }
        sqlx::query("DELETE FROM withdrawn WHERE dataset = $1 AND person = $2")
            .bind(dataset.to_owned())
            .bind(of)
            .execute(&mut *self.writing.transaction)
            .await?;
        self.writing.removes().await?;
        self.record(ChangeKind::Reinstate, dataset, person, &Answers::default()).await
    }

    /// Deletes every plain mention of a person who withdrew, under whichever of their ids.
    pub(crate) async fn forget(
        &mut self,
        dataset: &str,
        person: &str,
        index: usize,
    ) -> Result<(), StateError> {
        let Some(of) = self.remembered_as(dataset, person).await? else {
            return Err(StateError::NotWithdrawn(index));
        };
        let mentions = self.mentions(dataset, &of).await?;
        for id in &mentions {
            sqlx::query("DELETE FROM consents WHERE dataset = $1 AND person = $2")
                .bind(dataset.to_owned())
                .bind(id.clone())
                .execute(&mut *self.writing.transaction)
                .await?;
        }
        if !mentions.is_empty() {
            self.writing.removes().await?;
            self.record(ChangeKind::Forget, dataset, person, &Answers::default()).await?;
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
        Ok(self.remembered_as(dataset, id).await?.is_some())
    }

    /// Returns the hash by which the ids of one person who withdrew are held together.
    async fn remembered_as(&mut self, dataset: &str, id: &str) -> Result<Option<String>, StateError> {
        let row: Option<(String,)> =
            sqlx::query_as("SELECT person FROM withdrawn WHERE dataset = $1 AND id = $2")
                .bind(dataset.to_owned())
                .bind(self.hash(dataset, id))
                .fetch_optional(&mut *self.writing.transaction)
                .await?;
        Ok(row.map(|(person,)| person))
    }

    /// Holds an id in the memory of those who withdrew, as one of the ids of a person; returns whether it was
    /// not there. What was held to be of several people may turn out to be of one.
    async fn remember(
        &mut self,
        dataset: &str,
        id: &str,
        of: &str,
        changed: &mut bool,
    ) -> Result<bool, StateError> {
        let before = self.remembered_as(dataset, id).await?;
        if before.as_deref() == Some(of) {
            return Ok(false);
        }
        let sql = match before {
            Some(_) => "UPDATE withdrawn SET person = $1, version = $2 WHERE dataset = $3 AND person = $4",
            None => "INSERT INTO withdrawn (person, version, dataset, id) VALUES ($1, $2, $3, $4)",
        };
        let is_new = before.is_none();
        sqlx::query(sql)
            .bind(of.to_owned())
            .bind(self.writing.version())
            .bind(dataset.to_owned())
            .bind(before.unwrap_or_else(|| self.hash(dataset, id)))
            .execute(&mut *self.writing.transaction)
            .await?;
        *changed = true;
        Ok(is_new)
    }

    /// Returns the ids under which statements of a person who withdrew stand.
    async fn mentions(&mut self, dataset: &str, of: &str) -> Result<Vec<String>, StateError> {
        let hashes: Vec<(String,)> =
            sqlx::query_as("SELECT id FROM withdrawn WHERE dataset = $1 AND person = $2")
                .bind(dataset.to_owned())
                .bind(of.to_owned())
                .fetch_all(&mut *self.writing.transaction)
                .await?;
        let people: Vec<(String,)> = sqlx::query_as("SELECT person FROM consents WHERE dataset = $1")
            .bind(dataset.to_owned())
            .fetch_all(&mut *self.writing.transaction)
            .await?;
        let hashes: HashSet<String> = hashes.into_iter().map(|(hash,)| hash).collect();
        let is_theirs = |id: &String| hashes.contains(&self.hash(dataset, id));
        Ok(people.into_iter().map(|(id,)| id).filter(is_theirs).collect())
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
        action: ChangeKind,
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
