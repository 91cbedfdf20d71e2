//! Whether this node's clock can be right, by the clocks of identity providers.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// How far the clock may be off before the node is not ready, seconds.
const FARTHEST: u64 = 600;

/// How far each provider's clock was off this node's, the last time that it answered.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    skews: Mutex<BTreeMap<String, i64>>,
}

impl Clock {
    pub(crate) fn compare(&self, provider: &str, theirs: i64, ours: i64) {
        let mut skews = self.skews.lock().unwrap_or_else(PoisonError::into_inner);
        skews.insert(provider.to_owned(), theirs.saturating_sub(ours));
    }

    /// Returns false if every provider that answered has a clock more than ten minutes off this one.
    ///
    /// One provider that agrees is enough: a provider with a wrong clock must not stop a node.
    pub(crate) fn is_sane(&self) -> bool {
        let skews = self.skews.lock().unwrap_or_else(PoisonError::into_inner);
        skews.is_empty() || skews.values().any(|skew| skew.unsigned_abs() <= FARTHEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_wrong_when_nobody_agrees() {
        let clock = Clock::default();
        assert!(clock.is_sane(), "nobody was asked");
        clock.compare("a", 1_000, 1_601);
        assert!(!clock.is_sane());
        clock.compare("a", 1_000, 1_600);
        assert!(clock.is_sane());
        clock.compare("a", 9_000, 1_000);
        clock.compare("b", 1_001, 1_000);
        assert!(clock.is_sane(), "one that is wrong does not stop the node");
    }
}
