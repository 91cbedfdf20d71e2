//! Budgets.

use super::{on_both, place::Place};

on_both!(a_budget_ends_and_repeats_are_free);

async fn a_budget_ends_and_repeats_are_free(place: Place) {
    let state = place.open().await;
    for question in ["a", "b", "a", "b", "c"] {
        assert!(state.spend("anna today", question, 3, i64::MAX).await.unwrap(), "{question}");
    }
    assert!(!state.spend("anna today", "d", 3, i64::MAX).await.unwrap());
    assert!(state.spend("anna today", "c", 3, i64::MAX).await.unwrap(), "it was counted before");
    assert!(state.spend("anna tomorrow", "d", 3, i64::MAX).await.unwrap());
    assert!(state.spend("bert today", "d", 3, i64::MAX).await.unwrap());
    assert!(!state.spend("bert today", "e", 0, i64::MAX).await.unwrap());
}
