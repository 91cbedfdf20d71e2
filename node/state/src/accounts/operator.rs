//! What an operator sees of an account, and how they extend or close it.

use std::collections::{BTreeMap, BTreeSet};

use fyr_policy::Account;
use sqlx::{Any, Transaction};

use super::{Bill, Ledger, charge};
use crate::{ChangeKind, StateError, writing::Writing};

/// Whose account it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountOwner {
    /// A requester, by one of their names: whoever was shown to be one with them is meant too.
    Requester(String),
    /// A requester of whom the network is known and nothing else, by its name. The history does not have it.
    Network(String),
    /// A project or an organisation.
    Group(String),
}

/// What one requester, or all of a group together, were told of people in an epoch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountStatement {
    /// How many answers were charged. What is free is not counted.
    pub answers: u64,
    /// What is spent of each who was told of, an id of a person or a family: from the most to the least, billionths of a
    /// nat.
    pub spent: Vec<u64>,
    /// What was added to the budget, billionths of a nat.
    pub raised: u64,
    /// Whether nothing more is told that costs anything.
    pub closed: bool,
    /// Whether what was told in this epoch is not known, because the state that knew it is lost: then nothing is left of the
    /// budget but what was added since.
    pub forfeited: bool,
    /// Who extended or closed it, and why, oldest first.
    pub reasons: Vec<String>,
}

/// What an operator does with an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountChange {
    /// More may be told of each person in this epoch, by so many billionths of a nat.
    Extend(u64),
    /// Nothing more is told in this epoch that costs anything.
    Close,
}

impl AccountChange {
    fn kind(self) -> ChangeKind {
        match self {
            Self::Extend(_) => ChangeKind::ExtendAccount,
            Self::Close => ChangeKind::CloseAccount,
        }
    }

    fn words(self) -> String {
        match self {
            Self::Extend(by) => format!("extended by {by} billionths of a nat"),
            Self::Close => "closed".to_owned(),
        }
    }
}

impl AccountOwner {
    /// Describes it in the history.
    fn words(&self) -> String {
        match self {
            Self::Requester(name) => format!("requester {name}"),
            Self::Network(_) => "requesters of a network".to_owned(),
            Self::Group(name) => name.clone(),
        }
    }

    /// Returns of what kind the name of its account is, and the name.
    pub(super) fn named(&self) -> (&'static str, &str) {
        match self {
            Self::Requester(name) | Self::Network(name) => ("requester", name),
            Self::Group(name) => ("group", name),
        }
    }

    fn bill(&self, epoch: i64) -> Bill {
        let (requester, groups) = match self {
            Self::Requester(name) | Self::Network(name) => (vec![name.clone()], Vec::new()),
            Self::Group(_) => (Vec::new(), vec![(self.clone(), 0)]),
        };
        Bill { requester, groups, budget: 0, epoch, until: 0 }
    }
}

impl Ledger<'_> {
    /// Says what an account holds.
    pub(crate) async fn statement(
        &self,
        owner: &AccountOwner,
        epoch: i64,
    ) -> Result<AccountStatement, StateError> {
        let mut transaction = self.pool.begin().await?;
        let mut statement = AccountStatement { raised: u64::MAX, ..AccountStatement::default() };
        let (mut items, mut spent) = (BTreeSet::new(), BTreeMap::<u32, u64>::new());
        for (id, ..) in self.ids(&owner.bill(epoch), &mut transaction).await? {
            let (raised, closed, reasons) = row(&mut transaction, &id).await?;
            statement.raised = statement.raised.min(raised);
            statement.closed |= closed;
            let new: Vec<_> =
                reasons.into_iter().filter(|reason| !statement.reasons.contains(reason)).collect();
            statement.reasons.extend(new);
            let mut account = Account::default();
            for charge in charge::since(&mut transaction, &id, 0).await? {
                charge.apply(&mut account);
                items.insert(charge.into_item());
            }
            for (holder, of_one) in account.charged() {
                let most = spent.entry(holder).or_default();
                *most = of_one.max(*most);
            }
        }
        let forfeited: i64 = sqlx::query_scalar("SELECT accounts_forfeited FROM state WHERE id = 1")
            .fetch_one(&mut *transaction)
            .await?;
        transaction.rollback().await?;
        statement.forfeited = epoch <= forfeited;
        statement.answers = items.len() as u64;
        statement.spent = spent.into_values().collect();
        statement.spent.sort_unstable_by(|one, other| other.cmp(one));
        Ok(statement)
    }

    /// Extends or closes an account; the history and the account keep who did it and why. It is in force with the next
    /// answer, at every replica.
    pub(crate) async fn change(
        &self,
        actor: &str,
        owner: &AccountOwner,
        (epoch, until): (i64, i64),
        change: AccountChange,
        reason: &str,
    ) -> Result<(), StateError> {
        let (raised, closed) = match change {
            AccountChange::Extend(by) => (i64::try_from(by).unwrap_or(i64::MAX), 0),
            AccountChange::Close => (0, 1),
        };
        let mut writing = Writing::begin(self.pool, actor).await?;
        let line = format!("{}: {actor}: {reason}\n", change.words());
        for (id, ..) in self.ids(&owner.bill(epoch), &mut writing.transaction).await? {
            sqlx::query(
                "INSERT INTO accounts (account, version, raised, closed, reason, until) VALUES ($1, 0, $2, $3, $4, $5) \
                 ON CONFLICT (account) DO UPDATE SET raised = accounts.raised + excluded.raised, \
                 closed = CASE WHEN excluded.closed = 1 THEN 1 ELSE accounts.closed END, \
                 reason = accounts.reason || excluded.reason",
            )
            .bind(id)
            .bind(raised)
            .bind(closed)
            .bind(line.clone())
            .bind(until)
            .execute(&mut *writing.transaction)
            .await?;
        }
        let items = format!("{} in {epoch}, {}: {reason}", owner.words(), change.words());
        writing.record(change.kind(), "", "", &items).await?;
        writing.commit().await?;
        Ok(())
    }
}

/// Reads what an operator added to an account, whether it is closed, and why; nothing of one that is not there yet.
async fn row(
    transaction: &mut Transaction<'static, Any>,
    account: &str,
) -> Result<(u64, bool, Vec<String>), StateError> {
    let row: Option<(i64, i64, String)> =
        sqlx::query_as("SELECT raised, closed, reason FROM accounts WHERE account = $1")
            .bind(account.to_owned())
            .fetch_optional(&mut **transaction)
            .await?;
    let (raised, closed, reason) = row.unwrap_or_default();
    Ok((raised.unsigned_abs(), closed != 0, reason.lines().map(str::to_owned).collect()))
}
