//! What passes the gate, step by step.

use std::{borrow::Cow, future::Future};

use fyr_audit::{Action, AuditEntry};
use fyr_doors::Credentials;
use fyr_schemas::{Allowance, Purpose, Query};
use tokio::time::Instant;

use super::{Accounts, Chain, Price, Stage};
use crate::ServiceError;

/// A question or a list, as steps that the gate takes one after the other. Whatever a step rests on is handed to
/// it: no step has a clock, a state or data of its own.
pub trait Errand: Sync {
    /// What may be asked, and how far.
    type Permit: Send + Sync;
    /// The request in the coordinates of what may be asked.
    type Located: Send;
    /// What is told.
    type Told: Send;

    /// Names the kind of request for the record.
    fn action(&self) -> Action;

    /// Returns what a proof of the client must speak of.
    fn signed(&self) -> Cow<'_, Query>;

    /// Returns what is asked for, as stated.
    fn purpose(&self) -> Option<&Purpose>;

    /// Returns whether only synthetic data are asked.
    fn is_test(&self) -> bool {
        false
    }

    /// Returns whether nothing is counted or charged: a dry run, which tells who would be asked and what it costs.
    fn is_dry_run(&self) -> bool {
        false
    }

    /// Notes what is asked.
    fn note(&self, stage: &Stage, entry: &mut AuditEntry<'_>) {
        let _ = (stage, entry);
    }

    /// Returns what is told where the request leaves this node out; nothing is looked at then.
    fn left_out(&self, chain: &Chain) -> Option<Self::Told> {
        let _ = chain;
        None
    }

    /// Decides what may be asked, and notes what decided.
    ///
    /// # Errors
    ///
    /// A denial, or a request that nobody could evaluate.
    fn decide(
        &self,
        stage: &Stage,
        chain: &Chain,
        entry: &mut AuditEntry<'_>,
    ) -> Result<Self::Permit, ServiceError>;

    /// Returns whether the time of the answer must tell nothing.
    fn hides(&self, permit: &Self::Permit) -> bool;

    /// Puts the request into the coordinates of what may be asked.
    ///
    /// # Errors
    ///
    /// It can be put to nothing of it.
    fn locate(
        &self,
        stage: &Stage,
        permit: &Self::Permit,
    ) -> impl Future<Output = Result<Self::Located, ServiceError>> + Send;

    /// Says what it costs; nothing unless it is said.
    fn price(
        &self,
        stage: &Stage,
        chain: &Chain,
        (permit, located): (&Self::Permit, &Self::Located),
    ) -> Price {
        let _ = (stage, chain, permit, located);
        Price::default()
    }

    /// Counts, asks who can bear it, and keeps what may be told of them.
    ///
    /// # Errors
    ///
    /// It cannot be counted, or there is nothing of it to tell.
    fn tell(
        &self,
        stage: &Stage,
        accounts: Accounts<'_>,
        permit: Self::Permit,
        located: Self::Located,
    ) -> impl Future<Output = Result<Self::Told, ServiceError>> + Send;

    /// Adds what the request cost, and what is left, to what is told.
    fn account_for(&self, told: &mut Self::Told, allowances: Vec<Allowance>) {
        let _ = (told, allowances);
    }
}

/// An errand and who is on it.
#[derive(Clone, Debug)]
pub struct Asked<'a, E> {
    /// What was shown; in a stream each question has a proof of its own.
    pub credentials: Cow<'a, Credentials>,
    /// What is asked.
    pub errand: E,
    /// The client's own deadline.
    pub until: Option<Instant>,
}

impl<'a, E> Asked<'a, E> {
    /// Sends somebody on an errand, who waits as long as the gate does.
    pub fn by(credentials: &'a Credentials, errand: E) -> Self {
        Self { credentials: Cow::Borrowed(credentials), errand, until: None }
    }
}
