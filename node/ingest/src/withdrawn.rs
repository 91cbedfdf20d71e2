//! Whom an ingest or a load of metadata leaves out, because they withdrew.

use std::{error::Error, fmt::Debug, sync::Arc};

use futures::future::BoxFuture;

/// Remembers who withdrew, from every dataset: the state of a node does.
pub trait WithdrawalMemory: Debug + Send + Sync {
    /// Returns whether an id belongs to somebody who withdrew.
    fn contains(&self, id: &str) -> bool;

    /// Remembers further ids of people who withdrew; each list has all ids of one person.
    ///
    /// # Errors
    ///
    /// They cannot be remembered; then nothing of what told them becomes visible.
    fn learn(&self, people: Vec<Vec<String>>) -> BoxFuture<'_, Result<(), NotRemembered>>;
}

/// Further ids of people who withdrew cannot be remembered; the memory says why.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct NotRemembered(#[from] pub Box<dyn Error + Send + Sync>);

/// The people who withdrew, from every dataset. By default nobody.
#[derive(Clone, Debug, Default)]
pub struct Withdrawn(Option<Arc<dyn WithdrawalMemory>>);

impl Withdrawn {
    /// Takes whatever remembers them.
    pub fn remembered_by(memory: impl WithdrawalMemory + 'static) -> Self {
        Self(Some(Arc::new(memory)))
    }

    /// Returns whether an id belongs to somebody who withdrew.
    pub fn contains(&self, id: &str) -> bool {
        self.0.as_ref().is_some_and(|memory| memory.contains(id))
    }

    /// Remembers further ids of people who withdrew, if there are any. That ids are one person's is news even where all of
    /// them withdrew.
    pub(crate) async fn learn(&self, people: &[Vec<String>]) -> Result<(), NotRemembered> {
        let is_news = |ids: &&Vec<String>| ids.len() > 1 || !ids.iter().all(|id| self.contains(id));
        let news: Vec<_> = people.iter().filter(is_news).cloned().collect();
        match &self.0 {
            Some(memory) if !news.is_empty() => memory.learn(news).await,
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::{
        collections::BTreeSet,
        sync::{Mutex, PoisonError},
    };

    use super::*;

    /// Remembers people who withdrew from a dataset as long as the test lives.
    #[derive(Clone, Debug, Default)]
    pub(crate) struct Remembering(Arc<Mutex<BTreeSet<String>>>);

    impl Remembering {
        pub(crate) fn of(ids: &[&str]) -> Self {
            Self(Arc::new(Mutex::new(ids.iter().map(|id| (*id).to_owned()).collect())))
        }

        pub(crate) fn withdrawn(&self) -> Withdrawn {
            Withdrawn::remembered_by(self.clone())
        }

        pub(crate) fn knows(&self, id: &str) -> bool {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(id)
        }
    }

    impl WithdrawalMemory for Remembering {
        fn contains(&self, id: &str) -> bool {
            self.knows(id)
        }

        fn learn(&self, people: Vec<Vec<String>>) -> BoxFuture<'_, Result<(), NotRemembered>> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(people.into_iter().flatten());
            Box::pin(async { Ok(()) })
        }
    }

    #[tokio::test]
    async fn only_news_are_remembered() {
        #[derive(Debug)]
        struct Full;
        impl WithdrawalMemory for Full {
            fn contains(&self, id: &str) -> bool {
                id == "P1"
            }
            fn learn(&self, _: Vec<Vec<String>>) -> BoxFuture<'_, Result<(), NotRemembered>> {
                Box::pin(async { Err(NotRemembered("the disk is full".into())) })
            }
        }
        let withdrawn = Withdrawn::remembered_by(Full);
        assert!(withdrawn.learn(&[vec!["P1".to_owned()]]).await.is_ok());
        let news = withdrawn.learn(&[vec!["P1".to_owned(), "S1".to_owned()]]).await;
        assert_eq!(news.unwrap_err().to_string(), "the disk is full");
        assert!(Withdrawn::default().learn(&[vec!["P1".to_owned()]]).await.is_ok());
    }
}
