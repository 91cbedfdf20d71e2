//! UCSC's refGene (with a bin in front) and genePred: a line a transcript.

use fyr_schemas::Contig;

use super::{Placement, Transcript};

/// A line, in its columns.
pub(super) struct Line<'a> {
    pub(super) name: &'a str,
    pub(super) symbol: &'a str,
    pub(super) contig: &'a str,
    pub(super) span: (&'a str, &'a str),
    pub(super) coding: (&'a str, &'a str),
    reverse: bool,
    starts: &'a str,
    ends: &'a str,
    frames: Option<&'a str>,
}

impl<'a> Line<'a> {
    /// Reads a line.
    pub(super) fn read(columns: &[&'a str]) -> Result<Self, String> {
        let unbinned = match columns {
            [_, rest @ ..] if rest.get(2).is_some_and(|strand| ["+", "-"].contains(strand)) => rest,
            all => all,
        };
        let &[name, contig, strand, start, end, coding_start, coding_end, _, starts, ends, ref rest @ ..] =
            unbinned
        else {
            return Err(format!("{} columns are those of no format of genes", columns.len()));
        };
        Ok(Self {
            name,
            symbol: rest.get(1).copied().unwrap_or(name),
            contig,
            span: (start, end),
            coding: (coding_start, coding_end),
            reverse: strand == "-",
            starts,
            ends,
            frames: rest.get(4).copied(),
        })
    }

    /// Returns the transcript, whose coordinates have been read.
    pub(super) fn transcript(&self, contig: Contig, coding: (u32, u32)) -> Result<Transcript, String> {
        let (starts, ends): (Vec<u32>, Vec<u32>) = (list(self.starts)?, list(self.ends)?);
        if starts.len() != ends.len() || starts.is_empty() {
            return Err("the lists of exons have different lengths".into());
        }
        if starts.iter().zip(&ends).any(|(start, end)| start >= end) {
            return Err("an exon ends where it begins, or before".into());
        }
        let exons: Vec<_> = starts.into_iter().zip(ends).collect();
        let coding = (coding.0 < coding.1).then_some(coding);
        let placement = self.placement(&exons, coding)?;
        Ok(Transcript {
            gene: self.symbol.to_owned(),
            contig,
            reverse: self.reverse,
            exons,
            coding,
            mane_select: false,
            placement,
        })
    }

    /// The format has no place for gaps, but they show: exons that touch, and frames that the lengths of exons do not
    /// lead to.
    fn placement(&self, exons: &[(u32, u32)], coding: Option<(u32, u32)>) -> Result<Placement, String> {
        let unclear = |reason: &str| Ok(Placement::Unclear(reason.to_owned()));
        if exons.windows(2).any(|pair| matches!(pair, [(_, end), (start, _)] if end >= start)) {
            return unclear(
                "its exons touch in the table of genes, so it has bases that the genome lacks there",
            );
        }
        let (Some(frames), Some(coding)) = (self.frames, coding) else { return Ok(Placement::Exons) };
        let frames: Vec<i64> = list(frames)?;
        if frames.len() != exons.len() {
            return Err("the lists of exons and of their frames have different lengths".into());
        }
        match self.frames_fit(exons, &frames, coding) {
            true => Ok(Placement::Exons),
            false => unclear(
                "the frames of its exons in the table of genes contradict their lengths, so it has bases that \
                 the genome lacks, or lacks some",
            ),
        }
    }

    fn frames_fit(&self, exons: &[(u32, u32)], frames: &[i64], (from, to): (u32, u32)) -> bool {
        let coded = |(start, end): (u32, u32)| i64::from(end.min(to)) - i64::from(start.max(from));
        let mut parts: Vec<(i64, i64)> =
            exons.iter().map(|exon| coded(*exon)).zip(frames.iter().copied()).collect();
        if self.reverse {
            parts.reverse();
        }
        let mut expected = None;
        parts.iter().filter(|(length, _)| *length > 0).all(|(length, frame)| {
            let fits = (0..3).contains(frame) && expected.is_none_or(|expected| expected == *frame);
            expected = Some((frame + length).rem_euclid(3));
            fits
        })
    }
}

fn list<N: std::str::FromStr>(text: &str) -> Result<Vec<N>, String> {
    let number = |text: &str| text.trim().parse().map_err(|_| format!("`{text}` is not a coordinate"));
    text.split(',').filter(|n| !n.is_empty()).map(number).collect()
}
