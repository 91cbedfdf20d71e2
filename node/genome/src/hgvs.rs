//! From a description in HGVS to the allele that it means.

mod named;
mod position;

use fyr_schemas::{AlleleQuery, Assembly, Contig, Interbase};
use gtars_vrs::hgvs::{Edit, HgvsVariant, LocationRange, Position, ReferenceType};

use crate::{Chains, Genome, LocateError, bases::reverse_complement};
use position::Placed;

/// Reads a description that [`fyr_schemas::NameQuery`] has checked. Returns the allele, and what the client should
/// know of how it was read.
///
/// # Errors
///
/// A transcript that is not known, a position outside it, bases that are not there, and changes for which
/// the reference sequence is needed where it is not known.
pub(crate) fn allele(
    genome: &Genome,
    assembly: Assembly,
    text: &str,
) -> Result<(AlleleQuery, Option<String>), LocateError> {
    let parsed = gtars_vrs::hgvs::parse(text).map_err(|error| invalid(&error.to_string()))?;
    let (place, warning) = Place::of(genome, assembly, &parsed)?;
    let (start, reference_bases, alternate_bases) = place.change(genome, &parsed.posedit.edit)?;
    let allele = AlleleQuery::new(assembly, place.contig, start.into(), &reference_bases, &alternate_bases);
    Ok((allele.map_err(|error| invalid(&error.to_string()))?, warning))
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
    let (place, _) = Place::of(&Genome::default(), from, &parsed)?;
    let interval = Interbase::new(place.first.into(), u64::from(place.last) + 1);
    let interval = interval.map_err(|error| invalid(&error.to_string()))?;
    let there = chains.lift(from, &place.contig, interval);
    let there = there.map_err(|reason| LocateError::Unlifted { from, reason })?;
    let place = Place {
        contig: there.contig,
        first: there.interval.start(),
        last: there.interval.end().saturating_sub(1),
        reverse: there.reverse,
        has_gaps: false,
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
    /// Whether the transcript has gaps against the genome.
    has_gaps: bool,
}

impl Place {
    fn of(
        genome: &Genome,
        assembly: Assembly,
        parsed: &HgvsVariant<'_>,
    ) -> Result<(Self, Option<String>), LocateError> {
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
            let whole = Self { contig, first: base(a)?, last: base(b)?, reverse: false, has_gaps: false };
            return Ok((whole.checked()?, None));
        }
        let named = named::find(genome, assembly, parsed)?;
        let placed = Placed::of(named.accession, named.transcript, parsed.reference_type)?;
        let (a, b) = placed.bases(a, b)?;
        let (first, last) = if named.transcript.reverse { (b, a) } else { (a, b) };
        let contig = named.transcript.contig.clone();
        let place =
            Self { contig, first, last, reverse: named.transcript.reverse, has_gaps: placed.has_gaps() };
        Ok((place.checked()?, named.warning))
    }

    fn checked(self) -> Result<Self, LocateError> {
        if self.last < self.first {
            return Err(invalid("the second position lies before the first"));
        }
        if self.last - self.first > 1_000_000 {
            return Err(invalid(
                "a change of more than a million bases is no allele that is stored: ask by range",
            ));
        }
        Ok(self)
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
                if reference.len() as u64 != u64::from(self.last - self.first) + 1 {
                    return Err(invalid(
                        "a substitution has one position and one base, or as many of both: use delins otherwise",
                    ));
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
        if self.has_gaps {
            return Err(invalid(
                "the transcript has gaps against the genome, so its copies may not be those there: use del, dup or \
                 ins",
            ));
        }
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
