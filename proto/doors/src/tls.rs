//! From PEM files to TLS 1.3, with ring as the one provider, on both sides of a connection.
//!
//! Decides what a peer must show, and that files may change while a service runs: a new certificate, a new
//! authority, a new list of the revoked. Which names are allowed is the configuration's matter.

mod client;
mod client_names;
mod expiry;
mod files;
mod follow;
mod server;

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use rustls::crypto::{CryptoProvider, ring};

pub use client::Link;
pub(crate) use client_names::ClientCertificate;
pub(crate) use expiry::until;
pub(crate) use server::{Keeper, ServerTls};

/// TLS files that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read `{path}`: {source}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is not the PEM that is needed.
    #[error("`{path}` {reason}", path = path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The files do not fit together.
    #[error("the TLS files do not fit together: {0}")]
    Mismatch(String),
    /// The address of a server is none, or has no host.
    #[error("`{0}` is no address of a server: write https://host:port")]
    Address(String),
}

impl TlsError {
    fn pem(path: &Path, reason: impl Into<String>) -> Self {
        Self::Pem { path: path.to_owned(), reason: reason.into() }
    }

    fn mismatch(error: impl ToString) -> Self {
        Self::Mismatch(error.to_string())
    }
}

/// The one version that is spoken.
const VERSIONS: [&rustls::SupportedProtocolVersion; 1] = [&rustls::version::TLS13];

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

#[cfg(test)]
mod tests;
