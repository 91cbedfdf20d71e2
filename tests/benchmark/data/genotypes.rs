//! Who carries the allele of a row: drawn from the row's number, so that nothing needs to be kept.

use std::collections::BTreeMap;

use fyr_store::{Call, Carriers};
use fyr_tests::{AlleleCounts, counts::Grouping};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::people::People;

/// Sets the genotypes apart from the places, which are drawn by row number too.
const SEED: u64 = 0x6765_6e6f_7479_7065;
/// One row in so many has people without a call.
const ROWS_WITH_MISSING: u32 = 16;
/// Copies from which an allele is common, in 2,504 people one in fifty.
const COMMON: f64 = 100.0;

/// How often alleles are seen: half of them once, the others as `1/x`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spectrum {
    /// Share of the alleles that are seen 100 times or more.
    pub(crate) common: f64,
}

/// Draws genotypes for people.
#[derive(Clone, Debug)]
pub(crate) struct Drawer {
    people: People,
    spectrum: Spectrum,
    /// All males as people without an allele on a sequence that they have once.
    males: Carriers,
}

/// The genotypes of a row.
#[derive(Clone, Debug)]
pub(crate) struct Genotypes {
    /// Two bits a person, one for each copy of the sequence.
    copies: Vec<u64>,
    /// People without a call, ascending.
    missing: Vec<usize>,
    /// Whether males have one copy of the sequence.
    pub(crate) is_x: bool,
}

impl Drawer {
    pub(crate) fn new(people: People, spectrum: Spectrum) -> Self {
        let mut males = Carriers::default();
        for (index, number) in (0u32..).zip(0..people.len()) {
            if people.is_male(number) {
                males.push(index, Call::HaploidReference);
            }
        }
        Self { people, spectrum, males }
    }

    pub(crate) fn people(&self) -> &People {
        &self.people
    }

    /// Draws the genotypes of a row.
    pub(crate) fn draw(&self, row: u64, is_x: bool) -> Genotypes {
        let mut rng = ChaCha8Rng::seed_from_u64(row ^ SEED);
        let places = 2 * self.people.len();
        let copies = bits(self.copies(places as f64, &mut rng), places, &mut rng);
        let mut missing = Vec::new();
        if rng.random_ratio(1, ROWS_WITH_MISSING) {
            let count = rng.random_range(1..=8);
            missing = (0..count).map(|_| rng.random_range(0..self.people.len())).collect();
            missing.sort_unstable();
            missing.dedup();
        }
        let mut genotypes = Genotypes { copies, missing, is_x };
        genotypes.missing.retain(|person| pair(&genotypes.copies, *person) == 0);
        genotypes
    }

    /// Draws how many copies of an allele there are among a number of copies of the sequence.
    fn copies(&self, most: f64, rng: &mut ChaCha8Rng) -> usize {
        let class: f64 = rng.random();
        let mut between = |low: f64, high: f64| {
            let high = high.max(low + 1.0);
            (low * (high / low).powf(rng.random::<f64>())) as usize
        };
        match class {
            0.0..0.5 => 1,
            class if class > 1.0 - self.spectrum.common => between(COMMON.min(most / 2.0), most),
            _ => between(2.0, COMMON.min(most / 2.0)),
        }
    }

    /// Returns the genotypes as the engine takes them.
    pub(crate) fn carriers(&self, genotypes: &Genotypes) -> Carriers {
        let mut carriers = if genotypes.is_x { self.males.clone() } else { Carriers::default() };
        for person in genotypes.carriers() {
            let call = match self.copies_of(genotypes, person) {
                (1, 1) => Call::Hemizygous,
                (1, _) => Call::Heterozygous,
                _ => Call::Homozygous,
            };
            carriers.push(person as u32, call);
        }
        for person in &genotypes.missing {
            carriers.push(*person as u32, Call::Missing);
            carriers.haploid.remove(*person as u32);
        }
        carriers
    }

    /// Returns how many copies of the allele, and of the sequence, a person has.
    pub(crate) fn copies_of(&self, genotypes: &Genotypes, person: usize) -> (u32, u32) {
        let pair = pair(&genotypes.copies, person);
        if genotypes.is_x && self.people.is_male(person) {
            return (u32::from(pair != 0), 1);
        }
        (pair.count_ones(), 2)
    }

    /// Counts by going through the people one by one.
    pub(crate) fn count(&self, genotypes: &Genotypes, grouping: &Grouping) -> BTreeMap<String, AlleleCounts> {
        const CALLS: [[Option<u8>; 2]; 3] = [[Some(0), Some(0)], [Some(0), Some(1)], [Some(1), Some(1)]];
        let call = |person: usize| -> &[Option<u8>] {
            if genotypes.is_missing(person) {
                return &[None, None];
            }
            match self.copies_of(genotypes, person) {
                (0, 1) => &[Some(0)],
                (_, 1) => &[Some(1)],
                (copies, _) => CALLS.get(copies as usize).map_or(&[], |call| call.as_slice()),
            }
        };
        grouping.count((0..self.people.len()).map(call), 1)
    }
}

impl Genotypes {
    /// Returns who carries the allele, ascending.
    pub(crate) fn carriers(&self) -> impl Iterator<Item = usize> {
        self.copies.iter().enumerate().flat_map(|(word, bits)| {
            let mut rest = *bits;
            std::iter::from_fn(move || {
                let person = (rest != 0).then(|| rest.trailing_zeros() as usize / 2)?;
                rest &= !(0b11 << (2 * person));
                Some(32 * word + person)
            })
        })
    }

    pub(crate) fn is_missing(&self, person: usize) -> bool {
        self.missing.binary_search(&person).is_ok()
    }

    /// Returns the two copies of a person, one bit each.
    pub(crate) fn pair(&self, person: usize) -> u64 {
        pair(&self.copies, person)
    }
}

fn pair(copies: &[u64], person: usize) -> u64 {
    copies.get(person / 32).map_or(0, |word| word >> (2 * (person % 32)) & 0b11)
}

/// Draws a set of distinct places.
fn bits(count: usize, places: usize, rng: &mut ChaCha8Rng) -> Vec<u64> {
    let mut words = vec![0u64; places.div_ceil(64)];
    let invert = count > places / 2;
    let mut left = if invert { places - count } else { count };
    while left > 0 {
        let place = rng.random_range(0..places);
        if let Some(word) = words.get_mut(place / 64)
            && *word >> (place % 64) & 1 == 0
        {
            *word |= 1 << (place % 64);
            left -= 1;
        }
    }
    if invert {
        let beyond = places % 64;
        words.iter_mut().for_each(|word| *word = !*word);
        if let Some(last) = words.last_mut().filter(|_| beyond > 0) {
            *last &= (1 << beyond) - 1;
        }
    }
    words
}

/// Makes the genotypes of alleles at one place fit together: a copy of the sequence has one of them, and who is
/// called for one is called for all.
pub(crate) fn exclusive(mut alleles: Vec<Genotypes>) -> Vec<Genotypes> {
    let mut taken: Vec<u64> = Vec::new();
    for genotypes in &mut alleles {
        taken.resize(genotypes.copies.len(), 0);
        for (copies, taken) in genotypes.copies.iter_mut().zip(&mut taken) {
            *copies &= !*taken;
            *taken |= *copies;
        }
    }
    let mut missing = alleles.first().map(|first| first.missing.clone()).unwrap_or_default();
    missing.retain(|person| pair(&taken, *person) == 0);
    alleles.iter_mut().for_each(|genotypes| genotypes.missing.clone_from(&missing));
    alleles
}
