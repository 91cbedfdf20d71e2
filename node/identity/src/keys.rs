//! The keys of one issuer: from a file, or from its address with a memory between.
//!
//! An address is configured, never taken from a token. It is called at most once in 30 seconds, however many
//! unknown key ids are shown.

mod remote;
mod set;

use std::path::Path;

use crate::{IdentityError, Invalid, clock::Clock, config::KeysConfig, fetch::Fetch};
use remote::Remote;
use std::sync::Arc;

pub(crate) use set::{Key, KeySet, public_key};

/// The keys of one issuer.
#[derive(Debug)]
pub(crate) enum Keys {
    /// From a file.
    Pinned(KeySet),
    /// From an address.
    Remote(Arc<Remote>),
}

impl Keys {
    pub(crate) fn new(
        name: &str,
        config: &KeysConfig,
        fetch: &Fetch,
        clock: &Arc<Clock>,
    ) -> Result<Self, IdentityError> {
        match (&config.jwks_uri, &config.jwks_file) {
            (Some(uri), None) => {
                let url = fetch.address(name, uri)?;
                Ok(Self::Remote(Arc::new(Remote::new(name, url, fetch.clone(), clock.clone()))))
            }
            (None, Some(path)) => Ok(Self::Pinned(pinned(path)?)),
            _ => Err(IdentityError::value(name, "name its keys by one of `jwks_uri` and `jwks_file`")),
        }
    }

    /// Returns a key by its id. `now` is in seconds since 1970.
    pub(crate) async fn key(&self, kid: &str, now: i64) -> Result<Arc<Key>, Invalid> {
        match self {
            Self::Pinned(set) => set.get(kid).ok_or(Invalid::Key),
            Self::Remote(remote) => remote.key(kid, now).await,
        }
    }

    /// Fetches keys that grow old, so that no request has to wait for them.
    pub(crate) async fn refresh(&self, now: i64) {
        if let Self::Remote(remote) = self {
            remote.refresh_early(now).await;
        }
    }
}

fn pinned(path: &Path) -> Result<KeySet, IdentityError> {
    let bytes =
        std::fs::read(path).map_err(|source| IdentityError::Read { path: path.to_owned(), source })?;
    let none = || "has no key that can be used: a JSON Web Key Set with RSA or P-256 keys".to_owned();
    KeySet::parse(&bytes).ok_or_else(|| IdentityError::File { path: path.to_owned(), reason: none() })
}
