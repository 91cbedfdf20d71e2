//! Store and state as a node meets them: bound, torn from each other, killed on the way.

use std::{fs, path::PathBuf};

use tempfile::TempDir;

use super::*;
use crate::{NodeConfig, StartError};

const ACTOR: &str = "officer@clinic";

/// A node whose state is beside its store, so that each can be exchanged.
struct Site {
    directory: TempDir,
}

impl Site {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn config(&self) -> NodeConfig {
        self.with("store", "state")
    }

    fn with(&self, store: &str, state: &str) -> NodeConfig {
        let mut config = NodeConfig::new("se.fin", self.path(store).to_str().unwrap());
        let url = format!("sqlite:{}", self.path(state).join("state.db").display());
        config.state.url = Some(crate::config::Secret::new(url));
        config.state.key = Some(self.path("state.key"));
        config
    }

    /// Withdraws somebody, acknowledged, and leaves no file open.
    async fn withdraw(&self, person: &str) {
        let state = self.config().open_state().await.unwrap();
        state.withdraw(ACTOR, person, &[]).await.unwrap();
        state.close().await;
    }

    /// Copies a directory beside it.
    fn copy(&self, from: &str, to: &str) {
        copy(&self.path(from), &self.path(to));
    }

    fn replace(&self, from: &str, to: &str) {
        fs::remove_dir_all(self.path(to)).unwrap();
        self.copy(from, to);
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() { copy(&from, &to) } else { assert!(fs::copy(from, to).is_ok()) }
    }
}

/// Opens as commands do, and closes again; what is refused, refuses the check too.
async fn open(config: &NodeConfig) -> Result<u64, BelongingError> {
    let checked = config.check_state().await.err().map(|error| error.to_string());
    match config.open_state().await {
        Ok(state) => {
            assert_eq!(checked, None);
            let version = state.identity().await.unwrap().version;
            state.close().await;
            Ok(version)
        }
        Err(StartError::Belonging(error)) => {
            assert_eq!(checked, Some(error.to_string()));
            Err(error)
        }
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn what_is_new_is_bound_and_opens_again() {
    let site = Site::new();
    site.config().check_state().await.unwrap();
    assert!(!site.path("store").exists() && !site.path("state").exists(), "to check changes nothing");
    assert_eq!(open(&site.config()).await.unwrap(), 0);
    site.withdraw("P").await;
    assert_eq!(open(&site.config()).await.unwrap(), 1);
    let mark = Mark::read(&layout::belonging(&site.path("store"))).unwrap();
    assert_eq!(mark.state.unwrap().version, 1);
}

#[tokio::test]
async fn store_and_state_of_before_are_bound_as_they_are() {
    let site = Site::new();
    site.withdraw("P").await;
    fs::remove_file(layout::belonging(&site.path("store"))).unwrap();
    let (url, key) = site.config().state_place().unwrap();
    // A state that no store was written into yet, as before there were ids.
    fs::remove_dir_all(site.path("state")).unwrap();
    let state = State::open(url.expose(), &key).await.unwrap();
    state.withdraw(ACTOR, "P", &[]).await.unwrap();
    state.close().await;
    assert_eq!(open(&site.config()).await.unwrap(), 1);
    assert_eq!(open(&site.config()).await.unwrap(), 1);
    fs::remove_dir_all(site.path("state")).unwrap();
    assert!(matches!(open(&site.config()).await, Err(BelongingError::Missing { seen: 1, .. })));
}

#[tokio::test]
async fn a_state_that_is_missing_is_refused_and_not_made() {
    let site = Site::new();
    site.withdraw("P").await;
    fs::remove_dir_all(site.path("state")).unwrap();
    for _ in 0..2 {
        let refused = open(&site.config()).await.unwrap_err();
        assert!(matches!(refused, BelongingError::Missing { seen: 1, .. }), "{refused}");
        assert!(refused.to_string().contains("fyr-node state adopt"), "{refused}");
        assert!(site.config().remembers_nothing().is_err());
        assert!(!site.path("state").exists());
    }
    // One that somebody made meanwhile has seen nothing.
    let (url, key) = site.config().state_place().unwrap();
    State::open(url.expose(), &key).await.unwrap().close().await;
    assert!(matches!(open(&site.config()).await, Err(BelongingError::Missing { .. })));
}

#[tokio::test]
async fn a_state_that_is_older_is_refused() {
    let site = Site::new();
    site.withdraw("P").await;
    site.copy("state", "backup");
    site.withdraw("Q").await;
    site.copy("state", "newest");
    site.replace("backup", "state");
    for _ in 0..2 {
        let refused = open(&site.config()).await;
        assert!(matches!(refused, Err(BelongingError::Older { found: 1, seen: 2, .. })), "{refused:?}");
    }
    site.replace("newest", "state");
    assert_eq!(open(&site.config()).await.unwrap(), 2);
    // An older copy of the store is no harm: it has seen less.
    site.copy("store", "old-store");
    site.withdraw("R").await;
    assert_eq!(open(&site.with("old-store", "state")).await.unwrap(), 3);
}

#[tokio::test]
async fn a_state_of_another_store_is_refused_on_either_side() {
    let (site, other) = (Site::new(), Site::new());
    site.withdraw("P").await;
    other.withdraw("Q").await;
    other.withdraw("R").await;
    fs::remove_dir_all(site.path("state")).unwrap();
    copy(&other.path("state"), &site.path("state"));
    fs::copy(other.path("state.key"), site.path("state.key")).unwrap();
    assert!(matches!(open(&site.config()).await, Err(BelongingError::Foreign(_))));
    // A store that has seen none does not take another's either.
    assert!(matches!(open(&site.with("new", "state")).await, Err(BelongingError::Taken(_))));
    assert!(!layout::belonging(&site.path("new")).exists());
}

#[tokio::test]
async fn an_operator_can_say_which_state_is_the_right_one() {
    let site = Site::new();
    site.withdraw("P").await;
    site.copy("state", "backup");
    site.withdraw("Q").await;
    site.withdraw("R").await;
    site.replace("backup", "state");
    let adopted = site.config().adopt_state(ACTOR, "disk lost").await.unwrap();
    assert_eq!(adopted, Adopted { seen: Some(3), was_its_own: true, version: 2 });
    assert_eq!(open(&site.config()).await.unwrap(), 2);
    let state = site.config().open_state().await.unwrap();
    let changes = state.changes_since(1).await.unwrap();
    assert_eq!(
        (changes.len(), changes[0].action, changes[0].actor.as_str()),
        (1, fyr_state::ChangeKind::AdoptState, ACTOR)
    );
    assert!(
        changes[0].items.ends_with("had seen change 3 of this state, this one ended with 1: disk lost"),
        "{}",
        changes[0].items
    );
    state.close().await;

    // A new one, for a second store of the same node.
    let second = site.with("second", "state");
    assert!(matches!(open(&second).await, Err(BelongingError::Taken(_))));
    second.adopt_state(ACTOR, "a replica with a store of its own").await.unwrap();
    for config in [&second, &site.config(), &second] {
        assert_eq!(open(config).await.unwrap(), 3);
    }
}

/// Binding writes three times, a change twice: killed after any of them, and in the middle of any line, the next start
/// goes on, and nothing that was acknowledged is passed over.
#[tokio::test]
async fn who_is_killed_on_the_way_has_bound_nothing_or_all() {
    let site = Site::new();
    let state = site.config().open_state().await.unwrap();
    state.close().await;
    site.copy("state", "bound");
    site.withdraw("P").await;
    let mark = layout::belonging(&site.path("store"));
    let whole = fs::read(&mark).unwrap();
    let ends: Vec<usize> =
        whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at).collect();
    assert_eq!(ends.len(), 3, "the store's id, its state, the withdrawal");
    site.copy("state", "withdrawn");
    // What the state was before the store's id was in it: as new, and with the id that it was made with.
    let id = State::peek(site.config().state.url.as_ref().unwrap().expose()).await.unwrap().unwrap().id;
    // Each line's edges to the byte, and a few places within.
    let is_tried = |length: &usize| length % 40 == 7 || ends.iter().any(|end| length.abs_diff(*end) < 2);
    for length in (0..=whole.len()).filter(is_tried) {
        let (has_store, is_bound, has_seen) = (length >= ends[0], length >= ends[1], length >= ends[2]);
        for at in ["fresh", "bound", "withdrawn"] {
            fs::remove_dir_all(site.path("state")).unwrap();
            if at == "fresh" {
                let (url, key) = site.config().state_place().unwrap();
                State::open(url.expose(), &key).await.unwrap().close().await;
            } else {
                site.copy(at, "state");
            }
            fs::write(&mark, &whole[..length]).unwrap();
            let opened = open(&site.config()).await;
            // The state is never ahead of the store's id: that is written first.
            let expected = match at {
                "fresh" => !is_bound,
                "bound" => has_store && !has_seen,
                _ => has_store,
            };
            assert_eq!(opened.is_ok(), expected, "{length} bytes, {at}: {opened:?}");
            if opened.is_ok() {
                let known = Mark::read(&mark).unwrap().state.unwrap();
                assert!(at == "fresh" || known.id == id, "{length} bytes, {at}");
                assert_eq!(known.version, u64::from(at == "withdrawn"));
                fs::remove_dir_all(site.path("state")).unwrap();
                assert!(open(&site.config()).await.is_err(), "{length} bytes, {at}: bound from then on");
                fs::create_dir_all(site.path("state")).unwrap();
            }
        }
    }
}
