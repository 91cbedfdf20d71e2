//! Noticing that files changed.
//!
//! Files are compared by content, once a second: whoever renews certificates may rename, overwrite or mount
//! them, and needs to tell nobody. What cannot be used changes nothing, and shows in log and metrics.

use std::{
    collections::hash_map::DefaultHasher,
    hash::{Hash, Hasher},
    path::PathBuf,
    time::Duration,
};

use super::TlsError;

/// How often files are looked at.
pub(super) const EVERY: Duration = Duration::from_secs(1);

const RELOADS: &str = "fyr_tls_reloads_total";
const USABLE: &str = "fyr_tls_files_usable";

/// Files, and what was in them when they were last looked at.
#[derive(Clone, Debug)]
pub(super) struct Followed {
    /// Whose files they are, for log and metrics.
    of: String,
    paths: Vec<PathBuf>,
    seen: Vec<Option<u64>>,
    usable: bool,
}

impl Followed {
    /// Looks at files for the first time; before they are used, so that no change falls between.
    pub(super) fn new(of: &str, paths: Vec<PathBuf>) -> Self {
        let seen = contents(&paths);
        Self { of: of.to_owned(), paths, seen, usable: true }
    }

    /// Returns whose files they are.
    pub(super) fn of(&self) -> &str {
        &self.of
    }

    /// Looks at the files again, and uses them if one changed. Returns what came of it, if one did.
    ///
    /// Files of a broken disk or mount may take long, so this belongs on a thread that may wait.
    pub(super) fn reload<T>(&mut self, load: impl FnOnce() -> Result<T, TlsError>) -> Option<T> {
        let now = contents(&self.paths);
        let loaded = if now == self.seen { None } else { self.take(load()) };
        self.seen = now;
        metrics::gauge!(USABLE, "of" => self.of.clone()).set(if self.usable { 1.0 } else { 0.0 });
        loaded
    }

    fn take<T>(&mut self, loaded: Result<T, TlsError>) -> Option<T> {
        self.usable = loaded.is_ok();
        let outcome = if self.usable { "used" } else { "refused" };
        metrics::counter!(RELOADS, "of" => self.of.clone(), "outcome" => outcome).increment(1);
        match &loaded {
            Ok(_) => tracing::info!(of = self.of, "TLS files changed and are used"),
            Err(error) => {
                tracing::error!(of = self.of, %error, "TLS files changed and cannot be used; the old ones stay");
            }
        }
        loaded.ok()
    }
}

/// Digests of what is in the files; none of one that cannot be read.
fn contents(paths: &[PathBuf]) -> Vec<Option<u64>> {
    let digest = |path: &PathBuf| {
        let mut hasher = DefaultHasher::new();
        std::fs::read(path).ok()?.hash(&mut hasher);
        Some(hasher.finish())
    };
    paths.iter().map(digest).collect()
}
