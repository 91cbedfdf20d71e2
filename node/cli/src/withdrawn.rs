//! Whom an ingest or a load of metadata leaves out, because they withdrew.

use fyr_state::{State, StateError, WithdrawnIds};

/// The people who withdrew from one dataset. By default nobody.
#[derive(Clone, Debug, Default)]
pub struct Withdrawn {
    ids: WithdrawnIds,
    memory: Option<Memory>,
}

/// Where more of their ids are remembered, once they become known.
#[derive(Clone, Debug)]
struct Memory {
    state: State,
    dataset: String,
    actor: String,
}

impl Withdrawn {
    /// Reads who withdrew from a dataset. `actor` is who loads the data, for the history.
    ///
    /// # Errors
    ///
    /// The state cannot be read.
    pub async fn read(state: State, dataset: &str, actor: &str) -> Result<Self, StateError> {
        let ids = state.withdrawn_ids(dataset).await?;
        let memory = Memory { state, dataset: dataset.to_owned(), actor: actor.to_owned() };
        Ok(Self { ids, memory: Some(memory) })
    }

    /// Returns whether an id belongs to somebody who withdrew.
    pub fn contains(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    /// Remembers further ids of people who withdrew; each list has all ids of one person.
    ///
    /// # Errors
    ///
    /// The state cannot be written.
    pub(crate) async fn learn(&self, people: &[Vec<String>]) -> Result<(), StateError> {
        let is_news = |ids: &&Vec<String>| !ids.iter().all(|id| self.contains(id));
        let news: Vec<_> = people.iter().filter(is_news).cloned().collect();
        match &self.memory {
            Some(memory) if !news.is_empty() => {
                memory.state.learn(&memory.actor, &memory.dataset, &news).await.map(drop)
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A state in a directory of its own, in which people withdrew from a dataset.
    pub(crate) struct Remembering {
        pub(crate) state: State,
        _directory: tempfile::TempDir,
    }

    impl Remembering {
        pub(crate) async fn of(dataset: &str, ids: &[&str]) -> Self {
            let directory = tempfile::tempdir().unwrap();
            let url = format!("sqlite:{}", directory.path().join("state.db").display());
            let state = State::open(&url, &directory.path().join("state.key")).await.unwrap();
            for id in ids {
                state.withdraw("test", dataset, id, &[]).await.unwrap();
            }
            Self { state, _directory: directory }
        }

        pub(crate) async fn withdrawn(&self, dataset: &str) -> Withdrawn {
            Withdrawn::read(self.state.clone(), dataset, "test").await.unwrap()
        }
    }
}
