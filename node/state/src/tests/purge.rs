//! Whoever is forgotten is found nowhere, and is known again.

use std::{fs, path::Path};

use super::{ACTOR, DATASET, on_both, place::Place, said};
use crate::StateError;

on_both!(only_who_withdrew_can_be_forgotten, the_forgotten_stay_away, no_table_names_the_forgotten);

async fn only_who_withdrew_can_be_forgotten(place: Place) {
    let state = place.open().await;
    state.commit_set(ACTOR, &[said("A", &[]), said("B", &[])], || ()).await.unwrap();
    state.commit_withdraw(ACTOR, "A", &[]).await.unwrap();
    let refused = state.forget(ACTOR, &["A".into(), "B".into()]).await;
    assert!(matches!(refused, Err(StateError::NotWithdrawn(1))), "{refused:?}");
    let left = state.statements(None).await.unwrap();
    assert_eq!(left.len(), 3, "all or nothing: what two said, and the withdrawal of one");
}

async fn the_forgotten_stay_away(place: Place) {
    let state = place.open().await;
    state.commit_set(ACTOR, &[said("A", &[]), said("B", &[])], || ()).await.unwrap();
    state.commit_withdraw(ACTOR, "A", &["sample-A".into()]).await.unwrap();
    let follower = state.follow().await.unwrap();
    assert_eq!(state.forget(ACTOR, &["A".into()]).await.unwrap().changed, 1);
    assert_eq!(state.forget(ACTOR, &["A".into()]).await.unwrap().changed, 0, "again does no harm");
    let remembered = follower.current().await.unwrap();
    // Who has the data open goes on hiding the person, and so does who starts later, on a copy that has them still.
    assert!(remembered.consents.of(DATASET, "A").unwrap().withdrawn);
    assert!(remembered.consents.of(DATASET, "sample-A").unwrap().withdrawn);
    let later = place.open().await.follow().await.unwrap().snapshot().unwrap();
    assert!(
        later.consents.of("another", "sample-A").unwrap().withdrawn
            && later.consents.of(DATASET, "C").is_none()
    );
    assert_eq!(later.consents.of_dataset(DATASET).map(|(person, _)| person).collect::<Vec<_>>(), ["B"]);
    for id in ["A", "sample-A"] {
        assert!(state.is_withdrawn(id).await.unwrap(), "{id}");
        assert!(remembered.withdrawn.contains(id), "{id}");
        let refused = state.commit_set(ACTOR, &[said(id, &[])], || ()).await;
        assert!(matches!(refused, Err(StateError::Withdrew(0))), "{id}");
    }
    assert_eq!(state.commit_withdraw(ACTOR, "A", &[]).await.unwrap(), 0, "it is not named again");
    assert_eq!(state.statements(None).await.unwrap().len(), 1);
    state.commit_reinstate(ACTOR, "A", &[]).await.unwrap();
    assert!(!state.is_withdrawn("sample-A").await.unwrap(), "who comes back knows the id");
    let back = async {
        while follower.current().await.unwrap().consents.of(DATASET, "A").is_some() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), back)
        .await
        .expect("nothing hides them any more");
}

async fn no_table_names_the_forgotten(place: Place) {
    let state = place.open().await;
    state.commit_withdraw(ACTOR, "PERSON-ONE", &["SAMPLE-ONE".into()]).await.unwrap();
    state.forget(ACTOR, &["PERSON-ONE".into()]).await.unwrap();
    let rows = "SELECT dataset || person FROM consents UNION ALL SELECT scope || id || person FROM withdrawn_ids \
                UNION ALL SELECT actor || action || dataset || subject || items FROM history";
    let rows: Vec<String> = sqlx::query_scalar(rows).fetch_all(&state.pool).await.unwrap();
    assert_eq!(rows.len(), 4, "two hashes, two changes");
    assert!(rows.iter().all(|row| !row.contains("-ONE")));
}

#[tokio::test]
async fn the_forgotten_are_in_no_byte_of_the_files() {
    let place = Place::sqlite();
    let state = place.open().await;
    let crowd: Vec<_> = (0..2000).map(|number| said(&format!("PERSON-{number:05}"), &[])).collect();
    state.commit_set(ACTOR, &crowd, || ()).await.unwrap();
    state.commit_withdraw(ACTOR, "PERSON-01000", &["SAMPLE-01000".into()]).await.unwrap();
    // Others have the files open, as a running node has.
    let (other, follower) = (place.open().await, state.follow().await.unwrap());
    let files = place.files().unwrap();
    assert!(found(&files, "PERSON-01000") && found(&files, "SAMPLE-01000"), "the search finds what is there");

    state.forget(ACTOR, &["PERSON-01000".into()]).await.unwrap();
    assert!(!found(&files, "PERSON-01000") && !found(&files, "SAMPLE-01000"));
    assert!(found(&files, "PERSON-01001") && follower.current().await.is_ok());
    assert_eq!(other.statements(None).await.unwrap().len(), 1999);
}

/// Searches all files of a directory for a text, the log and the index of SQLite too.
fn found(directory: &Path, text: &str) -> bool {
    let files = fs::read_dir(directory).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap());
    files.into_iter().any(|bytes| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
}
