//! Budgets.

use super::{on_both, place::Place};
use crate::Spent;

on_both!(a_budget_ends_and_repeats_are_free, what_is_spent_can_be_looked_at_without_spending);

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

async fn what_is_spent_can_be_looked_at_without_spending(place: Place) {
    let state = place.open().await;
    let spent = async |budget: &str, item: &str| {
        let Spent { questions, is_counted } = state.spent(budget, item, i64::MAX).await.unwrap();
        (questions, is_counted)
    };
    assert_eq!(spent("anna today", "a").await, (0, false));
    for question in ["a", "b", "a"] {
        assert!(state.spend("anna today", question, 3, i64::MAX).await.unwrap());
    }
    for _ in 0..2 {
        assert_eq!(spent("anna today", "a").await, (2, true));
        assert_eq!(spent("anna today", "c").await, (2, false));
        assert_eq!(spent("anna tomorrow", "a").await, (0, false));
    }
}
