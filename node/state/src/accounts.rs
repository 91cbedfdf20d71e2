//! The accounts of people: what each requester was told of whom, so that many answers together tell little.
//!
//! A charge is one row: what was asked, what it cost, who bore it and who was left out. It is committed before the
//! answer is told, so nothing is told that is not charged, whatever dies meanwhile. An account is the sum of its rows;
//! those that were used last are kept in memory. Rows are removed with their epoch and never before: neither
//! withdrawal nor purge, nor another name, gives anything back.
//!
//! Concurrent questions to one account take turns at its row of `accounts`, at every replica. To ask again is free: the
//! same people are left out as before. Where people came since, it is a new answer, and charged as one.
//!
//! A number that is drawn has the name of its charge, and noise is drawn for that: two charges never share a draw, so that
//! nobody can tell by equal draws whether the people of two answers were the same. Such an answer is therefore charged
//! anew whenever anything about it changed, and also where nobody is there to bear it.

mod cache;
mod charge;
mod holders;
mod operator;

use std::collections::BTreeSet;

use fyr_policy::{Account, Bearers, Charged, Cost, Rooms, settle};
use roaring::RoaringBitmap;
use sqlx::{Any, AnyPool, Transaction};

use crate::{StateError, database::Database, key::Key};
use charge::Charge;

pub(crate) use cache::Recent;
pub use holders::Holders;
pub use operator::{AccountChange, AccountOwner, AccountStatement};

/// Who is told something, and what may be told them of one person in an epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bill {
    /// The requester, by all the names that are known of them.
    pub requester: Vec<String>,
    /// Whose accounts are charged beside theirs, each with its budget: projects and organisations that they ask for, or all of
    /// whom nothing is known.
    pub groups: Vec<(AccountOwner, u64)>,
    /// The budget of the requester, in billionths of a nat.
    pub budget: u64,
    /// The epoch: accounts begin anew with each.
    pub epoch: i64,
    /// When it ends, seconds since 1970.
    pub until: i64,
}

/// An account under way.
struct Open {
    id: String,
    version: i64,
    budget: u64,
    account: Account,
    /// Whether it is the requester's own.
    is_own: bool,
    /// The last epoch of which is not known what was charged: states that were lost may have had the same versions.
    forfeited: i64,
}

/// Where accounts are kept.
pub(crate) struct Ledger<'a> {
    pub(crate) database: &'a Database,
    pub(crate) pool: &'a AnyPool,
    pub(crate) key: &'a Key,
    pub(crate) recent: &'a Recent,
}

impl Ledger<'_> {
    /// Charges people, and returns who can bear it.
    pub(crate) async fn bear(
        &self,
        bill: &Bill,
        item: &str,
        cost: &Cost,
        holders: &Holders,
    ) -> Result<Charged, StateError> {
        let mut transaction = self.pool.begin_with(self.database.begin_alone()).await?;
        let mut accounts = Vec::new();
        for (id, budget, is_own) in self.ids(bill, &mut transaction).await? {
            accounts.push(
                self.open_account(&mut transaction, id, (budget, is_own), (bill.epoch, bill.until)).await?,
            );
        }
        let item = self.item(item, cost, &accounts);
        if let Some((version, left_out)) =
            told_before(&mut transaction, &accounts, &item, cost, holders).await?
        {
            transaction.rollback().await?;
            let draw = self.draw(cost, &accounts, version);
            self.keep(accounts);
            return Ok(Charged { bearers: all_but(left_out), draw });
        }
        let borne = settle(cost, &rooms(&accounts, holders));
        if !cost.is_drawn() && (borne.amount == 0 || borne.by.is_empty()) {
            transaction.rollback().await?;
            self.keep(accounts);
            return Ok(Charged { bearers: all_but(borne.left_out), draw: None });
        }
        let charge = Charge::new(item, &borne, holders);
        for open in &mut accounts {
            open.version += 1;
            charge.insert(&mut transaction, &open.id, open.version).await?;
            charge.apply(&mut open.account);
        }
        transaction.commit().await?;
        let version = accounts.iter().find(|open| open.is_own).map_or(0, |open| open.version);
        let draw = self.draw(cost, &accounts, version);
        self.keep(accounts);
        Ok(Charged { bearers: all_but(borne.left_out), draw })
    }

    /// Names what is told. What is drawn is told to all names of a requester together, or it would be drawn for each.
    fn item(&self, item: &str, cost: &Cost, accounts: &[Open]) -> String {
        if item.is_empty() {
            return String::new();
        }
        if !cost.is_drawn() {
            return self.hash("told", item);
        }
        let own = accounts.iter().filter(|open| open.is_own);
        let own: String = own.map(|open| format!("{}\n", open.id)).collect();
        self.hash("drawn", &format!("{own}{item}"))
    }

    /// Names the charge for a draw, by its row in the first of the requester's own accounts.
    fn draw(&self, cost: &Cost, accounts: &[Open], version: i64) -> Option<String> {
        let open = accounts.iter().find(|open| open.is_own).filter(|_| cost.is_drawn())?;
        Some(self.hash("draw", &format!("{} {version} {}", open.id, open.forfeited)))
    }

    fn hash(&self, kind: &str, name: &str) -> String {
        self.key.hash(kind, name).to_hex().to_string()
    }

    fn keep(&self, accounts: Vec<Open>) {
        accounts.into_iter().for_each(|open| self.recent.keep(open.id, open.version, open.account));
    }

    /// Names the accounts of a bill, each with its budget, in an order that is the same for everybody, so that nobody
    /// waits in a circle. Who was once shown to be one stays one.
    async fn ids(
        &self,
        bill: &Bill,
        transaction: &mut Transaction<'static, Any>,
    ) -> Result<Vec<(String, u64, bool)>, StateError> {
        let name = |name: &String| self.hash("requester", name);
        let known: BTreeSet<String> = bill.requester.iter().map(name).collect();
        let linked = link(transaction, known).await?;
        let account = |name: &str| self.hash("account", &format!("{} {name}", bill.epoch));
        let own = linked.iter().map(|name| (account(name), bill.budget, true));
        let groups = bill.groups.iter().map(|(owner, budget)| {
            let (kind, name) = owner.named();
            (account(&self.hash(kind, name)), *budget, false)
        });
        let mut ids: Vec<_> = own.chain(groups).collect();
        ids.sort_unstable();
        ids.dedup_by(|one, other| one.0 == other.0);
        Ok(ids)
    }

    /// Takes the turn at an account, and brings what is known of it up to date.
    async fn open_account(
        &self,
        transaction: &mut Transaction<'static, Any>,
        id: String,
        (budget, is_own): (u64, bool),
        (epoch, until): (i64, i64),
    ) -> Result<Open, StateError> {
        sqlx::query(
            "INSERT INTO accounts (account, version, raised, closed, reason, until) VALUES ($1, 1, 0, 0, '', $2) \
             ON CONFLICT (account) DO UPDATE SET version = accounts.version + 1",
        )
        .bind(id.clone())
        .bind(until)
        .execute(&mut **transaction)
        .await?;
        let (version, raised, closed, forfeited): (i64, i64, i64, i64) = sqlx::query_as(
            "SELECT version, raised, closed, (SELECT accounts_forfeited FROM state WHERE id = 1) FROM accounts \
             WHERE account = $1",
        )
        .bind(id.clone())
        .fetch_one(&mut **transaction)
        .await?;
        // The last charge has the version before the one that was just taken.
        let last = version - 1;
        let (known, mut account) =
            self.recent.get(&id).filter(|(known, _)| *known <= last).unwrap_or_default();
        if known < last {
            for charge in charge::since(transaction, &id, known).await? {
                charge.apply(&mut account);
            }
        }
        // What was told in a state that was lost is not known: all that was to be told counts as told.
        let budget = if epoch <= forfeited { 0 } else { budget };
        let budget = if closed == 0 { budget.saturating_add(raised.unsigned_abs()) } else { 0 };
        Ok(Open { id, version: last, budget, account, is_own, forfeited })
    }
}

/// Remembers that names are of one requester, and returns all that are.
async fn link(
    transaction: &mut Transaction<'static, Any>,
    names: BTreeSet<String>,
) -> Result<BTreeSet<String>, StateError> {
    let mut all = names.clone();
    let mut new: Vec<String> = names.iter().cloned().collect();
    while let Some(name) = new.pop() {
        let others: Vec<String> = sqlx::query_scalar("SELECT other FROM links WHERE account = $1")
            .bind(name)
            .fetch_all(&mut **transaction)
            .await?;
        new.extend(others.into_iter().filter(|other| all.insert(other.clone())));
    }
    let pairs = names.iter().flat_map(|one| names.iter().map(move |other| (one.clone(), other.clone())));
    let pairs: Vec<_> = pairs.filter(|(one, other)| one != other).collect();
    for (one, other) in pairs {
        sqlx::query(
            "INSERT INTO links (account, other) VALUES ($1, $2) ON CONFLICT (account, other) DO NOTHING",
        )
        .bind(one)
        .bind(other)
        .execute(&mut **transaction)
        .await?;
    }
    Ok(all)
}

/// Returns who was left out when the requester was told the same of the same people, and the version of that charge in the
/// first of their own accounts; none where they were not.
async fn told_before(
    transaction: &mut Transaction<'static, Any>,
    accounts: &[Open],
    item: &str,
    cost: &Cost,
    holders: &Holders,
) -> Result<Option<(i64, RoaringBitmap)>, StateError> {
    if item.is_empty() {
        return Ok(None);
    }
    let (mut first, mut left_out) = (None, RoaringBitmap::new());
    for open in accounts.iter().filter(|open| open.is_own) {
        let Some((version, charge)) = charge::of_item(transaction, &open.id, item).await? else {
            return Ok(None);
        };
        if cost.is_drawn() && !charge.is_of_no_others(cost.people(), holders) {
            return Ok(None);
        }
        match charge.left_out_of(cost.people(), holders) {
            Some(theirs) => left_out |= theirs,
            None => return Ok(None),
        }
        first.get_or_insert(version);
    }
    Ok(Some((first.unwrap_or_default(), left_out)))
}

/// Returns how much can be told of each person: what every account has left of every holder that they are.
fn rooms(accounts: &[Open], holders: &Holders) -> Rooms {
    let mut rooms = Rooms::new(accounts.iter().map(|open| open.budget).min().unwrap_or_default());
    for open in accounts {
        for (holder, spent) in open.account.charged() {
            let left = open.budget.saturating_sub(spent);
            holders.people_of(holder).for_each(|person| rooms.narrow(person, left));
        }
    }
    rooms
}

fn all_but(left_out: RoaringBitmap) -> Bearers {
    if left_out.is_empty() { Bearers::Everybody } else { Bearers::AllBut(left_out) }
}

/// Forgets accounts whose epoch ended.
pub(crate) async fn remove_ended(pool: &AnyPool, now: i64) -> Result<(), StateError> {
    let ended = "DELETE FROM charges WHERE account IN (SELECT account FROM accounts WHERE until < $1)";
    sqlx::query(ended).bind(now).execute(pool).await?;
    sqlx::query("DELETE FROM accounts WHERE until < $1").bind(now).execute(pool).await?;
    Ok(())
}
