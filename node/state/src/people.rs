//! Consents, one person at a time, within a change. What a withdrawal does stands in `people/withdrawing.rs`.

mod withdrawing;

use std::fmt;

use fyr_policy::Statement;
use sqlx::AnyPool;

use crate::{Answers, ChangeKind, Said, StateError, WithdrawnIds, key::Key, load, writing::Writing};

/// What a person of a dataset said, or of all, as it is stored. Who it is does not show in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Stated {
    /// Dataset; empty for a withdrawal, which is of every one.
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

/// Reads what people said, in the order of their ids; of one dataset and of all together, or of each.
pub(crate) async fn list(pool: &AnyPool, dataset: Option<&str>) -> Result<Vec<Stated>, StateError> {
    let rows: Vec<(String, String, i64, i64, i64, i64, i64)> = sqlx::query_as(
        "SELECT dataset, person, granted, refused, opted_out, withdrawn, version FROM consents \
         WHERE $1 = '' OR dataset = $1 OR dataset = ''",
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

/// Reads the ids of whoever withdrew.
pub(crate) async fn withdrawn(pool: &AnyPool, key: &Key) -> Result<WithdrawnIds, StateError> {
    let rows: Vec<(String, String)> =
        sqlx::query_as("SELECT scope, id FROM withdrawn_ids").fetch_all(pool).await?;
    let mut withdrawn = WithdrawnIds::nobody(key);
    for (scope, id) in rows {
        withdrawn.insert(scope, load::hash(&id)?);
    }
    Ok(withdrawn)
}

/// People within a change.
pub(crate) struct People<'a> {
    writing: &'a mut Writing,
    key: &'a Key,
    /// What ids of people who withdrew were hashed with; none before it was read.
    scopes: Option<Vec<String>>,
}

impl<'a> People<'a> {
    pub(crate) fn new(writing: &'a mut Writing, key: &'a Key) -> Self {
        Self { writing, key, scopes: None }
    }

    /// Records what a person said; `index` names the entry where it cannot be.
    pub(crate) async fn set(&mut self, said: &Said, index: usize) -> Result<(), StateError> {
        let Said { dataset, person, answers } = said;
        check_ids(index, [dataset, person])?;
        let before = self.statement(dataset, person).await?;
        if self.has_withdrawn(person).await? {
            return Err(StateError::Withdrew(index));
        }
        let after = answers.after(before.unwrap_or_default());
        if answers.is_empty() || before == Some(after) {
            return Ok(());
        }
        self.write(dataset, person, after).await?;
        self.record(ChangeKind::Set, dataset, person, answers).await
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
