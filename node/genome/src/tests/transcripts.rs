//! Generated transcripts, on both strands, with UTRs, introns and gaps: each position is the base that counting along
//! the transcript, one base after the other, comes to; what it comes to no base by is refused.

use std::fmt::Write as _;

use fyr_schemas::Assembly;
use proptest::{prelude::*, sample::Index};

use super::{allele, contig, file, locate};
use crate::{GeneTable, Genome, Genomes, Sequences, bases::reverse_complement};

const G38: Assembly = Assembly::GRCH38;

/// Bases of the genome.
const LENGTH: usize = 700;

/// What an exon is made of, along the transcript: `M`, `I` or `D`, and how many bases; then the intron behind it.
type Exon = (Vec<(char, u32)>, u32);

/// A transcript, counted base by base.
#[derive(Debug)]
struct Counted {
    /// The base of the genome of each base; none where the genome lacks it.
    bases: Vec<Option<u32>>,
    /// Bases of introns in the direction of the transcript, each before the base with this number.
    introns: Vec<(usize, Vec<u32>)>,
    /// First and last coding base.
    coding: (usize, usize),
    /// Lines of GFF3.
    gff3: String,
}

impl Counted {
    fn of(reverse: bool, exons: &[Exon], ends: (Index, Index)) -> Option<Self> {
        let strand = if reverse { '-' } else { '+' };
        let mut walk = if reverse { LENGTH as u32 - 60 } else { 60 };
        let mut step = || {
            let here = walk;
            walk = if reverse { walk - 1 } else { walk + 1 };
            here
        };
        let (mut bases, mut introns, mut rows) = (Vec::new(), Vec::new(), Vec::new());
        for (operations, intron) in exons {
            let (from, mut there, mut gap) = (bases.len(), Vec::new(), String::new());
            for (kind, length) in operations {
                write!(gap, "{}{kind}{length}", if gap.is_empty() { "" } else { " " }).unwrap();
                for _ in 0..*length {
                    let base = (*kind != 'I').then(&mut step);
                    there.extend(base);
                    if *kind != 'D' {
                        bases.push(base);
                    }
                }
            }
            rows.push((*there.iter().min()?, *there.iter().max()?, from, bases.len(), gap));
            introns.push((bases.len(), (0..*intron).map(|_| step()).collect()));
        }
        introns.pop();
        let placed: Vec<usize> = (0..bases.len()).filter(|at| bases[*at].is_some()).collect();
        let (a, b) = (*ends.0.get(&placed), *ends.1.get(&placed));
        let coding = (a.min(b), a.max(b));
        let gff3 = gff3(strand, &rows, &bases, coding);
        Some(Self { bases, introns, coding, gff3 })
    }

    /// The base that an offset into an intron comes to from a base; none where it is not at the border.
    fn base(&self, at: usize, offset: i64) -> Option<u32> {
        let base = (*self.bases.get(at)?)?;
        let intron =
            |before: usize| self.introns.iter().find(|(place, _)| *place == before).map(|(_, bases)| bases);
        let place = |n: i64| usize::try_from(n).ok();
        match offset {
            0 => Some(base),
            1.. => intron(at + 1)?.get(place(offset - 1)?).copied(),
            _ => intron(at).and_then(|bases| bases.get(place(bases.len() as i64 + offset)?)).copied(),
        }
    }

    /// Whether the genome has the same bases between two of the transcript, introns apart.
    fn is_even(&self, first: usize, last: usize) -> bool {
        (first..last).all(|at| match (self.bases[at], self.bases[at + 1]) {
            (Some(a), Some(b)) => {
                a.abs_diff(b) == 1 || self.introns.iter().any(|(place, _)| *place == at + 1)
            }
            _ => false,
        })
    }

    /// The name of a position, by coding bases or by all.
    fn name(&self, at: i64, offset: i64, coding: bool) -> String {
        let (first, last) = (self.coding.0 as i64, self.coding.1 as i64);
        let base = match coding {
            false => format!("{}", at + 1),
            true if at < first => format!("{}", at - first),
            true if at > last => format!("*{}", at - last),
            true => format!("{}", at - first + 1),
        };
        if offset == 0 { base } else { format!("{base}{offset:+}") }
    }
}

fn gff3(
    strand: char,
    rows: &[(u32, u32, usize, usize, String)],
    bases: &[Option<u32>],
    coding: (usize, usize),
) -> String {
    let mut text = String::from("##gff-version 3\n");
    let mut line = |feature: &str, from: u32, to: u32, attributes: &str| {
        writeln!(text, "chr1\tx\t{feature}\t{}\t{}\t.\t{strand}\t.\t{attributes}", from + 1, to + 1).unwrap();
    };
    line("mRNA", rows[0].0, rows[0].1, "ID=rna-1;transcript_id=NM_1.2;gene=G");
    let has_gaps = rows.iter().any(|row| row.4.contains(['I', 'D']));
    for (start, end, from, to, gap) in rows {
        line("exon", *start, *end, "Parent=rna-1");
        let coded = (*from).max(coding.0)..(*to).min(coding.1 + 1);
        let places: Vec<u32> = coded.filter_map(|at| bases[at]).collect();
        if let (Some(first), Some(last)) = (places.iter().min(), places.iter().max()) {
            line("CDS", *first, *last, "Parent=rna-1");
        }
        if has_gaps {
            let target = format!("ID=m;Target=NM_1.2 {} {to} +;Gap={gap}", from + 1);
            line("cDNA_match", *start, *end, &target);
        }
    }
    text
}

fn exon() -> impl Strategy<Value = Exon> {
    let gap = prop::option::weighted(0.3, (prop_oneof![Just('I'), Just('D')], 1u32..5));
    (1u32..20, gap, 1u32..20, 4u32..30).prop_map(|(before, gap, behind, intron)| match gap {
        Some(gap) => (vec![('M', before), gap, ('M', behind)], intron),
        None => (vec![('M', before + behind)], intron),
    })
}

/// A position: the number of a base, which may lie before or behind the transcript, and an offset.
fn place() -> impl Strategy<Value = (i64, i64)> {
    let offset = prop_oneof![3 => Just(0i64), 2 => -35i64..35];
    (-8i64..190, offset, any::<bool>()).prop_map(|(at, offset, _)| (at, offset))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn positions_are_the_bases_that_counting_comes_to(
        reverse: bool,
        exons in prop::collection::vec(exon(), 1..5),
        ends in any::<(Index, Index)>(),
        genome in "[ACGT]{700}",
        asked in prop::collection::vec((place(), place(), any::<bool>(), 0..6usize, any::<Index>()), 40),
    ) {
        let Some(counted) = Counted::of(reverse, &exons, ends) else { return Ok(()) };
        let genes = GeneTable::read(file(&counted.gff3).path(), G38).unwrap();
        let sequences = Sequences::of([(contig("1"), genome.as_str())]);
        let genomes = Genomes::default().with(G38, Genome { sequences, genes, ..Genome::default() });
        for ((at, offset), (behind, other), coding, kind, border) in asked {
            // Half of the offsets are counted from a border, which chance would seldom find.
            let at = match counted.introns.is_empty() || offset == 0 || kind % 2 == 0 {
                true => at,
                false => border.get(&counted.introns).0 as i64 - i64::from(offset > 0),
            };
            let base = usize::try_from(at).ok().and_then(|at| counted.base(at, offset));
            let turned = |bases: &str| if reverse { reverse_complement(bases) } else { bases.to_owned() };
            let label = if coding { 'c' } else { 'n' };
            let position = counted.name(at, offset, coding);
            let end_at = at + behind.rem_euclid(12);
            let end = usize::try_from(end_at).ok().and_then(|at| counted.base(at, other));
            let range = format!("{position}_{}", counted.name(end_at, other, coding));
            let even = at >= 0 && (end_at as usize) < counted.bases.len()
                && counted.is_even(at as usize, end_at as usize);
            let ordered = base.zip(end).filter(|(a, b)| if reverse { b <= a } else { a <= b });
            let ordered = ordered.map(|(a, b)| (a.min(b) as usize, a.max(b) as usize)).filter(|_| even);
            let (text, expected) = match kind {
                0 | 1 => {
                    let r = base.map_or("A", |base| &genome[base as usize..=base as usize]);
                    let a = if r == "A" { "C" } else { "A" };
                    let text = format!("NM_1.2:{label}.{position}{}>{}", turned(r), turned(a));
                    (text, base.map(|base| Ok(allele(base, r, a))))
                }
                2 => {
                    let text = format!("NM_1.2:{label}.{range}del");
                    (text, ordered.map(|(a, b)| locate(&genomes, &format!("chr1:g.{}_{}del", a + 1, b + 1))))
                }
                3 => {
                    let text = format!("NM_1.2:{label}.{range}dup");
                    (text, ordered.map(|(a, b)| locate(&genomes, &format!("chr1:g.{}_{}dup", a + 1, b + 1))))
                }
                4 => {
                    let text = format!("NM_1.2:{label}.{range}delins{}", turned("ACGTT"));
                    let same = |(a, b): (usize, usize)| format!("chr1:g.{}_{}delinsACGTT", a + 1, b + 1);
                    (text, ordered.map(|ends| locate(&genomes, &same(ends))))
                }
                _ => {
                    let text = format!("NM_1.2:{label}.{range}ins{}", turned("CAT"));
                    let neighbours = ordered.filter(|(a, b)| a + 1 == *b);
                    (text, neighbours.map(|(a, b)| locate(&genomes, &format!("chr1:g.{}_{}insCAT", a + 1, b + 1))))
                }
            };
            let query = fyr_schemas::VariantQuery::parse(&text, Some(G38));
            let found = query.ok().map(|_| locate(&genomes, &text));
            match expected {
                Some(expected) => prop_assert_eq!(found, Some(expected), "{} in {:?}", text, counted),
                None => prop_assert!(found.is_none_or(|found| found.is_err()), "{} in {:?}", text, counted),
            }
        }
    }

    /// What has no gaps is one transcript in every format.
    #[test]
    fn formats_tell_one_transcript(
        reverse: bool,
        exons in prop::collection::vec((1u32..20, 4u32..30), 1..5),
        ends in any::<(Index, Index)>(),
    ) {
        let exons: Vec<Exon> = exons.into_iter().map(|(length, intron)| (vec![('M', length)], intron)).collect();
        let Some(counted) = Counted::of(reverse, &exons, ends) else { return Ok(()) };
        let read = |text: &str| {
            let genes = GeneTable::read(file(text).path(), G38).unwrap();
            genes.transcript("NM_1.2").map(|(_, transcript)| transcript.clone()).unwrap()
        };
        let expected = read(&counted.gff3);
        prop_assert_eq!(&expected, &read(&gtf(&counted.gff3)));
        prop_assert_eq!(&expected, &read(&prediction(&expected, true)));
        // A frame that no length leads to betrays a gap; so does a table that tells none, by its silence.
        prop_assert_eq!(&expected, &read(&prediction(&expected, false)));
    }
}

/// The same features as GTF, with the version of the transcript in an attribute of its own.
fn gtf(gff3: &str) -> String {
    let line = |line: &str| {
        let features: Vec<&str> = line.split('\t').take(8).collect();
        let attributes = "gene_id \"G\"; note \"a; b\"; transcript_id \"NM_1\"; transcript_version \"2\";";
        format!("{}\t{attributes}\n", features.join("\t"))
    };
    gff3.lines().skip(1).map(line).collect()
}

/// The same transcript as a line of refGene, or of genePred, which has no frames.
fn prediction(transcript: &crate::Transcript, with_frames: bool) -> String {
    let (from, to) = transcript.coding.unwrap();
    let mut coded: Vec<i64> = transcript
        .exons
        .iter()
        .map(|(start, end)| (i64::from(*end.min(&to)) - i64::from(*start.max(&from))).max(0))
        .collect();
    if transcript.reverse {
        coded.reverse();
    }
    let mut before = 0;
    let mut frames: Vec<i64> = coded
        .iter()
        .map(|length| {
            let frame = if *length == 0 { -1 } else { before % 3 };
            before += length;
            frame
        })
        .collect();
    if transcript.reverse {
        frames.reverse();
    }
    let list =
        |numbers: Vec<i64>| numbers.iter().fold(String::new(), |text, number| format!("{text}{number},"));
    let starts = list(transcript.exons.iter().map(|(start, _)| (*start).into()).collect());
    let ends = list(transcript.exons.iter().map(|(_, end)| (*end).into()).collect());
    let (first, last) = (transcript.exons[0].0, transcript.exons[transcript.exons.len() - 1].1);
    let strand = if transcript.reverse { '-' } else { '+' };
    let count = transcript.exons.len();
    let columns = format!("NM_1.2\tchr1\t{strand}\t{first}\t{last}\t{from}\t{to}\t{count}\t{starts}\t{ends}");
    match with_frames {
        true => format!("0\t{columns}\t0\tG\tcmpl\tcmpl\t{}\n", list(frames)),
        false => format!("{columns}\t0\tG\n"),
    }
}
