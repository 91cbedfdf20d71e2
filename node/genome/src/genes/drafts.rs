//! Transcripts of GFF3 and GTF while their features are gathered.

use std::collections::BTreeMap;

use fyr_schemas::Contig;

use super::{AlignedExon, Placement, Transcript, alignment::Match, attributes::Attributes};

/// Whose features are gathered together: the id that a file gives a transcript, its sequence, and whether it is on the
/// reverse strand. Some files have one id on two sequences.
pub(super) type Key = (String, Contig, bool);

/// Features of one transcript.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) gene: String,
    exons: Vec<(u32, u32)>,
    coding: Option<(u32, u32)>,
    mane_select: bool,
    /// What the file says where the transcript is not as the genome is, and in which way.
    exceptions: Vec<String>,
    notes: Vec<String>,
}

impl Draft {
    /// Takes a feature: the transcript itself, or a part of it.
    pub(super) fn take(&mut self, feature: &str, (start, end): (u32, u32), attributes: &Attributes) {
        match feature {
            "exon" if !self.exons.contains(&(start, end)) => self.exons.push((start, end)),
            "CDS" | "stop_codon" => {
                let (from, to) = self.coding.unwrap_or((start, end));
                self.coding = Some((from.min(start), to.max(end)));
            }
            _ => {}
        }
        self.mane_select |= attributes.is_mane_select();
        // What is said of coding parts is about their translation.
        if !["CDS", "stop_codon"].contains(&feature) {
            for (list, names) in [
                (&mut self.exceptions, ["exception", "transcript_exception"]),
                (&mut self.notes, ["Note", "note"]),
            ] {
                list.extend(names.into_iter().flat_map(|name| attributes.all(name)).map(str::to_owned));
            }
        }
    }

    /// Returns the whole of it; none where it has no exons.
    pub(super) fn span(&self) -> Option<(u32, u32)> {
        let start = self.exons.iter().map(|(start, _)| *start).min()?;
        Some((start, self.exons.iter().map(|(_, end)| *end).max()?))
    }

    /// Returns the transcript.
    pub(super) fn finish(mut self, (contig, reverse): (Contig, bool), matches: &[&[Match]]) -> Transcript {
        self.exons.sort_unstable();
        let placement = self.placement(reverse, matches);
        Transcript {
            gene: self.gene,
            contig,
            reverse,
            exons: self.exons,
            coding: self.coding,
            mane_select: self.mane_select,
            placement,
        }
    }

    fn placement(&self, reverse: bool, matches: &[&[Match]]) -> Placement {
        if self.exons.windows(2).any(|pair| matches!(pair, [(_, end), (start, _)] if end > start)) {
            return Placement::Unclear("its exons overlap in the table of genes".to_owned());
        }
        let mut fitting = matches.iter().filter(|rows| self.is_of(rows));
        match (fitting.next(), fitting.next(), matches.is_empty()) {
            (Some(one), None, _) => aligned(one, reverse),
            (Some(_), Some(_), _) => {
                Placement::Unclear("the table of genes has several alignments of it".to_owned())
            }
            (None, _, false) => Placement::Unclear(
                "its exons are not those of its alignment in the table of genes".to_owned(),
            ),
            (None, _, true) => self.without_alignment(),
        }
    }

    /// Returns whether an alignment is one of these exons.
    fn is_of(&self, rows: &[Match]) -> bool {
        let mut places: Vec<(u32, u32)> = rows.iter().map(|row| row.place).collect();
        places.sort_unstable();
        places == self.exons
    }

    fn without_alignment(&self) -> Placement {
        // These move no base, nor does a base that is another one.
        let harmless =
            |exception: &String| ["ribosomal slippage", "RNA editing"].contains(&exception.as_str());
        let moved = ["indel", "frameshift", "insertion", "deletion", "coverage", "%"];
        let only_others =
            |note: &String| note.contains("substitution") && !moved.iter().any(|word| note.contains(word));
        let mut told =
            self.notes.iter().filter(|note| note.contains("compared to this genomic sequence")).peekable();
        let is_told = told.peek().is_some() && told.all(only_others);
        match self.exceptions.iter().find(|exception| !harmless(exception)) {
            Some(exception) if !is_told => Placement::Unclear(format!(
                "the table of genes says that it differs from the genome ({exception}), and not where"
            )),
            _ => Placement::Exons,
        }
    }
}

/// The exons of an alignment, along the transcript.
fn aligned(rows: &[Match], reverse: bool) -> Placement {
    let exons: Result<Vec<AlignedExon>, String> = rows.iter().map(|row| row.exon.clone()).collect();
    match exons {
        Err(reason) => Placement::Unclear(reason),
        Ok(mut exons) => {
            exons.sort_by_key(|exon| exon.from);
            let follows = |pair: &[AlignedExon]| match pair {
                [first, next] => first.to <= next.from && (first.start() < next.start()) != reverse,
                _ => true,
            };
            match exons.windows(2).all(follows) {
                true => Placement::Aligned(exons),
                false => Placement::Unclear("its alignment to the genome is not in order".to_owned()),
            }
        }
    }
}

/// Alignments of one transcript on one sequence and strand, by the id that the file gives each.
pub(super) type Alignments = BTreeMap<Key, BTreeMap<String, Vec<Match>>>;
