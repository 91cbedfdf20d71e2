//! What a question costs, and who accounts for it. Data play no part in a price.

use std::fmt;

use futures::future::BoxFuture;
use fyr_policy::{Bearers, Charged, Cost, DatasetPermit};
use fyr_schemas::{Allowance, AllowanceKind};

use super::{Chain, Stage};
use crate::ServiceError;

/// What a question costs: its item is charged once to each account, however often it is asked, or what the account counts
/// instead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Price {
    /// What is learned.
    pub item: String,
    /// Where it is charged.
    pub charges: Vec<Charge>,
}

/// An account that a question is charged to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// Name of the account: of a requester and a day.
    pub account: String,
    /// Most items of it.
    pub most: u64,
    /// Until when it counts, seconds since 1970.
    pub until: i64,
    /// Of what it is the account.
    pub kind: AllowanceKind,
    /// What is counted, where that is not what is learned: a case, however much is asked for it.
    pub item: Option<String>,
}

impl Price {
    /// Returns whether nothing is charged, so that nothing has to be written.
    pub fn is_zero(&self) -> bool {
        self.charges.is_empty()
    }
}

/// Accounts, as the gate sees them.
pub trait Spend: Send + Sync + fmt::Debug {
    /// Charges a price before the answer is counted, and says what is left; what was charged before is free.
    ///
    /// # Errors
    ///
    /// An account cannot bear it, or cannot be looked at. Then nothing may be told.
    fn spend<'a>(&'a self, price: &'a Price) -> BoxFuture<'a, Result<Vec<Allowance>, ServiceError>>;

    /// Says what a price would cost each account, and what is left of it now. Nothing is charged.
    ///
    /// # Errors
    ///
    /// An account cannot be looked at.
    fn look<'a>(&'a self, price: &'a Price) -> BoxFuture<'a, Result<Vec<Allowance>, ServiceError>>;

    /// Charges people of a dataset for what a requester is told of them, and says who can bear it: the others are left
    /// out of the answer. `item` names what is told: to be told it again is free; what has no name is told anew each
    /// time. What is drawn comes with the name of its charge. Where nobody keeps accounts of people, nobody who is asked for
    /// something can, and nothing is drawn.
    ///
    /// # Errors
    ///
    /// The accounts cannot be looked at. Then nothing may be told.
    fn bear<'a>(
        &'a self,
        telling: Telling<'a>,
        item: &'a str,
        cost: &'a Cost,
    ) -> BoxFuture<'a, Result<Charged, ServiceError>> {
        let _ = (telling, item);
        Box::pin(async { Ok(nobody(cost)) })
    }
}

/// Says that nobody can bear a cost.
pub(crate) fn nobody(cost: &Cost) -> Charged {
    Charged { bearers: Bearers::AllBut(cost.people().clone()), draw: None }
}

/// To whom something is told of which dataset, on which state of the data.
#[derive(Clone, Copy, Debug)]
pub struct Telling<'a> {
    /// Who is told.
    pub chain: &'a Chain,
    /// What it rests on.
    pub stage: &'a Stage,
    /// What may be told.
    pub permit: &'a DatasetPermit,
}

/// The accounts of people, as an errand sees them between counting and telling.
#[derive(Clone, Copy, Debug)]
pub struct Accounts<'a> {
    pub(super) purse: &'a dyn Spend,
    pub(super) chain: &'a Chain,
    pub(super) stage: &'a Stage,
}

impl Accounts<'_> {
    /// Says who can bear to be told of, and charges them. What costs nothing everybody can, and no account is looked at.
    /// `item` names what is told.
    ///
    /// # Errors
    ///
    /// The accounts cannot be looked at.
    pub async fn bear(
        &self,
        permit: &DatasetPermit,
        item: impl FnOnce() -> String,
        cost: &Cost,
    ) -> Result<Charged, ServiceError> {
        if cost.is_nothing() {
            return Ok(Charged::default());
        }
        let telling = Telling { chain: self.chain, stage: self.stage, permit };
        self.purse.bear(telling, &item(), cost).await
    }
}
