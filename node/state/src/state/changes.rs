//! Changes. One that returns is in force at every replica.

use time::OffsetDateTime;

use super::State;
use crate::{ChangeKind, LEASE, MARGIN, Revocation, Said, StateError, people::People, writing::Writing};

/// A change that is in force at every replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effective {
    /// How many people or requesters it changed; what was so before does not count.
    pub changed: u64,
    /// Since when no answer is without it, UTC.
    pub since: OffsetDateTime,
}

impl State {
    /// Records what people said, all of it or nothing. `progress` hears after each entry.
    ///
    /// # Errors
    ///
    /// An id that cannot be one, or a person who has withdrawn, with the number of the entry, from 0.
    pub async fn set(
        &self,
        actor: &str,
        said: &[Said],
        progress: impl Fn(),
    ) -> Result<Effective, StateError> {
        self.acknowledge(self.commit_set(actor, said, progress).await?).await
    }

    /// Records that a person withdrew, from every dataset. `aliases` are their other ids: of samples, of biosamples.
    ///
    /// # Errors
    ///
    /// An id that cannot be one.
    pub async fn withdraw(
        &self,
        actor: &str,
        person: &str,
        aliases: &[String],
    ) -> Result<Effective, StateError> {
        self.acknowledge(self.commit_withdraw(actor, person, aliases).await?).await
    }

    /// Records that people withdrew, each by all their ids, the main one first; all of it or nothing.
    ///
    /// # Errors
    ///
    /// An id that cannot be one.
    pub async fn withdraw_all(&self, actor: &str, people: &[Vec<String>]) -> Result<Effective, StateError> {
        let mut writing = Writing::begin(&self.pool, actor).await?;
        let mut withdrawing = People::new(&mut writing, &self.key);
        for ids in people {
            if let Some((person, aliases)) = ids.split_first() {
                withdrawing.withdraw(person, aliases).await?;
            }
        }
        self.acknowledge(writing.commit().await?).await
    }

    /// Adds what has become known of people who withdrew: each list has all ids of one person. Whoever has no
    /// id in the memory of those who withdrew is left alone.
    ///
    /// # Errors
    ///
    /// An id that cannot be one.
    pub async fn learn(&self, actor: &str, people: &[Vec<String>]) -> Result<Effective, StateError> {
        self.acknowledge(self.commit_learn(actor, people).await?).await
    }

    /// Records that a person took the withdrawal back, by all their ids. What they refused stays refused; what they had
    /// granted does not count until it is set again.
    ///
    /// # Errors
    ///
    /// The person has not withdrawn.
    pub async fn reinstate(
        &self,
        actor: &str,
        person: &str,
        aliases: &[String],
    ) -> Result<Effective, StateError> {
        self.acknowledge(self.commit_reinstate(actor, person, aliases).await?).await
    }

    /// Deletes every plain mention of people who withdrew, under all their ids, and cleans the files of it. To
    /// be called once their data are gone; their keyed hashes stay, so that no later ingest brings them back.
    ///
    /// # Errors
    ///
    /// Somebody has not withdrawn, with the number of the entry, from 0; then nobody is forgotten. Or the
    /// files cannot be cleaned yet; then call it again.
    pub async fn forget(&self, actor: &str, people: &[String]) -> Result<Effective, StateError> {
        let changed = self.commit_forget(actor, people).await?;
        self.database.clean(&self.pool).await?;
        self.acknowledge(changed).await
    }

    /// Accepts a requester or a token no more.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn revoke(&self, actor: &str, revocation: &Revocation) -> Result<Effective, StateError> {
        self.acknowledge(self.commit_revoke(actor, revocation).await?).await
    }

    /// Accepts a requester or a token again.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn unrevoke(&self, actor: &str, revocation: &Revocation) -> Result<Effective, StateError> {
        self.acknowledge(self.commit_unrevoke(actor, revocation).await?).await
    }

    pub(crate) async fn commit_set(
        &self,
        actor: &str,
        said: &[Said],
        progress: impl Fn(),
    ) -> Result<u64, StateError> {
        let mut writing = Writing::begin(&self.pool, actor).await?;
        let mut people = People::new(&mut writing, &self.key);
        for (index, said) in said.iter().enumerate() {
            people.set(said, index).await?;
            progress();
        }
        writing.commit().await
    }

    pub(crate) async fn commit_withdraw(
        &self,
        actor: &str,
        person: &str,
        aliases: &[String],
    ) -> Result<u64, StateError> {
        let mut writing = Writing::begin(&self.pool, actor).await?;
        People::new(&mut writing, &self.key).withdraw(person, aliases).await?;
        writing.commit().await
    }

    pub(crate) async fn commit_learn(&self, actor: &str, people: &[Vec<String>]) -> Result<u64, StateError> {
        let mut writing = Writing::begin(&self.pool, actor).await?;
        let mut learning = People::new(&mut writing, &self.key);
        for ids in people {
            learning.learn(ids).await?;
        }
        writing.commit().await
    }

    pub(crate) async fn commit_reinstate(
        &self,
        actor: &str,
        person: &str,
        aliases: &[String],
    ) -> Result<u64, StateError> {
        let mut writing = Writing::begin(&self.pool, actor).await?;
        People::new(&mut writing, &self.key).reinstate(person, aliases).await?;
        writing.commit().await
    }

    pub(crate) async fn commit_forget(&self, actor: &str, people: &[String]) -> Result<u64, StateError> {
        let mut writing = Writing::begin(&self.pool, actor).await?;
        let mut forgotten = People::new(&mut writing, &self.key);
        for (index, person) in people.iter().enumerate() {
            forgotten.forget(person, index).await?;
        }
        writing.commit().await
    }

    pub(crate) async fn commit_revoke(
        &self,
        actor: &str,
        revocation: &Revocation,
    ) -> Result<u64, StateError> {
        let mut writing = Writing::begin(&self.pool, actor).await?;
        if revocation.insert(&mut writing).await? {
            writing.record(ChangeKind::Revoke, "", "", &revocation.words()).await?;
        }
        writing.commit().await
    }

    pub(crate) async fn commit_unrevoke(
        &self,
        actor: &str,
        revocation: &Revocation,
    ) -> Result<u64, StateError> {
        let mut writing = Writing::begin(&self.pool, actor).await?;
        if revocation.delete(&mut writing).await? {
            writing.removes().await?;
            writing.record(ChangeKind::Unrevoke, "", "", &revocation.words()).await?;
        }
        writing.commit().await
    }

    /// Waits until no replica can use what was before, and has the witness keep in mind what is committed; even where
    /// nothing changed, because who changed it may have died before that was done.
    async fn acknowledge(&self, changed: u64) -> Result<Effective, StateError> {
        tokio::time::sleep(LEASE + MARGIN).await;
        self.note_committed().await?;
        Ok(Effective { changed, since: OffsetDateTime::now_utc() })
    }
}
