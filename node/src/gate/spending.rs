//! What a question costs, and who accounts for it. Data play no part in a price.

use std::fmt;

use futures::future::BoxFuture;
use fyr_schemas::{Allowance, AllowanceKind};

use crate::ServiceError;

/// What a question costs: its item is charged once to each account, however often it is asked.
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
    /// Name of the account: of a requester and a day, of a case.
    pub account: String,
    /// Most items of it.
    pub most: u64,
    /// Until when it counts, seconds since 1970.
    pub until: i64,
    /// Of what it is the account.
    pub kind: AllowanceKind,
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
}
