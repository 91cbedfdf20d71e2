//! Durations in order of size, and medians of rounds.

use std::time::Duration;

/// Questions that a program answers in a row, where the other one needs milliseconds and all processors for each: a
/// program is measured as it runs while it is used, not as it starts when another has emptied the caches.
pub(crate) const TURN: usize = 50;

/// Durations that were measured.
#[derive(Clone, Debug, Default)]
pub(crate) struct Durations(Vec<Duration>);

impl Durations {
    pub(crate) fn push(&mut self, duration: Duration) {
        self.0.push(duration);
    }

    /// Returns the duration, in seconds, below which a share of them lie.
    pub(crate) fn quantile(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let last = sorted.len().saturating_sub(1);
        sorted.get((last as f64 * share).round() as usize).map_or(f64::NAN, Duration::as_secs_f64)
    }

    /// Returns the median, in seconds.
    pub(crate) fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// Adds the durations of two things that were measured in turns, pair by pair.
    pub(crate) fn plus(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(a, b)| *a + *b).collect())
    }
}

/// Returns the median of numbers.
pub(crate) fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_unstable_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}
