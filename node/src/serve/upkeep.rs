//! What a running node looks after beside its questions: its policy, the keys of issuers, and what was
//! changed from the command line.

use std::{sync::Arc, time::Duration};

use fyr_audit::{LogEnd, StateChange};
use fyr_policy::Profile;
use fyr_state::Change;
use time::OffsetDateTime;
use tokio::time::{Interval, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::{
    Node,
    account::{AccountOf, AccountReport, show_account},
    audit_end::note,
    policies::PolicyChange,
};

/// How often policies are looked at.
const POLICY: Duration = Duration::from_secs(1);
/// How often changes of the state are copied to the audit log, and followed.
const CHANGES: Duration = Duration::from_millis(500);
/// How often the state is told where the audit log ends.
const AUDIT_END: Duration = Duration::from_secs(1);
/// How often what waits for a review is counted.
const CARE: Duration = Duration::from_secs(10);
/// How often keys of issuers are looked at; they are fetched when they grow old.
const KEYS: Duration = Duration::from_secs(60);

/// How often the account of nobody in particular is looked at: all that was charged to it is read.
const PUBLIC: Duration = Duration::from_secs(300);

/// Says when to look again, until the stop.
struct Ticks<'a> {
    ticks: Interval,
    stop: &'a CancellationToken,
}

impl<'a> Ticks<'a> {
    fn every(period: Duration, stop: &'a CancellationToken) -> Self {
        let mut ticks = interval(period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { ticks, stop }
    }

    async fn next(&mut self) -> Option<()> {
        self.stop.run_until_cancelled(self.ticks.tick()).await.map(|_| ())
    }
}

/// Takes over another policy, or says why not.
pub(super) async fn policy(node: &Arc<Node>, stop: &CancellationToken) {
    let mut ticks = Ticks::every(POLICY, stop);
    while ticks.next().await.is_some() {
        let looking = Arc::clone(node);
        let change = tokio::task::spawn_blocking(move || looking.policies.refresh()).await;
        let recorded = match change {
            Ok(PolicyChange::None) | Err(_) => continue,
            Ok(PolicyChange::Loaded(version)) => {
                tracing::info!(version, "policy changed");
                count("loaded");
                node.audit.policy(version, None).await
            }
            Ok(PolicyChange::Refused(reason)) => {
                tracing::error!(reason, "policy refused: the one before it stays");
                count("refused");
                node.audit.policy(node.policies.get().version.clone(), Some(reason)).await
            }
        };
        if recorded.is_err() {
            tracing::error!("a change of the policy could not be recorded");
        }
    }
}

fn count(outcome: &'static str) {
    metrics::counter!("fyr_policy_changes_total", "outcome" => outcome).increment(1);
}

/// Copies changes of consents and revocations to the audit log, those too that were made while no node ran.
pub(super) async fn changes(node: &Node, stop: &CancellationToken) {
    let mut ticks = Ticks::every(CHANGES, stop);
    while ticks.next().await.is_some() {
        let known = node.audit.copied();
        if node.follower.snapshot().is_ok_and(|remembered| remembered.version() > known) {
            match node.state.changes_since(known).await {
                Ok(changes) => record(node, changes).await,
                Err(error) => tracing::warn!(%error, "changes of the state are not recorded yet"),
            }
        }
    }
}

/// Records changes. What is under way at a crash is recorded twice rather than not at all.
async fn record(node: &Node, changes: Vec<Change>) {
    let newest = changes.iter().map(|change| change.version).max().unwrap_or_default();
    for change in changes {
        if node.audit.state(recorded(change)).await.is_err() {
            tracing::error!("a change of the state could not be recorded");
            return;
        }
    }
    if let Err(error) = node.audit.note_copied(newest) {
        tracing::error!(%error, "how far changes of the state are recorded could not be noted");
    }
}

/// Says of a change what the audit log keeps of it.
fn recorded(change: Change) -> StateChange {
    StateChange {
        version: change.version,
        changed: change.time,
        action: change.action.name().to_owned(),
        dataset: Some(change.dataset).filter(|dataset| !dataset.is_empty()),
        person: Some(change.subject).filter(|person| !person.is_empty()),
        items: change.items,
        actor: change.actor,
    }
}

/// Has the store keep in mind which version of the state was seen: another replica may have made it.
pub(super) async fn seen(node: &Node, stop: &CancellationToken) {
    let (mut ticks, mut noted) = (Ticks::every(CHANGES, stop), None);
    while ticks.next().await.is_some() {
        let version = node.follower.latest().version();
        if noted == Some(version) {
            continue;
        }
        match node.state.note_seen(version).await {
            Ok(()) => noted = Some(version),
            Err(error) => tracing::warn!(%error, "which state was seen last is not noted yet"),
        }
    }
}

/// Releases those who came to a dataset, where enough have and it is time, so that nobody who asks has to wait for it.
pub(super) async fn releases(node: &Node, stop: &CancellationToken) {
    let mut ticks = Ticks::every(CHANGES, stop);
    while ticks.next().await.is_some() {
        if let Err(error) = node.live.release(OffsetDateTime::now_utc()).await {
            tracing::warn!(%error, "whether somebody who came to a dataset is due is not known");
        }
    }
}

/// Keeps the keys of issuers fresh, so that no question waits for them.
pub(super) async fn keys(node: &Node, stop: &CancellationToken) {
    let mut ticks = Ticks::every(KEYS, stop);
    while ticks.next().await.is_some() {
        node.authenticator.refresh().await;
    }
}

/// Counts the reviews of care that wait.
pub(super) async fn care(node: &Node, stop: &CancellationToken) {
    let mut ticks = Ticks::every(CARE, stop);
    while ticks.next().await.is_some() {
        match node.state.care_waiting().await {
            Ok(waiting) => metrics::gauge!("fyr_care_reviews_waiting").set(waiting as f64),
            Err(error) => tracing::warn!(%error, "how many reviews of care wait is not known"),
        }
    }
}

/// Tells the state where the audit log ends, where it has grown.
pub(super) async fn audit_end(node: &Node, stop: &CancellationToken) {
    let (mut ticks, mut noted) = (Ticks::every(AUDIT_END, stop), None::<LogEnd>);
    loop {
        let goes_on = ticks.next().await.is_some();
        let end = Some(node.audit.end()).filter(|end| noted.as_ref() != Some(end));
        if let Some(end) = end {
            match note(&node.state, &node.audit_place, end.clone()).await {
                Ok(()) => noted = Some(end),
                Err(error) => tracing::warn!(%error, "where the audit log ends is not noted yet"),
            }
        }
        if !goes_on {
            return;
        }
    }
}

/// Shows operators how full the account of nobody in particular is, where it has one: anybody can empty it for everybody.
pub(super) async fn public(node: &Node, stop: &CancellationToken) {
    let mut ticks = Ticks::every(PUBLIC, stop);
    while ticks.next().await.is_some() {
        if !node.policies.get().policy.charges(Profile::Public) {
            continue;
        }
        match show_account(&node.state, &AccountOf::Public, OffsetDateTime::now_utc()).await {
            Ok(report) => show_public(&report),
            Err(error) => tracing::warn!(%error, "how full the account of the public is is not known"),
        }
    }
}

fn show_public(report: &AccountReport) {
    for (told, people) in how_full(report) {
        metrics::gauge!("fyr_public_account_people", "told" => told).set(people as f64);
    }
    metrics::gauge!("fyr_public_account_answers").set(report.answers as f64);
    metrics::gauge!("fyr_public_account_closed").set(f64::from(u8::from(report.closed)));
}

/// Of how many the public was told anything, half of what it may be told, and all of it.
fn how_full(report: &AccountReport) -> [(&'static str, u64); 3] {
    [("any", report.told_of), ("half", report.half), ("all", report.all)]
}
