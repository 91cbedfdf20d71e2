//! One normal form for an allele: upper case, parsimonious, left-aligned where a reference is at hand.
//!
//! The same functions serve ingest and query, so that both mean the same allele. The method is that
//! of Tan, Abecasis and Kang (Bioinformatics 31:2202, 2015), as `vt normalize` and `bcftools norm` do it.

use crate::{Contig, Interbase, bases::includes};

/// A source of reference bases.
pub trait ReferenceSequence: Send + Sync {
    /// Returns the upper-case bases of an interval; none where the sequence does not reach.
    fn bases(&self, contig: &Contig, interval: Interbase) -> Option<Vec<u8>>;
}

/// An allele that does not fit the reference sequence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NormaliseError {
    /// REF and the reference sequence disagree.
    #[error(
        "REF `{found}` contradicts the reference sequence, which has `{expected}` at {contig}:{position}: \
         is this the right assembly?"
    )]
    ReferenceMismatch {
        /// The sequence.
        contig: Contig,
        /// 1-based position of the first reference base.
        position: u32,
        /// What the reference sequence has.
        expected: String,
        /// What the record says.
        found: String,
    },
    /// The reference sequence ends before the allele, or lacks its contig.
    #[error("{contig}:{position} lies outside the reference sequence: is the FASTA file complete?")]
    OutsideReference {
        /// The sequence.
        contig: Contig,
        /// 1-based position of the first reference base.
        position: u32,
    },
}

/// Removes what both alleles share, first at the end, then at the start, and keeps one base of each.
///
/// The start is an interbase coordinate. Alleles must be upper case; an empty one is left alone.
pub fn trim<'a>(start: u32, reference: &'a str, alternate: &'a str) -> (u32, &'a str, &'a str) {
    let (r, a) = (reference.as_bytes(), alternate.as_bytes());
    let room = r.len().min(a.len()).saturating_sub(1);
    let matching = |pairs: &mut dyn Iterator<Item = (&u8, &u8)>| pairs.take_while(|(x, y)| x == y).count();
    let suffix = matching(&mut r.iter().rev().zip(a.iter().rev())).min(room);
    let prefix = matching(&mut r.iter().zip(a)).min(room - suffix);
    let cut = |s: &'a str| s.get(prefix..s.len() - suffix).unwrap_or(s);
    (start + prefix as u32, cut(reference), cut(alternate))
}

/// Trims and left-aligns an allele against a reference sequence, after checking that REF agrees with it.
///
/// The start is an interbase coordinate; alleles must be non-empty, upper case and different.
/// An N (or another ambiguity code) in the reference sequence contradicts nothing that it includes.
///
/// # Errors
///
/// REF contradicts the reference sequence or lies outside it.
pub fn left_align(
    contig: &Contig,
    start: u32,
    reference_bases: &str,
    alternate_bases: &str,
    reference: &dyn ReferenceSequence,
) -> Result<(u32, String, String), NormaliseError> {
    check_reference(contig, start, reference_bases, reference)?;
    let (start, r, a) = trim(start, reference_bases, alternate_bases);
    if r.len() == a.len() || r.as_bytes().last() != a.as_bytes().last() {
        return Ok((start, r.to_owned(), a.to_owned()));
    }
    let (start, r, a) = shift_left(contig, start, r, a, reference);
    let text = |bases: Vec<u8>| String::from_utf8_lossy(&bases).into_owned();
    let (r, a) = (text(r), text(a));
    let (start, r, a) = trim(start, &r, &a);
    Ok((start, r.to_owned(), a.to_owned()))
}

/// Bases fetched from the reference at once while shifting.
const WINDOW: u32 = 256;

/// Drops equal last bases and takes bases from the left as long as that keeps the allele the same.
fn shift_left(
    contig: &Contig,
    mut start: u32,
    r: &str,
    a: &str,
    reference: &dyn ReferenceSequence,
) -> (u32, Vec<u8>, Vec<u8>) {
    // Reversed, so that both ends are cheap: the last element is the leftmost base.
    let mut r: Vec<u8> = r.bytes().rev().collect();
    let mut a: Vec<u8> = a.bytes().rev().collect();
    let mut left = Vec::new();
    let (mut r_end, mut a_end) = (0, 0);
    while r.get(r_end) == a.get(a_end) {
        if r.len() - r_end == 1 || a.len() - a_end == 1 {
            let Some(base) = previous_base(contig, start, &mut left, reference) else {
                break;
            };
            r.push(base);
            a.push(base);
            start -= 1;
        }
        r_end += 1;
        a_end += 1;
    }
    let forward = |bases: Vec<u8>, end: usize| bases.into_iter().skip(end).rev().collect();
    (start, forward(r, r_end), forward(a, a_end))
}

/// Takes the base before `start`, refilling the window from the reference when it is empty.
fn previous_base(
    contig: &Contig,
    start: u32,
    window: &mut Vec<u8>,
    reference: &dyn ReferenceSequence,
) -> Option<u8> {
    if window.is_empty() {
        let from = start.saturating_sub(WINDOW);
        let interval = Interbase::new(from.into(), start.into()).ok()?;
        *window = reference.bases(contig, interval)?;
    }
    window.pop()
}

fn check_reference(
    contig: &Contig,
    start: u32,
    reference_bases: &str,
    reference: &dyn ReferenceSequence,
) -> Result<(), NormaliseError> {
    let position = start + 1;
    let outside = || NormaliseError::OutsideReference { contig: contig.clone(), position };
    let end = u64::from(start) + reference_bases.len() as u64;
    let interval = Interbase::new(start.into(), end).map_err(|_| outside())?;
    let expected = reference.bases(contig, interval).ok_or_else(outside)?;
    if expected.len() != reference_bases.len() {
        return Err(outside());
    }
    let agrees = |(code, base): (&u8, u8)| agrees_with(*code, base);
    if expected.iter().zip(reference_bases.bytes()).all(agrees) {
        return Ok(());
    }
    Err(NormaliseError::ReferenceMismatch {
        contig: contig.clone(),
        position,
        expected: String::from_utf8_lossy(&expected).into_owned(),
        found: reference_bases.to_owned(),
    })
}

/// Returns whether a code of the reference includes a base; an N in REF agrees with everything.
fn agrees_with(code: u8, base: u8) -> bool {
    base == b'N' || includes(code.to_ascii_uppercase(), base)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Assembly;

    struct Text(&'static str);

    impl ReferenceSequence for Text {
        fn bases(&self, _: &Contig, interval: Interbase) -> Option<Vec<u8>> {
            let range = interval.start() as usize..interval.end() as usize;
            self.0.as_bytes().get(range).map(<[u8]>::to_vec)
        }
    }

    fn contig() -> Contig {
        Contig::resolve("1", Assembly::GRCH38).unwrap()
    }

    #[test]
    fn shared_ends_are_trimmed_to_one_base() {
        for (input, expected) in [
            ((10, "CATCT", "CA"), (11, "ATCT", "A")),
            ((10, "ATCTG", "AG"), (10, "ATCT", "A")),
            ((10, "AC", "AT"), (11, "C", "T")),
            ((10, "A", "G"), (10, "A", "G")),
            ((10, "TTT", "TT"), (10, "TT", "T")),
            ((10, "TCT", ""), (10, "TCT", "")),
        ] {
            assert_eq!(trim(input.0, input.1, input.2), expected, "{input:?}");
        }
    }

    #[test]
    fn indels_move_to_the_left() {
        //                    0123456789
        let reference = Text("GGGCACACACAGGG");
        for (start, r, a, expected) in [
            (7, "CAC", "C", (2, "GCA", "G")),
            (5, "CACA", "CA", (2, "GCA", "G")),
            (9, "C", "CAC", (2, "G", "GCA")),
            (2, "GCA", "G", (2, "GCA", "G")),
            (3, "C", "T", (3, "C", "T")),
        ] {
            let got = left_align(&contig(), start, r, a, &reference).unwrap();
            assert_eq!(got, (expected.0, expected.1.into(), expected.2.into()), "{start} {r} {a}");
        }
    }

    #[test]
    fn the_start_of_a_sequence_stops_the_shift() {
        let reference = Text("AAAAC");
        let got = left_align(&contig(), 2, "AA", "A", &reference).unwrap();
        assert_eq!(got, (0, "AA".into(), "A".into()));
    }

    /// A sequence of its own: a repeat behind some other bases.
    struct Owned(String);

    impl ReferenceSequence for Owned {
        fn bases(&self, _: &Contig, interval: Interbase) -> Option<Vec<u8>> {
            let range = interval.start() as usize..interval.end() as usize;
            self.0.as_bytes().get(range).map(<[u8]>::to_vec)
        }
    }

    /// Lengths of repeats around one, two and four windows, each with a few bases on either side.
    fn lengths() -> impl Iterator<Item = usize> {
        let windows = [1, 2, 4].map(|n| n * WINDOW as usize);
        windows.into_iter().flat_map(|edge| edge - 3..=edge + 3)
    }

    #[test]
    fn a_repeat_is_followed_over_all_windows() {
        for length in lengths() {
            for before in [1, 2, 100, 255, 256, 257, 600] {
                let reference = Owned(format!("{}{}C", "G".repeat(before), "A".repeat(length)));
                let last = (before + length - 1) as u32;
                let anchor = before as u32 - 1;
                let deletion = left_align(&contig(), last - 1, "AA", "A", &reference).unwrap();
                assert_eq!(deletion, (anchor, "GA".into(), "G".into()), "{before} + {length}");
                let insertion = left_align(&contig(), last, "A", "AA", &reference).unwrap();
                assert_eq!(insertion, (anchor, "G".into(), "GA".into()), "{before} + {length}");
            }
        }
    }

    #[test]
    fn a_long_repeat_of_several_bases_keeps_its_phase() {
        for copies in [86, 127, 128, 129, 200, 400] {
            let reference = Owned(format!("TTG{}CC", "CAG".repeat(copies)));
            let last = (3 * copies) as u32;
            let deletion = left_align(&contig(), last - 1, "GCAG", "G", &reference).unwrap();
            assert_eq!(deletion, (1, "TGCA".into(), "T".into()), "{copies}");
            let insertion = left_align(&contig(), last + 2, "G", "GCAG", &reference).unwrap();
            assert_eq!(insertion, (1, "T".into(), "TGCA".into()), "{copies}");
        }
    }

    #[test]
    fn a_long_repeat_at_the_start_of_a_sequence_stops_there() {
        for length in lengths() {
            let reference = Owned(format!("{}C", "A".repeat(length)));
            let last = length as u32 - 1;
            let deletion = left_align(&contig(), last - 1, "AA", "A", &reference).unwrap();
            assert_eq!(deletion, (0, "AA".into(), "A".into()), "{length}");
            let insertion = left_align(&contig(), last, "A", "AA", &reference).unwrap();
            assert_eq!(insertion, (0, "A".into(), "AA".into()), "{length}");
        }
    }

    #[test]
    fn a_shift_ends_at_an_ambiguous_base_wherever_it_lies() {
        for code in ["N", "R", "M"] {
            for length in lengths() {
                let reference = Owned(format!("{}{code}{}C", "A".repeat(10), "A".repeat(length)));
                let last = (10 + length) as u32;
                let deletion = left_align(&contig(), last - 1, "AA", "A", &reference).unwrap();
                let expected = (10, format!("{code}A"), code.to_owned());
                assert_eq!(deletion, expected, "{code} {length}");
            }
        }
    }

    #[test]
    fn a_soft_masked_base_agrees_with_the_bases_it_stands_for() {
        let reference = Text("anrt");
        assert!(left_align(&contig(), 0, "A", "G", &reference).is_ok());
        assert!(left_align(&contig(), 1, "C", "G", &reference).is_ok());
        assert!(left_align(&contig(), 2, "G", "T", &reference).is_ok());
        assert!(left_align(&contig(), 2, "C", "T", &reference).is_err());
        assert!(left_align(&contig(), 0, "C", "T", &reference).is_err());
    }

    #[test]
    fn a_wrong_reference_base_is_an_error_and_n_is_not() {
        let reference = Text("ANRT");
        assert!(matches!(
            left_align(&contig(), 0, "C", "G", &reference),
            Err(NormaliseError::ReferenceMismatch { position: 1, .. })
        ));
        assert!(left_align(&contig(), 1, "C", "G", &reference).is_ok());
        assert!(left_align(&contig(), 2, "G", "T", &reference).is_ok());
        assert!(left_align(&contig(), 2, "C", "T", &reference).is_err());
        assert!(matches!(
            left_align(&contig(), 9, "C", "T", &reference),
            Err(NormaliseError::OutsideReference { position: 10, .. })
        ));
    }
}
