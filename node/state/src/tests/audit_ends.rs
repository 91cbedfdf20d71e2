//! Where audit logs ended.

use super::{ACTOR, on_both, place::Place};
use crate::{ChangeKind, KnownEnd};

on_both!(an_end_goes_forward_only_and_is_forgotten_with_a_reason);

fn end(sequence: u64) -> KnownEnd {
    KnownEnd { sequence, hash: format!("{sequence:064x}") }
}

async fn an_end_goes_forward_only_and_is_forgotten_with_a_reason(place: Place) {
    let state = place.open().await;
    assert_eq!(state.audit_end("here").await.unwrap(), None);
    for (noted, known) in [(3, 3), (5, 5), (4, 5), (9, 9)] {
        state.note_audit_end("here", &end(noted)).await.unwrap();
        assert_eq!(state.audit_end("here").await.unwrap(), Some(end(known)));
    }
    state.note_audit_end("there", &end(1)).await.unwrap();
    let before = state.changes_since(0).await.unwrap().len();
    assert_eq!(state.forget_audit_end(ACTOR, "here", "disk lost").await.unwrap(), Some(end(9)));
    assert_eq!(state.forget_audit_end(ACTOR, "here", "again").await.unwrap(), None);
    let changes = state.changes_since(0).await.unwrap();
    assert_eq!(changes.len(), before + 1);
    let change = changes.last().unwrap();
    assert_eq!((change.action, change.items.as_str()), (ChangeKind::BeginAudit, "after record 9: disk lost"));
    assert_eq!(state.audit_end("here").await.unwrap(), None);
    assert_eq!(state.audit_end("there").await.unwrap(), Some(end(1)));
}
