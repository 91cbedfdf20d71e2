//! `[state]`: where a node keeps what it remembers beside its data.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{InvalidConfig, Secret};
use crate::layout;

/// What URLs of files begin with.
const SQLITE: &str = "sqlite:";

/// The `[state]` table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct StateSection {
    /// `sqlite:FILE` or `postgres://user@host/database`, which may hold a password; `state/state.db` in the
    /// store's directory where it is left out.
    pub url: Option<Secret>,
    /// File of the secret under which people who withdrew are remembered; `state/state.key` in the store's
    /// directory where it is left out. Replicas share it.
    pub key: Option<PathBuf>,
}

impl StateSection {
    /// Lets relative paths start at a directory.
    pub(super) fn relative_to(self, directory: &Path) -> Self {
        let absolute = |url: Secret| match url.expose().strip_prefix(SQLITE) {
            Some(file) if !file.starts_with("//") => {
                Secret::new(format!("{SQLITE}{}", directory.join(file).display()))
            }
            _ => url,
        };
        Self { url: self.url.map(absolute), key: self.key.map(|path| directory.join(path)) }
    }

    /// Returns the URL of the database and the file of the key, for a store that lies in this directory, if in any.
    pub(super) fn place(&self, store: Option<&Path>) -> Result<(Secret, PathBuf), InvalidConfig> {
        let store = store.ok_or(InvalidConfig::StatePlace);
        let url = match &self.url {
            Some(url) => url.clone(),
            None => Secret::new(format!("{SQLITE}{}", layout::state_database(store.clone()?).display())),
        };
        Ok((url, self.key.clone().map_or_else(|| store.map(layout::state_key), Ok)?))
    }
}

/// Returns whether the state is a file that nobody has made yet.
pub(crate) fn is_unmade(url: &Secret) -> bool {
    let file = url.expose().strip_prefix(SQLITE).map(|file| file.strip_prefix("//").unwrap_or(file));
    file.is_some_and(|file| !Path::new(file).exists())
}
