//! Who of each dataset was released: told of below open. Nobody who was is ever taken back.

use std::{collections::BTreeMap, fmt, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use fyr_policy::Released;
use sqlx::{Any, Transaction};

use crate::{StateError, key::Key, writing::Writing};

/// Bytes of an id. Two ids of a million share them with a chance of one in many millions; then somebody does not wait.
const WIDTH: usize = 8;

/// Those of a dataset who were released.
#[derive(Clone, PartialEq)]
pub struct ReleasedPeople {
    key: Key,
    dataset: String,
    epoch: u32,
    people: u64,
    latest: i64,
    /// The beginnings of keyed hashes of their ids, sorted.
    ids: Vec<[u8; WIDTH]>,
}

impl ReleasedPeople {
    fn nobody(key: &Key, dataset: &str) -> Self {
        let (dataset, ids) = (dataset.to_owned(), Vec::new());
        Self { key: key.clone(), dataset, epoch: 0, people: 0, latest: 0, ids }
    }

    /// Returns how many were released, those among them who have gone since.
    pub fn people(&self) -> u64 {
        self.people
    }

    /// Returns when somebody was released last, seconds since 1970.
    pub fn latest(&self) -> i64 {
        self.latest
    }

    fn add(&mut self, row: Row) -> Result<(), StateError> {
        const DAMAGED: StateError = StateError::Damaged("who was released");
        let bytes = STANDARD_NO_PAD.decode(row.ids).map_err(|_| DAMAGED)?;
        let (ids, rest) = bytes.as_chunks();
        if !rest.is_empty() {
            return Err(DAMAGED);
        }
        self.ids.extend_from_slice(ids);
        self.ids.sort_unstable();
        self.people += row.people.unsigned_abs();
        self.epoch = self.epoch.max(u32::try_from(row.epoch).map_err(|_| DAMAGED)?);
        self.latest = self.latest.max(row.time);
        Ok(())
    }
}

impl Released for ReleasedPeople {
    fn epoch(&self) -> u32 {
        self.epoch
    }

    fn has(&self, id: &str) -> bool {
        self.ids.binary_search(&beginning(&self.key, &self.dataset, id)).is_ok()
    }
}

impl fmt::Debug for ReleasedPeople {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { dataset, epoch, people, .. } = self;
        f.debug_struct("ReleasedPeople")
            .field("dataset", dataset)
            .field("epoch", epoch)
            .field("people", people)
            .finish_non_exhaustive()
    }
}

/// Who was released, by dataset.
pub(crate) type Releases = BTreeMap<String, Arc<ReleasedPeople>>;

/// People who came to a dataset and are to be released together.
#[derive(Clone)]
pub struct Arrivals {
    /// The dataset.
    pub dataset: String,
    /// Each person with all their ids.
    pub people: Vec<Vec<String>>,
    /// When, seconds since 1970.
    pub time: i64,
    /// The version of the state by which they were chosen.
    pub chosen: u64,
}

impl fmt::Debug for Arrivals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { dataset, people, .. } = self;
        f.debug_struct("Arrivals")
            .field("dataset", dataset)
            .field("people", &people.len())
            .finish_non_exhaustive()
    }
}

impl Arrivals {
    /// Writes it within a change, as the next epoch; returns which one that is.
    pub(crate) async fn insert(&self, writing: &mut Writing, key: &Key) -> Result<i64, StateError> {
        let latest: Option<i64> = sqlx::query_scalar("SELECT MAX(epoch) FROM releases WHERE dataset = $1")
            .bind(self.dataset.clone())
            .fetch_one(&mut *writing.transaction)
            .await?;
        let epoch = latest.unwrap_or_default() + 1;
        let mut ids: Vec<_> =
            self.people.iter().flatten().map(|id| beginning(key, &self.dataset, id)).collect();
        ids.sort_unstable();
        ids.dedup();
        sqlx::query(
            "INSERT INTO releases (dataset, epoch, people, ids, time, version) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(self.dataset.clone())
        .bind(epoch)
        .bind(i64::try_from(self.people.len()).unwrap_or(i64::MAX))
        .bind(STANDARD_NO_PAD.encode(ids.as_flattened()))
        .bind(self.time)
        .bind(writing.version())
        .execute(&mut *writing.transaction)
        .await?;
        Ok(epoch)
    }
}

struct Row {
    epoch: i64,
    people: i64,
    ids: String,
    time: i64,
}

/// Adds what was released after a version to what is known.
pub(crate) async fn add(
    releases: &mut Releases,
    key: &Key,
    transaction: &mut Transaction<'_, Any>,
    since: i64,
) -> Result<(), StateError> {
    let rows: Vec<(String, i64, i64, String, i64)> =
        sqlx::query_as("SELECT dataset, epoch, people, ids, time FROM releases WHERE version > $1")
            .bind(since)
            .fetch_all(&mut **transaction)
            .await?;
    for (dataset, epoch, people, ids, time) in rows {
        let nobody = || Arc::new(ReleasedPeople::nobody(key, &dataset));
        let known = releases.entry(dataset.clone()).or_insert_with(nobody);
        Arc::make_mut(known).add(Row { epoch, people, ids, time })?;
    }
    Ok(())
}

fn beginning(key: &Key, dataset: &str, id: &str) -> [u8; WIDTH] {
    let hash = key.hash("released", &format!("{}\n{dataset}\n{id}", dataset.len()));
    let [a, b, c, d, e, f, g, h, ..] = *hash.as_bytes();
    [a, b, c, d, e, f, g, h]
}
