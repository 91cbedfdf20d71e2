//! The assemblies that this process knows: those that ship, then those that were registered at its start.
//!
//! Rows are never changed or taken away, so that a place in the list is good for ever.

use std::sync::{LazyLock, PoisonError, RwLock};

use super::row::{AssemblyRow, InvalidAssembly, Known};

/// The rows that ship; their order is that of the constants of `Assembly`.
const SHIPPED: [&str; 4] = [
    include_str!("../../assemblies/grch37.toml"),
    include_str!("../../assemblies/grch38.toml"),
    include_str!("../../assemblies/t2t-chm13v2.0.toml"),
    include_str!("../../assemblies/sars-cov-2.toml"),
];

static KNOWN: LazyLock<RwLock<Vec<&'static Known>>> = LazyLock::new(|| RwLock::new(shipped()));

#[expect(clippy::expect_used, reason = "the rows are part of the program, and tests read them")]
fn shipped() -> Vec<&'static Known> {
    let known = |text| Known::read(text).and_then(Known::new).expect("a row that ships is valid");
    SHIPPED.iter().map(|text| &*Box::leak(Box::new(known(text)))).collect()
}

/// Returns the row at a place.
#[expect(clippy::indexing_slicing, reason = "places come from this file, and rows are never taken away")]
pub(super) fn at(place: u16) -> &'static Known {
    KNOWN.read().unwrap_or_else(PoisonError::into_inner)[usize::from(place)]
}

/// Returns all places with their rows.
pub(super) fn all() -> Vec<(u16, &'static Known)> {
    (0..).zip(KNOWN.read().unwrap_or_else(PoisonError::into_inner).iter().copied()).collect()
}

/// Adds a row, unless the same is there already; returns its place.
pub(super) fn register(row: AssemblyRow) -> Result<u16, InvalidAssembly> {
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    let new = Known::new(row)?;
    for (place, there) in (0..).zip(known.iter()) {
        if there.row == new.row {
            return Ok(place);
        }
        if let Some(name) = new.names().find(|name| there.is_called(name)) {
            return Err(InvalidAssembly::Contradiction(name.to_owned()));
        }
    }
    let place = u16::try_from(known.len()).map_err(|_| InvalidAssembly::TooMany)?;
    known.push(Box::leak(Box::new(new)));
    Ok(place)
}
