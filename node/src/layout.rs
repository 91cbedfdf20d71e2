//! Where the parts of a node lie in its store's directory, unless the configuration says otherwise.

use std::path::{Path, PathBuf};

use fyr_store::backup::RESTORING;

/// The directory of the log of decisions.
const AUDIT: &str = "audit";

/// The directory of what the node remembers beside its data.
const STATE: &str = "state";

/// The file in which a store keeps in mind which state belongs to it.
const BELONGING: &str = "belonging.jsonl";

/// The directory in which an ingest keeps what comes through a pipe, as long as it lasts.
pub const PIPES: &str = ".stdin";

/// What a node may have put into the directory of its store before there is one.
pub const OF_THE_NODE: &[&str] = &[AUDIT, STATE, BELONGING, PIPES];

/// The log of decisions.
pub(crate) fn audit_log(store: &Path) -> PathBuf {
    store.join(AUDIT).join("decisions.jsonl")
}

/// The log of the owner's own questions, beside that of others: whoever serves holds that one.
pub(crate) fn owners_audit_log(log: &Path) -> PathBuf {
    let extension = log.extension().map(|extension| format!(".{}", extension.to_string_lossy()));
    log.with_extension(format!("owner{}", extension.unwrap_or_default()))
}

/// The database of the state.
pub(crate) fn state_database(store: &Path) -> PathBuf {
    store.join(STATE).join("state.db")
}

/// The secret under which people who withdrew are remembered.
pub(crate) fn state_key(store: &Path) -> PathBuf {
    store.join(STATE).join("state.key")
}

/// The mark that tells whoever has the store alone, as an ingest has, that its state is somewhere else.
pub(crate) fn state_elsewhere(store: &Path) -> PathBuf {
    store.join(STATE).join("elsewhere")
}

/// The file in which the store keeps in mind which state belongs to it, and how far that was. It is no part of the
/// state's directory: whoever loses that one has to notice.
pub(crate) fn belonging(store: &Path) -> PathBuf {
    store.join(BELONGING)
}

/// The file that says that a restore of the store has not ended.
pub(crate) fn restoring(store: &Path) -> PathBuf {
    store.join(RESTORING)
}
