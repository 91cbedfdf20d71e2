//! Which stores a state belongs to, and who keeps in mind how far it was.

use std::{
    io::ErrorKind,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use super::{ACTOR, on_both, place::Place, said};
use crate::{ChangeKind, State, StateError, Witness};

on_both!(
    a_state_tells_what_it_is_without_being_changed,
    a_state_belongs_to_the_first_store_and_to_those_that_are_said,
    a_copy_is_the_same_state_and_a_new_one_another,
    a_change_is_kept_in_mind_before_it_is_acknowledged,
);

/// Keeps the highest version in memory, or fails.
#[derive(Debug, Default)]
struct Memory {
    seen: AtomicU64,
    is_full: AtomicBool,
}

impl Witness for Memory {
    fn saw(&self, version: u64) -> Result<(), StateError> {
        if self.is_full.load(Ordering::SeqCst) {
            let (path, source) = ("witness".into(), ErrorKind::StorageFull.into());
            return Err(StateError::Io { action: "write", path, source });
        }
        self.seen.fetch_max(version, Ordering::SeqCst);
        Ok(())
    }
}

async fn a_state_tells_what_it_is_without_being_changed(place: Place) {
    assert_eq!(State::peek(&place.url).await.unwrap(), None, "nothing is there");
    assert_eq!(State::peek(&place.url).await.unwrap(), None, "and nothing was made");
    let state = place.open().await;
    state.commit_set(ACTOR, &[said("P1", &[])], || ()).await.unwrap();
    assert!(state.belong_to("s1").await.unwrap());
    let identity = state.identity().await.unwrap();
    assert_eq!((identity.id.len(), identity.version, identity.stores.len()), (32, 1, 1));
    state.close().await;
    assert_eq!(State::peek(&place.url).await.unwrap(), Some(identity));
}

async fn a_state_belongs_to_the_first_store_and_to_those_that_are_said(place: Place) {
    let states = futures::future::join_all((0..4).map(|_| place.open())).await;
    let stores = ["s0", "s1", "s2", "s3"];
    let asked = states.iter().zip(stores).map(|(state, store)| state.belong_to(store));
    let taken: Vec<bool> = futures::future::join_all(asked).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(taken.iter().filter(|taken| **taken).count(), 1, "of several who ask at once, one is first");
    let first = stores[taken.iter().position(|taken| *taken).unwrap()];
    let state = &states[0];
    assert!(state.belong_to(first).await.unwrap() && !state.belong_to("other").await.unwrap());
    let version = state.adopt(ACTOR, "other", "why").await.unwrap();
    assert!(state.belong_to(first).await.unwrap() && state.belong_to("other").await.unwrap());
    let changes = state.changes_since(0).await.unwrap();
    let [change] = &changes[..] else { panic!("one change: {changes:?}") };
    assert_eq!(
        (change.version, change.action, change.items.as_str()),
        (version, ChangeKind::AdoptState, "why")
    );
}

async fn a_copy_is_the_same_state_and_a_new_one_another(place: Place) {
    let (state, other) = (place.open().await, Place::sqlite());
    let id = state.identity().await.unwrap().id;
    assert_eq!(place.open().await.identity().await.unwrap().id, id);
    assert_ne!(other.open().await.identity().await.unwrap().id, id);
}

async fn a_change_is_kept_in_mind_before_it_is_acknowledged(place: Place) {
    let memory = Arc::new(Memory::default());
    let state = place.open().await.witnessed(memory.clone());
    let seen = || memory.seen.load(Ordering::SeqCst);
    state.set(ACTOR, &[said("P1", &[])], || ()).await.unwrap();
    assert_eq!(seen(), 1);
    // Somebody else's change is in force by then, too.
    place.open().await.commit_set(ACTOR, &[said("P2", &[])], || ()).await.unwrap();
    state.set(ACTOR, &[said("P3", &[])], || ()).await.unwrap();
    assert_eq!(seen(), 3);
    memory.is_full.store(true, Ordering::SeqCst);
    let refused = state.set(ACTOR, &[said("P4", &[])], || ()).await;
    assert!(matches!(refused, Err(StateError::Io { .. })), "{refused:?}");
    memory.is_full.store(false, Ordering::SeqCst);
    assert_eq!(state.set(ACTOR, &[said("P4", &[])], || ()).await.unwrap().changed, 0, "it was committed");
    assert_eq!(seen(), 4, "whoever repeats it gets the acknowledgement");
}
