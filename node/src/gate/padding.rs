//! Takes from the time of an answer what its content must not tell.
//!
//! Where a floor makes "nobody" and "a few" read the same, the few still take longer to count. Such
//! answers leave on a grid of time. Without a floor there is nothing to hide, and no wait.

use std::time::Duration;

use futures::future::BoxFuture;
use tokio::time::{Instant, sleep};

/// The grid on which padded answers leave.
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
    let points = elapsed.as_nanos().div_ceil(GRID.as_nanos()).max(1);
    let next = GRID.saturating_mul(u32::try_from(points).unwrap_or(u32::MAX));
    next.saturating_sub(elapsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_leave_on_the_grid() {
        for (elapsed, expected) in
            [(0, 5_000), (1, 4_999), (4_999, 1), (5_000, 0), (5_001, 4_999), (12_000, 3_000)]
        {
            assert_eq!(rest(Duration::from_micros(elapsed)), Duration::from_micros(expected), "{elapsed} µs");
        }
    }
}
