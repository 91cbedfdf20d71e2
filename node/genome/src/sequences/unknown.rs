//! What a reference sequence does not know: its runs of N.

use fyr_schemas::Interbase;

/// The base that stands where none is known.
const UNKNOWN: u8 = b'N';

/// Finds the runs of N of upper-case bases, in order, as starts and ends.
pub(super) fn runs(bases: &[u8]) -> Vec<(u32, u32)> {
    let mut runs = Vec::new();
    let mut at = 0;
    for run in bases.chunk_by(|a, b| (*a == UNKNOWN) == (*b == UNKNOWN)) {
        let end = at + run.len() as u32;
        if run.first() == Some(&UNKNOWN) {
            runs.push((at, end));
        }
        at = end;
    }
    runs
}

/// Reads runs as intervals.
pub(super) fn intervals(runs: &[(u32, u32)]) -> Vec<Interbase> {
    runs.iter().filter_map(|(start, end)| Interbase::new((*start).into(), (*end).into()).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_found_at_both_ends_and_within() {
        for (bases, expected) in [
            ("", &[][..]),
            ("ACGT", &[]),
            ("NNNN", &[(0, 4)]),
            ("NNACNGTN", &[(0, 2), (4, 5), (7, 8)]),
            ("ACNNRYGT", &[(2, 4)]),
        ] {
            assert_eq!(runs(bases.as_bytes()), expected, "{bases}");
        }
    }
}
