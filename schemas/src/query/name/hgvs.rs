//! What a description in HGVS must be to name one allele.
//!
//! The grammar is the parser's; here stands what it lets pass and no allele can mean, or another than it seems.

use gtars_vrs::hgvs::{Datum, Edit, HgvsVariant, LocationRange, Position, ReferenceType};

/// Takes off the protein that may stand behind a change: `c.1799T>A (p.Val600Glu)`.
pub(super) fn without_protein(text: &str) -> &str {
    match text.split_once("(p.") {
        Some((change, protein)) if protein.ends_with(')') => change.trim_end(),
        _ => text,
    }
}

/// Checks what the parser does not tell of a text.
pub(super) fn check_text(text: &str) -> Result<(), &'static str> {
    let change = text.split_once(':').and_then(|(_, change)| change.get(2..)).unwrap_or_default();
    let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    if let Some((before, behind)) = text.split_once(char::is_whitespace) {
        let lost = is_digit(before.chars().last()) && is_digit(behind.trim_start().chars().next());
        return Err(match lost {
            true => {
                "a blank stands where the `+` of an intron position may have been: in an address write it `%2B`"
            }
            false => "has a blank within",
        });
    }
    if change.contains('(') || change.contains("?_") || change.contains("_?") {
        return Err("an uncertain position names no allele: ask for the interval as a range");
    }
    for (at, sign) in change.match_indices(['+', '-']) {
        let (before, behind) =
            (change.get(..at).unwrap_or_default(), change.get(at + 1..).unwrap_or_default());
        let is_offset = is_digit(before.chars().last());
        if sign == "+" && !is_offset {
            return Err(
                "a position begins with `+`: only what is counted into an intron has one, as in c.50+5",
            );
        }
        let behind = behind.trim_start_matches('0');
        if is_offset && !is_digit(behind.chars().next()) {
            return Err("an intron has no base 0: it begins with +1 and ends with -1");
        }
    }
    Ok(())
}

/// Checks that a sequence has positions of the kind that a description has.
pub(super) fn check_accession(parsed: &HgvsVariant<'_>) -> Result<(), &'static str> {
    let upper = parsed.accession.to_ascii_uppercase();
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| upper.starts_with(prefix));
    if begins(&["NG_", "LRG_"]) {
        return Err("NG_ and LRG_ sequences are not known here: use NC_ with g., or a transcript with c.");
    }
    if begins(&["NP_", "XP_", "YP_", "ENSP"]) {
        return Err("a protein has p. positions");
    }
    let is_transcript = begins(&["NM_", "NR_", "XM_", "XR_", "ENST"]);
    if is_transcript && matches!(parsed.reference_type, ReferenceType::G | ReferenceType::M) {
        return Err("a transcript has c. or n. positions, no g. and m.");
    }
    Ok(())
}

/// Returns whether an accession is one of RefSeq for a sequence of a genome.
pub(super) fn is_genomic(accession: &str) -> bool {
    ["NC_", "NT_", "NW_"].iter().any(|prefix| accession.starts_with(prefix))
}

/// Returns the positions of a description; none of one that is uncertain.
pub(super) fn positions(range: &LocationRange) -> impl Iterator<Item = Position> {
    let (one, other) = match range {
        LocationRange::Single(one) => (Some(*one), None),
        LocationRange::Range { start, end } => (Some(*start), Some(*end)),
        _ => (None, None),
    };
    one.into_iter().chain(other)
}

/// Checks that a description names one allele.
pub(super) fn check(text: &str, parsed: &HgvsVariant<'_>) -> Result<(), &'static str> {
    if matches!(parsed.reference_type, ReferenceType::R | ReferenceType::P) {
        return Err("only g., m., c., n. and p. descriptions can be asked for");
    }
    if parsed.posedit.uncertain {
        return Err("an uncertain change names no allele");
    }
    if positions(&parsed.posedit.pos).next().is_none() {
        return Err("a change without a position names no allele");
    }
    if !positions(&parsed.posedit.pos).all(|position| is_on_sequence(parsed.reference_type, position)) {
        return Err("a position is not on the sequence");
    }
    if !names_bases(text, &parsed.posedit.edit) {
        return Err("this change names no allele: use bases A, C, G and T with >, del, dup, ins, inv");
    }
    let is_single = matches!(parsed.posedit.pos, LocationRange::Single(_));
    if is_single && matches!(parsed.posedit.edit, Edit::Ins { .. }) {
        return Err("an insertion lies between two positions: 100_101insA");
    }
    Ok(())
}

fn is_on_sequence(kind: ReferenceType, position: Position) -> bool {
    let near =
        position.base.unsigned_abs() <= i32::MAX as u64 && position.offset.unsigned_abs() <= 10_000_000;
    let counted = match position.datum {
        Datum::CdsStart => position.base != 0,
        Datum::CdsEnd | Datum::SeqStart => position.base > 0,
    };
    let on_genome = matches!(kind, ReferenceType::G | ReferenceType::M);
    near && counted && !(on_genome && (position.offset != 0 || position.datum != Datum::SeqStart))
}

fn names_bases(text: &str, edit: &Edit<'_>) -> bool {
    let literal = |bases: &str| bases.bytes().all(|base| b"ACGTU".contains(&base.to_ascii_uppercase()));
    let stated = |bases: &Option<&str>| bases.is_none_or(literal);
    match edit {
        Edit::Sub { reference, alternate } => {
            literal(reference) && literal(alternate) && reference != alternate
        }
        // Old descriptions say how many bases (`del3`), which the positions say already.
        Edit::Del { reference } | Edit::Dup { reference } | Edit::Inv { reference } => {
            stated(reference) && !text.ends_with(|c: char| c.is_ascii_digit())
        }
        Edit::Ins { alternate } => !alternate.is_empty() && literal(alternate),
        Edit::DelIns { reference, alternate } => {
            stated(reference) && !alternate.is_empty() && literal(alternate)
        }
        Edit::Repeat { sequence, count } => literal(sequence) && *count <= 10_000,
        Edit::Identity | Edit::Unknown | Edit::Copy { .. } => false,
    }
}
