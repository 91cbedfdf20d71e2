//! The `[limits]` table: what one question, and all together, may cost.

use std::time::Duration;

use serde::Deserialize;

use super::InvalidConfig;

/// What a question may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Milliseconds that the evaluation of a question may take.
    pub deadline_ms: u64,
    /// Milliseconds that a question waits for others before it is refused.
    pub queue_ms: u64,
    /// Questions that are evaluated at one time. A client never has more of them than are free.
    pub concurrency: usize,
    /// MiB that all running questions may hold together.
    pub memory_mb: usize,
    /// Most variants of a page, per dataset.
    pub page_rows: u32,
    /// Most bases of a place of which records are listed.
    pub record_bases: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            deadline_ms: 10_000,
            queue_ms: 1_000,
            concurrency: 64,
            memory_mb: 1024,
            page_rows: 1_000,
            record_bases: 40_000_000,
        }
    }
}

impl Limits {
    /// Returns the time that the evaluation of a question may take.
    pub fn deadline(&self) -> Duration {
        Duration::from_millis(self.deadline_ms)
    }

    /// Returns the time that a question waits for others.
    pub fn queue(&self) -> Duration {
        Duration::from_millis(self.queue_ms)
    }

    /// Returns the memory of running questions, bytes.
    pub fn memory(&self) -> usize {
        self.memory_mb.saturating_mul(1 << 20)
    }

    pub(super) fn validate(&self) -> Result<(), InvalidConfig> {
        let zero = [
            ("deadline_ms", self.deadline_ms == 0),
            ("concurrency", self.concurrency == 0),
            ("memory_mb", self.memory_mb == 0),
            ("page_rows", self.page_rows == 0),
            ("record_bases", self.record_bases == 0),
        ];
        zero.iter().find(|(_, zero)| *zero).map_or(Ok(()), |(name, _)| Err(InvalidConfig::Limit(name)))
    }
}
