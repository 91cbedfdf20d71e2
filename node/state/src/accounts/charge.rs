//! One charge, as it is kept.

use std::collections::HashSet;

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use fyr_policy::{Account, Borne};
use roaring::RoaringBitmap;
use sqlx::{Any, Transaction};

use super::Holders;
use crate::StateError;

/// What was charged for one answer, and who was left out of it. Holders are sorted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Charge {
    item: String,
    amount: u64,
    borne: Vec<u32>,
    left_out: Vec<u32>,
}

impl Charge {
    pub(super) fn new(item: String, borne: &Borne, holders: &Holders) -> Self {
        let all = |person: u32| holders.of(person).iter().copied();
        let own = |person: u32| holders.of(person).first().copied();
        Self {
            item,
            amount: borne.amount,
            borne: sorted(borne.by.iter().flat_map(all)),
            left_out: sorted(borne.left_out.iter().filter_map(own)),
        }
    }

    /// Returns what was told.
    pub(super) fn into_item(self) -> String {
        self.item
    }

    /// Adds it to an account.
    pub(super) fn apply(&self, account: &mut Account) {
        account.charge(self.borne.iter().copied(), self.amount);
    }

    /// Returns who of these people was left out, under whichever of their names; none where one of them neither was nor
    /// bore it.
    pub(super) fn left_out_of(&self, people: &RoaringBitmap, holders: &Holders) -> Option<RoaringBitmap> {
        let mut left_out = RoaringBitmap::new();
        for person in people {
            let is_among =
                |list: &[u32]| holders.of(person).iter().any(|holder| list.binary_search(holder).is_ok());
            if is_among(&self.left_out) {
                left_out.insert(person);
            } else if !is_among(&self.borne) {
                return None;
            }
        }
        Some(left_out)
    }

    /// Returns whether nobody else was asked to bear it.
    pub(super) fn is_of_no_others(&self, people: &RoaringBitmap, holders: &Holders) -> bool {
        let known: HashSet<u32> =
            people.iter().flat_map(|person| holders.of(person).iter().copied()).collect();
        self.borne.iter().chain(&self.left_out).all(|holder| known.contains(holder))
    }

    pub(super) async fn insert(
        &self,
        transaction: &mut Transaction<'static, Any>,
        account: &str,
        version: i64,
    ) -> Result<(), StateError> {
        sqlx::query(
            "INSERT INTO charges (account, version, item, amount, borne, left_out) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(account.to_owned())
        .bind(version)
        .bind(self.item.clone())
        .bind(i64::try_from(self.amount).unwrap_or(i64::MAX))
        .bind(written(&self.borne))
        .bind(written(&self.left_out))
        .execute(&mut **transaction)
        .await?;
        Ok(())
    }
}

/// Reads what was charged to an account after a version.
pub(super) async fn since(
    transaction: &mut Transaction<'static, Any>,
    account: &str,
    version: i64,
) -> Result<Vec<Charge>, StateError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT item, amount, borne, left_out FROM charges WHERE account = $1 AND version > $2 ORDER BY version",
    )
    .bind(account.to_owned())
    .bind(version)
    .fetch_all(&mut **transaction)
    .await?;
    rows.into_iter().map(charge).collect()
}

/// Reads what was charged last for an item, and the version of the account with it.
pub(super) async fn of_item(
    transaction: &mut Transaction<'static, Any>,
    account: &str,
    item: &str,
) -> Result<Option<(i64, Charge)>, StateError> {
    let row: Option<(i64, String, i64, String, String)> = sqlx::query_as(
        "SELECT version, item, amount, borne, left_out FROM charges WHERE account = $1 AND item = $2 \
         ORDER BY version DESC LIMIT 1",
    )
    .bind(account.to_owned())
    .bind(item.to_owned())
    .fetch_optional(&mut **transaction)
    .await?;
    let Some((version, item, amount, borne, left_out)) = row else { return Ok(None) };
    Ok(Some((version, charge((item, amount, borne, left_out))?)))
}

type Row = (String, i64, String, String);

fn charge((item, amount, borne, left_out): Row) -> Result<Charge, StateError> {
    Ok(Charge { item, amount: amount.unsigned_abs(), borne: read(&borne)?, left_out: read(&left_out)? })
}

fn sorted(holders: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut holders: Vec<_> = holders.collect();
    holders.sort_unstable();
    holders.dedup();
    holders
}

fn written(holders: &[u32]) -> String {
    let bytes: Vec<u8> = holders.iter().flat_map(|holder| holder.to_le_bytes()).collect();
    STANDARD_NO_PAD.encode(bytes)
}

fn read(text: &str) -> Result<Vec<u32>, StateError> {
    let bytes = STANDARD_NO_PAD.decode(text).map_err(|_| StateError::Damaged("a charge cannot be read"))?;
    let (holders, rest) = bytes.as_chunks::<4>();
    if !rest.is_empty() {
        return Err(StateError::Damaged("a charge cannot be read"));
    }
    Ok(holders.iter().map(|holder| u32::from_le_bytes(*holder)).collect())
}
