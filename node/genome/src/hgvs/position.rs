//! Positions along a transcript, and the bases of the genome that they are.

use gtars_vrs::hgvs::{Datum, Position, ReferenceType};

use super::invalid;
use crate::{AlignedBlock, AlignedExon, LocateError, Transcript};

/// A transcript with the place of its exons.
pub(super) struct Placed<'t> {
    reverse: bool,
    exons: Vec<AlignedExon>,
    /// Offsets of the first and the last coding base, where positions are counted from them.
    coding: Option<(i64, i64)>,
    accession: &'t str,
}

impl<'t> Placed<'t> {
    /// Places a transcript for descriptions of a kind.
    ///
    /// # Errors
    ///
    /// A transcript of which nobody can tell where its bases are, and `c.` of one that codes nothing.
    pub(super) fn of(
        accession: &'t str,
        transcript: &Transcript,
        kind: ReferenceType,
    ) -> Result<Self, LocateError> {
        let exons = transcript.aligned();
        let exons = exons.map_err(|reason| {
            invalid(&format!("`{accession}` cannot be placed in the genome: {reason}; use g. positions"))
        })?;
        let mut placed = Self { reverse: transcript.reverse, exons, coding: None, accession };
        if kind == ReferenceType::C {
            let (start, end) = transcript
                .coding
                .ok_or_else(|| invalid(&format!("`{accession}` codes no protein: use n. positions")))?;
            let (first, last) = if transcript.reverse { (end - 1, start) } else { (start, end - 1) };
            let coding = placed.offset_of(first).zip(placed.offset_of(last));
            placed.coding = Some(coding.ok_or_else(|| {
                invalid(&format!("the coding part of `{accession}` does not begin and end in its exons"))
            })?);
        }
        Ok(placed)
    }

    /// Returns whether the genome lacks bases of the transcript, or has others between them.
    pub(super) fn has_gaps(&self) -> bool {
        self.gaps().next().is_some()
    }

    /// Returns the 0-based bases of two positions, which may be the same.
    ///
    /// # Errors
    ///
    /// A position that is no base of the genome, and positions between which there is a gap.
    pub(super) fn bases(&self, a: Position, b: Position) -> Result<(u32, u32), LocateError> {
        let (first, last) = (self.offset(a)?, self.offset(b)?);
        let bases = (self.base(a, first)?, self.base(b, last)?);
        match self.gaps().any(|gap| first < gap && gap <= last) {
            true => Err(invalid(&format!(
                "`{}` and the genome differ in length between `{}` and `{}`: use g. positions",
                self.accession,
                self.written(a),
                self.written(b)
            ))),
            false => Ok(bases),
        }
    }

    /// Returns how far a position without its intron offset lies from the start of the transcript.
    fn offset(&self, position: Position) -> Result<i64, LocateError> {
        let Some((first, last)) = self.coding else { return Ok(position.base - 1) };
        Ok(match position.datum {
            Datum::CdsStart if position.base > last - first + 1 => {
                let beyond = format!("c.*{}", position.base - (last - first + 1));
                let outside = first + position.base > self.length();
                let reason =
                    if outside { "lies outside the transcript" } else { "lies behind the coding part" };
                return Err(self.refused(position, &format!("{reason}, whose bases are {beyond} and so on")));
            }
            // There is no position 0: c.-1 lies before c.1.
            Datum::CdsStart if position.base > 0 => first + position.base - 1,
            Datum::CdsStart => first + position.base,
            Datum::CdsEnd => last + position.base,
            Datum::SeqStart => position.base - 1,
        })
    }

    /// Returns the 0-based base of a position whose offset is known.
    fn base(&self, position: Position, at: i64) -> Result<u32, LocateError> {
        if at < 0 || at >= self.length() {
            return Err(self.refused(position, "lies outside the transcript"));
        }
        let place =
            self.exons.iter().position(|exon| (i64::from(exon.from)..i64::from(exon.to)).contains(&at));
        let missing = || self.refused(position, "is a base that the genome lacks there");
        let exon = place.ok_or_else(missing)?;
        let base = self.exons.get(exon).and_then(|exon| self.base_in(exon, at)).ok_or_else(missing)?;
        if position.offset == 0 {
            return Ok(base);
        }
        let room = self.intron(exon, at, position.offset > 0).ok_or_else(|| {
            self.refused(position, "counts into an intron from a base that is not at the border of its exon")
        })?;
        if position.offset.unsigned_abs() > u64::from(room) {
            return Err(
                self.refused(position, &format!("lies behind the end of the intron, which has {room} bases"))
            );
        }
        let moved = i64::from(base) + if self.reverse { -position.offset } else { position.offset };
        u32::try_from(moved).map_err(|_| self.refused(position, "lies outside the sequence"))
    }

    /// Returns the length of the intron behind or before a base, where the base is the one at its border.
    fn intron(&self, exon: usize, at: i64, behind: bool) -> Option<u32> {
        let here = self.exons.get(exon)?;
        let (before, after) = if behind {
            (here, self.exons.get(exon + 1)?)
        } else {
            (self.exons.get(exon.checked_sub(1)?)?, here)
        };
        let border = if behind { i64::from(here.to) - 1 } else { i64::from(here.from) };
        let (left, right) = if self.reverse { (after, before) } else { (before, after) };
        (at == border && before.to == after.from).then(|| right.start().saturating_sub(left.end()))
    }

    /// Returns the offsets before which bases of the transcript do not follow each other in the genome, or the
    /// transcript lacks bases that the genome has within an exon.
    fn gaps(&self) -> impl Iterator<Item = i64> {
        let within =
            self.exons.iter().flat_map(|exon| exon.blocks.iter().skip(1).map(|block| i64::from(block.at)));
        let between = self.exons.windows(2).filter_map(|pair| match pair {
            [before, after] => {
                let (last, next) = (before.blocks.last()?, after.blocks.first()?);
                (last.at + (last.end - last.start) != next.at).then(|| i64::from(next.at))
            }
            _ => None,
        });
        within.chain(between)
    }

    fn length(&self) -> i64 {
        self.exons.last().map_or(0, |exon| exon.to.into())
    }

    /// Returns how far a base lies from the start of the transcript.
    fn offset_of(&self, base: u32) -> Option<i64> {
        let mut blocks = self.exons.iter().flat_map(|exon| &exon.blocks);
        let block = blocks.find(|block| (block.start..block.end).contains(&base))?;
        let within = if self.reverse { block.end - 1 - base } else { base - block.start };
        Some(i64::from(block.at + within))
    }

    fn base_in(&self, exon: &AlignedExon, at: i64) -> Option<u32> {
        let at = u32::try_from(at).ok()?;
        let holds = |block: &&AlignedBlock| (block.at..block.at + (block.end - block.start)).contains(&at);
        let block = exon.blocks.iter().find(holds)?;
        let within = at - block.at;
        Some(if self.reverse { block.end - 1 - within } else { block.start + within })
    }

    fn refused(&self, position: Position, reason: &str) -> LocateError {
        invalid(&format!("`{}` of `{}` {reason}", self.written(position), self.accession))
    }

    /// Writes a position as descriptions do.
    fn written(&self, position: Position) -> String {
        let kind = if self.coding.is_some() { "c" } else { "n" };
        let star = if position.datum == Datum::CdsEnd { "*" } else { "" };
        let offset = if position.offset == 0 { String::new() } else { format!("{:+}", position.offset) };
        format!("{kind}.{star}{}{offset}", position.base)
    }
}
