//! A proof counts once, whoever it is shown to.

use super::{on_both, place::Place};

on_both!(of_many_who_show_a_proof_at_once_one_is_first, ended_proofs_are_removed);

async fn of_many_who_show_a_proof_at_once_one_is_first(place: Place) {
    let until = time::OffsetDateTime::now_utc().unix_timestamp() + 60;
    let replicas = [place.open().await, place.open().await];
    for proof in 0..5 {
        let ask = |number: usize| {
            let state = replicas[number % 2].clone();
            tokio::spawn(async move { state.first_time(&[proof; 32], until).await.unwrap() })
        };
        let asked: Vec<_> = (0..16).map(ask).collect();
        let answers = futures::future::join_all(asked).await;
        assert_eq!(answers.into_iter().filter(|first| *first.as_ref().unwrap()).count(), 1, "proof {proof}");
    }
    assert!(!place.open().await.first_time(&[0; 32], until).await.unwrap(), "another process knows it too");
}

async fn ended_proofs_are_removed(place: Place) {
    let state = place.open().await;
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    for (id, until) in [(1, now - 10_000), (2, now + 60)] {
        assert!(state.first_time(&[id; 32], until).await.unwrap());
    }
    assert_eq!(crate::proofs::remove_ended(&state.pool, now).await.unwrap(), 1);
    assert!(!state.first_time(&[2; 32], now + 60).await.unwrap(), "one that has not ended is kept");

    // Whoever opens the state removes them with the first proof.
    state.first_time(&[3; 32], now - 10_000).await.unwrap();
    let state = place.open().await;
    state.first_time(&[4; 32], now + 60).await.unwrap();
    assert_eq!(crate::proofs::remove_ended(&state.pool, now).await.unwrap(), 0, "already removed");
}
