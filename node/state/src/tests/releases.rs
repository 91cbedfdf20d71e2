//! Who is told of below open: released together, by one of all who would, and never taken back.

use fyr_policy::Released;

use super::{ACTOR, DATASET, on_both, place::Place, said};
use crate::{Arrivals, ChangeKind, Remembered, State};

on_both!(
    who_was_released_is_known_by_every_id_and_in_no_other_dataset,
    of_two_who_release_at_once_one_does,
    nobody_is_released_by_what_was_known_before_a_withdrawal,
    what_was_released_outlives_withdrawal_purge_and_restart,
    nobody_who_was_released_is_named,
);

fn release(chosen: u64, people: &[&[&str]]) -> Arrivals {
    let people = people.iter().map(|ids| ids.iter().map(|id| (*id).to_owned()).collect()).collect();
    Arrivals { dataset: DATASET.into(), people, time: 1_000 + chosen as i64, chosen }
}

/// What a process that begins now remembers.
async fn remembered(state: &State) -> std::sync::Arc<Remembered> {
    state.follow().await.unwrap().snapshot().unwrap()
}

/// Whom of some a process that begins now takes for released, and in which epoch.
async fn known(state: &State, ids: &[&str]) -> (u32, Vec<bool>) {
    let remembered = remembered(state).await;
    let released = remembered.consents.released(DATASET);
    let has = |id: &&str| released.is_some_and(|released| released.has(id));
    (released.map_or(0, |released| released.epoch()), ids.iter().map(has).collect())
}

async fn who_was_released_is_known_by_every_id_and_in_no_other_dataset(place: Place) {
    let state = place.open().await;
    assert_eq!(known(&state, &["P1"]).await, (0, vec![false]));
    let first = release(0, &[&["P1", "S1"], &["P2"]]);
    assert_eq!(state.release(ACTOR, &first).await.unwrap(), Some(1));
    let follower = state.follow().await.unwrap();
    assert_eq!(state.release(ACTOR, &release(1, &[&["P3"]])).await.unwrap(), Some(2));
    let followed = follower.reach(2).await.unwrap();
    let of = followed.released(DATASET).unwrap();
    assert_eq!((of.epoch(), of.people(), of.latest()), (2, 3, 1_001));
    let expected = (2, vec![true, true, true, true, false]);
    assert_eq!(known(&state, &["P1", "S1", "P2", "P3", "P4"]).await, expected);
    assert!(followed.consents.released("another").is_none());
    let words: Vec<_> = state.changes_since(0).await.unwrap();
    let words: Vec<_> = words.iter().map(|change| (change.action, change.items.as_str())).collect();
    let expected = [(ChangeKind::Release, "epoch 1: 2 people"), (ChangeKind::Release, "epoch 2: 1 people")];
    assert_eq!(words, expected);
}

async fn of_two_who_release_at_once_one_does(place: Place) {
    let (one, other) = (place.open().await, place.open().await);
    for chosen in 0..5 {
        let (first, second) = (release(chosen, &[&["P1"]]), release(chosen, &[&["P2"], &["P3"]]));
        let (first, second) = tokio::join!(one.release(ACTOR, &first), other.release(ACTOR, &second));
        let made: Vec<_> = [first.unwrap(), second.unwrap()].into_iter().flatten().collect();
        assert_eq!(made, [chosen + 1]);
        assert_eq!(known(&one, &[]).await.0, (chosen + 1) as u32);
    }
}

async fn nobody_is_released_by_what_was_known_before_a_withdrawal(place: Place) {
    let state = place.open().await;
    state.commit_withdraw(ACTOR, "P1", &[]).await.unwrap();
    assert_eq!(state.release(ACTOR, &release(0, &[&["P1"], &["P2"]])).await.unwrap(), None);
    assert_eq!(known(&state, &["P1", "P2"]).await, (0, vec![false, false]));
    assert_eq!(state.release(ACTOR, &release(1, &[&["P2"]])).await.unwrap(), Some(2));
}

async fn what_was_released_outlives_withdrawal_purge_and_restart(place: Place) {
    let state = place.open().await;
    state.release(ACTOR, &release(0, &[&["P1", "S1"], &["P2"]])).await.unwrap();
    let expected = (1, vec![true, true, true, false]);
    let ids = ["P1", "S1", "P2", "P3"];
    state.commit_withdraw(ACTOR, "P1", &["S1".into()]).await.unwrap();
    assert_eq!(known(&state, &ids).await, expected, "withdrawn");
    state.commit_forget(ACTOR, &["P1".into()]).await.unwrap();
    assert_eq!(known(&state, &ids).await, expected, "purged");
    state.commit_reinstate(ACTOR, "P1", &["S1".into()]).await.unwrap();
    assert_eq!(known(&state, &ids).await, expected, "reinstated");
    state.close().await;
    let state = place.open().await;
    assert_eq!(known(&state, &ids).await, expected, "opened anew");
    state.commit_set(ACTOR, &[said("P3", &[])], || ()).await.unwrap();
    assert_eq!(known(&state, &ids).await, expected, "others said something");
}

async fn nobody_who_was_released_is_named(place: Place) {
    let state = place.open().await;
    let person = "a-person-of-a-long-name";
    let release = release(0, &[&[person]]);
    state.release(ACTOR, &release).await.unwrap();
    let shown = format!("{release:?} {:?}", remembered(&state).await.released(DATASET));
    assert!(shown.contains("people: 1") && !shown.contains(person), "{shown}");
    // While the state is open, so that no file goes between the list and the look.
    let Some(files) = place.files() else { return };
    for file in std::fs::read_dir(files).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(person.len()).any(|window| window == person.as_bytes()));
    }
}
