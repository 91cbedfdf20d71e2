//! Consents, withdrawals, revocations and their history.

use fyr_policy::{ConsentItem, Statement, Subject};

use super::{ACTOR, DATASET, on_both, place::Place, said};
use crate::{Answers, ChangeKind, Revocation, Said, State, StateError};

on_both!(
    what_people_said_is_there_for_whoever_opens_the_state,
    an_import_is_all_or_nothing,
    who_withdrew_is_remembered_by_every_id,
    who_withdrew_agrees_to_nothing_more,
    ids_that_turn_out_to_be_one_persons_go_together,
    what_becomes_known_of_who_withdrew_is_remembered,
    a_reinstated_person_starts_with_what_they_refused,
    every_change_is_in_the_history_once,
    revocations_are_listed_until_they_are_taken_back,
    ids_that_cannot_be_ids_are_refused,
);

async fn statement(state: &State, person: &str) -> Option<Statement> {
    let people = state.statements(Some(DATASET)).await.unwrap();
    people.into_iter().find(|stated| stated.person == person).map(|stated| stated.statement)
}

async fn what_people_said_is_there_for_whoever_opens_the_state(place: Place) {
    let ids = ["HG00096", "Åsa 'Ö' \"x\"; --", "😀"];
    let state = place.open().await;
    let people: Vec<_> = ids.iter().map(|id| said(id, &[ConsentItem::Care])).collect();
    assert_eq!(state.commit_set(ACTOR, &people, || ()).await.unwrap(), 3);
    state.close().await;

    let state = place.open().await;
    for id in ids {
        let statement = statement(&state, id).await.unwrap();
        assert!(statement.granted.contains(ConsentItem::SecondaryUse), "{id}");
        assert!(statement.refused.contains(ConsentItem::Care), "{id}");
    }
    assert_eq!(state.statements(None).await.unwrap().len(), 3);
    assert_eq!(state.statements(Some("another")).await.unwrap().len(), 0);
    let follower = state.follow().await.unwrap();
    assert_eq!(follower.snapshot().unwrap().consents.of(DATASET, ids[0]), statement(&state, ids[0]).await);
}

async fn an_import_is_all_or_nothing(place: Place) {
    let state = place.open().await;
    state.commit_withdraw(ACTOR, "B", &[]).await.unwrap();
    let failed = state.commit_set(ACTOR, &[said("A", &[]), said("B", &[]), said("C", &[])], || ()).await;
    assert!(matches!(failed, Err(StateError::Withdrew(1))), "{failed:?}");
    assert_eq!(statement(&state, "A").await, None);
    assert_eq!(state.changes_since(0).await.unwrap().len(), 1);
    assert_eq!(state.commit_set(ACTOR, &[said("A", &[])], || ()).await.unwrap(), 1, "the state goes on");
}

async fn who_withdrew_is_remembered_by_every_id(place: Place) {
    let state = place.open().await;
    let aliases = ["sample-1".to_owned(), "biosample-1".to_owned()];
    assert_eq!(state.commit_withdraw(ACTOR, "P1", &aliases).await.unwrap(), 1);
    assert_eq!(state.commit_withdraw(ACTOR, "P1", &aliases).await.unwrap(), 0, "nothing new");
    assert!(statement(&state, "P1").await.unwrap().withdrawn);
    let ids = state.withdrawn_ids().await.unwrap();
    for id in ["P1", "sample-1", "biosample-1"] {
        assert!(state.is_withdrawn(id).await.unwrap() && ids.contains(id), "{id}");
    }
    assert!(!state.is_withdrawn("P2").await.unwrap() && !ids.contains("sample"));
    assert_eq!((ids.len(), ids.is_empty()), (3, false));
    let remembered = state.follow().await.unwrap().snapshot().unwrap();
    assert!(remembered.withdrawn.contains("sample-1"));
    assert!(!remembered.withdrawn.contains("sample-2"));
    let later = ["sample-2".to_owned()];
    assert_eq!(state.commit_withdraw(ACTOR, "P1", &later).await.unwrap(), 1, "one more id");
    assert!(state.is_withdrawn("sample-2").await.unwrap());
}

async fn who_withdrew_agrees_to_nothing_more(place: Place) {
    let state = place.open().await;
    state.commit_set(ACTOR, &[said("P1", &[])], || ()).await.unwrap();
    state.commit_withdraw(ACTOR, "P1", &["sample-1".to_owned()]).await.unwrap();
    for id in ["P1", "sample-1"] {
        let refused = state.commit_set(ACTOR, &[said(id, &[])], || ()).await;
        assert!(matches!(refused, Err(StateError::Withdrew(0))), "{id}: {refused:?}");
    }
    assert!(statement(&state, "P1").await.unwrap().withdrawn);
}

async fn a_reinstated_person_starts_with_what_they_refused(place: Place) {
    let state = place.open().await;
    let first =
        Said { answers: said("P1", &[ConsentItem::Care]).answers.with_opt_out(true), ..said("P1", &[]) };
    state.commit_set(ACTOR, &[first], || ()).await.unwrap();
    let not = state.commit_reinstate(ACTOR, "P1", &[]).await;
    assert!(matches!(not, Err(StateError::NotWithdrawn(0))), "{not:?}");
    state.commit_withdraw(ACTOR, "P1", &["sample-1".to_owned()]).await.unwrap();
    state.commit_reinstate(ACTOR, "P1", &[]).await.unwrap();
    let statement = statement(&state, "P1").await.unwrap();
    assert!(!statement.withdrawn && statement.opted_out && statement.refused.contains(ConsentItem::Care));
    assert_eq!(statement.granted.bits(), 0, "what was granted has to be asked again");
    assert!(!state.is_withdrawn("P1").await.unwrap());
    assert!(!state.is_withdrawn("sample-1").await.unwrap());
    assert_eq!(state.commit_set(ACTOR, &[said("P1", &[])], || ()).await.unwrap(), 1);
}

async fn ids_that_turn_out_to_be_one_persons_go_together(place: Place) {
    let state = place.open().await;
    // Consent was recorded by sample, then two ids of one person withdrew before anybody knew.
    state.commit_set(ACTOR, &[said("sample-1", &[])], || ()).await.unwrap();
    state.commit_withdraw(ACTOR, "P1", &["biosample-1".into()]).await.unwrap();
    state.commit_withdraw(ACTOR, "sample-1", &["sample-2".into()]).await.unwrap();
    state.commit_withdraw(ACTOR, "P1", &["sample-1".into()]).await.unwrap();
    state.commit_withdraw(ACTOR, "other", &[]).await.unwrap();
    let ids = ["P1", "biosample-1", "sample-1", "sample-2"];

    state.commit_reinstate(ACTOR, "sample-2", &[]).await.unwrap();
    for id in ids {
        assert!(!state.is_withdrawn(id).await.unwrap(), "{id}");
        assert!(statement(&state, id).await.is_none_or(|statement| !statement.withdrawn), "{id}");
    }
    assert!(state.is_withdrawn("other").await.unwrap());

    let aliases: Vec<String> = ids[1..].iter().map(|id| (*id).to_owned()).collect();
    state.commit_withdraw(ACTOR, "P1", &aliases).await.unwrap();
    assert!(statement(&state, "sample-1").await.unwrap().withdrawn, "a mention by another id too");
    assert_eq!(
        state.statements(None).await.unwrap().len(),
        6,
        "five who withdrew, and what one of them said"
    );
    state.commit_forget(ACTOR, &["biosample-1".into()]).await.unwrap();
    let left = state.statements(None).await.unwrap();
    assert_eq!(left.iter().map(|stated| stated.person.as_str()).collect::<Vec<_>>(), ["other"]);
}

async fn what_becomes_known_of_who_withdrew_is_remembered(place: Place) {
    let state = place.open().await;
    state.commit_withdraw(ACTOR, "P1", &[]).await.unwrap();
    state.commit_forget(ACTOR, &["P1".into()]).await.unwrap();
    let groups = [vec!["sample-1".into(), "P1".into()], vec!["sample-2".into(), "P2".into()]];
    assert_eq!(state.commit_learn(ACTOR, &groups).await.unwrap(), 1);
    assert_eq!(state.commit_learn(ACTOR, &groups).await.unwrap(), 0, "known already");
    assert!(state.is_withdrawn("sample-1").await.unwrap());
    assert!(!state.is_withdrawn("sample-2").await.unwrap());
    let named = state.statements(None).await.unwrap();
    let named: Vec<_> =
        named.iter().map(|stated| (stated.person.as_str(), stated.statement.withdrawn)).collect();
    assert_eq!(named, [("sample-1", true)], "whose data may be here, and nobody anew");
    state.commit_reinstate(ACTOR, "P1", &[]).await.unwrap();
    assert!(!state.is_withdrawn("sample-1").await.unwrap());
}

async fn every_change_is_in_the_history_once(place: Place) {
    let state = place.open().await;
    state.commit_set(ACTOR, &[said("P1", &[ConsentItem::Care]), said("P2", &[])], || ()).await.unwrap();
    assert_eq!(state.commit_set(ACTOR, &[said("P2", &[])], || ()).await.unwrap(), 0, "said before");
    let nothing = Said { answers: Answers::default(), ..said("P3", &[]) };
    assert_eq!(state.commit_set(ACTOR, &[nothing], || ()).await.unwrap(), 0, "said nothing");
    state.commit_withdraw("other@clinic", "P1", &[]).await.unwrap();
    let changes = state.changes_since(0).await.unwrap();
    let short: Vec<_> = changes.iter().map(|c| (c.version, c.position, c.action, c.actor.as_str())).collect();
    let expected = [
        (1, 1, ChangeKind::Set, ACTOR),
        (1, 2, ChangeKind::Set, ACTOR),
        (2, 1, ChangeKind::Withdraw, "other@clinic"),
    ];
    assert_eq!(short, expected);
    assert_eq!(changes[0].items, "allele-frequency=yes subject-level=yes secondary-use=yes care=no");
    assert_eq!(changes[0].dataset, DATASET);
    assert_eq!(changes[0].subject, state.subject_of(DATASET, "P1"));
    assert_eq!(
        (changes[0].subject.len(), changes[2].dataset.as_str()),
        (64, ""),
        "a withdrawal is of every dataset"
    );
    assert_eq!(changes[2].subject, state.subject_of("", "P1"));
    assert!(changes[0].time.ends_with('Z'));
    assert_eq!(state.changes_since(1).await.unwrap(), changes[2..]);
    assert_eq!(state.changes_since(2).await.unwrap(), []);
}

async fn revocations_are_listed_until_they_are_taken_back(place: Place) {
    let state = place.open().await;
    let person = Subject { issuer: "https://idp.example/".into(), id: "u 1".into() };
    let (subject, token) = (Revocation::Subject(person.clone()), Revocation::Token([7; 32]));
    for revocation in [&subject, &token] {
        assert_eq!(state.commit_revoke(ACTOR, revocation).await.unwrap(), 1);
        assert_eq!(state.commit_revoke(ACTOR, revocation).await.unwrap(), 0);
    }
    assert_eq!(state.revocations().await.unwrap(), [subject.clone(), token.clone()]);
    let revoked = state.follow().await.unwrap().snapshot().unwrap().revoked.clone();
    assert!(revoked.has_subject(&person) && revoked.has_token(&[7; 32]));
    let others =
        [("https://idp.example", "u 1"), ("https://idp.example/", "u"), ("https://idp.example/u", " 1")];
    for (issuer, id) in others {
        assert!(!revoked.has_subject(&Subject { issuer: issuer.into(), id: id.into() }), "{issuer} {id}");
    }
    assert!(!revoked.has_token(&[8; 32]));

    assert_eq!(state.commit_unrevoke(ACTOR, &subject).await.unwrap(), 1);
    assert_eq!(state.commit_unrevoke(ACTOR, &subject).await.unwrap(), 0);
    assert_eq!(state.revocations().await.unwrap(), [token]);
    let items: Vec<_> =
        state.changes_since(0).await.unwrap().into_iter().map(|c| (c.action, c.items)).collect();
    assert_eq!(items[0], (ChangeKind::Revoke, "subject https://idp.example/ u 1".into()));
    assert_eq!(items[2], (ChangeKind::Unrevoke, "subject https://idp.example/ u 1".into()));
    assert_eq!(items[1].1, format!("token {}", "07".repeat(32)));
}

async fn ids_that_cannot_be_ids_are_refused(place: Place) {
    let state = place.open().await;
    for id in ["", "a\0b", "a\nb"] {
        let refused = state.commit_set(ACTOR, &[said("A", &[]), said(id, &[])], || ()).await;
        assert!(matches!(refused, Err(StateError::Id(1))), "{id:?}");
        let refused = state.commit_withdraw(ACTOR, "A", &[id.to_owned()]).await;
        assert!(matches!(refused, Err(StateError::Id(0))), "{id:?}");
        let refused = state.commit_withdraw(ACTOR, id, &[]).await;
        assert!(matches!(refused, Err(StateError::Id(0))), "{id:?}");
    }
    assert_eq!(state.statements(None).await.unwrap(), []);
}
