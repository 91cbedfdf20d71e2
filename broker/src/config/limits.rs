//! The `[limits]` table: what one question may cost at each node.

use std::time::Duration;

use serde::Deserialize;

use super::InvalidBrokerConfig;

/// What a question may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct BrokerLimits {
    /// Milliseconds that a node has for its answer.
    pub node_deadline_ms: u64,
    /// Questions to one node at one time; the next ones wait, within their deadline.
    pub max_in_flight_per_node: usize,
    /// Largest answer of a node, bytes.
    pub max_answer_bytes: usize,
}

impl Default for BrokerLimits {
    fn default() -> Self {
        Self { node_deadline_ms: 10_000, max_in_flight_per_node: 256, max_answer_bytes: 16 << 20 }
    }
}

impl BrokerLimits {
    /// Returns the time that a node has for its answer.
    pub fn node_deadline(&self) -> Duration {
        Duration::from_millis(self.node_deadline_ms)
    }

    pub(super) fn validate(&self) -> Result<(), InvalidBrokerConfig> {
        let zero = [
            ("node_deadline_ms", self.node_deadline_ms == 0),
            ("max_in_flight_per_node", self.max_in_flight_per_node == 0),
            ("max_answer_bytes", self.max_answer_bytes == 0),
        ];
        zero.iter().find(|(_, zero)| *zero).map_or(Ok(()), |(name, _)| Err(InvalidBrokerConfig::Limit(name)))
    }
}
