//! From a description in HGVS to the allele that it means.

use fyr_schemas::{AlleleQuery, Assembly, Contig, Interbase};
use gtars_vrs::hgvs::{Datum, Edit, HgvsVariant, LocationRange, Position, ReferenceType};

use crate::{Chains, Genome, LocateError, Transcript, bases::reverse_complement};

/// Reads a description that [`fyr_schemas::NameQuery`] has checked.
///
/// # Errors
///
/// A transcript that is not known, a position outside it, bases that are not there, and changes for which
/// the reference sequence is needed where it is not known.
pub(crate) fn allele(genome: &Genome, assembly: Assembly, text: &str) -> Result<AlleleQuery, LocateError> {
    let parsed = gtars_vrs::hgvs::parse(text).map_err(|error| invalid(&error.to_string()))?;
    let place = Place::of(genome, assembly, &parsed)?;
    let (start, reference_bases, alternate_bases) = place.change(genome, &parsed.posedit.edit)?;
    AlleleQuery::new(assembly, place.contig, start.into(), &reference_bases, &alternate_bases)
        .map_err(|error| invalid(&error.to_string()))
}

/// Reads a description on a genomic sequence of the other assembly, whose bases are not known: its place is
/// lifted, and its bases are those of this one.
///
/// # Errors
///
/// As [`allele`]; and a place that cannot be lifted.
pub(crate) fn lifted(
    genome: &Genome,
    chains: &Chains,
    (from, to): (Assembly, Assembly),
    text: &str,
) -> Result<AlleleQuery, LocateError> {
    let parsed = gtars_vrs::hgvs::parse(text).map_err(|error| invalid(&error.to_string()))?;
    let place = Place::of(&Genome::default(), from, &parsed)?;
    let interval = Interbase::new(place.first.into(), u64::from(place.last) + 1);
    let interval = interval.map_err(|error| invalid(&error.to_string()))?;
    let there = chains.lift(from, &place.contig, interval);
    let there = there.map_err(|reason| LocateError::Unlifted { from, reason })?;
    let place = Place {
        contig: there.contig,
        first: there.interval.start(),
        last: there.interval.end().saturating_sub(1),
        reverse: there.reverse,
    };
    let (start, reference_bases, alternate_bases) = place.change(genome, &parsed.posedit.edit)?;
    AlleleQuery::new(to, place.contig, start.into(), &reference_bases, &alternate_bases)
        .map_err(|error| invalid(&error.to_string()))
}

fn invalid(reason: &str) -> LocateError {
    LocateError::Invalid { parameter: "genomicAlleleShortForm", reason: reason.to_owned() }
}

/// Where a change is, on the forward strand.
struct Place {
    contig: Contig,
    /// 0-based first and last base.
    first: u32,
    last: u32,
    reverse: bool,
}

impl Place {
    fn of(genome: &Genome, assembly: Assembly, parsed: &HgvsVariant<'_>) -> Result<Self, LocateError> {
        let (a, b) = match &parsed.posedit.pos {
            LocationRange::Single(one) => (*one, *one),
            LocationRange::Range { start, end } => (*start, *end),
            _ => return Err(invalid("an uncertain position names no allele")),
        };
        if matches!(parsed.reference_type, ReferenceType::G | ReferenceType::M) {
            let contig = Contig::resolve(parsed.accession, assembly).map_err(|e| invalid(&e.to_string()))?;
            let base = |position: Position| {
                let base = u32::try_from(position.base - 1).ok().filter(|base| *base < i32::MAX as u32);
                base.ok_or_else(|| invalid("a position is not on the sequence"))
            };
            return Self::ordered(contig, base(a)?, base(b)?, false);
        }
        let transcript = find(genome, parsed.accession)?;
        let coding = parsed.reference_type == ReferenceType::C;
        let base = |position| base_of(transcript, position, coding);
        Self::ordered(transcript.contig.clone(), base(a)?, base(b)?, transcript.reverse)
    }

    fn ordered(contig: Contig, a: u32, b: u32, reverse: bool) -> Result<Self, LocateError> {
        let (first, last) = if reverse { (b, a) } else { (a, b) };
        if last < first {
            return Err(invalid("the second position lies before the first"));
        }
        if last - first > 1_000_000 {
            return Err(invalid(
                "a change of more than a million bases is no allele that is stored: ask by range",
            ));
        }
        Ok(Self { contig, first, last, reverse })
    }

    /// Returns the interbase start and both alleles; one of them may be empty.
    fn change(&self, genome: &Genome, edit: &Edit<'_>) -> Result<(u32, String, String), LocateError> {
        let forward = |bases: &str| {
            let bases = bases.to_ascii_uppercase().replace('U', "T");
            if self.reverse { reverse_complement(&bases) } else { bases }
        };
        let stated = |stated: &Option<&str>| self.reference(genome, stated.map(forward));
        Ok(match edit {
            Edit::Sub { reference, alternate } => {
                if self.first != self.last && reference.len() == 1 {
                    return Err(invalid("a substitution has one position"));
                }
                // What the description says is checked against the sequence when the allele is aligned.
                (self.first, forward(reference), forward(alternate))
            }
            Edit::Del { reference } => (self.first, stated(reference)?, String::new()),
            Edit::DelIns { reference, alternate } => (self.first, stated(reference)?, forward(alternate)),
            Edit::Inv { reference } => {
                let bases = stated(reference)?;
                (self.first, bases.clone(), reverse_complement(&bases))
            }
            Edit::Dup { reference } => (self.last + 1, String::new(), stated(reference)?),
            Edit::Ins { alternate } => {
                if self.last != self.first + 1 {
                    return Err(invalid("an insertion lies between two neighbours: 100_101insA"));
                }
                self.needs_sequence(genome)?;
                (self.last, String::new(), forward(alternate))
            }
            Edit::Repeat { sequence, count } => self.repeat(genome, &forward(sequence), *count)?,
            Edit::Identity | Edit::Unknown | Edit::Copy { .. } => {
                return Err(invalid("this change names no allele"));
            }
        })
    }

    /// An indel can be moved along repeats, so without the sequence nobody knows how data have it.
    fn needs_sequence(&self, genome: &Genome) -> Result<(), LocateError> {
        let known = genome.sequences.get(&self.contig).is_some();
        known.then_some(()).ok_or(LocateError::NeedsSequence)
    }

    /// Returns the bases that are changed, and checks them where the description states them.
    fn reference(&self, genome: &Genome, stated: Option<String>) -> Result<String, LocateError> {
        self.needs_sequence(genome)?;
        let bases = genome.sequences.slice(&self.contig, self.first, self.last + 1);
        let bases = bases.ok_or_else(|| invalid("a position lies behind the end of the sequence"))?;
        let bases = String::from_utf8_lossy(bases).into_owned();
        match stated {
            Some(stated) if stated != bases => Err(invalid(&format!(
                "states bases of another length or kind than the {} there",
                bases.len()
            ))),
            _ => Ok(bases),
        }
    }

    /// `g.123CA[4]`: the run of copies that begins here becomes so many.
    fn repeat(&self, genome: &Genome, unit: &str, count: u32) -> Result<(u32, String, String), LocateError> {
        self.needs_sequence(genome)?;
        let length = u32::try_from(unit.len()).unwrap_or(u32::MAX);
        let copy = |start: u32| genome.sequences.slice(&self.contig, start, start.checked_add(length)?);
        let is_copy = |start: &u32| copy(*start).is_some_and(|bases| bases == unit.as_bytes());
        let run = if self.reverse {
            let ends =
                (0..).map_while(|n: u32| self.last.checked_add(1)?.checked_sub(length.checked_mul(n + 1)?));
            ends.take_while(is_copy).take(10_000).count()
        } else {
            let starts = (0..).map_while(|n: u32| self.first.checked_add(length.checked_mul(n)?));
            starts.take_while(is_copy).take(10_000).count()
        };
        let have = u32::try_from(run).unwrap_or(u32::MAX);
        let start = if self.reverse { (self.last + 1).saturating_sub(have * length) } else { self.first };
        if have == count {
            return Err(invalid("so many copies are there in the reference sequence: nothing changes"));
        }
        if have == 0 {
            return Err(invalid("there is no such copy in the reference sequence"));
        }
        Ok((start, unit.repeat(run), unit.repeat(count as usize)))
    }
}

fn find<'a>(genome: &'a Genome, accession: &str) -> Result<&'a Transcript, LocateError> {
    if genome.genes.is_empty() {
        return Err(LocateError::NeedsGenes);
    }
    if let Some((_, transcript)) = genome.genes.transcript(accession) {
        return Ok(transcript);
    }
    let versions = genome.genes.versions(accession);
    Err(invalid(&match versions.is_empty() {
        true => format!("transcript `{accession}` is not in the table of genes"),
        false => format!(
            "transcript `{accession}` is not in the table of genes, which has {}",
            versions.join(", ")
        ),
    }))
}

/// Returns the 0-based base of a position in a transcript.
fn base_of(transcript: &Transcript, position: Position, coding: bool) -> Result<u32, LocateError> {
    let outside = || invalid("a position lies outside the transcript");
    let lengths = transcript.exons.iter().map(|(start, end)| i64::from(end - start));
    let length: i64 = lengths.sum();
    // 0-based offsets in the transcript.
    let at = if coding {
        let (start, end) = transcript.coding.ok_or_else(|| invalid("the transcript codes no protein"))?;
        let (first, last) = if transcript.reverse { (end - 1, start) } else { (start, end - 1) };
        let first = offset_of(transcript, first).ok_or_else(outside)?;
        let last = offset_of(transcript, last).ok_or_else(outside)?;
        match position.datum {
            // There is no position 0: c.-1 lies before c.1.
            Datum::CdsStart if position.base > 0 => first + position.base - 1,
            Datum::CdsStart => first + position.base,
            Datum::CdsEnd => last + position.base,
            Datum::SeqStart => position.base - 1,
        }
    } else {
        position.base - 1
    };
    if at < 0 || at >= length {
        return Err(outside());
    }
    let base = base_at(transcript, at).ok_or_else(outside)?;
    let moved = i64::from(base) + if transcript.reverse { -position.offset } else { position.offset };
    u32::try_from(moved).map_err(|_| outside())
}

/// Returns how far a base lies from the start of a transcript.
fn offset_of(transcript: &Transcript, base: u32) -> Option<i64> {
    let mut before = 0;
    for &(start, end) in in_order(transcript).iter() {
        if (start..end).contains(&base) {
            return Some(before + i64::from(if transcript.reverse { end - 1 - base } else { base - start }));
        }
        before += i64::from(end - start);
    }
    None
}

fn base_at(transcript: &Transcript, mut at: i64) -> Option<u32> {
    for &(start, end) in in_order(transcript).iter() {
        let length = i64::from(end - start);
        if at < length {
            let within = u32::try_from(at).ok()?;
            return Some(if transcript.reverse { end - 1 - within } else { start + within });
        }
        at -= length;
    }
    None
}

fn in_order(transcript: &Transcript) -> Vec<(u32, u32)> {
    let mut exons = transcript.exons.clone();
    if transcript.reverse {
        exons.reverse();
    }
    exons
}
