//! Identifiers of GA4GH VRS, versions 2 and 1.3.
//!
//! Both are digests of the fully justified allele (the VRS specification, "Allele normalization"). Version 2
//! describes what follows from the reference by lengths; version 1.3 writes all bases out.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use fyr_schemas::{Variant, is_sequence};
use gtars_refget::digest::algorithms::sha512t24u;
use gtars_vrs::{Allele, AlleleState, SequenceLocation, SequenceReference, allele_digest, normalize};

use crate::Sequences;

/// The digests of one allele, without their prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VrsIds {
    /// VRS 2.
    pub current: String,
    /// VRS 1.3.
    pub legacy: String,
}

impl VrsIds {
    /// Returns the identifiers, that of version 2 first.
    pub fn identifiers(&self) -> [String; 2] {
        [&self.current, &self.legacy].map(|digest| format!("ga4gh:VA.{digest}"))
    }

    /// Returns the first eight bytes of each digest, as they are looked up by.
    pub fn keys(&self) -> [Option<i64>; 2] {
        [key(&self.current), key(&self.legacy)]
    }
}

/// Returns the first eight bytes of a digest, big-endian.
pub(crate) fn key(digest: &str) -> Option<i64> {
    let bytes = URL_SAFE_NO_PAD.decode(digest).ok()?;
    Some(i64::from_be_bytes(bytes.get(..8)?.try_into().ok()?))
}

/// Longest allele that is named: digests of megabases cost more than they are worth.
const MOST_BASES: usize = 100_000;

/// Names a variant by its reference sequence; none where that is not known, or it is no sequence.
pub fn ids(sequences: &Sequences, variant: &Variant) -> Option<VrsIds> {
    let (r, a) = (variant.reference_bases.as_str(), variant.alternate_bases.as_str());
    if !is_sequence(a) || r.len().max(a.len()) > MOST_BASES {
        return None;
    }
    let (sequence, bases) = sequences.get(&variant.contig)?;
    let justified = normalize(bases, variant.interval.start().into(), r.as_bytes(), a.as_bytes()).ok()?;
    let alternate = String::from_utf8(justified.allele).ok()?;
    let extended = bases.get(usize::try_from(justified.start).ok()?..usize::try_from(justified.end).ok()?)?;
    let state = state(extended, &alternate, r.len().abs_diff(a.len()), is_indel(r, a));
    Some(digests(&sequence.refget, (justified.start, justified.end), state, &alternate))
}

/// Names a fully justified allele: the refget digest of its sequence, its interbase interval, how VRS 2
/// states it, and its bases.
pub fn digests(refget: &str, (start, end): (u64, u64), state: AlleleState, alternate: &str) -> VrsIds {
    let sequence_reference = SequenceReference { refget_accession: format!("SQ.{refget}") };
    let location = SequenceLocation { sequence_reference, start, end };
    let legacy = legacy(refget, &location, alternate);
    VrsIds { current: allele_digest(&Allele { location, state }), legacy }
}

/// Whether nothing is left of one of the alleles when shared bases are taken off.
fn is_indel(r: &str, a: &str) -> bool {
    let (short, long) = if r.len() < a.len() { (r, a) } else { (a, r) };
    let (short, long) = (short.as_bytes(), long.as_bytes());
    let prefix = short.iter().zip(long).take_while(|(x, y)| x == y).count();
    let suffix = short.iter().rev().zip(long.iter().rev()).take_while(|(x, y)| x == y).count();
    short.len() != long.len() && prefix + suffix >= short.len()
}

/// Chooses how VRS 2 states an allele: by length where it follows from the reference, else literally.
fn state(extended: &[u8], alternate: &str, seed: usize, is_indel: bool) -> AlleleState {
    let by_length = |subunit: usize| AlleleState::ReferenceLengthExpression {
        length: alternate.len() as u64,
        repeat_subunit_length: subunit as u64,
        sequence: None,
    };
    let literal = || AlleleState::LiteralSequenceExpression { sequence: alternate.to_owned() };
    if !is_indel || extended.is_empty() {
        return literal();
    }
    if alternate.len() < extended.len() {
        return by_length(seed);
    }
    let fits = |cycle: &usize| *cycle <= extended.len() && is_cycle(extended, alternate.as_bytes(), *cycle);
    let factors = (1..=seed).rev().filter(|n| seed.is_multiple_of(*n));
    factors.into_iter().find(fits).map_or_else(literal, by_length)
}

/// Whether the alternate goes on as the last bases of the reference repeated.
fn is_cycle(extended: &[u8], alternate: &[u8], cycle: usize) -> bool {
    let template = extended.get(extended.len() - cycle..).unwrap_or_default();
    let rest = alternate.get(extended.len()..).unwrap_or_default();
    rest.iter().zip(template.iter().cycle()).all(|(x, y)| x == y)
}

/// The digest of VRS 1.3, whose locations have intervals of numbers.
fn legacy(refget: &str, location: &SequenceLocation, alternate: &str) -> String {
    let (start, end) = (location.start, location.end);
    let place = format!(
        "{{\"interval\":{{\"end\":{{\"type\":\"Number\",\"value\":{end}}},\"start\":{{\"type\":\"Number\",\
         \"value\":{start}}},\"type\":\"SequenceInterval\"}},\"sequence_id\":\"{refget}\",\
         \"type\":\"SequenceLocation\"}}"
    );
    let place = sha512t24u(&place);
    sha512t24u(format!(
        "{{\"location\":\"{place}\",\"state\":{{\"sequence\":\"{alternate}\",\
         \"type\":\"LiteralSequenceExpression\"}},\"type\":\"Allele\"}}"
    ))
}
