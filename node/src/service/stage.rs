//! One state of data, consents and policy, with which a question is evaluated from end to end.
//!
//! A question that was counted with consents that have changed since is evaluated again: no answer counts
//! somebody whose withdrawal was acknowledged before the answer left.

use std::sync::Arc;

use fyr_engine::View;
use fyr_ontology::Ontologies;
use fyr_policy::{Requester, effective_purpose};
use fyr_schemas::Purpose;
use time::OffsetDateTime;

use super::{Node, ServiceError, decisions::Asker};
use crate::policies::InForce;

/// How often a question is evaluated anew because consents changed meanwhile.
const MOST: u32 = 5;

/// What one evaluation rests on.
#[derive(Debug)]
pub(super) struct Stage {
    /// The data, as far as people may be counted.
    pub(super) view: Arc<View>,
    /// The policy.
    pub(super) in_force: Arc<InForce>,
    /// Version of the consents.
    pub(super) version: u64,
}

impl Stage {
    /// Returns what a question is asked for.
    pub(super) fn purpose(&self, stated: Option<&Purpose>, requester: &Requester) -> Option<Purpose> {
        effective_purpose(stated, requester)
    }

    /// Says who asks under this policy.
    pub(super) fn asker<'a>(
        &'a self,
        requester: &'a Requester,
        purpose: Option<&'a Purpose>,
        ontologies: &'a Ontologies,
    ) -> Asker<'a> {
        Asker { requester, purpose, in_force: &self.in_force, ontologies, now: OffsetDateTime::now_utc() }
    }
}

/// The evaluations of one question.
#[derive(Debug)]
pub(super) struct Attempts {
    test_mode: bool,
    made: u32,
    version: Option<u64>,
}

impl Attempts {
    /// Begins. In test mode the data are synthetic, and nobody's consent is needed.
    pub(super) fn new(test_mode: bool) -> Self {
        Self { test_mode, made: 0, version: None }
    }

    /// Takes the newest state.
    pub(super) async fn next(&mut self, node: &Node) -> Result<Stage, ServiceError> {
        self.made += 1;
        if self.made > MOST {
            return Err(ServiceError::Stale);
        }
        if self.test_mode {
            let (view, in_force) = node.synthetic.get().await?;
            return Ok(Stage { view, in_force, version: 0 });
        }
        let remembered = node.follower.current().await?;
        let view = node.engine.view(&remembered.consents).await?;
        self.version = Some(remembered.version());
        Ok(Stage { view, in_force: node.policies.get(), version: remembered.version() })
    }

    /// Returns whether what was evaluated last may leave. Waits a little where that is not known at the moment.
    pub(super) async fn still_hold(&self, node: &Node) -> bool {
        let Some(version) = self.version else { return true };
        node.follower.current().await.is_ok_and(|remembered| remembered.version() == version)
    }
}
