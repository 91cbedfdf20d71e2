//! People who never lived: independent sites with the spectrum of a neutral population.

use fyr_schemas::Assembly;
use rand::{Rng, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use super::{Locus, Population, Somebody, attributes};

/// A singleton of the 1000 Genomes Project.
const RAREST: f64 = 0.0002;
const COMMONEST: f64 = 0.5;
/// Sites keep a distance, so that ranges can end between them.
const DISTANCE: u32 = 100;
/// Populations; the last is so small that fewer than a floor of it carry most alleles.
const LABELS: usize = 9;
const SMALL: usize = 40;

/// Draws so many members, as many outsiders, and sites.
pub(crate) fn draw(seed: u64, members: usize, sites: usize) -> Population {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut people = people(2 * members, members, &mut rng);
    let loci: Vec<Locus> = (0u32..).take(sites).map(|at| locus(at, &mut rng)).collect();
    for locus in &loci {
        genotypes(locus.frequency, &mut people, &mut rng);
    }
    let outsiders = people.split_off(members);
    let name = format!("synthetic, {members} of {}", 2 * members);
    Population { name, contig: "1", assembly: Assembly::GRCH38, loci, members: people, outsiders }
}

fn people(count: usize, members: usize, rng: &mut impl Rng) -> Vec<Somebody> {
    let mut orders: Vec<usize> = (0..count).collect();
    orders.shuffle(rng);
    let somebody = |(at, order): (usize, usize)| {
        let (height, code) = attributes(at, order);
        let label = if at % members < SMALL { LABELS } else { 1 + at % (LABELS - 1) };
        let (id, label) = (format!("S{at:05}"), format!("P{label}"));
        Somebody { id, male: at % 2 == 0, label, height, code, copies: Vec::new() }
    };
    orders.into_iter().enumerate().map(somebody).collect()
}

fn locus(at: u32, rng: &mut impl Rng) -> Locus {
    let reference = rng.random_range(0..4);
    let alternate = reference + rng.random_range(1..4);
    let base = |number: usize| "ACGT".chars().nth(number % 4).unwrap_or('A');
    Locus {
        position: 10_000_001 + at * DISTANCE,
        reference: base(reference),
        alternate: base(alternate),
        frequency: RAREST * (COMMONEST / RAREST).powf(rng.random::<f64>()),
    }
}

/// Draws everyone's copies of one allele: from one haplotype that has it to the next, not one by one.
fn genotypes(frequency: f64, people: &mut [Somebody], rng: &mut impl Rng) {
    for somebody in people.iter_mut() {
        somebody.copies.push(0);
    }
    let (mut haplotype, all) = (0.0, 2.0 * people.len() as f64);
    loop {
        haplotype += ((1.0 - rng.random::<f64>()).ln() / (-frequency).ln_1p()).floor();
        if haplotype >= all {
            return;
        }
        let copies = people.get_mut((haplotype / 2.0) as usize).and_then(|person| person.copies.last_mut());
        if let Some(copies) = copies {
            *copies += 1;
        }
        haplotype += 1.0;
    }
}
