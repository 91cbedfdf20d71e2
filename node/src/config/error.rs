//! What is wrong with a configuration, and what to write instead.

use fyr_doors::settings::SettingsError;
use fyr_policy::InvalidPolicy;

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// It can be read, and makes no sense.
    #[error("configuration: {0}")]
    Invalid(#[from] InvalidConfig),
}

/// A value that makes no sense. Values of secrets are never repeated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidConfig {
    /// The node has no usable id.
    #[error(
        "`node.id` is `{0}`: name the node with letters, digits, `.`, `-` and `_`, such as se.fin.af-beacon.test"
    )]
    NodeId(String),
    /// The environment is none that Beacon knows.
    #[error("`node.environment` is `{0}`: use prod, test, dev or staging")]
    Environment(String),
    /// There is no store.
    #[error("`store.url` is missing: name the directory that `fyr-node ingest --store` writes to")]
    Store,
    /// A contact that nobody could use.
    #[error(
        "`datasets.\"{0}\".care_contact` needs a `text` and an `address` that begins with mailto:, tel: or https:"
    )]
    CareContact(String),
    /// The audit log has no place.
    #[error("`audit.path` is missing: the store is no directory, so name a local file for the audit log")]
    AuditPath,
    /// The state has no place.
    #[error(
        "`state.url` and `state.key` are missing: the store is no directory, so name a database and a local file for \
         its key"
    )]
    StatePlace,
    /// A limit that lets nothing through.
    #[error("`limits.{0}` is 0: use at least 1")]
    Limit(&'static str),
    /// A token's name is empty or used twice, or two names have one token.
    #[error(
        "`tokens`: the name `{0}` is empty or taken, or its token has another name too: name each token once"
    )]
    TokenName(String),
    /// A token has no value, or two.
    #[error("`tokens`, `{0}`: give either `token_sha256` or `token`")]
    TokenSource(String),
    /// A token is too easy to guess.
    #[error("`tokens`, `{name}`: use at least {shortest} characters, such as from `openssl rand -base64 32`")]
    TokenShort {
        /// The token's name.
        name: String,
        /// Fewest characters.
        shortest: usize,
    },
    /// A digest is none.
    #[error(
        "`tokens`, `{0}`: `token_sha256` must be 64 hexadecimal digits, as `printf %s TOKEN | sha256sum` prints"
    )]
    TokenDigest(String),
    /// What is shown of data use is not what is enforced.
    #[error(
        "`datasets.\"{0}\".data_use` shows other terms of DUO than `data_use` in the policy enforces: name the \
         same ones, or leave it out"
    )]
    DataUse(String),
    /// Rules contradict themselves.
    #[error(transparent)]
    Policy(#[from] InvalidPolicy),
}
