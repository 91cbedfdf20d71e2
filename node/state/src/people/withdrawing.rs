//! What a withdrawal does, what takes it back, and what forgets who withdrew: of a person, in every dataset.
//!
//! The ids of one person are held together by a token, a keyed hash that means nothing else. Rows that name a dataset are
//! of withdrawals of before: their ids are looked for with that dataset, and count for every other.

use std::collections::{BTreeSet, HashSet};

use fyr_policy::{ConsentItems, Statement};

use super::{People, check_ids};
use crate::{Answers, ChangeKind, StateError, key::NAMESPACE};

impl People<'_> {
    /// Records that a person withdrew, by all their ids, and remembers these. Ids that were forgotten stay so.
    pub(crate) async fn withdraw(&mut self, person: &str, aliases: &[String]) -> Result<(), StateError> {
        let ids: BTreeSet<&str> = aliases.iter().map(String::as_str).chain([person]).collect();
        check_ids(0, &ids)?;
        let mut changed = false;
        let of = self.token(person, &ids.iter().copied().collect::<Vec<_>>(), &mut changed).await?;
        for id in ids {
            let is_new = self.remember(id, &of, &mut changed).await?;
            changed |= self.mark(id, is_new).await?;
        }
        if changed {
            self.record(ChangeKind::Withdraw, NAMESPACE, person, &Answers::default()).await?;
        }
        Ok(())
    }

    /// Remembers all ids of a person of whom at least one is remembered.
    pub(crate) async fn learn(&mut self, ids: &[String]) -> Result<(), StateError> {
        check_ids(0, ids)?;
        for id in ids {
            if self.has_withdrawn(id).await? {
                return self.withdraw(id, ids).await;
            }
        }
        Ok(())
    }

    /// Records that a person took the withdrawal back, by all their ids. Refusals stay; what was granted has to be asked
    /// again.
    pub(crate) async fn reinstate(&mut self, person: &str, aliases: &[String]) -> Result<(), StateError> {
        let ids: BTreeSet<&str> = aliases.iter().map(String::as_str).chain([person]).collect();
        check_ids(0, &ids)?;
        let tokens = self.tokens(&ids.into_iter().collect::<Vec<_>>()).await?;
        if tokens.is_empty() {
            return Err(StateError::NotWithdrawn(0));
        }
        for (dataset, id) in self.mentions(&tokens).await? {
            match self.statement(&dataset, &id).await? {
                Some(before) if dataset != NAMESPACE => {
                    let after = Statement { granted: ConsentItems::NONE, withdrawn: false, ..before };
                    self.write(&dataset, &id, after).await?;
                }
                _ => self.delete(&dataset, &id).await?,
            }
        }
        for token in tokens {
            sqlx::query("DELETE FROM withdrawn_ids WHERE person = $1")
                .bind(token)
                .execute(&mut *self.writing.transaction)
                .await?;
        }
        self.writing.removes().await?;
        self.record(ChangeKind::Reinstate, NAMESPACE, person, &Answers::default()).await
    }

    /// Deletes every plain mention of a person who withdrew, under whichever of their ids and in whichever dataset.
    pub(crate) async fn forget(&mut self, person: &str, index: usize) -> Result<(), StateError> {
        let tokens = self.tokens(&[person]).await?;
        if tokens.is_empty() {
            return Err(StateError::NotWithdrawn(index));
        }
        let mentions = self.mentions(&tokens).await?;
        for (dataset, id) in &mentions {
            self.delete(dataset, id).await?;
        }
        if !mentions.is_empty() {
            self.writing.removes().await?;
            self.record(ChangeKind::Forget, NAMESPACE, person, &Answers::default()).await?;
        }
        Ok(())
    }

    /// Returns whether an id is in the memory of those who withdrew.
    pub(super) async fn has_withdrawn(&mut self, id: &str) -> Result<bool, StateError> {
        Ok(!self.tokens(&[id]).await?.is_empty())
    }

    /// Returns the tokens of some ids: several, where they are not known to be one person's yet.
    async fn tokens(&mut self, ids: &[&str]) -> Result<BTreeSet<String>, StateError> {
        let scopes = self.scopes().await?;
        let mut tokens = BTreeSet::new();
        for id in ids {
            for scope in &scopes {
                let row: Option<(String,)> =
                    sqlx::query_as("SELECT person FROM withdrawn_ids WHERE scope = $1 AND id = $2")
                        .bind(scope.clone())
                        .bind(self.hash(scope, id))
                        .fetch_optional(&mut *self.writing.transaction)
                        .await?;
                tokens.extend(row.map(|(token,)| token));
            }
        }
        Ok(tokens)
    }

    /// Returns the token of a person: that of the ids that are remembered, or a new one. What was held to be of several
    /// people turns out to be of one.
    async fn token(&mut self, person: &str, ids: &[&str], changed: &mut bool) -> Result<String, StateError> {
        let mut tokens = self.tokens(ids).await?.into_iter();
        let Some(first) = tokens.next() else { return Ok(self.hash(NAMESPACE, person)) };
        for other in tokens {
            sqlx::query("UPDATE withdrawn_ids SET person = $1, version = $2 WHERE person = $3")
                .bind(first.clone())
                .bind(self.writing.version())
                .bind(other)
                .execute(&mut *self.writing.transaction)
                .await?;
            *changed = true;
        }
        Ok(first)
    }

    /// Holds an id in the memory of those who withdrew; returns whether it was not there.
    async fn remember(&mut self, id: &str, of: &str, changed: &mut bool) -> Result<bool, StateError> {
        if self.has_withdrawn(id).await? {
            return Ok(false);
        }
        sqlx::query("INSERT INTO withdrawn_ids (person, version, scope, id) VALUES ($1, $2, $3, $4)")
            .bind(of.to_owned())
            .bind(self.writing.version())
            .bind(NAMESPACE.to_owned())
            .bind(self.hash(NAMESPACE, id))
            .execute(&mut *self.writing.transaction)
            .await?;
        self.scopes = None;
        *changed = true;
        Ok(true)
    }

    /// Marks whatever an id said as said by somebody who withdrew; returns whether it was not. One that is new is named.
    async fn mark(&mut self, id: &str, is_new: bool) -> Result<bool, StateError> {
        let said: Vec<(String, i64)> =
            sqlx::query_as("SELECT dataset, withdrawn FROM consents WHERE person = $1")
                .bind(id.to_owned())
                .fetch_all(&mut *self.writing.transaction)
                .await?;
        let others = said.into_iter().filter(|(_, withdrawn)| *withdrawn == 0).map(|(dataset, _)| dataset);
        let unmarked: Vec<String> = others.chain(is_new.then(|| NAMESPACE.to_owned())).collect();
        for dataset in &unmarked {
            let before = self.statement(dataset, id).await?.unwrap_or_default();
            self.write(dataset, id, Statement { withdrawn: true, ..before }).await?;
        }
        Ok(!unmarked.is_empty())
    }

    /// Returns the datasets and ids under which people who withdrew are named.
    async fn mentions(&mut self, tokens: &BTreeSet<String>) -> Result<Vec<(String, String)>, StateError> {
        let mut hashes: HashSet<(String, String)> = HashSet::new();
        for token in tokens {
            let ids: Vec<(String, String)> =
                sqlx::query_as("SELECT scope, id FROM withdrawn_ids WHERE person = $1")
                    .bind(token.clone())
                    .fetch_all(&mut *self.writing.transaction)
                    .await?;
            hashes.extend(ids);
        }
        let named: Vec<(String, String)> =
            sqlx::query_as("SELECT dataset, person FROM consents WHERE withdrawn = 1")
                .fetch_all(&mut *self.writing.transaction)
                .await?;
        let scopes: BTreeSet<String> = hashes.iter().map(|(scope, _)| scope.clone()).collect();
        let is_theirs =
            |id: &str| scopes.iter().any(|scope| hashes.contains(&(scope.clone(), self.hash(scope, id))));
        Ok(named.into_iter().filter(|(_, id)| is_theirs(id)).collect())
    }

    async fn delete(&mut self, dataset: &str, id: &str) -> Result<(), StateError> {
        sqlx::query("DELETE FROM consents WHERE dataset = $1 AND person = $2")
            .bind(dataset.to_owned())
            .bind(id.to_owned())
            .execute(&mut *self.writing.transaction)
            .await?;
        Ok(())
    }

    /// Returns what ids of people who withdrew were hashed with.
    async fn scopes(&mut self) -> Result<Vec<String>, StateError> {
        if let Some(scopes) = &self.scopes {
            return Ok(scopes.clone());
        }
        let scopes: Vec<String> = sqlx::query_scalar("SELECT DISTINCT scope FROM withdrawn_ids")
            .fetch_all(&mut *self.writing.transaction)
            .await?;
        self.scopes = Some(scopes.clone());
        Ok(scopes)
    }
}
