//! Where the rows of a large dataset lie. A row is known by its number: its block is drawn again when it is needed.

use fyr_schemas::{Assembly, Contig, Interbase, Variant, VariantType};
use rand::{Rng, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

/// Sequences of GRCh38 with the interval that has rows, interbase. Of X, the part that males have once.
const SEQUENCES: [(&str, u32, u32); 23] = [
    ("1", 0, 248_956_422),
    ("2", 0, 242_193_529),
    ("3", 0, 198_295_559),
    ("4", 0, 190_214_555),
    ("5", 0, 181_538_259),
    ("6", 0, 170_805_979),
    ("7", 0, 159_345_973),
    ("8", 0, 145_138_636),
    ("9", 0, 138_394_717),
    ("10", 0, 133_797_422),
    ("11", 0, 135_086_622),
    ("12", 0, 133_275_309),
    ("13", 0, 114_364_328),
    ("14", 0, 107_043_718),
    ("15", 0, 101_991_189),
    ("16", 0, 90_338_345),
    ("17", 0, 83_257_441),
    ("18", 0, 80_373_285),
    ("19", 0, 58_617_616),
    ("20", 0, 64_444_167),
    ("21", 0, 46_709_983),
    ("22", 0, 50_818_468),
    ("X", 2_781_479, 155_701_382),
];

/// Rows that are drawn together.
const BLOCK_ROWS: u64 = 256;
const BASES: [char; 4] = ['A', 'C', 'G', 'T'];

/// Neighbouring rows.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    /// Number of the first row.
    pub(crate) first: u64,
    /// The alleles, in the order of the tables.
    pub(crate) alleles: Vec<Variant>,
}

/// A sequence, or a part of one, with its rows.
#[derive(Clone, Debug)]
pub(crate) struct Stretch {
    /// The sequence.
    pub(crate) contig: Contig,
    /// Interbase.
    start: u32,
    end: u32,
    first: u64,
    pub(crate) rows: u64,
}

/// All rows, in order.
#[derive(Clone, Debug)]
pub(crate) struct Genome {
    stretches: Vec<Stretch>,
}

impl Genome {
    /// Spreads a number of rows over the autosomes and X, by their lengths.
    pub(crate) fn whole(rows: u64) -> anyhow::Result<Self> {
        let length = |(_, start, end): &(&str, u32, u32)| u64::from(end - start);
        let bases: u64 = SEQUENCES.iter().map(length).sum();
        let (mut stretches, mut before, mut first) = (Vec::new(), 0, 0);
        for sequence in &SEQUENCES {
            before += length(sequence);
            let end = rows * before / bases;
            let (name, start, stop) = *sequence;
            stretches.push(Stretch::new(name, (start, stop), (first, end))?);
            first = end;
        }
        Ok(Self { stretches })
    }

    /// Puts all rows into one interval of chromosome 1.
    pub(crate) fn window(start: u32, end: u32, rows: u64) -> anyhow::Result<Self> {
        Ok(Self { stretches: vec![Stretch::new("1", (start, end), (0, rows))?] })
    }

    pub(crate) fn rows(&self) -> u64 {
        self.stretches.iter().map(|stretch| stretch.rows).sum()
    }

    pub(crate) fn stretches(&self) -> &[Stretch] {
        &self.stretches
    }

    /// Returns all blocks in order, not yet drawn.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = (&Stretch, u64)> {
        self.stretches.iter().flat_map(|stretch| (0..stretch.blocks()).map(move |number| (stretch, number)))
    }

    /// Draws the block of a row.
    pub(crate) fn block_of(&self, row: u64) -> Option<Block> {
        let stretch = self.stretches.iter().find(|s| (s.first..s.first + s.rows).contains(&row))?;
        Some(stretch.block((row - stretch.first) / BLOCK_ROWS))
    }
}

impl Stretch {
    fn new(name: &str, (start, end): (u32, u32), (first, last): (u64, u64)) -> anyhow::Result<Self> {
        let contig = Contig::resolve(name, Assembly::GRCH38)?;
        Ok(Self { contig, start, end, first, rows: last - first })
    }

    fn blocks(&self) -> u64 {
        self.rows.div_ceil(BLOCK_ROWS)
    }

    /// Returns the row numbers of this stretch.
    pub(crate) fn numbers(&self) -> std::ops::Range<u64> {
        self.first..self.first + self.rows
    }

    /// Returns the base before which the row of a number comes, if rows lay evenly.
    fn place(&self, row: u64) -> u64 {
        u64::from(self.start) + u64::from(self.end - self.start) * row / self.rows.max(1)
    }

    /// Draws a block: sites in clusters, some of them with several alleles.
    pub(crate) fn block(&self, number: u64) -> Block {
        let (first, last) = (number * BLOCK_ROWS, ((number + 1) * BLOCK_ROWS).min(self.rows));
        let mut rng = ChaCha8Rng::seed_from_u64(self.first + first);
        let sites = site_sizes(last - first, &mut rng);
        let starts = starts(sites.len() as u64, self.place(first), self.place(last), &mut rng);
        let mut alleles = Vec::new();
        for (size, start) in sites.into_iter().zip(starts) {
            alleles.extend(self.site(start, size, &mut rng));
        }
        Block { first: self.first + first, alleles }
    }

    fn site(&self, start: u64, size: u64, rng: &mut ChaCha8Rng) -> Vec<Variant> {
        let (kind, length, turn) = (rng.random_range(0..100), length(rng), rng.random_range(0..3));
        let allele = |number| self.allele(start, kind, length + number, turn + number);
        let mut alleles: Vec<Variant> = (0..size).filter_map(allele).collect();
        alleles.sort();
        alleles
    }

    /// Makes an allele: of 100 kinds, 86 are SNVs, 8 deletions, 6 insertions.
    fn allele(&self, start: u64, kind: u32, length: u64, turn: u64) -> Option<Variant> {
        let anchor = base(start);
        let (reference_bases, alternate_bases): (String, String) = match kind {
            0..86 => {
                let others = BASES.iter().filter(|other| **other != anchor);
                (anchor.into(), others.cycle().nth(turn as usize % 3)?.to_string())
            }
            86..94 => ((start..=start + length).map(base).collect(), anchor.into()),
            _ => (anchor.into(), (start..=start + length).map(base).collect()),
        };
        Some(Variant {
            contig: self.contig.clone(),
            interval: Interbase::new(start, start + reference_bases.len() as u64).ok()?,
            variant_type: VariantType::of_bases(&reference_bases, &alternate_bases),
            reference_bases,
            alternate_bases,
            sv_length: None,
        })
    }
}

/// Draws how many alleles each site has: of 100 sites, 6 have two and one has three.
fn site_sizes(mut rows: u64, rng: &mut ChaCha8Rng) -> Vec<u64> {
    let mut sites = Vec::new();
    while rows > 0 {
        let size = match rng.random_range(0..100) {
            0..6 => 2,
            6 => 3,
            _ => 1,
        };
        sites.push(rows.min(size));
        rows -= rows.min(size);
    }
    sites
}

/// Draws distinct places between two bases: most are close to the one before.
fn starts(sites: u64, from: u64, to: u64, rng: &mut ChaCha8Rng) -> Vec<u64> {
    let gap = |rng: &mut ChaCha8Rng| match rng.random_bool(0.7) {
        true => rng.random_range(1..=8u64),
        false => rng.random_range(9..=200),
    };
    let gaps: Vec<u64> = (0..sites).map(|_| gap(rng)).collect();
    let (room, total) = ((to - from).saturating_sub(sites), gaps.iter().sum::<u64>().max(1));
    let mut sum = 0;
    let place = |(number, gap): (u64, &u64)| {
        let place = from + sum * room / total + number;
        sum += gap;
        place
    };
    (0..).zip(&gaps).map(place).collect()
}

/// Draws the length of an indel: half of them have one base.
fn length(rng: &mut ChaCha8Rng) -> u64 {
    *[1, 1, 1, 1, 2, 3, 4, 6].choose(rng).unwrap_or(&1)
}

/// The reference base at a place, the same on every sequence.
fn base(place: u64) -> char {
    let mixed = place.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 61;
    *BASES.iter().cycle().nth(mixed as usize).unwrap_or(&'A')
}
