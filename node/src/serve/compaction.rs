//! Merging what was loaded a little at a time, while the node serves.
//!
//! One dataset after the other, on one thread; who wants to write meanwhile does, and this tries again later.

use std::{ops::ControlFlow, path::Path, time::Duration};

use fyr_store::{
    Compaction, Store, StoreError,
    log::{StorePlace, Table, newest_version},
};
use tokio_util::sync::CancellationToken;

/// Merges segments of a store now and then, until the stop.
pub(super) async fn run(directory: &Path, (how, interval): (Compaction, Duration), stop: &CancellationToken) {
    // A version in which nothing is to be merged, or cannot be.
    let mut settled = None;
    while stop.run_until_cancelled(tokio::time::sleep(interval)).await.is_some() {
        match look(directory, how, settled, stop).await {
            Ok(version) => settled = version,
            Err(error) => tracing::warn!(%error, "segments are not merged"),
        }
    }
}

/// Merges what is due in a store that has changed since; returns its version if nothing is left to do.
async fn look(
    directory: &Path,
    how: Compaction,
    settled: Option<u64>,
    stop: &CancellationToken,
) -> Result<Option<u64>, StoreError> {
    let version = newest_version(&StorePlace::directory(directory), Table::Segments).await?;
    if version.is_none() || version == settled {
        return Ok(version);
    }
    let store = Store::open(directory).await?;
    let mut is_settled = true;
    for dataset in store.due_for_compaction(how).await? {
        let stop = stop.clone();
        let goes_on = move |_, _| match stop.is_cancelled() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        };
        match store.compact_with(&dataset, how, goes_on).await {
            Ok(done) if done.merged > 0 => {
                is_settled = false;
                tracing::info!(dataset, merged = done.merged, made = done.made, "segments merged");
            }
            Ok(_) => {}
            Err(error @ (StoreError::Locked(_) | StoreError::Overtaken | StoreError::GivenUp)) => {
                is_settled = false;
                tracing::debug!(%error, dataset, "segments are merged later");
            }
            // Another look would find the same.
            Err(error) => tracing::warn!(%error, dataset, "segments are not merged"),
        }
    }
    Ok(version.filter(|_| is_settled))
}

#[cfg(test)]
mod tests {
    use fyr_schemas::{Assembly, Individual, Sex};
    use fyr_store::{DatasetKind, Repeated, SegmentSpec, SourceFile};

    use super::*;

    async fn ingest(store: &Store, number: u32) {
        let person =
            Individual { id: format!("P{number}"), sex: Sex::Unknown, populations: Vec::new(), family: None };
        let spec = SegmentSpec {
            normalised: false,
            annotated: false,
            dataset: "D".into(),
            assembly: Assembly::GRCH38,
            kind: DatasetKind::Individual,
            replace: false,
            repeated: Repeated::Refused,
            sources: vec![SourceFile { name: "a.vcf".into(), blake3: number.to_string(), bytes: 1 }],
            individuals: vec![person],
            shards: vec![vec![0]],
        };
        store.begin(spec).await.unwrap().finish().await.unwrap();
    }

    async fn segments(store: &Store) -> u64 {
        store.datasets().await.unwrap()[0].segments
    }

    #[tokio::test]
    async fn as_many_segments_as_are_configured_become_one_unless_somebody_writes() {
        let (directory, stop) = (tempfile::tempdir().unwrap(), CancellationToken::new());
        let how = Compaction::Tiers(3);
        let nowhere = look(&directory.path().join("none"), how, None, &stop).await.unwrap();
        assert_eq!((nowhere, directory.path().join("none").exists()), (None, false));
        let store = Store::open(directory.path()).await.unwrap();
        ingest(&store, 0).await;
        ingest(&store, 1).await;
        let settled = look(directory.path(), how, None, &stop).await.unwrap();
        assert!(settled.is_some() && segments(&store).await == 2);
        ingest(&store, 2).await;
        let writing = store.begin_purge().await.unwrap();
        assert_eq!(look(directory.path(), how, settled, &stop).await.unwrap(), None, "later");
        drop(writing);
        assert_eq!(look(directory.path(), how, settled, &stop).await.unwrap(), None, "there may be more");
        assert_eq!(segments(&store).await, 1);
        let settled = look(directory.path(), how, None, &stop).await.unwrap();
        assert!(settled.is_some());
        for number in 3..9 {
            ingest(&store, number).await;
        }
        assert_eq!(look(directory.path(), how, settled, &stop).await.unwrap(), None);
        assert_eq!(segments(&store).await, 2, "of three, and of six");
    }

    #[tokio::test]
    async fn it_ends_with_the_node() {
        let (directory, stop) = (tempfile::tempdir().unwrap(), CancellationToken::new());
        stop.cancel();
        run(directory.path(), (Compaction::Tiers(2), Duration::from_secs(3_600)), &stop).await;
    }
}
