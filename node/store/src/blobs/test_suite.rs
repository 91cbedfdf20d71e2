//! What every place must do, whatever it is made of.

use std::sync::Arc;

use bytes::Bytes;

use super::{BlobName, BlobVersion, Blobs, LocalBlobs, ObjectBlobs, Put, test_stale::Stale};
use crate::StoreError;

/// A place, and the same place once more, as another process has it open.
type Place = (Arc<dyn Blobs>, Arc<dyn Blobs>);

/// Something of each kind; the directories live as long as what is returned last.
fn places() -> (Vec<(&'static str, Place)>, Vec<tempfile::TempDir>) {
    let directories = vec![tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let local = |at: usize| LocalBlobs::new(directories[at].path().join("place"));
    let memory = ObjectBlobs::in_memory();
    let stale = Stale::new(local(1));
    let places: Vec<(_, Place)> = vec![
        ("local", (Arc::new(local(0)), Arc::new(local(0)))),
        ("memory", (Arc::new(memory.clone()), Arc::new(memory))),
        ("stale", (Arc::new(stale.clone()), Arc::new(stale))),
    ];
    (places, directories)
}

fn name(text: &str) -> BlobName {
    BlobName::new(text).unwrap()
}

fn done(put: Put) -> BlobVersion {
    match put {
        Put::Done(version) => version,
        Put::Lost => panic!("somebody was faster"),
    }
}

async fn text(blobs: &dyn Blobs, of: &str) -> Option<String> {
    let (bytes, _) = blobs.read(&name(of)).await.unwrap()?;
    Some(String::from_utf8(bytes.to_vec()).unwrap())
}

#[tokio::test]
async fn what_is_put_is_read_by_all() {
    let (places, _directories) = places();
    for (kind, (mine, theirs)) in places {
        assert_eq!(text(&*mine, "a/b").await, None, "{kind}");
        for content in ["", "some bytes"] {
            let of = format!("a/{}", content.len());
            done(mine.put_if_absent(&name(&of), Bytes::from(content)).await.unwrap());
            assert_eq!(text(&*theirs, &of).await.as_deref(), Some(content), "{kind}");
        }
        let whole = name("a/10");
        let part = |range| theirs.read_range(&whole, range);
        for (range, expected) in [(0..4, "some"), (5..10, "bytes"), (3..3, ""), (10..10, "")] {
            assert_eq!(part(range.clone()).await.unwrap(), expected, "{kind} {range:?}");
        }
        for range in [0..11, 11..11, 11..12] {
            assert!(part(range.clone()).await.is_err(), "{kind} {range:?}");
        }
        assert!(mine.read_range(&name("a/nothing"), 0..1).await.is_err(), "{kind}");
    }
}

#[tokio::test]
async fn a_name_is_given_once() {
    let (places, _directories) = places();
    for (kind, (mine, theirs)) in places {
        done(mine.put_if_absent(&name("a"), "first".into()).await.unwrap());
        assert_eq!(theirs.put_if_absent(&name("a"), "second".into()).await.unwrap(), Put::Lost, "{kind}");
        assert_eq!(text(&*theirs, "a").await.unwrap(), "first", "{kind}");
        theirs.delete(&name("a")).await.unwrap();
        theirs.delete(&name("a")).await.unwrap();
        assert_eq!(text(&*mine, "a").await, None, "{kind}");
        done(mine.put_if_absent(&name("a"), "third".into()).await.unwrap());
        assert_eq!(text(&*theirs, "a").await.unwrap(), "third", "{kind}");
    }
}

#[tokio::test]
async fn a_file_is_put_once_and_whole() {
    let (places, _directories) = places();
    for (kind, (mine, theirs)) in places {
        let scratch = mine.scratch().unwrap();
        for (content, expected) in [("first", true), ("second", false)] {
            let file = scratch.path().join(content);
            std::fs::write(&file, content).unwrap();
            let put = mine.put_file_if_absent(&name("a/b"), &file).await.unwrap();
            assert_eq!(put != Put::Lost, expected, "{kind}");
            assert_eq!(text(&*theirs, "a/b").await.as_deref(), Some("first"), "{kind}");
        }
        drop(scratch);
        assert_eq!(text(&*theirs, "a/b").await.as_deref(), Some("first"), "{kind}");
    }
}

#[tokio::test]
async fn a_second_writer_is_refused_until_the_first_ends() {
    let (places, _directories) = places();
    for (kind, (mine, theirs)) in places {
        let first = mine.claim().await.unwrap();
        assert!(matches!(theirs.claim().await, Err(StoreError::Locked(_))), "{kind}");
        drop(first);
        let left = theirs.scratch().unwrap().keep();
        assert!(mine.claim().await.is_ok(), "{kind}");
        assert!(kind != "local" || !left.exists(), "{kind}: what the dead left is cleared");
        let _ = std::fs::remove_dir_all(left);
        let (own, others) = (mine.scratch().unwrap(), theirs.scratch().unwrap().keep());
        drop(mine.claim_for(own.path()).await.unwrap());
        assert!(own.path().exists(), "{kind}: what is to be put stays");
        assert!(kind != "local" || !others.exists(), "{kind}");
        let _ = std::fs::remove_dir_all(others);
        drop(theirs.claim().await.unwrap());
        assert!(kind != "local" || !own.path().exists(), "{kind}: whoever made it had no right");
    }
}

#[tokio::test]
async fn only_what_is_known_is_replaced() {
    let (places, _directories) = places();
    for (kind, (mine, theirs)) in places {
        let first = done(mine.put_if_absent(&name("a"), "one".into()).await.unwrap());
        assert_eq!(theirs.read(&name("a")).await.unwrap().unwrap().1, first, "{kind}");
        // The same bytes again are another version.
        let second = done(theirs.put_if_unchanged(&name("a"), "one".into(), &first).await.unwrap());
        assert_eq!(
            mine.put_if_unchanged(&name("a"), "two".into(), &first).await.unwrap(),
            Put::Lost,
            "{kind}"
        );
        assert_eq!(text(&*mine, "a").await.unwrap(), "one", "{kind}");
        done(mine.put_if_unchanged(&name("a"), "two".into(), &second).await.unwrap());
        assert_eq!(text(&*theirs, "a").await.unwrap(), "two", "{kind}");
        theirs.delete(&name("a")).await.unwrap();
        assert_eq!(
            mine.put_if_unchanged(&name("a"), "gone".into(), &second).await.unwrap(),
            Put::Lost,
            "{kind}"
        );
        assert_eq!(
            mine.put_if_unchanged(&name("b"), "new".into(), &second).await.unwrap(),
            Put::Lost,
            "{kind}"
        );
    }
}

#[tokio::test]
async fn what_was_read_stays_as_it_was() {
    let (places, _directories) = places();
    for (kind, (mine, theirs)) in places {
        let version = done(mine.put_if_absent(&name("a/b"), "before".into()).await.unwrap());
        let (read, _) = mine.read(&name("a/b")).await.unwrap().unwrap();
        done(theirs.put_if_unchanged(&name("a/b"), "after".into(), &version).await.unwrap());
        theirs.delete(&name("a/b")).await.unwrap();
        assert_eq!(read, "before", "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_those_who_put_at_once_one_does() {
    let (places, _directories) = places();
    for (kind, (mine, theirs)) in places {
        let putting = (0..16).map(|who| {
            let blobs = Arc::clone(if who % 2 == 0 { &mine } else { &theirs });
            tokio::spawn(async move {
                blobs.put_if_absent(&name("one"), Bytes::from(who.to_string())).await.unwrap()
            })
        });
        let puts = futures::future::join_all(putting.collect::<Vec<_>>()).await;
        assert_eq!(puts.into_iter().filter(|put| *put.as_ref().unwrap() != Put::Lost).count(), 1, "{kind}");
        done(mine.put_if_absent(&name("sum"), "0".into()).await.unwrap());
        let adding = (0..8).map(|who| {
            let blobs = Arc::clone(if who % 2 == 0 { &mine } else { &theirs });
            tokio::spawn(async move { add(&*blobs, 10).await })
        });
        futures::future::join_all(adding.collect::<Vec<_>>())
            .await
            .into_iter()
            .for_each(|added| added.unwrap());
        assert_eq!(text(&*mine, "sum").await.unwrap(), "80", "{kind}: nothing that was added is lost");
    }
}

/// Counts up, as often as it takes until nobody else was faster.
async fn add(blobs: &dyn Blobs, times: u32) {
    for _ in 0..times {
        loop {
            let (bytes, version) = blobs.read(&name("sum")).await.unwrap().unwrap();
            let sum: u32 = std::str::from_utf8(&bytes).unwrap().parse().unwrap();
            let next = Bytes::from((sum + 1).to_string());
            if blobs.put_if_unchanged(&name("sum"), next, &version).await.unwrap() != Put::Lost {
                break;
            }
        }
    }
}

#[tokio::test]
async fn listings_are_in_order_and_catch_up() {
    let (places, _directories) = places();
    for (kind, (mine, theirs)) in places {
        assert!(mine.list(&name("a")).await.unwrap().is_empty(), "{kind}");
        for of in ["b/1", "a/2", "a/10", "a/c/3", "ab/4"] {
            done(mine.put_if_absent(&name(of), "x".into()).await.unwrap());
        }
        theirs.list(&name("a")).await.unwrap();
        let listed = theirs.list(&name("a")).await.unwrap();
        let listed: Vec<_> = listed.iter().map(BlobName::as_str).collect();
        assert_eq!(listed, ["a/10", "a/2", "a/c/3"], "{kind}");
        theirs.delete(&name("a/2")).await.unwrap();
        mine.list(&name("a")).await.unwrap();
        assert_eq!(mine.list(&name("a")).await.unwrap(), [name("a/10"), name("a/c/3")], "{kind}");
    }
}
