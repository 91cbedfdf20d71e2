//! The two coordinate systems of the field, and the only conversions between them.
//!
//! ```text
//! bases          A   C   G   T
//! Position       1   2   3   4      1-based, a base (VCF, HGVS)
//! Interbase    0   1   2   3   4    0-based, between bases (Beacon, VRS, BED, the tables)
//! ```

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

/// The largest coordinate: VCF 4.3 and BCF keep positions in signed 32 bits.
const MAX: u32 = i32::MAX as u32;

/// A base, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(NonZeroU32);

/// A coordinate that no sequence has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCoordinate {
    /// Smaller than the first or larger than the last coordinate.
    #[error("coordinate {0} is out of range")]
    OutOfRange(i128),
    /// The end lies before the start.
    #[error("end {end} lies before start {start}")]
    EndBeforeStart {
        /// Interbase start.
        start: u32,
        /// Interbase end.
        end: u32,
    },
}

impl Position {
    /// Creates a position from a 1-based number.
    ///
    /// # Errors
    ///
    /// Zero and anything above 2³¹ − 1.
    pub fn new(one_based: u64) -> Result<Self, InvalidCoordinate> {
        let out_of_range = InvalidCoordinate::OutOfRange(one_based.into());
        let n = u32::try_from(one_based).map_err(|_| out_of_range)?;
        let n = NonZeroU32::new(n).filter(|n| n.get() <= MAX).ok_or(out_of_range)?;
        Ok(Self(n))
    }

    /// Returns the 1-based number.
    pub fn get(self) -> u32 {
        self.0.get()
    }

    /// Returns the interbase coordinate just before this base.
    pub fn interbase_start(self) -> u32 {
        self.0.get() - 1
    }
}

/// A half-open interval between bases, counted from 0. Empty where an insertion goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Interbase {
    start: u32,
    end: u32,
}

impl Interbase {
    /// All of any sequence.
    pub const EVERYTHING: Self = Self { start: 0, end: MAX };

    /// Creates an interval.
    ///
    /// # Errors
    ///
    /// An end before the start, and coordinates above 2³¹ − 1.
    pub fn new(start: u64, end: u64) -> Result<Self, InvalidCoordinate> {
        let narrow = |n: u64| match u32::try_from(n) {
            Ok(n) if n <= MAX => Ok(n),
            _ => Err(InvalidCoordinate::OutOfRange(n.into())),
        };
        let (start, end) = (narrow(start)?, narrow(end)?);
        if end < start {
            return Err(InvalidCoordinate::EndBeforeStart { start, end });
        }
        Ok(Self { start, end })
    }

    /// Returns the interbase start.
    pub fn start(self) -> u32 {
        self.start
    }

    /// Returns the interbase end.
    pub fn end(self) -> u32 {
        self.end
    }

    /// Returns the number of bases inside.
    pub fn len(self) -> u32 {
        self.end - self.start
    }

    /// Returns whether no base lies inside.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Returns whether two intervals share a base.
    ///
    /// ```text
    /// |----|        |----|        |----|
    ///    |----|          |----|    ||
    ///   true          false        true
    /// ```
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Returns the 1-based position of the first base.
    pub fn first_base(self) -> u32 {
        self.start + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_start_at_one() {
        assert!(Position::new(0).is_err());
        assert!(Position::new(1 << 31).is_err());
        assert_eq!(Position::new(1).unwrap().interbase_start(), 0);
    }

    #[test]
    fn intervals_do_not_run_backwards() {
        assert!(Interbase::new(5, 4).is_err());
        assert!(Interbase::new(5, 5).unwrap().is_empty());
    }

    #[test]
    fn touching_intervals_do_not_overlap() {
        let interval = |s, e| Interbase::new(s, e).unwrap();
        assert!(interval(0, 5).overlaps(interval(4, 9)));
        assert!(!interval(0, 5).overlaps(interval(5, 9)));
        assert!(interval(0, 9).overlaps(interval(3, 4)));
    }
}
