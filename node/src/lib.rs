//! A region's node: it holds the data, decides what may be said, and says no more.
//!
//! [`start`] runs a node inside a process; the binary `fyr-node` does so from a configuration file, and
//! loads and lists data. The path of a question is in `service.rs`.

mod authn;
pub mod cli;
pub mod config;
mod door;
pub mod ingest;
pub mod metadata;
mod policies;
mod profile;
mod serve;
mod service;
mod test_mode;
mod withdrawn;

pub use authn::{Authenticator, Unauthenticated};
pub use config::NodeConfig;
pub use serve::{Addresses, RunningNode, StartError, start};
pub use service::{Node, ServiceError};
pub use withdrawn::Withdrawn;
