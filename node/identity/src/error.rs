//! Configurations that identify nobody.

use std::path::PathBuf;

use thiserror::Error;

/// A configuration of identities that cannot be used.
#[derive(Debug, Error)]
pub enum IdentityError {
    /// A file cannot be read.
    #[error("cannot read `{path}`: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file of keys or certificates has none that can be used.
    #[error("`{path}` {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A value makes no sense.
    #[error("identity of `{name}`: {reason}")]
    Value {
        /// The issuer or organisation.
        name: String,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// The client for keys and passports cannot be made.
    #[error("cannot prepare TLS for identity providers: {0}")]
    Tls(String),
}

impl IdentityError {
    pub(crate) fn value(name: &str, reason: impl Into<String>) -> Self {
        Self::Value { name: name.to_owned(), reason: reason.into() }
    }
}
