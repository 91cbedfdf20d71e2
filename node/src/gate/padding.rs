//! Takes from the time of an answer what its content must not tell.
//!
//! Where a floor makes "nobody" and "a few" read the same, the few still take longer to count, and what a cohort is too
//! small to tell takes as long as the region has rows. Such answers leave on a grid of time that doubles, so that a wait
//! tells no more than the order of magnitude of the work: on an even grid, whatever takes longer than its first step
//! tells how much longer. Each question of a batch or a stream, and each page, waits by itself; those of a chunk leave
//! together, with the last. Without a floor there is nothing to hide, and no wait.

use std::time::Duration;

use futures::future::BoxFuture;
use tokio::time::{Instant, sleep};

/// The first point of the grid on which padded answers leave; each next one is twice as late.
const GRID: Duration = Duration::from_millis(5);

/// How a gate waits.
pub(super) type Wait = fn(Duration) -> BoxFuture<'static, ()>;

/// Waits by the clock.
pub(super) fn wait(rest: Duration) -> BoxFuture<'static, ()> {
    Box::pin(sleep(rest))
}

/// Waits for the grid if the answer hides something.
pub(super) async fn pad(hides: bool, started: Instant, wait: Wait) {
    if hides {
        wait(rest(started.elapsed())).await;
    }
}

/// Returns the time to the next point of the grid.
fn rest(elapsed: Duration) -> Duration {
    let steps = elapsed.as_nanos().div_ceil(GRID.as_nanos());
    let next = GRID.saturating_mul(u32::try_from(steps.next_power_of_two()).unwrap_or(u32::MAX));
    next.saturating_sub(elapsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_leave_on_the_grid() {
        for (elapsed, expected) in [
            (0, 5_000),
            (1, 4_999),
            (4_999, 1),
            (5_000, 0),
            (5_001, 4_999),
            (12_000, 8_000),
            (21_000, 19_000),
        ] {
            assert_eq!(rest(Duration::from_micros(elapsed)), Duration::from_micros(expected), "{elapsed} µs");
        }
    }

    #[test]
    fn a_second_tells_nine_sizes_of_work_apart() {
        let leaves = |millis| Duration::from_millis(millis) + rest(Duration::from_millis(millis));
        let times: std::collections::BTreeSet<_> = (1..=1_000).map(leaves).collect();
        assert_eq!(times.len(), 9);
        // Half as many rows again is the same answer at the same time, more often than not.
        let alike = (1..=1_000u64).filter(|&millis| leaves(millis) == leaves(millis * 3 / 2)).count();
        assert!(alike > 400, "{alike}");
    }
}
