//! The `[compaction]` table: when a node merges what was loaded a little at a time.

use std::time::Duration;

use fyr_store::Compaction;
use serde::Deserialize;

/// When segments are merged while the node serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct CompactionSection {
    /// How many segments of like size become one; 0 where none do by themselves.
    pub segments: u32,
    /// Seconds between two looks at the store.
    pub interval_seconds: u64,
}

impl Default for CompactionSection {
    fn default() -> Self {
        Self { segments: 8, interval_seconds: 60 }
    }
}

impl CompactionSection {
    /// Returns what is merged; none where nothing is.
    pub fn tiers(&self) -> Option<Compaction> {
        (self.segments > 0).then_some(Compaction::Tiers(self.segments))
    }

    /// Returns the time between two looks at the store.
    pub fn interval(&self) -> Duration {
        Duration::from_secs(self.interval_seconds.max(1))
    }
}
