//! Bases of the other strand.

/// Returns the other strand of upper-case bases; what is no base stays.
pub(crate) fn reverse_complement(bases: &str) -> String {
    let complement = |base| match base {
        'A' => 'T',
        'C' => 'G',
        'G' => 'C',
        'T' => 'A',
        'R' => 'Y',
        'Y' => 'R',
        'K' => 'M',
        'M' => 'K',
        'B' => 'V',
        'V' => 'B',
        'D' => 'H',
        'H' => 'D',
        other => other,
    };
    bases.chars().rev().map(complement).collect()
}
