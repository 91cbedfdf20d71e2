//! What is wrong with a configuration, and what to write instead.

use fyr_doors::{TlsError, settings::SettingsError};

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BrokerConfigError {
    /// It cannot be read.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// It can be read, and makes no sense.
    #[error("configuration: {0}")]
    Invalid(#[from] InvalidBrokerConfig),
    /// Certificates for the way to a node cannot be used.
    #[error("configuration: node `{id}`: {source}")]
    Tls {
        /// The node.
        id: String,
        /// Why.
        source: TlsError,
    },
    /// A running broker stays the one that it is.
    #[error("`broker.id` is `{theirs}`, and `{mine}` is running: start the other one by itself")]
    Another {
        /// The broker that runs.
        mine: String,
        /// The one of the configuration.
        theirs: String,
    },
}

/// A value that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBrokerConfig {
    /// The broker has no usable id.
    #[error(
        "`broker.id` is `{0}`: name the broker with letters, digits, `.`, `-` and `_`, such as se.fyr.af-beacon.test"
    )]
    BrokerId(String),
    /// The environment is none that Beacon knows.
    #[error("`broker.environment` is `{0}`: use prod, test, dev or staging")]
    Environment(String),
    /// There is nobody to ask.
    #[error("there are no nodes: add a [[nodes]] table with `id` and `grpc` for each")]
    NoNodes,
    /// A node has no usable id, or one that is taken.
    #[error(
        "`nodes`: the id `{0}` is empty, taken, or has other characters than letters, digits, `.`, `-`, `_`"
    )]
    NodeId(String),
    /// The address of a node is none.
    #[error("node `{id}`: `{address}` is no address: write `grpc = \"https://host:port\"`, without a path")]
    Address {
        /// The node.
        id: String,
        /// What stands there.
        address: String,
    },
    /// Plain text, although nobody wrote that it may be.
    #[error(
        "node `{0}`: plain text leaves the machine: use https with a `tls` table, or write tls = \"off\""
    )]
    PlainText(String),
    /// A secure address without what makes it secure.
    #[error(
        "node `{0}`: https needs tls = {{ ca = \"…\" }}, with `certificate` and `key` where the node asks for them"
    )]
    TlsMissing(String),
    /// Certificates beside a plain address.
    #[error("node `{0}`: a `tls` table needs an https address")]
    TlsUnused(String),
    /// Nodes may take longer than the doors wait, so that one slow node would cost the whole answer.
    #[error("`limits.node_deadline_ms` must be below `{0}.timeout_seconds`")]
    Deadline(&'static str),
    /// A view of a policy, which only nodes have.
    #[error("`{0}` has a policy_view, but nodes decide what is told: set it at their mounts and views")]
    PolicyView(String),
    /// A limit that lets nothing through.
    #[error("`limits.{0}` is 0: use at least 1")]
    Limit(&'static str),
}
