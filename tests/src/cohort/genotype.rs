//! What each person carries at a site, and how a file writes it.

use rand::Rng;

use super::{Inheritance, Site, SyntheticPerson};

/// One person's call: one entry for each copy of the sequence, none where it was not called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Genotype {
    alleles: [Option<u8>; 2],
    copies: usize,
}

impl Genotype {
    fn reference(copies: usize) -> Self {
        Self { alleles: [Some(0); 2], copies }
    }

    /// Returns the alleles called, 0 for the reference.
    pub fn alleles(&self) -> &[Option<u8>] {
        self.alleles.get(..self.copies).unwrap_or_default()
    }

    fn set(&mut self, copy: usize, allele: Option<u8>) {
        if let Some(slot) = self.alleles.get_mut(copy) {
            *slot = allele;
        }
    }

    /// Appends the genotype as VCF writes it. One haploid call in eight is written with two alleles,
    /// as some callers do: doubled (`1/1`) or half missing (`1/.`).
    pub(super) fn write(&self, person: usize, phased: bool, line: &mut String) {
        let separator = if phased { '|' } else { '/' };
        push(line, self.alleles.first().copied().flatten());
        if self.copies == 2 {
            line.push(separator);
            push(line, self.alleles.get(1).copied().flatten());
        } else if person % 16 == 3 {
            line.push(separator);
            push(line, self.alleles.first().copied().flatten());
        } else if person % 16 == 11 {
            line.push_str("/.");
        }
    }
}

fn push(line: &mut String, allele: Option<u8>) {
    match allele {
        Some(allele) => line.push(char::from(b'0' + allele)),
        None => line.push('.'),
    }
}

/// Draws everyone's genotype at a site.
pub(super) fn genotypes(
    site: &Site,
    inheritance: Inheritance,
    people: &[SyntheticPerson],
    missing: f64,
    rng: &mut impl Rng,
) -> Vec<Genotype> {
    let copies = |person: &SyntheticPerson| match inheritance {
        Inheritance::Diploid => 2,
        Inheritance::XLinked => 2 - usize::from(person.male),
        Inheritance::Mitochondrial => 1,
    };
    let mut genotypes: Vec<Genotype> = people.iter().map(|p| Genotype::reference(copies(p))).collect();
    for (number, allele) in (1u8..).zip(&site.alleles) {
        each_hit(2 * genotypes.len(), allele.frequency, rng, |copy| {
            if let Some(genotype) = genotypes.get_mut(copy / 2) {
                genotype.set(copy % 2, Some(number));
            }
        });
    }
    each_hit(genotypes.len(), missing, rng, |person| {
        if let Some(genotype) = genotypes.get_mut(person) {
            genotype.set(1, None);
            // One in five keeps the allele that is written first.
            if person % 5 != 0 || genotype.copies == 1 {
                genotype.set(0, None);
            }
        }
    });
    genotypes
}

/// Calls back for each of `n` trials that succeeds, skipping the others at once.
fn each_hit(n: usize, probability: f64, rng: &mut impl Rng, mut hit: impl FnMut(usize)) {
    if probability <= 0.0 {
        return;
    }
    let step = (1.0 - probability.min(0.999)).ln();
    let mut trial = 0usize;
    loop {
        // The length of a run of failures is geometric.
        let failures = ((1.0 - rng.random::<f64>()).ln() / step) as usize;
        trial = trial.saturating_add(failures);
        if trial >= n {
            return;
        }
        hit(trial);
        trial += 1;
    }
}
