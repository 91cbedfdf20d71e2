//! One request's record while it is being decided.

use std::collections::{BTreeMap, HashSet};

use fyr_policy::{Decision, Permit, Requester};
use fyr_schemas::{ErrorCode, Purpose, Query};

use super::{Action, Audit, DecisionRecord, Event, Outcome, Permitted, RequesterRecord, Verdict};

/// Collects what is known of a request; [`AuditEntry::end`] closes it.
#[derive(Debug)]
pub struct AuditEntry<'a> {
    audit: &'a Audit,
    decision: Option<Box<DecisionRecord>>,
}

impl<'a> AuditEntry<'a> {
    pub(super) fn new(audit: &'a Audit, action: Action) -> Self {
        let decision = DecisionRecord {
            requester: RequesterRecord::Unverified,
            acting: None,
            action,
            granularity: None,
            named: Vec::new(),
            unknown_names: 0,
            permitted: Vec::new(),
            withheld: Vec::new(),
            verdict: Verdict::Denied,
            outcome: Outcome::Cancelled,
            code: None,
            query: None,
            test_mode: false,
            purpose: None,
            case: None,
            unaccepted: None,
            ignored_visas: Vec::new(),
            policy: None,
            consents: None,
            decided_by: BTreeMap::new(),
        };
        Self { audit, decision: Some(Box::new(decision)) }
    }

    /// Notes who asks.
    pub fn requester(&mut self, requester: &Requester) {
        self.note(|decision| decision.requester = requester.into());
    }

    /// Notes the service that acts for whoever asks.
    pub fn acting(&mut self, service: String) {
        self.note(|decision| decision.acting = Some(service));
    }

    /// Notes what is asked for. What a case is called stays out.
    pub fn purpose(&mut self, purpose: &Purpose) {
        let case = purpose.case.as_ref().map(|case| self.audit.digest_of(case.as_bytes()));
        let text = Purpose { case: None, ..purpose.clone() }.to_string();
        self.note(|decision| {
            decision.purpose = Some(text);
            decision.case = case;
        });
    }

    /// Notes why credentials were not accepted. The reason holds nothing of them.
    pub fn unaccepted(&mut self, reason: String) {
        self.note(|decision| decision.unaccepted = Some(reason));
    }

    /// Notes which visas were left out of account.
    pub fn ignored_visas(&mut self, reasons: Vec<String>) {
        self.note(|decision| decision.ignored_visas = reasons);
    }

    /// Notes what decides, and by whose consent is counted.
    pub fn decided<'d>(
        &mut self,
        policy: &str,
        consents: u64,
        decisions: impl IntoIterator<Item = &'d Decision>,
    ) {
        let decided_by = decisions.into_iter().map(|made| (made.dataset().to_owned(), made.policies()));
        let decided_by = decided_by.collect();
        self.note(|decision| {
            decision.policy = Some(policy.to_owned());
            decision.consents = Some(consents);
            decision.decided_by = decided_by;
        });
    }

    /// Notes what is asked, as a digest, and which of the named datasets exist here.
    pub fn query<'d>(&mut self, query: &Query, existing: impl IntoIterator<Item = &'d str>) {
        let digest = self.audit.digest(query);
        let named: HashSet<&str> =
            query.datasets.only.iter().chain(&query.datasets.exclude).map(String::as_str).collect();
        let known: Vec<String> =
            existing.into_iter().filter(|&id| named.contains(id)).map(str::to_owned).collect();
        self.note(|decision| {
            decision.query = Some(digest);
            decision.test_mode = query.test_mode;
            decision.granularity = Some(query.granularity);
            decision.unknown_names = named.len().saturating_sub(known.len()) as u64;
            decision.named = known;
        });
    }

    /// Notes what the policy permits.
    pub fn permit(&mut self, permit: &Permit) {
        let permitted = permit.datasets().iter().map(|dataset| Permitted {
            dataset: dataset.id().to_owned(),
            release: dataset.plan().release,
            minimum_carriers: dataset.plan().minimum_carriers,
            profile: dataset.plan().profile,
            minimum_cohort: dataset.plan().minimum_cohort,
        });
        let permitted = permitted.collect();
        self.note(|decision| {
            decision.permitted = permitted;
            decision.withheld = permit.withheld().to_vec();
        });
        self.allowed();
    }

    /// Notes that the request is permitted where no dataset is concerned.
    pub fn allowed(&mut self) {
        self.note(|decision| decision.verdict = Verdict::Allowed);
    }

    /// Says how the request ended: with an answer, or with an error code. [`Audit::record`] records it.
    pub fn end(mut self, code: Option<ErrorCode>) -> Ended {
        self.note(|decision| {
            decision.outcome = if code.is_none() { Outcome::Answered } else { Outcome::Failed };
            decision.code = code;
        });
        Ended(self.decision.take())
    }

    fn note(&mut self, change: impl FnOnce(&mut DecisionRecord)) {
        if let Some(decision) = &mut self.decision {
            change(decision);
        }
    }
}

/// What is known of a request that has ended, to be recorded.
#[derive(Debug)]
#[must_use]
pub struct Ended(pub(super) Option<Box<DecisionRecord>>);

impl Drop for AuditEntry<'_> {
    fn drop(&mut self) {
        if let Some(decision) = self.decision.take() {
            // The client has gone: nobody waits for the record, which the writer keeps all the same.
            drop(self.audit.submit(Event::Decision(decision)));
        }
    }
}
