//! Alignments of transcripts to the genome, as RefSeq writes them: lines `cDNA_match` with `Target` and `Gap`.
//!
//! `Gap=M20 I3 M130` counts along the transcript, on both strands: 20 bases correspond, then the transcript has three
//! that the genome lacks, then 130 correspond. `D` stands for bases of the genome that the transcript lacks.

use super::{AlignedBlock, AlignedExon, attributes::Attributes};

/// One line of an alignment.
pub(super) struct Match {
    /// The transcript.
    pub(super) accession: String,
    /// Where it is in the genome, interbase.
    pub(super) place: (u32, u32),
    /// The exon that it is; why it cannot be told, where it cannot.
    pub(super) exon: Result<AlignedExon, String>,
}

impl Match {
    /// Reads what a line says of its transcript.
    pub(super) fn read(place: (u32, u32), reverse: bool, attributes: &Attributes) -> Option<Self> {
        let target = attributes.get("Target")?;
        let words: Vec<&str> = target.split(' ').filter(|word| !word.is_empty()).collect();
        let &[accession, first, last, ref strand @ ..] = words.as_slice() else { return None };
        let gap = attributes.get("Gap");
        let exon = match strand {
            [] | ["+"] => exon(place, reverse, (first, last), gap.as_deref()),
            _ => Err("its alignment to the genome is written along the other strand".to_owned()),
        };
        Some(Self { accession: accession.to_owned(), place, exon })
    }
}

fn exon(
    (start, end): (u32, u32),
    reverse: bool,
    (first, last): (&str, &str),
    gap: Option<&str>,
) -> Result<AlignedExon, String> {
    let unreadable = || "its alignment to the genome cannot be read".to_owned();
    let number = |text: &str| text.parse::<u32>().ok().filter(|number| *number > 0).ok_or_else(unreadable);
    let (from, to) = (number(first)? - 1, number(last)?);
    let whole = format!("M{}", end - start);
    let (mut here, mut at, mut blocks) = (0_u32, from, Vec::new());
    for operation in gap.unwrap_or(&whole).split(' ').filter(|operation| !operation.is_empty()) {
        let (kind, length) = operation.split_at_checked(1).ok_or_else(unreadable)?;
        let length = number(length)?;
        let (in_genome, in_transcript) = match kind {
            "M" => (length, length),
            "I" => (0, length),
            "D" => (length, 0),
            _ => return Err(unreadable()),
        };
        let next = here.checked_add(in_genome).filter(|next| *next <= end - start).ok_or_else(unreadable)?;
        let behind = at.checked_add(in_transcript).filter(|behind| *behind <= to).ok_or_else(unreadable)?;
        if kind == "M" {
            let (start, end) = if reverse { (end - next, end - here) } else { (start + here, start + next) };
            blocks.push(AlignedBlock { start, end, at });
        }
        (here, at) = (next, behind);
    }
    let fits = start + here == end && at == to && !blocks.is_empty();
    fits.then_some(AlignedExon { from, to, blocks }).ok_or_else(unreadable)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever stands there, what is read fits: its blocks lie in the exon, one behind the other, and as many bases
        /// of the genome and of the transcript are told as the line has.
        #[test]
        fn what_is_read_of_an_alignment_fits(
            (start, length) in (0u32..50, 1u32..60),
            target in "NM_1 ([0-9]{1,2}|4294967295) ([0-9]{1,2}|4294967295)( [+-])?",
            gap in prop::option::of("([MIDF]([0-9]{1,2}|4294967295)? ?){1,4}"),
            reverse: bool,
        ) {
            let gap = gap.map_or_else(String::new, |gap| format!(";Gap={gap}"));
            let attributes = Attributes::read(&format!("ID=m;Target={target}{gap}")).unwrap();
            let Some(row) = Match::read((start, start + length), reverse, &attributes) else { return Ok(()) };
            let Ok(exon) = row.exon else { return Ok(()) };
            let mut at = exon.from;
            let mut places: Vec<(u32, u32)> = exon.blocks.iter().map(|block| (block.start, block.end)).collect();
            for block in &exon.blocks {
                prop_assert!(at <= block.at && block.start < block.end, "{:?}", exon);
                at = block.at + (block.end - block.start);
            }
            prop_assert!(at <= exon.to);
            if reverse {
                places.reverse();
            }
            prop_assert!(places.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{:?}", exon);
            prop_assert!(places[0].0 >= start && places[places.len() - 1].1 <= start + length);
        }
    }
}
