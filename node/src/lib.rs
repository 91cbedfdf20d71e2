//! A region's node: it holds the data, decides what may be said, and says no more.
//!
//! [`start`] runs a node inside a process. The path of a question is in `gate.rs`; the command line is a crate of its
//! own, `fyr-node-cli`.

mod account;
mod audit_end;
mod authn;
pub mod backup;
mod belonging;
pub mod config;
mod door;
mod error;
mod explain;
pub mod gate;
mod layout;
mod owner;
mod policies;
mod policy_files;
mod profile;
mod publication;
mod purge;
mod releasing;
mod serve;
mod service;
mod start_error;
mod state;
mod test_mode;
mod withdrawal;

pub use account::{AccountError, AccountOf, AccountReport, close_account, extend_account, show_account};
pub use audit_end::{forget_end, known_end};
pub use authn::{Authenticator, Unauthenticated};
pub use belonging::{Adopted, BelongingError};
pub use config::NodeConfig;
pub use error::ServiceError;
pub use explain::{Supposed, explain};
pub use layout::{OF_THE_NODE, PIPES};
pub use owner::OwnersView;
pub use policy_files::read_policy;
pub use publication::{Draft, PublicationError, PublicationSpec, published, unpublish};
pub use purge::{Purge, PurgeDue, PurgeError, PurgeScope};
pub use releasing::DatasetWaiting;
pub use serve::{RunningNode, check_references, open_store, start};
pub use service::{Node, PublishedGroups};
pub use start_error::StartError;
pub use state::StateElsewhere;
pub use withdrawal::{Withdrawal, WithdrawalError, Withdrew, reinstate};
