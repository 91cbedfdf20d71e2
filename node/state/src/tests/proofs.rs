//! A proof counts once, whoever it is shown to.

use fyr_policy::ProofUse;

use super::{on_both, place::Place};

on_both!(
    of_many_who_show_a_proof_at_once_one_is_first,
    a_proof_shown_again_is_known_by_its_question,
    ended_proofs_are_removed,
);

async fn of_many_who_show_a_proof_at_once_one_is_first(place: Place) {
    let until = time::OffsetDateTime::now_utc().unix_timestamp() + 60;
    let replicas = [place.open().await, place.open().await];
    for proof in 0..5 {
        let ask = |number: usize| {
            let state = replicas[number % 2].clone();
            tokio::spawn(async move { state.use_proof(&[proof; 32], None, until).await.unwrap() })
        };
        let asked: Vec<_> = (0..16).map(ask).collect();
        let answers = futures::future::join_all(asked).await;
        assert_eq!(
            answers.into_iter().filter(|used| *used.as_ref().unwrap() == ProofUse::First).count(),
            1,
            "proof {proof}"
        );
    }
    let elsewhere = place.open().await.use_proof(&[0; 32], None, until).await.unwrap();
    assert_eq!(elsewhere, ProofUse::Spent, "another process knows it too");
}

async fn a_proof_shown_again_is_known_by_its_question(place: Place) {
    let until = time::OffsetDateTime::now_utc().unix_timestamp() + 60;
    let replicas = [place.open().await, place.open().await];
    let (asked, other) = ([7; 32], [8; 32]);
    for (proof, first, again, expected) in [
        (1, Some(&asked), Some(&asked), ProofUse::SameQuestion),
        (2, Some(&asked), Some(&other), ProofUse::Spent),
        (3, Some(&asked), None, ProofUse::Spent),
        (4, None, Some(&asked), ProofUse::Spent),
        (5, None, None, ProofUse::Spent),
    ] {
        let used = replicas[0].use_proof(&[proof; 32], first, until).await.unwrap();
        assert_eq!(used, ProofUse::First, "proof {proof}");
        for state in &replicas {
            let used = state.use_proof(&[proof; 32], again, until).await.unwrap();
            assert_eq!(used, expected, "proof {proof}");
        }
        let used = replicas[1].use_proof(&[proof; 32], first, until).await.unwrap();
        let still = if first.is_some() { ProofUse::SameQuestion } else { ProofUse::Spent };
        assert_eq!(used, still, "proof {proof}: what was tried meanwhile changed nothing");
    }
}

async fn ended_proofs_are_removed(place: Place) {
    let state = place.open().await;
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    for (id, until) in [(1, now - 10_000), (2, now + 60)] {
        assert_eq!(state.use_proof(&[id; 32], None, until).await.unwrap(), ProofUse::First);
    }
    assert_eq!(crate::proofs::remove_ended(&state.pool, now).await.unwrap(), 1);
    let kept = state.use_proof(&[2; 32], None, now + 60).await.unwrap();
    assert_eq!(kept, ProofUse::Spent, "one that has not ended is kept");

    // Whoever opens the state removes them with the first proof.
    state.use_proof(&[3; 32], None, now - 10_000).await.unwrap();
    let state = place.open().await;
    state.use_proof(&[4; 32], None, now + 60).await.unwrap();
    assert_eq!(crate::proofs::remove_ended(&state.pool, now).await.unwrap(), 0, "already removed");
}
