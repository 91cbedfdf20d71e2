//! Accounts of people.

use futures::future::join_all;
use fyr_policy::{Bearers, Cost};
use roaring::RoaringBitmap;

use super::{ACTOR, DATASET, on_both, place::Place};
use crate::{AccountChange, AccountOwner, Bill, ChangeKind, Holders, State};

on_both!(
    who_is_told_enough_of_is_left_out_of_that_answer_alone,
    to_ask_again_is_free_and_leaves_out_the_same,
    who_came_since_makes_it_a_new_answer,
    what_costs_nothing_is_not_written,
    linked_identities_are_one_requester_for_ever,
    colleagues_share_the_budget_of_their_organisation,
    a_person_has_one_account_in_all_datasets_and_under_all_names,
    a_family_has_one_account,
    what_is_drawn_is_drawn_for_one_charge,
    what_is_drawn_is_charged_even_where_nobody_is_there,
    what_is_drawn_for_several_names_is_drawn_for_all,
    nothing_gives_a_budget_back,
    what_was_charged_is_there_when_the_state_is_opened_again,
    concurrent_questions_spend_nothing_twice,
    an_epoch_begins_anew_and_what_ended_is_forgotten,
    an_operator_sees_extends_and_closes_an_account,
    an_operator_extends_whoever_is_one_requester_and_groups,
);

/// Everybody could bear it.
const NOBODY: [u32; 0] = [];

pub(super) fn bill(requester: &[&str], budget: u64) -> Bill {
    let requester = requester.iter().map(|name| (*name).to_owned()).collect();
    Bill { requester, groups: Vec::new(), budget, epoch: 2026, until: i64::MAX }
}

fn people(people: &[u32]) -> RoaringBitmap {
    people.iter().copied().collect()
}

/// The people of a dataset, each with one id.
pub(super) fn holders(state: &State, dataset: &str, ids: &[&'static str]) -> Holders {
    state.holders(dataset, (0..).zip(ids).map(|(person, id)| (person, vec![*id], None)))
}

/// Asks for an amount of each of some people, and returns who is left out.
pub(super) async fn ask(
    state: &State,
    bill: &Bill,
    item: &str,
    of: &[u32],
    amount: u64,
    holders: &Holders,
) -> Vec<u32> {
    match state.bear(bill, item, &Cost::new(people(of), amount), holders).await.unwrap().bearers {
        Bearers::Everybody => Vec::new(),
        Bearers::AllBut(others) => others.iter().collect(),
    }
}

/// Charges one person one billionth, and returns whether they could bear it.
pub(super) async fn charge_one(state: &State, item: &str, budget: u64) -> bool {
    let holders = holders(state, DATASET, &["P"]);
    ask(state, &bill(&["anna"], budget), item, &[0], 1, &holders).await.is_empty()
}

async fn rows(state: &State, table: &str) -> i64 {
    let sql = match table {
        "charges" => "SELECT COUNT(*) FROM charges",
        _ => "SELECT COUNT(*) FROM accounts",
    };
    sqlx::query_scalar(sql).fetch_one(&state.pool).await.unwrap()
}

async fn who_is_told_enough_of_is_left_out_of_that_answer_alone(place: Place) {
    let state = place.open().await;
    let (anna, holders) = (bill(&["anna"], 10), holders(&state, DATASET, &["P", "Q"]));
    assert_eq!(ask(&state, &anna, "a", &[0], 6, &holders).await, NOBODY);
    assert_eq!(ask(&state, &anna, "b", &[0, 1], 6, &holders).await, [0]);
    assert_eq!(
        ask(&state, &anna, "c", &[0, 1], 4, &holders).await,
        NOBODY,
        "a cheaper question finds them again"
    );
    assert_eq!(ask(&state, &anna, "d", &[0, 1], 1, &holders).await, [0, 1]);
    assert_eq!(ask(&state, &bill(&["bert"], 10), "d", &[0, 1], 1, &holders).await, NOBODY);
}

async fn to_ask_again_is_free_and_leaves_out_the_same(place: Place) {
    let state = place.open().await;
    let (anna, holders) = (bill(&["anna"], 10), holders(&state, DATASET, &["P", "Q"]));
    assert_eq!(ask(&state, &anna, "a", &[0], 6, &holders).await, NOBODY);
    assert_eq!(ask(&state, &anna, "b", &[0, 1], 6, &holders).await, [0]);
    for _ in 0..5 {
        assert_eq!(ask(&state, &anna, "a", &[0], 6, &holders).await, NOBODY);
        assert_eq!(ask(&state, &anna, "b", &[0, 1], 6, &holders).await, [0]);
        assert_eq!(ask(&state, &anna, "b", &[1], 6, &holders).await, NOBODY, "of those who stayed");
    }
    assert_eq!(rows(&state, "charges").await, 2);
}

async fn who_came_since_makes_it_a_new_answer(place: Place) {
    let state = place.open().await;
    let (anna, holders) = (bill(&["anna"], 10), holders(&state, DATASET, &["P", "Q"]));
    assert_eq!(ask(&state, &anna, "a", &[0], 6, &holders).await, NOBODY);
    assert_eq!(ask(&state, &anna, "a", &[0, 1], 6, &holders).await, [0], "of both it was not told");
    assert_eq!(ask(&state, &anna, "b", &[1], 5, &holders).await, [1]);
}

async fn what_costs_nothing_is_not_written(place: Place) {
    let state = place.open().await;
    let (anna, holders) = (bill(&["anna"], 10), holders(&state, DATASET, &["P"]));
    assert_eq!(ask(&state, &anna, "a", &[0], 0, &holders).await, NOBODY);
    assert_eq!(ask(&state, &anna, "b", &[0], 11, &holders).await, [0], "nobody bears it");
    assert_eq!((rows(&state, "charges").await, rows(&state, "accounts").await), (0, 0));
}

async fn linked_identities_are_one_requester_for_ever(place: Place) {
    let state = place.open().await;
    let holders = holders(&state, DATASET, &["P"]);
    let spend = async |who: &[&str], item: &str| ask(&state, &bill(who, 10), item, &[0], 4, &holders).await;
    assert_eq!(spend(&["anna"], "a").await, NOBODY);
    assert_eq!(spend(&["anna", "anna's other"], "b").await, NOBODY);
    assert_eq!(spend(&["anna's other"], "c").await, [0], "the links are not shown any more, and known");
    assert_eq!(spend(&["anna"], "d").await, [0]);
    assert_eq!(spend(&["bert"], "d").await, NOBODY);
}

async fn colleagues_share_the_budget_of_their_organisation(place: Place) {
    let state = place.open().await;
    let holders = holders(&state, DATASET, &["P"]);
    let of = |who: &str| Bill { groups: vec![(AccountOwner::Group("clinic".into()), 8)], ..bill(&[who], 4) };
    assert_eq!(ask(&state, &of("anna"), "a", &[0], 4, &holders).await, NOBODY);
    assert_eq!(
        ask(&state, &of("bert"), "a", &[0], 4, &holders).await,
        NOBODY,
        "what anna knows bert pays too"
    );
    assert_eq!(ask(&state, &of("cecilia"), "a", &[0], 4, &holders).await, [0]);
    assert_eq!(ask(&state, &of("anna"), "a", &[0], 4, &holders).await, NOBODY, "again");
}

async fn a_person_has_one_account_in_all_datasets_and_under_all_names(place: Place) {
    let state = place.open().await;
    let anna = bill(&["anna"], 10);
    let here = state.holders(DATASET, [(0, vec!["P", "sample"], None)]);
    let there = holders(&state, "another", &["Q", "P"]);
    let renamed = state.holders(DATASET, [(0, vec!["P-new", "sample"], None)]);
    assert_eq!(ask(&state, &anna, "a", &[0], 6, &here).await, NOBODY);
    assert_eq!(ask(&state, &anna, "b", &[0, 1], 6, &there).await, [1]);
    assert_eq!(ask(&state, &anna, "c", &[0], 6, &renamed).await, [0]);
    assert_eq!(ask(&state, &anna, "a", &[0], 6, &renamed).await, NOBODY, "to ask again is free");
    let exchanged = state.holders("another", [(0, vec!["Q-new", "Q"], None), (1, vec!["P-new", "P"], None)]);
    assert_eq!(ask(&state, &anna, "b", &[0, 1], 6, &exchanged).await, [1], "and leaves out the same");
}

async fn a_family_has_one_account(place: Place) {
    let state = place.open().await;
    let anna = bill(&["anna"], 10);
    let member = |person, id, family| (person, vec![id], family);
    let family = [member(0, "P", Some("F")), member(1, "Q", Some("F")), member(2, "R", None)];
    let holders = state.holders(DATASET, family);
    assert_eq!(
        ask(&state, &anna, "a", &[0, 1], 6, &holders).await,
        NOBODY,
        "both carry it: it is told of once"
    );
    assert_eq!(ask(&state, &anna, "b", &[1, 2], 6, &holders).await, [1]);
}

/// Asks for a number that is drawn, and returns the name of its charge and who is left out.
async fn draw(state: &State, bill: &Bill, item: &str, of: &[u32], holders: &Holders) -> (String, Vec<u32>) {
    let told = state.bear(bill, item, &Cost::drawn(people(of), 6), holders).await.unwrap();
    let left_out = match told.bearers {
        Bearers::Everybody => Vec::new(),
        Bearers::AllBut(others) => others.iter().collect(),
    };
    (told.draw.unwrap(), left_out)
}

async fn what_is_drawn_is_drawn_for_one_charge(place: Place) {
    let (state, replica) = (place.open().await, place.open().await);
    let (anna, holders) = (bill(&["anna"], 10), holders(&state, DATASET, &["P", "Q"]));
    let first = draw(&state, &anna, "a", &[0, 1], &holders).await;
    assert_eq!(first.1, NOBODY);
    for state in [&state, &replica] {
        assert_eq!(draw(state, &anna, "a", &[0, 1], &holders).await, first, "to ask again is free");
    }
    let fewer = draw(&state, &anna, "a", &[1], &holders).await;
    assert_eq!(fewer.1, [1], "somebody went: it is drawn and charged anew");
    let more = draw(&state, &bill(&["bert"], 10), "a", &[0, 1], &holders).await;
    let other = draw(&state, &anna, "b", &[0, 1], &holders).await;
    assert_eq!((more.1.as_slice(), other.1.as_slice()), (&NOBODY[..], &[0, 1][..]));
    let next = draw(&state, &Bill { epoch: 2027, ..anna.clone() }, "a", &[0, 1], &holders).await;
    let mut names = vec![first.0, fewer.0, more.0, other.0, next.0];
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 5, "no two charges share a draw");
    let priced = state.bear(&anna, "c", &Cost::new(people(&[0]), 1), &holders).await.unwrap();
    assert_eq!(priced.draw, None);
}

async fn what_is_drawn_is_charged_even_where_nobody_is_there(place: Place) {
    let state = place.open().await;
    let (anna, holders) = (bill(&["anna"], 10), holders(&state, DATASET, &["P"]));
    let nobody = draw(&state, &anna, "a", &[], &holders).await;
    assert_eq!(draw(&state, &anna, "a", &[], &holders).await, nobody);
    assert_eq!(rows(&state, "charges").await, 1);
    let closed = bill(&["bert"], 5);
    let left_out = draw(&state, &closed, "a", &[0], &holders).await;
    assert_eq!(
        (left_out.1.as_slice(), rows(&state, "charges").await),
        (&[0][..], 2),
        "like one who can bear it"
    );
    assert_eq!(draw(&state, &closed, "a", &[0], &holders).await, left_out);
}

async fn what_is_drawn_for_several_names_is_drawn_for_all(place: Place) {
    let state = place.open().await;
    let holders = holders(&state, DATASET, &["P", "Q"]);
    let anna = draw(&state, &bill(&["anna"], 10), "a", &[0, 1], &holders).await;
    let other = draw(&state, &bill(&["anna's other"], 10), "a", &[0, 1], &holders).await;
    assert_ne!(anna.0, other.0);
    let both = draw(&state, &bill(&["anna", "anna's other"], 10), "a", &[0, 1], &holders).await;
    assert_eq!(both.1, [0, 1], "both were told it, and it is charged anew");
    assert!(both.0 != anna.0 && both.0 != other.0);
    assert_eq!(
        draw(&state, &bill(&["anna"], 10), "a", &[0, 1], &holders).await,
        both,
        "one requester for ever"
    );
}

async fn nothing_gives_a_budget_back(place: Place) {
    let state = place.open().await;
    let (anna, holders) = (bill(&["anna"], 10), holders(&state, DATASET, &["P"]));
    assert_eq!(ask(&state, &anna, "a", &[0], 6, &holders).await, NOBODY);
    let is_spent = async |item: &str| ask(&state, &anna, item, &[0], 6, &holders).await == [0];
    state.commit_withdraw(ACTOR, "P", &[]).await.unwrap();
    assert!(is_spent("b").await);
    state.commit_forget(ACTOR, &["P".into()]).await.unwrap();
    assert!(is_spent("c").await);
    state.commit_reinstate(ACTOR, "P", &[]).await.unwrap();
    assert!(is_spent("d").await);
}

async fn what_was_charged_is_there_when_the_state_is_opened_again(place: Place) {
    let state = place.open().await;
    for item in ["a", "b", "c"] {
        assert!(charge_one(&state, item, 3).await);
    }
    assert!(!charge_one(&state, "d", 3).await);
    state.close().await;
    let state = place.open().await;
    assert!(!charge_one(&state, "d", 3).await);
    assert!(charge_one(&state, "a", 3).await, "again");
}

async fn concurrent_questions_spend_nothing_twice(place: Place) {
    let replicas = [place.open().await, place.open().await];
    let asked = (0..40).map(|number| {
        let state = replicas[number % 2].clone();
        tokio::spawn(async move { charge_one(&state, &number.to_string(), 7).await })
    });
    let borne = join_all(asked).await.into_iter().filter(|borne| *borne.as_ref().unwrap()).count();
    assert_eq!(borne, 7);
    assert_eq!(rows(&replicas[0], "charges").await, 7);
}

async fn an_epoch_begins_anew_and_what_ended_is_forgotten(place: Place) {
    let state = place.open().await;
    let holders = holders(&state, DATASET, &["P"]);
    let of = |epoch| Bill { epoch, until: epoch, ..bill(&["anna"], 10) };
    assert_eq!(ask(&state, &of(2026), "a", &[0], 10, &holders).await, NOBODY);
    assert_eq!(ask(&state, &of(2027), "a", &[0], 10, &holders).await, NOBODY);
    crate::accounts::remove_ended(&state.pool, 2027).await.unwrap();
    assert_eq!((rows(&state, "charges").await, rows(&state, "accounts").await), (1, 1));
    assert_eq!(ask(&state, &of(2027), "b", &[0], 1, &holders).await, [0]);
}

/// Changes an account of this year.
async fn change(state: &State, owner: &AccountOwner, change: AccountChange) {
    state.change_account(ACTOR, owner, (2026, i64::MAX), change, "board 7").await.unwrap();
}

async fn an_operator_sees_extends_and_closes_an_account(place: Place) {
    let (state, replica) = (place.open().await, place.open().await);
    let (anna, holders) = (bill(&["anna"], 10), holders(&state, DATASET, &["P", "Q"]));
    let owner = AccountOwner::Requester("anna".into());
    assert_eq!(state.account(&owner, 2026).await.unwrap(), crate::AccountStatement::default());
    assert_eq!(ask(&state, &anna, "a", &[0], 6, &holders).await, NOBODY);
    assert_eq!(ask(&state, &anna, "b", &[0, 1], 4, &holders).await, NOBODY);
    assert_eq!(ask(&state, &anna, "c", &[0, 1], 7, &holders).await, [0, 1]);
    change(&state, &owner, AccountChange::Extend(3)).await;
    let known = state.account(&owner, 2026).await.unwrap();
    assert_eq!((known.answers, known.spent, known.raised, known.closed), (2, vec![10, 4], 3, false));
    assert_eq!(known.reasons, [format!("extended by 3 billionths of a nat: {ACTOR}: board 7")]);
    assert_eq!(
        ask(&replica, &anna, "c", &[0, 1], 7, &holders).await,
        [0],
        "thirteen, of which four are spent"
    );
    assert_eq!(ask(&replica, &bill(&["bert"], 10), "d", &[0], 11, &holders).await, [0], "nobody else");
    change(&replica, &owner, AccountChange::Close).await;
    assert_eq!(ask(&state, &anna, "e", &[0, 1], 1, &holders).await, [0, 1]);
    change(&state, &owner, AccountChange::Extend(100)).await;
    assert_eq!(ask(&state, &anna, "e", &[0, 1], 1, &holders).await, [0, 1], "closed is closed");
    let known = state.account(&owner, 2026).await.unwrap();
    assert!(known.closed && known.reasons.len() == 3, "{known:?}");
    let next = Bill { epoch: 2027, ..anna };
    assert_eq!(ask(&state, &next, "e", &[0], 10, &holders).await, NOBODY, "until the next epoch");
    let history = state.changes_since(0).await.unwrap();
    let actions: Vec<_> = history.iter().map(|change| change.action).collect();
    let (extend, close) = (ChangeKind::ExtendAccount, ChangeKind::CloseAccount);
    assert_eq!(actions, [extend, close, extend]);
    assert!(history[0].items.starts_with("requester anna in 2026") && history[0].items.ends_with("board 7"));
}

async fn an_operator_extends_whoever_is_one_requester_and_groups(place: Place) {
    let state = place.open().await;
    let holders = holders(&state, DATASET, &["P"]);
    let both = Bill {
        groups: vec![(AccountOwner::Group("organisation clinic".into()), 4)],
        ..bill(&["anna", "anna's other"], 4)
    };
    assert_eq!(ask(&state, &both, "a", &[0], 4, &holders).await, NOBODY);
    change(&state, &AccountOwner::Requester("anna's other".into()), AccountChange::Extend(2)).await;
    assert_eq!(ask(&state, &both, "b", &[0], 2, &holders).await, [0], "the organisation has no more");
    assert_eq!(ask(&state, &bill(&["anna"], 4), "b", &[0], 2, &holders).await, NOBODY);
    change(&state, &AccountOwner::Group("organisation clinic".into()), AccountChange::Extend(2)).await;
    let bert = Bill { groups: both.groups.clone(), ..bill(&["bert"], 4) };
    assert_eq!(ask(&state, &bert, "c", &[0], 2, &holders).await, NOBODY);
    assert_eq!(
        state.account(&AccountOwner::Group("organisation clinic".into()), 2026).await.unwrap().spent,
        [6]
    );
}
