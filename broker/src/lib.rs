//! The broker: one question to many nodes, one answer that says who took part.
//!
//! It holds no data, no state and no policy. Each node decides what may be said; the broker forwards the
//! requester's credentials unread, waits for each node no longer than its deadline, and adds up.

mod aggregate;
pub mod cli;
pub mod config;
mod naming;
mod network;
mod node;
mod outcome;
mod reloading;
mod running;
mod service;

#[cfg(test)]
mod test_nodes;

pub use aggregate::{Hidden, aggregate};
pub use config::{BrokerConfig, BrokerConfigError, BrokerLimits, InvalidBrokerConfig, MemberConfig};
pub use node::Member;
pub use outcome::{Fault, NodeOutcome, Outcomes, failure};
pub use running::{BrokerError, RunningBroker, start};
pub use service::Broker;
