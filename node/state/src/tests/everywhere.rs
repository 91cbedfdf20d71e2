//! A withdrawal is of a person, in every dataset, also where it named one when it was recorded.

use fyr_policy::ConsentItem;

use super::{ACTOR, DATASET, on_both, place::Place, said};
use crate::{Said, State, StateError};

on_both!(
    who_withdraws_is_in_no_dataset,
    withdrawals_of_before_are_of_every_dataset,
    what_turns_out_to_be_one_person_is_reinstated_as_one,
);

/// Takes a schema back to the one before withdrawals were of every dataset.
pub(super) const WITHOUT_0007: &str = "DROP TABLE releases; DROP TABLE care_reviews; DROP TABLE care_answers; ALTER TABLE state DROP COLUMN accounts_forfeited; \
    ALTER TABLE state DROP COLUMN budgets_forfeited; ALTER TABLE state DROP COLUMN proofs_forfeited; DROP INDEX consents_person; DROP INDEX withdrawn_ids_person; \
    DELETE FROM consents WHERE dataset = ''; \
    ALTER TABLE withdrawn_ids RENAME COLUMN scope TO dataset; ALTER TABLE withdrawn_ids RENAME TO withdrawn;";

/// Where nobody said anything, and nothing is loaded yet.
const LATER: &str = "later";

fn of(dataset: &str, said: Said) -> Said {
    Said { dataset: dataset.into(), ..said }
}

async fn withdrawn(state: &State, dataset: &str, ids: &[&str]) -> Vec<bool> {
    let remembered = state.follow().await.unwrap().snapshot().unwrap();
    let is = |id: &&str| remembered.consents.of(dataset, id).is_some_and(|said| said.withdrawn);
    ids.iter().map(is).collect()
}

async fn who_withdraws_is_in_no_dataset(place: Place) {
    let state = place.open().await;
    let before =
        [said("P1", &[ConsentItem::Care]), of("second", said("P1", &[])), of("second", said("P2", &[]))];
    state.commit_set(ACTOR, &before, || ()).await.unwrap();
    state.commit_withdraw(ACTOR, "P1", &["sample-1".into()]).await.unwrap();
    for dataset in [DATASET, "second", LATER] {
        assert_eq!(
            withdrawn(&state, dataset, &["P1", "sample-1", "P2"]).await,
            [true, true, false],
            "{dataset}"
        );
        for id in ["P1", "sample-1"] {
            let refused = state.commit_set(ACTOR, &[of(dataset, said(id, &[]))], || ()).await;
            assert!(matches!(refused, Err(StateError::Withdrew(0))), "{dataset} {id}");
        }
    }
    state.commit_reinstate(ACTOR, "sample-1", &[]).await.unwrap();
    for dataset in [DATASET, "second", LATER] {
        assert_eq!(withdrawn(&state, dataset, &["P1", "sample-1", "P2"]).await, [false; 3], "{dataset}");
    }
    let stated = state.statements(None).await.unwrap();
    let granted: Vec<_> =
        stated.iter().map(|said| (said.dataset.as_str(), said.statement.granted.bits())).collect();
    assert_eq!(
        granted,
        [(DATASET, 0), ("second", 0), ("second", 15)],
        "what was granted has to be asked again"
    );
}

/// Makes a state as a program of before left it: P1, with a sample, withdrew from one dataset and is named; P2, with one,
/// withdrew from it and was purged; P3 withdrew from another. Each said something of the other dataset, too.
async fn of_before(place: &Place) {
    let state = place.open().await;
    let others = ["P1", "P2"].map(|id| of("second", said(id, &[])));
    state.commit_set(ACTOR, &others, || ()).await.unwrap();
    place.run(WITHOUT_0007).await;
    let token = |dataset: &str, id: &str| state.subject_of(dataset, id);
    for (dataset, id, person) in [
        (DATASET, "P1", "P1"),
        (DATASET, "sample-1", "P1"),
        (DATASET, "P2", "P2"),
        (DATASET, "sample-2", "P2"),
        ("second", "P3", "P3"),
    ] {
        let (hash, of) = (token(dataset, id), token(dataset, person));
        place.run(&format!("INSERT INTO withdrawn VALUES ('{dataset}', '{hash}', '{of}', 1)")).await;
    }
    for (dataset, id) in [(DATASET, "P1"), (DATASET, "sample-1"), ("second", "P3")] {
        place.run(&format!("INSERT INTO consents VALUES ('{dataset}', '{id}', 15, 0, 0, 1, 1)")).await;
    }
    place.run("UPDATE fyr_schema SET version = 5").await;
    state.close().await;
}

async fn withdrawals_of_before_are_of_every_dataset(place: Place) {
    of_before(&place).await;
    let state = place.open().await;
    let ids = ["P1", "sample-1", "P2", "sample-2", "P3", "P4"];
    for dataset in [DATASET, "second", LATER] {
        let expected = [true, true, true, true, true, false];
        assert_eq!(withdrawn(&state, dataset, &ids).await, expected, "{dataset}");
    }
    for id in &ids[..5] {
        assert!(state.is_withdrawn(id).await.unwrap(), "{id}");
        let refused = state.commit_set(ACTOR, &[of(LATER, said(id, &[]))], || ()).await;
        assert!(matches!(refused, Err(StateError::Withdrew(0))), "{id}");
    }
    assert_eq!(state.commit_withdraw(ACTOR, "P1", &["sample-1".into()]).await.unwrap(), 0, "known already");
    state.commit_forget(ACTOR, &["sample-1".into()]).await.unwrap();
    let named = state.statements(None).await.unwrap();
    assert!(named.iter().all(|stated| !["P1", "sample-1"].contains(&stated.person.as_str())), "{named:?}");
    for id in ["sample-1", "P2", "P3"] {
        state.commit_reinstate(ACTOR, id, &[]).await.unwrap();
    }
    for dataset in [DATASET, "second", LATER] {
        assert_eq!(withdrawn(&state, dataset, &ids).await, [false; 6], "{dataset}");
    }
    assert!(state.withdrawn_ids().await.unwrap().is_empty());
}

async fn what_turns_out_to_be_one_person_is_reinstated_as_one(place: Place) {
    of_before(&place).await;
    let state = place.open().await;
    // A biosample tells that P3 of one dataset is P2 of the other, who was purged there.
    let ids: Vec<String> = ["P3", "biosample", "sample-2"].map(String::from).to_vec();
    assert_eq!(state.commit_learn(ACTOR, std::slice::from_ref(&ids)).await.unwrap(), 1);
    state.commit_reinstate(ACTOR, "P2", &[]).await.unwrap();
    assert_eq!(withdrawn(&state, LATER, &["P3", "biosample", "sample-2", "P2"]).await, [false; 4]);
    assert_eq!(withdrawn(&state, LATER, &["P1", "sample-1"]).await, [true; 2]);

    // Without such a link, whoever takes it back is known by other ids to the store.
    state.commit_withdraw(ACTOR, "P5", &[]).await.unwrap();
    state.commit_withdraw(ACTOR, "sample-5", &[]).await.unwrap();
    state.commit_reinstate(ACTOR, "P5", &["sample-5".into()]).await.unwrap();
    assert_eq!(withdrawn(&state, LATER, &["P5", "sample-5"]).await, [false; 2]);
}
