//! How long a snapshot may be used. The argument stands in the crate's documentation.

use std::time::{Duration, Instant, SystemTime};

/// How often a replica reads the version.
pub const POLL: Duration = Duration::from_millis(100);

/// How long a snapshot may be used, counted from the start of the read that found it current.
pub const LEASE: Duration = Duration::from_millis(500);

/// What a writer waits beyond the lease: for answers on their way to the socket, and clocks of unlike speed.
pub const MARGIN: Duration = Duration::from_millis(150);

/// The right to use a snapshot for a while.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lease {
    start: Instant,
    wall: SystemTime,
}

impl Lease {
    /// A lease from now on. To be taken before the read that it rests on starts.
    pub(crate) fn from_now() -> Self {
        Self { start: Instant::now(), wall: SystemTime::now() }
    }

    /// Returns whether it still holds.
    pub(crate) fn holds(self) -> bool {
        self.holds_at(Instant::now(), SystemTime::now())
    }

    /// The monotonic clock stands still while a machine sleeps, the wall clock may be set back: both must
    /// agree. Before its own start a lease holds; that is a wall clock that was set back.
    fn holds_at(self, now: Instant, wall: SystemTime) -> bool {
        now.saturating_duration_since(self.start) < LEASE
            && wall.duration_since(self.wall).unwrap_or_default() < LEASE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_ends_by_whichever_clock_comes_first() {
        let lease = Lease::from_now();
        let (short, long) = (LEASE - Duration::from_nanos(1), LEASE);
        let cases = [
            ("just before the end", short, short, true),
            ("at the end", long, long, false),
            ("a machine that slept", short, long, false),
            ("a wall clock that stands still", long, Duration::ZERO, false),
            ("a wall clock that jumped", Duration::ZERO, Duration::from_secs(3600), false),
        ];
        for (case, monotonic, wall, holds) in cases {
            assert_eq!(lease.holds_at(lease.start + monotonic, lease.wall + wall), holds, "{case}");
        }
    }

    #[test]
    fn a_wall_clock_that_is_set_back_lengthens_nothing() {
        let lease = Lease::from_now();
        let earlier = lease.wall - Duration::from_secs(3600);
        assert!(lease.holds_at(lease.start, earlier));
        assert!(!lease.holds_at(lease.start + LEASE, earlier));
    }

    #[test]
    fn a_replica_reads_several_times_within_a_lease() {
        assert!(POLL * 4 < LEASE);
        assert!(LEASE + MARGIN < Duration::from_secs(1), "effective in under a second");
    }
}
