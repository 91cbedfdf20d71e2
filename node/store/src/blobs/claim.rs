//! The right to be the only one who changes a place.

use std::{any::Any, fmt};

/// The right to be the only one who changes a place, given back when dropped.
pub struct Claim {
    /// What the place takes back.
    _held: Box<dyn Any + Send + Sync>,
}

impl Claim {
    /// Holds what gives the right back when it is dropped.
    pub(super) fn of(held: impl Any + Send + Sync) -> Self {
        Self { _held: Box::new(held) }
    }
}

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Claim")
    }
}
