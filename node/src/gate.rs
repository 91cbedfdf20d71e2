//! The one gate of a node: every question, list, stream, page and door passes here, and nothing else reaches data.
//!
//! [`Gate::attend_all`] is the path: record, authenticate, decide, locate, price, spend, tell, record, leave. What
//! is particular to a kind of request is an [`Errand`]; what must hold for all of them stands here once: the audit
//! record, authentication, evaluation anew while consents change, revocation after the last look, the slot, the
//! deadline, the accounts, and the time at which an answer leaves.
//!
//! The unit is a batch of questions. It is answered in chunks. A chunk is evaluated on one [`Stage`] and has one
//! record, which names one version of policy and consents, and n decisions and prices. What leaves is a stream of
//! [`Attended`] parts, each of a chunk that is recorded; the next chunk is begun when the former has left.
//!
//! Data are seen through a stage alone, and only the gate makes one. A method that tells something without having
//! been at the gate does not compile, since it can make no [`Attended`]:
//!
//! ```
//! use fyr_node::gate::{Asked, Attended, Errand, Gate};
//! async fn told<E: Errand>(gate: &Gate, asked: Asked<'_, E>) -> Option<Attended<E::Told>> {
//!     gate.attend(asked).await.ok()
//! }
//! ```
//!
//! ```compile_fail
//! use fyr_node::gate::{Asked, Attended, Errand, Gate};
//! async fn told<E: Errand>(gate: &Gate, asked: Asked<'_, E>, told: E::Told) -> Option<Attended<E::Told>> {
//!     Some(Attended::new(told))
//! }
//! ```
//!
//! Nor can it look at data, since the gate alone has the grounds of a stage:
//!
//! ```compile_fail
//! use fyr_node::gate::{Gate, Stage};
//! async fn looked(gate: &Gate) -> Option<Stage> {
//!     gate.live.stage(time::OffsetDateTime::now_utc()).await.ok()
//! }
//! ```

mod admits;
mod attended;
mod chain;
mod errand;
mod padding;
mod slots;
mod spending;
mod stage;

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::{FutureExt, Stream, StreamExt, future::join_all, stream};
use fyr_audit::{Action, Audit, AuditEntry};
use fyr_doors::Credentials;
use fyr_identity::Verified;
use fyr_schemas::{ErrorCode, Query};
use time::OffsetDateTime;
use tokio::time::{Instant, timeout};

use crate::{ServiceError, config::Limits, test_mode::Synthetic};
use padding::Wait;
use slots::{Slot, Slots};
use stage::{Attempts, Grounds};

pub(crate) use admits::Admits;
pub use attended::Attended;
pub use chain::{Chain, Own};
pub use errand::{Asked, Errand};
pub(crate) use spending::nobody;
pub use spending::{Accounts, Charge, Price, Spend, Telling};
pub use stage::{Live, Stage};

/// Most questions of a chunk.
const CHUNK: usize = 64;

/// What becomes of one question.
pub type Told<T> = Result<Attended<T>, ServiceError>;

/// The one way to what a node knows.
#[derive(Debug)]
pub struct Gate {
    audit: Arc<Audit>,
    admits: Admits,
    live: Arc<dyn Grounds>,
    /// What questions in test mode are put to, instead of the data.
    synthetic: Synthetic,
    purse: Box<dyn Spend>,
    slots: Slots,
    limits: Limits,
    /// The region whose data the node has.
    region: Option<String>,
    clock: fn() -> OffsetDateTime,
    wait: Wait,
}

/// What a gate is made of.
#[derive(Debug)]
pub(crate) struct Posts {
    pub(crate) audit: Arc<Audit>,
    pub(crate) admits: Admits,
    pub(crate) live: Arc<Live>,
    pub(crate) synthetic: Synthetic,
    pub(crate) purse: Box<dyn Spend>,
    pub(crate) limits: Limits,
    pub(crate) region: Option<String>,
}

/// One question at the gate.
struct Visit<'g, 'a, E> {
    errand: &'a E,
    entry: AuditEntry<'g>,
    /// By what it came: a view of the policy, and a network.
    credentials: &'a Credentials,
    until: Option<Instant>,
    who: Result<Verified, ServiceError>,
}

impl Gate {
    pub(crate) fn new(posts: Posts) -> Self {
        let Posts { audit, admits, live, synthetic, purse, limits, region } = posts;
        let slots = Slots::new(limits.concurrency);
        let (clock, wait): (_, Wait) = (OffsetDateTime::now_utc, padding::wait);
        Self { audit, admits, live, synthetic, purse, slots, limits, region, clock, wait }
    }

    /// Attends to one request.
    ///
    /// # Errors
    ///
    /// Invalid credentials, a denial, a question that cannot be evaluated, an exhausted limit, or a decision that
    /// could not be recorded.
    pub async fn attend<E: Errand>(&self, asked: Asked<'_, E>) -> Told<E::Told> {
        self.chunk(&[asked]).await.pop().unwrap_or(Err(ServiceError::Stale))
    }

    /// Attends to a batch, and yields what becomes of each request, with its number, chunk by chunk in their order.
    pub fn attend_all<'a, E: Errand + Send + 'a>(
        &'a self,
        asked: Vec<Asked<'a, E>>,
    ) -> impl Stream<Item = Told<E::Told>> + Send + 'a {
        let chunks = chunks(asked);
        stream::iter(chunks).then(move |chunk| async move { self.chunk(&chunk).await }).flat_map(stream::iter)
    }

    /// Answers the requests of a chunk on one stage. They are recorded before anything leaves.
    async fn chunk<E: Errand>(&self, asked: &[Asked<'_, E>]) -> Vec<Told<E::Told>> {
        let is_test = asked.iter().any(|asked| asked.errand.is_test());
        let grounds: &dyn Grounds = if is_test { &self.synthetic } else { self.live.as_ref() };
        let mut attempts = Attempts::on(grounds, self.clock);
        let mut entries: Vec<_> = asked.iter().map(|asked| self.audit.entry(asked.errand.action())).collect();
        let told = match attempts.next().await {
            Ok(stage) => {
                asked.iter().zip(&mut entries).for_each(|(asked, entry)| asked.errand.note(&stage, entry));
                let visits = self.admit(asked, entries, &stage).await;
                self.evaluate(visits, stage, &mut attempts).await
            }
            Err(error) => entries.into_iter().map(|entry| (entry, Err(error.again()))).collect(),
        };
        let told = self.record(told).await;
        // To record it may have taken longer than what it was counted with is known to be true.
        let still_hold = attempts.still_hold().await;
        told.into_iter()
            .map(|told| if still_hold { told.map(Attended::new) } else { Err(ServiceError::Stale) })
            .collect()
    }

    /// Finds out who is on each request, and notes it.
    async fn admit<'g, 'a, E: Errand>(
        &'g self,
        asked: &'a [Asked<'_, E>],
        entries: Vec<AuditEntry<'g>>,
        stage: &Stage,
    ) -> Vec<Visit<'g, 'a, E>> {
        let admitted = asked.iter().zip(entries).map(|(asked, mut entry)| async move {
            let signed = asked.errand.signed();
            let who = self.authenticate(&asked.credentials, Some(&signed), &mut entry, stage.now()).await;
            Visit { errand: &asked.errand, entry, credentials: &asked.credentials, until: asked.until, who }
        });
        join_all(admitted).await
    }

    async fn authenticate(
        &self,
        credentials: &Credentials,
        signed: Option<&Query>,
        entry: &mut AuditEntry<'_>,
        now: OffsetDateTime,
    ) -> Result<Verified, ServiceError> {
        match self.admits.authenticate(credentials, signed, now).await {
            Ok(verified) => {
                entry.requester(&verified.requester);
                verified.acting.iter().for_each(|acting| entry.acting(acting.to_string()));
                entry.ignored_visas(verified.ignored.iter().map(ToString::to_string).collect());
                Ok(verified)
            }
            Err(unauthenticated) => {
                entry.unaccepted(unauthenticated.reason());
                Err(unauthenticated.into())
            }
        }
    }

    /// Evaluates with the newest data and consents; again, if they changed meanwhile. Whoever was revoked by the
    /// last look is told nothing.
    async fn evaluate<'g, E: Errand>(
        &self,
        mut visits: Vec<Visit<'g, '_, E>>,
        mut stage: Stage,
        attempts: &mut Attempts<'_>,
    ) -> Vec<(AuditEntry<'g>, Result<E::Told, ServiceError>)> {
        loop {
            let outcomes = join_all(visits.iter_mut().map(|visit| self.visit_alone(&stage, visit))).await;
            if attempts.still_hold().await {
                let now = (self.clock)();
                let looked_again = |(visit, outcome): (Visit<'g, '_, E>, _)| {
                    (visit.entry, self.still_accepted(visit.who, now).and(outcome))
                };
                return visits.into_iter().zip(outcomes).map(looked_again).collect();
            }
            stage = match attempts.next().await {
                Ok(stage) => stage,
                Err(error) => {
                    return visits.into_iter().map(|visit| (visit.entry, Err(error.again()))).collect();
                }
            };
        }
    }

    fn still_accepted(
        &self,
        who: Result<Verified, ServiceError>,
        now: OffsetDateTime,
    ) -> Result<(), ServiceError> {
        Ok(self.admits.still_holds(&who?, now)?)
    }

    /// Takes one request along the path; its panic is its own, and not that of others of its chunk.
    async fn visit_alone<E: Errand>(
        &self,
        stage: &Stage,
        visit: &mut Visit<'_, '_, E>,
    ) -> Result<E::Told, ServiceError> {
        AssertUnwindSafe(self.visit(stage, visit)).catch_unwind().await.unwrap_or(Err(ServiceError::Panicked))
    }

    /// Takes one request along the path, on one stage; whoever was not verified stays where they are.
    async fn visit<E: Errand>(
        &self,
        stage: &Stage,
        Visit { errand, entry, credentials, until, who }: &mut Visit<'_, '_, E>,
    ) -> Result<E::Told, ServiceError> {
        let Ok(verified) = who else { return Err(ServiceError::Stale) };
        let chain = Chain::new(verified, errand.purpose(), self.region.as_deref());
        let chain = chain.through(credentials.view()).sent_from(credentials.network());
        chain.purpose().into_iter().for_each(|purpose| entry.purpose(purpose));
        if let Some(told) = errand.left_out(&chain) {
            entry.allowed();
            return Ok(told);
        }
        let stage = &stage.without(&chain.own().people).await?;
        let permit = errand.decide(stage, &chain, entry)?;
        let hides = errand.hides(&permit);
        let slot = self.slot(&chain, *until).await?;
        let started = Instant::now();
        let deadline = left(self.limits.deadline(), *until);
        let told = within(deadline, self.tell(stage, &chain, *errand, permit)).await;
        // Who waits for the grid is in nobody's way.
        drop(slot);
        padding::pad(hides, started, self.wait).await;
        told
    }

    /// Locates, charges and counts.
    async fn tell<E: Errand>(
        &self,
        stage: &Stage,
        chain: &Chain,
        errand: &E,
        permit: E::Permit,
    ) -> Result<E::Told, ServiceError> {
        let located = errand.locate(stage, &permit).await?;
        let price = errand.price(stage, chain, (&permit, &located));
        let allowances = match (price.is_zero(), errand.is_dry_run()) {
            (true, _) => Vec::new(),
            (false, true) => self.purse.look(&price).await?,
            (false, false) => self.purse.spend(&price).await?,
        };
        let accounts = Accounts { purse: self.purse.as_ref(), chain, stage };
        let mut told = errand.tell(stage, accounts, permit, located).await?;
        errand.account_for(&mut told, allowances);
        Ok(told)
    }

    /// Records the requests of a chunk as one. What cannot be recorded does not leave.
    async fn record<T>(
        &self,
        told: Vec<(AuditEntry<'_>, Result<T, ServiceError>)>,
    ) -> Vec<Result<T, ServiceError>> {
        let (ended, told): (Vec<_>, Vec<_>) = told
            .into_iter()
            .map(|(entry, told)| (entry.end(told.as_ref().err().map(ServiceError::code)), told))
            .unzip();
        match self.audit.record(ended).await {
            Ok(()) => told,
            Err(unrecorded) => told.into_iter().map(|_| Err(unrecorded.into())).collect(),
        }
    }

    /// Records a request that was refused before there was a question.
    ///
    /// # Errors
    ///
    /// The refusal could not be recorded.
    pub async fn refuse(&self, credentials: &Credentials, code: ErrorCode) -> Result<(), ServiceError> {
        let mut entry = self.audit.entry(Action::Malformed);
        // Credentials that a door could not even read make nobody public.
        if code == ErrorCode::Unauthenticated {
            entry.unaccepted("the headers of the credentials cannot be read".to_owned());
        } else if let Err(error) = self.authenticate(credentials, None, &mut entry, (self.clock)()).await {
            tracing::debug!(
                code = error.code().name(),
                "refused request came with credentials that do not hold"
            );
        }
        Ok(self.audit.record(vec![entry.end(Some(code))]).await?)
    }

    /// Takes a slot for somebody else.
    #[cfg(test)]
    pub(crate) async fn busy(&self) -> impl Drop {
        let other = fyr_identity::Acting::Credential("somebody else".to_owned());
        self.slots.take(slots::Client::Service(other)).await
    }

    async fn slot(&self, chain: &Chain, until: Option<Instant>) -> Result<Slot<'_>, ServiceError> {
        let queue = left(self.limits.queue(), until);
        timeout(queue, self.slots.take(chain.client())).await.map_err(|_| ServiceError::Overloaded(queue))
    }
}

/// Divides a batch, in its order, into requests that can share a stage: as many as one record may have, and of test
/// mode by themselves.
fn chunks<E: Errand>(asked: Vec<Asked<'_, E>>) -> Vec<Vec<Asked<'_, E>>> {
    let mut chunks: Vec<Vec<Asked<'_, E>>> = Vec::new();
    for next in asked {
        let shares = |chunk: &&mut Vec<Asked<'_, E>>| {
            let is_test = chunk.first().is_some_and(|first| first.errand.is_test());
            chunk.len() < CHUNK && is_test == next.errand.is_test()
        };
        match chunks.last_mut().filter(shares) {
            Some(chunk) => chunk.push(next),
            None => chunks.push(vec![next]),
        }
    }
    chunks
}

/// Returns how long something may take for a client who waits until then.
fn left(most: Duration, until: Option<Instant>) -> Duration {
    until.map_or(most, |until| most.min(until.saturating_duration_since(Instant::now())))
}

/// Gives up at the deadline.
async fn within<T>(
    deadline: Duration,
    work: impl Future<Output = Result<T, ServiceError>>,
) -> Result<T, ServiceError> {
    timeout(deadline, work).await.unwrap_or(Err(ServiceError::Timeout(deadline)))
}

#[cfg(test)]
mod tests;
