//! The nodes that a broker asks, as one configuration names them.

use fyr_doors::Failure;
use fyr_schemas::Query;

use crate::{BrokerConfig, BrokerConfigError, Hidden, Member, NodeOutcome, failure, naming};

/// Nodes, in the order of the configuration.
#[derive(Debug)]
pub(crate) struct Network {
    /// All of them.
    pub(crate) nodes: Vec<Member>,
    /// Those that are told of only in a sum.
    pub(crate) hidden: Hidden,
}

impl Network {
    /// Takes the nodes of a configuration that was validated.
    ///
    /// # Errors
    ///
    /// Certificates that cannot be used.
    pub(crate) fn of(config: &BrokerConfig) -> Result<Self, BrokerConfigError> {
        let limits = &config.limits;
        let nodes = config.nodes.iter().map(|member| {
            let (deadline, in_flight) = (limits.node_deadline(), limits.max_in_flight_per_node);
            let link = member.link()?;
            let node = Member::new(&member.id, link, deadline, in_flight, limits.max_answer_bytes);
            Ok(if member.attributable { node } else { node.hidden() })
        });
        let nodes: Vec<Member> = nodes.collect::<Result<_, BrokerConfigError>>()?;
        let hidden = nodes.iter().filter(|node| node.is_hidden()).map(|node| node.id().to_owned()).collect();
        Ok(Self { nodes, hidden })
    }

    /// Refuses a question that names nodes that nobody may name.
    pub(crate) fn nameable(&self, query: &Query) -> Result<(), Failure> {
        let is_attributable = |id: &str| self.nodes.iter().any(|node| node.id() == id && !node.is_hidden());
        naming::nameable(&query.datasets, is_attributable)
    }

    /// Puts each outcome beside its node, unless together they make no answer.
    pub(crate) fn settle<T>(
        &self,
        outcomes: Vec<NodeOutcome<T>>,
    ) -> Result<Vec<(String, NodeOutcome<T>)>, Failure> {
        let ids = self.nodes.iter().map(|node| node.id().to_owned());
        let outcomes: Vec<_> = ids.zip(outcomes).collect();
        for (node, outcome) in &outcomes {
            record(node, outcome);
        }
        failure(&outcomes).map_or(Ok(outcomes), Err)
    }
}

fn record<T>(node: &str, outcome: &NodeOutcome<T>) {
    let state = outcome.state().name();
    metrics::counter!("fyr_node_outcomes_total", "node" => node.to_owned(), "state" => state).increment(1);
    match outcome {
        NodeOutcome::Failed(fault) => tracing::warn!(node, state, %fault, "node answered nothing of use"),
        NodeOutcome::TimedOut => tracing::warn!(node, state, "node did not answer"),
        NodeOutcome::Unreachable(cause) => {
            tracing::warn!(node, state, cause = cause.text(), "node did not answer")
        }
        _ => tracing::debug!(node, state, "node took part"),
    }
}
