//! Opening: files, keys, schemas, and what is printed.

use std::{fs, os::unix::fs::PermissionsExt};

use fyr_policy::ProofUse;

use super::{ACTOR, DATASET, on_both, place::Place, said};
use crate::{State, StateError};

on_both!(
    a_schema_of_a_later_program_is_refused,
    a_schema_of_an_earlier_program_is_brought_up_to_date,
    only_the_key_that_the_state_was_made_with_opens_it,
    many_may_open_a_new_state_at_once,
    nothing_secret_is_printed,
);

async fn a_schema_of_a_later_program_is_refused(place: Place) {
    place.open().await.close().await;
    place.run("UPDATE fyr_schema SET version = 99").await;
    let error = State::open(&place.url, &place.key()).await.unwrap_err();
    assert!(matches!(error, StateError::Newer { found: 99, known: 9 }), "{error}");
    place.run("UPDATE fyr_schema SET version = 9").await;
    place.open().await;
}

async fn a_schema_of_an_earlier_program_is_brought_up_to_date(place: Place) {
    let (until, proof) = (i64::MAX, [7; 32]);
    let state = place.open().await;
    state.use_proof(&proof, Some(&[1; 32]), until).await.unwrap();
    state.close().await;
    place.run(super::everywhere::WITHOUT_0007).await;
    place.run("ALTER TABLE proofs DROP COLUMN question").await;
    place.run("ALTER TABLE state DROP COLUMN own_id").await;
    for table in ["audit_ends", "accounts", "charges", "links", "stores"] {
        place.run(&format!("DROP TABLE {table}")).await;
    }
    place.run("UPDATE fyr_schema SET version = 1").await;
    let used = place.open().await.use_proof(&proof, Some(&[1; 32]), until).await.unwrap();
    assert_eq!(used, ProofUse::Spent, "what was used is known, though not with which question");
    let used = place.open().await.use_proof(&[8; 32], Some(&[1; 32]), until).await.unwrap();
    assert_eq!(used, ProofUse::First);
}

async fn only_the_key_that_the_state_was_made_with_opens_it(place: Place) {
    place.open().await.close().await;
    let key = place.key();
    let original = fs::read(&key).unwrap();
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);

    fs::write(&key, "00".repeat(32)).unwrap();
    let error = State::open(&place.url, &key).await.unwrap_err();
    assert!(matches!(error, StateError::KeyWrong(_)), "{error}");
    fs::write(&key, "a password").unwrap();
    let error = State::open(&place.url, &key).await.unwrap_err();
    assert!(matches!(error, StateError::KeyInvalid(_)), "{error}");
    fs::remove_file(&key).unwrap();
    let error = State::open(&place.url, &key).await.unwrap_err();
    assert!(matches!(error, StateError::KeyMissing(_)), "{error}");
    assert!(!key.exists(), "a lost key is not replaced silently");
    fs::write(&key, &original).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    let error = State::open(&place.url, &key).await.unwrap_err();
    assert!(matches!(error, StateError::Exposed { .. }), "{error}");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    place.open().await;
}

async fn many_may_open_a_new_state_at_once(place: Place) {
    let opened = futures::future::join_all((0..6).map(|_| place.open())).await;
    for (number, state) in opened.iter().enumerate() {
        let person = said(&format!("P{number}"), &[]);
        assert_eq!(state.commit_set(ACTOR, &[person], || ()).await.unwrap(), 1);
    }
    assert_eq!(opened[0].statements(None).await.unwrap().len(), 6);
    assert_eq!(opened[0].subject_of(DATASET, "P"), opened[5].subject_of(DATASET, "P"));
}

async fn nothing_secret_is_printed(place: Place) {
    let state = place.open().await;
    state.commit_set(ACTOR, &[said("PERSON-ONE", &[])], || ()).await.unwrap();
    state.commit_withdraw(ACTOR, "PERSON-ONE", &[]).await.unwrap();
    let follower = state.follow().await.unwrap();
    let stated = state.statements(None).await.unwrap();
    let failed = state.commit_set(ACTOR, &[said("PERSON-ONE", &[])], || ()).await.unwrap_err();
    let key = fs::read_to_string(place.key()).unwrap();
    let snapshot = follower.snapshot().unwrap();
    let withdrawn = snapshot.withdrawn.clone();
    let printed = [
        format!("{state:?} {follower:?} {snapshot:?} {withdrawn:?}"),
        format!("{stated:?} {:?} {failed} {failed:?}", said("PERSON-ONE", &[])),
    ];
    for text in printed {
        assert!(!text.contains("PERSON-ONE") && !text.contains(key.trim()), "{text}");
    }
}

#[tokio::test]
async fn a_password_in_a_url_is_not_printed() {
    let directory = tempfile::tempdir().unwrap();
    let urls = [
        "postgres://node:hunter2@127.0.0.1:1/state",
        "postgres://node:hunter2@127.0.0.1:port/state",
        "postgresql://node:hunter2@127.0.0.1:1/state?sslmode=hunter2",
        "mysql://node:hunter2@127.0.0.1/state",
    ];
    for url in urls {
        let error = State::open(url, &directory.path().join("state.key")).await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    }
}

#[tokio::test]
async fn files_of_sqlite_are_the_owners_alone() {
    let place = Place::sqlite();
    let state = place.open().await;
    state.commit_set(ACTOR, &[said("P1", &[])], || ()).await.unwrap();
    let directory = place.files().unwrap();
    assert_eq!(fs::metadata(&directory).unwrap().permissions().mode() & 0o777, 0o700);
    let mut names = Vec::new();
    for file in fs::read_dir(&directory).unwrap().map(Result::unwrap) {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
        names.push(file.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(names, ["state.db", "state.db-shm", "state.db-wal", "state.key"]);

    fs::set_permissions(directory.join("state.db"), fs::Permissions::from_mode(0o644)).unwrap();
    let error = State::open(&place.url, &place.key()).await.unwrap_err();
    assert!(matches!(error, StateError::Exposed { .. }), "{error}");
}

#[tokio::test]
async fn a_path_may_have_any_characters() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("två noder #1 100%25/state.db");
    for url in [format!("sqlite:{}", path.display()), format!("sqlite://{}", path.display())] {
        State::open(&url, &path.with_extension("key")).await.unwrap().close().await;
    }
    assert!(path.is_file());
    for url in ["sqlite:", "sqlite::memory:", "sqlite:a?mode=rwc", "/a/state.db", ""] {
        let error = State::open(url, &path.with_extension("key")).await.unwrap_err();
        assert!(matches!(error, StateError::Url(_)), "{url}: {error}");
    }
}

#[tokio::test]
async fn what_is_no_database_is_refused() {
    let place = Place::sqlite();
    place.open().await.close().await;
    let file = place.files().unwrap().join("state.db");
    fs::write(&file, "this is no database, and long enough to be seen as something else than one".repeat(99))
        .unwrap();
    let error = State::open(&place.url, &place.key()).await.unwrap_err();
    assert!(matches!(error, StateError::Database(_) | StateError::Damaged(_)), "{error}");
}

#[test]
fn a_node_may_use_the_state_from_any_thread() {
    fn shared<T: Send + Sync>() {}
    fn sent<T: Send>(_: fn(State) -> T) {}
    shared::<State>();
    shared::<crate::Follower>();
    sent(|state| async move {
        let said = [said("P", &[])];
        state.set(ACTOR, &said, || ()).await?;
        state.withdraw(ACTOR, "P", &[]).await?;
        state.reinstate(ACTOR, "P", &[]).await?;
        state.forget(ACTOR, &[]).await?;
        state.use_proof(&[0; 32], None, 0).await?;
        state.changes_since(0).await?;
        let follower = State::open("", std::path::Path::new("")).await?.follow().await?;
        follower.current().await.map_err(|_| StateError::Standby)
    });
}
