//! Several replicas and a writer. Orders of events are compared, never durations.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time;

use super::{ACTOR, DATASET, on_both, place::Place, said};
use crate::{Follower, Stale, follower::reader::Reader};

on_both!(
    no_answer_after_the_acknowledgement_counts_the_person,
    a_replica_that_stopped_reading_may_not_answer_after_the_acknowledgement,
    a_replica_without_database_may_not_answer,
    a_change_of_nothing_is_acknowledged_as_late_as_one,
    a_dropped_follower_stops_reading,
);

/// Longer than anything takes; who waits so long has failed.
const LONG: Duration = Duration::from_secs(60);

/// One answer of a replica.
#[derive(Clone, Copy)]
struct Answered {
    /// Its place among all events, taken before it was known that it may leave.
    order: u64,
    /// Whether it counted the person.
    counted: bool,
}

/// Answers one question as a node does: count, check, leave or count again.
async fn answer(follower: &Follower, clock: &AtomicU64, person: &str) -> Answered {
    loop {
        let remembered = follower.current().await.unwrap();
        let statement = remembered.consents.of(DATASET, person);
        tokio::task::yield_now().await;
        let order = clock.fetch_add(1, Ordering::SeqCst);
        if follower.is_current(remembered.version()) {
            return Answered { order, counted: statement.is_some_and(|said| !said.withdrawn) };
        }
    }
}

async fn no_answer_after_the_acknowledgement_counts_the_person(place: Place) {
    let writer = place.open().await;
    writer.commit_set(ACTOR, &[said("P", &[])], || ()).await.unwrap();
    let (clock, acknowledged) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(u64::MAX)));
    let (counting, mut counts) = tokio::sync::mpsc::unbounded_channel();
    let mut replicas = Vec::new();
    for _ in 0..2 {
        let state = place.open().await;
        let (clock, acknowledged, counting) = (clock.clone(), acknowledged.clone(), counting.clone());
        replicas.push(tokio::spawn(async move {
            let follower = state.follow().await.unwrap();
            let mut answers = vec![answer(&follower, &clock, "P").await];
            counting.send(()).unwrap();
            // Until an answer has certainly been asked for after the acknowledgement.
            while answers.last().is_none_or(|last| last.order <= acknowledged.load(Ordering::SeqCst)) {
                answers.push(answer(&follower, &clock, "P").await);
                time::sleep(Duration::from_millis(1)).await;
            }
            answers
        }));
    }
    for _ in 0..2 {
        time::timeout(LONG, counts.recv()).await.unwrap().unwrap();
    }
    assert_eq!(writer.withdraw(ACTOR, "P", &[]).await.unwrap().changed, 1);
    let acknowledgement = clock.fetch_add(1, Ordering::SeqCst);
    acknowledged.store(acknowledgement, Ordering::SeqCst);
    for replica in replicas {
        let answers = time::timeout(LONG, replica).await.unwrap().unwrap();
        assert!(answers.first().unwrap().counted, "the person counted before");
        let late: Vec<_> = answers.iter().filter(|answer| answer.order > acknowledgement).collect();
        assert!(!late.is_empty() && late.iter().all(|answer| !answer.counted));
    }
}

async fn a_replica_that_stopped_reading_may_not_answer_after_the_acknowledgement(place: Place) {
    let state = place.open().await;
    state.commit_set(ACTOR, &[said("P", &[])], || ()).await.unwrap();
    let mut reader = Reader::new(state.database.clone(), state.key.clone());
    let (lease, before) = reader.read().await.unwrap();
    state.withdraw(ACTOR, "P", &[]).await.unwrap();
    assert!(!lease.holds(), "it read right before the change, and never again");
    let (_, after) = reader.read().await.unwrap();
    assert!(before.version() < after.version());
    assert!(after.consents.of(DATASET, "P").unwrap().withdrawn);
}

async fn a_replica_without_database_may_not_answer(place: Place) {
    let state = place.open().await;
    state.commit_set(ACTOR, &[said("P", &[])], || ()).await.unwrap();
    let follower = state.follow().await.unwrap();
    let version = follower.current().await.unwrap().version();
    state.close().await;
    place.cut().await;
    let stale = async {
        while follower.snapshot().is_ok() {
            time::sleep(Duration::from_millis(5)).await;
        }
    };
    time::timeout(LONG, stale).await.expect("the lease runs out");
    assert_eq!(follower.current().await, Err(Stale));
    assert!(!follower.is_current(version));

    place.restore().await;
    let fresh = async {
        loop {
            if let Ok(remembered) = follower.current().await {
                return remembered.version();
            }
        }
    };
    assert_eq!(time::timeout(LONG, fresh).await.expect("it reads again"), version);
}

async fn a_change_of_nothing_is_acknowledged_as_late_as_one(place: Place) {
    let state = place.open().await;
    let mut reader = Reader::new(state.database.clone(), state.key.clone());
    let (lease, _) = reader.read().await.unwrap();
    // Somebody committed and died before they acknowledged.
    state.commit_withdraw(ACTOR, "P", &[]).await.unwrap();
    assert_eq!(state.withdraw(ACTOR, "P", &[]).await.unwrap().changed, 0);
    assert!(!lease.holds());
}

async fn a_dropped_follower_stops_reading(place: Place) {
    let state = place.open().await;
    let follower = state.follow().await.unwrap();
    let shared = Arc::downgrade(&follower.shared);
    drop(follower);
    let gone = async {
        while shared.upgrade().is_some() {
            time::sleep(Duration::from_millis(5)).await;
        }
    };
    time::timeout(LONG, gone).await.expect("its thread ends");
}

#[tokio::test]
async fn a_file_that_was_replaced_is_not_current() {
    let place = Place::sqlite();
    let state = place.open().await;
    let mut reader = Reader::new(state.database.clone(), state.key.clone());
    let (_, before) = reader.read().await.unwrap();
    let file = place.files().unwrap().join("state.db");
    // The reader still has the old file open, and could read it for ever.
    std::fs::copy(&file, file.with_extension("copy")).unwrap();
    std::fs::rename(file.with_extension("copy"), &file).unwrap();
    let error = reader.read().await.unwrap_err();
    assert!(error.to_string().contains("replaced"), "{error}");
    drop((state, before));
}
