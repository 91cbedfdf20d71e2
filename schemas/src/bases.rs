//! Nucleotide codes of IUPAC.

/// Returns whether a text is a non-empty sequence of IUPAC nucleotide codes, in either letter case.
pub fn is_iupac(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|code| b"ACGTUNRYSWKMBDHV".contains(&code.to_ascii_uppercase()))
}

/// Returns whether an upper-case IUPAC code stands for a base (IUPAC-IUB 1984, table 1).
pub(crate) fn includes(code: u8, base: u8) -> bool {
    let bases: &[u8] = match code {
        b'N' => b"ACGTN",
        b'R' => b"AG",
        b'Y' => b"CT",
        b'S' => b"CG",
        b'W' => b"AT",
        b'K' => b"GT",
        b'M' => b"AC",
        b'B' => b"CGT",
        b'D' => b"AGT",
        b'H' => b"ACT",
        b'V' => b"ACG",
        _ => return code == base,
    };
    bases.contains(&base)
}
