//! What was spent in a state that is lost is not given back, and a copy is what the state was at one moment.

use fyr_policy::ProofUse;

use super::{
    ACTOR,
    accounts::{ask, bill, holders},
    on_both,
    place::Place,
};
use crate::{AccountChange, AccountOwner, ChangeKind, Forfeit, State, StateError};

on_both!(
    nothing_is_left_of_what_may_have_been_spent,
    what_an_operator_adds_afterwards_can_be_spent,
    people_withdraw_together_or_not_at_all,
);

const NOW: i64 = 1_000_000;
const LOST: Forfeit = Forfeit { epoch: 2026, budgets: NOW + 10, proofs: NOW + 60 };

async fn nothing_is_left_of_what_may_have_been_spent(place: Place) {
    let state = place.open().await;
    let holders = holders(&state, "D", &["P", "Q"]);
    let (anna, until) = (bill(&["anna"], 10), i64::MAX);
    assert!(ask(&state, &anna, "a", &[0], 6, &holders).await.is_empty());
    assert!(state.spend("case 1", "a", 50, until).await.unwrap());
    assert!(state.spend("day", "a", 50, NOW + 10).await.unwrap());
    for _ in 0..2 {
        state.forfeit(ACTOR, LOST, "disk lost").await.unwrap();
    }
    assert!(ask(&state, &anna, "a", &[0], 6, &holders).await.is_empty(), "it was told before");
    for (item, requester) in [("b", "anna"), ("b", "bert")] {
        assert_eq!(
            ask(&state, &bill(&[requester], 10), item, &[0, 1], 1, &holders).await,
            [0, 1],
            "{requester}"
        );
    }
    let next = crate::Bill { epoch: 2027, ..bill(&["anna"], 10) };
    assert!(ask(&state, &next, "b", &[0, 1], 1, &holders).await.is_empty(), "the next year begins anew");
    for (budget, item, until, is_left) in [
        ("case 1", "a", until, true),
        ("case 1", "b", until, false),
        ("day", "b", NOW + 10, false),
        ("day of somebody else", "b", NOW + 10, false),
        ("case 2", "b", until, true),
        ("next day", "b", NOW + 11, true),
    ] {
        assert_eq!(state.spend(budget, item, 50, until).await.unwrap(), is_left, "{budget} {item}");
        let spent = state.spent(budget, item, until).await.unwrap();
        assert_eq!(spent.questions >= 50, budget == "case 1" || until == NOW + 10, "{budget} {spent:?}");
    }
    for (proof, until, used) in [(1, NOW + 60, ProofUse::Spent), (2, NOW + 61, ProofUse::First)] {
        assert_eq!(state.use_proof(&[proof; 32], None, until).await.unwrap(), used);
    }
    let kinds: Vec<_> =
        state.changes_since(0).await.unwrap().into_iter().map(|change| change.action).collect();
    assert_eq!(kinds, [ChangeKind::RestoreState, ChangeKind::RestoreState]);
}

async fn what_an_operator_adds_afterwards_can_be_spent(place: Place) {
    let state = place.open().await;
    let holders = holders(&state, "D", &["P"]);
    let (anna, owner) = (bill(&["anna"], 10), AccountOwner::Requester("anna".into()));
    let extend = async || {
        let year = (2026, i64::MAX);
        state.change_account(ACTOR, &owner, year, AccountChange::Extend(4), "board").await.unwrap();
    };
    extend().await;
    state.forfeit(ACTOR, LOST, "disk lost").await.unwrap();
    let account = state.account(&owner, 2026).await.unwrap();
    assert_eq!(
        (account.forfeited, account.raised),
        (true, 0),
        "what was added before may have been spent too"
    );
    assert_eq!(ask(&state, &anna, "a", &[0], 1, &holders).await, [0]);
    extend().await;
    assert!(ask(&state, &anna, "a", &[0], 4, &holders).await.is_empty());
    assert_eq!(ask(&state, &anna, "b", &[0], 1, &holders).await, [0]);
    assert!(!state.account(&owner, 2027).await.unwrap().forfeited);
}

async fn people_withdraw_together_or_not_at_all(place: Place) {
    let state = place.open().await;
    let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    let refused = state.withdraw_all(ACTOR, &[ids(&["P"]), ids(&[""])]).await;
    assert!(matches!(refused, Err(StateError::Id(_))), "{refused:?}");
    assert!(state.withdrawn_ids().await.unwrap().is_empty());
    let done = state.withdraw_all(ACTOR, &[ids(&["P", "S"]), ids(&["Q"]), Vec::new()]).await.unwrap();
    assert_eq!((done.changed, state.withdrawn_ids().await.unwrap().len()), (2, 3));
    assert_eq!(state.withdraw_all(ACTOR, &[ids(&["P", "S"])]).await.unwrap().changed, 0);
}

#[tokio::test]
async fn a_copy_is_the_state_at_one_moment_while_others_write() {
    let place = Place::sqlite();
    let state = place.open().await;
    let writer = place.open().await;
    let writing = tokio::spawn(async move {
        for number in 0..20 {
            writer.commit_withdraw(ACTOR, &format!("P{number}"), &[]).await.unwrap();
        }
    });
    let directory = tempfile::tempdir().unwrap();
    for number in 0..10 {
        let path = directory.path().join(format!("copy-{number}.db"));
        state.copy_to(&path).await.unwrap();
        let url = format!("sqlite:{}", path.display());
        let identity = State::peek(&url).await.unwrap().unwrap();
        assert_eq!(identity.id, state.identity().await.unwrap().id);
        let copy = State::open(&url, &place.key()).await.unwrap();
        assert_eq!(copy.withdrawn_ids().await.unwrap().len() as u64, identity.version);
        copy.check().await.unwrap();
    }
    writing.await.unwrap();
    let path = directory.path().join("copy-0.db");
    assert!(matches!(state.copy_to(&path).await, Err(StateError::Io { .. })), "nothing is overwritten");
}
