//! Deletes the oldest backups, and what only they had.

use std::collections::HashSet;

use fyr_store::{StoreError, backup::Vault};

use super::list::Backup;

/// Keeps the newest backups; returns the ids of those that were deleted. Whoever holds the claim is the only one who writes
/// there, so that nothing is deleted that a backup under way needs. One that is damaged keeps everything in its place:
/// what it needs is not known.
pub(super) async fn prune(vault: &Vault, keep: usize) -> Result<Vec<String>, StoreError> {
    let ids = vault.backups().await?;
    let (old, kept) = ids.split_at(ids.len().saturating_sub(keep.max(1)));
    let mut wanted = HashSet::new();
    for id in kept {
        wanted.extend(Backup::read(vault, id).await?.files().map(|file| file.sha256.clone()));
    }
    vault.prune(old, &wanted).await?;
    Ok(old.to_vec())
}
