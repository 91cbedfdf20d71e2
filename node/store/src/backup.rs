//! Copying a store elsewhere while it is used, and back: files under their hashes, so that what was copied before is not
//! copied again, and what is not as it was is seen.
//!
//! Files of a store never change under their names, so one committed version of each table is a consistent copy whenever
//! its files are read. They may be deleted meanwhile, by a compaction or a purge; then a newer version is taken, and only what
//! it has more is copied. What belongs together, and what a node has beside its store, its crate knows.

mod checking;
mod copied;
mod copying;
mod pinned;
mod restoring;
#[cfg(test)]
mod tests;
mod vault;

pub use checking::{CheckedFiles, check_place};
pub use copying::{Copied, KnownFiles, back_up};
pub use restoring::{RESTORING, put_back, put_back_file};
pub use vault::{KeptFile, Vault};
