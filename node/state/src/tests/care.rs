//! What was answered for care waits until somebody looks at it.

use super::{ACTOR, on_both, place::Place};
use crate::{CareAnswer, CareDecision, CareFilter, CareReview, CareTold, ChangeKind, State};

on_both!(
    answers_of_one_requester_and_case_wait_together,
    a_decision_is_made_once_and_what_comes_after_it_waits_anew,
    no_answer_is_lost_between_those_who_answer_and_those_who_decide,
);

fn answer(requester: &str, case: &str, (question, told): (&str, CareTold), time: i64) -> CareAnswer {
    CareAnswer {
        requester: requester.into(),
        organisation: "https://clinic.example".into(),
        case: case.into(),
        question: question.into(),
        told,
        datasets: vec!["A".into(), "B".into()],
        time,
    }
}

async fn waiting(state: &State) -> Vec<CareReview> {
    state.care_reviews(&CareFilter::default()).await.unwrap()
}

async fn answers_of_one_requester_and_case_wait_together(place: Place) {
    use CareTold::{NotSeen, Seen};
    let state = place.open().await;
    assert_eq!((state.care_waiting().await.unwrap(), waiting(&state).await), (0, vec![]));
    for (who, case, question, time) in [
        ("anna", "17", ("q1", NotSeen), 100),
        ("anna", "17", ("q2", Seen), 120),
        ("anna", "17", ("q1", NotSeen), 130),
        ("anna", "18", ("q1", NotSeen), 110),
        ("bo", "17", ("q1", NotSeen), 115),
        // The same question, told otherwise, is another answer to it.
        ("anna", "17", ("q1", Seen), 140),
    ] {
        state.note_care(&answer(who, case, question, time)).await.unwrap();
    }
    let reviews = waiting(&state).await;
    let short: Vec<_> = reviews
        .iter()
        .map(|of| (of.id, of.requester.as_str(), of.begun, of.latest, of.questions, of.seen))
        .collect();
    assert_eq!(short, [(1, "anna", 100, 140, 2, 2), (2, "anna", 110, 110, 1, 0), (3, "bo", 115, 115, 1, 0)]);
    assert_eq!(state.care_waiting().await.unwrap(), 3);
    assert!(reviews.iter().all(|of| !of.case_hash.contains("17") || of.case_hash.len() == 64));
    assert_eq!(reviews[0].case_hash, reviews[2].case_hash);
    let questions = state.care_questions(1).await.unwrap();
    let told: Vec<_> = questions.iter().map(|of| (of.question.as_str(), of.told, of.time)).collect();
    assert_eq!(told, [("q1", NotSeen, 100), ("q2", Seen, 120), ("q1", Seen, 140)]);
    assert_eq!(questions[0].datasets, "A, B");
    let of_case = CareFilter { case: Some("17".into()), ..CareFilter::default() };
    let of_case = state.care_reviews(&of_case).await.unwrap();
    assert_eq!(of_case.iter().map(|of| of.id).collect::<Vec<_>>(), [1, 3]);
}

async fn a_decision_is_made_once_and_what_comes_after_it_waits_anew(place: Place) {
    let state = place.open().await;
    let note = |question, time| {
        let (state, answer) = (&state, answer("anna", "17", (question, CareTold::Seen), time));
        async move { state.note_care(&answer).await.unwrap() }
    };
    note("q1", 100).await;
    let before = state.changes_since(0).await.unwrap().len();
    let object = (CareDecision::Objected, "no referral");
    assert!(state.decide_care(ACTOR, 1, object, 200).await.unwrap());
    assert!(!state.decide_care(ACTOR, 1, (CareDecision::Ok, ""), 201).await.unwrap(), "decided before");
    assert!(!state.decide_care(ACTOR, 7, (CareDecision::Ok, ""), 201).await.unwrap(), "there is none");
    let changes = state.changes_since(0).await.unwrap();
    assert_eq!(changes.len(), before + 1);
    let change = changes.last().unwrap();
    assert_eq!((change.action, change.actor.as_str()), (ChangeKind::ReviewCare, ACTOR));
    assert_eq!(change.items, "review 1: objected: no referral");
    assert_eq!(waiting(&state).await, []);
    note("q1", 300).await;
    assert_eq!(waiting(&state).await.iter().map(|of| (of.id, of.begun)).collect::<Vec<_>>(), [(2, 300)]);
    assert!(state.decide_care(ACTOR, 2, (CareDecision::Ok, ""), 400).await.unwrap());
    let all = state.care_reviews(&CareFilter { decided: true, case: None }).await.unwrap();
    let decided: Vec<_> = all
        .iter()
        .map(|of| {
            let decided = of.decision.as_ref().unwrap();
            (of.id, decided.decision, decided.time, decided.reason.as_str())
        })
        .collect();
    assert_eq!(decided, [(1, CareDecision::Objected, 200, "no referral"), (2, CareDecision::Ok, 400, "")]);
    assert_eq!(state.care_waiting().await.unwrap(), 0);
}

async fn no_answer_is_lost_between_those_who_answer_and_those_who_decide(place: Place) {
    let (state, other) = (place.open().await, place.open().await);
    let answering = async {
        for at in 0..60 {
            let question = format!("q{at}");
            let of = answer("anna", "17", (&question, CareTold::NotSeen), at);
            let replica = if at % 2 == 0 { &state } else { &other };
            replica.note_care(&of).await.unwrap();
        }
    };
    let deciding = async {
        for at in 0..30 {
            for review in waiting(&other).await {
                other.decide_care(ACTOR, review.id, (CareDecision::Ok, ""), at).await.unwrap();
            }
        }
    };
    tokio::join!(answering, deciding);
    let all = state.care_reviews(&CareFilter { decided: true, case: None }).await.unwrap();
    assert_eq!(all.iter().map(|of| of.questions).sum::<u64>(), 60);
    assert!(all.iter().all(|of| of.questions > 0));
}
