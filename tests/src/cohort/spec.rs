//! What a cohort is to look like.

use fyr_schemas::Assembly;

use crate::AlleleKey;

/// How many copies people have of a stretch of the genome. Stated here, and not looked up, so that the
/// truth does not depend on the tables of pseudo-autosomal regions that are under test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inheritance {
    /// Two copies each: autosomes and the pseudo-autosomal regions.
    Diploid,
    /// Women have two copies, men one: X outside the pseudo-autosomal regions.
    XLinked,
    /// One copy each.
    Mitochondrial,
}

/// A stretch of a sequence with sites in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// Sequence name without prefix.
    pub contig: String,
    /// 1-based first and last position.
    pub positions: (u32, u32),
    /// Copies.
    pub inheritance: Inheritance,
    /// Number of sites, evenly random.
    pub sites: u32,
}

impl Window {
    /// Creates a window.
    pub fn new(contig: &str, positions: (u32, u32), inheritance: Inheritance, sites: u32) -> Self {
        Self { contig: contig.to_owned(), positions, inheritance, sites }
    }

    /// Returns whether a planted allele lies in this window.
    pub(super) fn holds(&self, key: &AlleleKey) -> bool {
        key.contig == self.contig && (self.positions.0..=self.positions.1).contains(&key.position)
    }
}

/// A named allele with a given frequency. With frequency 0 it is assayed and seen in nobody.
#[derive(Clone, Debug, PartialEq)]
pub struct Planted {
    /// The allele, in normal form, inside one of the windows.
    pub key: AlleleKey,
    /// Allele frequency in this cohort.
    pub frequency: f64,
}

/// A cohort to generate.
#[derive(Clone, Debug, PartialEq)]
pub struct CohortSpec {
    /// Short name of the region: prefix of its sample ids.
    pub name: String,
    /// Assembly of the coordinates.
    pub assembly: Assembly,
    /// Seed of the people and their genotypes.
    pub seed: u64,
    /// Seed of the sites and their common frequencies.
    pub site_seed: u64,
    /// Number of people.
    pub individuals: usize,
    /// Populations, over which people are spread evenly.
    pub populations: Vec<String>,
    /// Whether sequence names carry `chr`.
    pub chr_prefix: bool,
    /// Share of calls that are missing; a fifth of that is half missing.
    pub missing: f64,
    /// Where the sites are, in the order of the file.
    pub windows: Vec<Window>,
    /// Named alleles.
    pub planted: Vec<Planted>,
}

impl CohortSpec {
    /// Returns a small GRCh38 cohort with sites on autosomes, X inside and outside the
    /// pseudo-autosomal region, and MT.
    pub fn small(name: &str, seed: u64) -> Self {
        let window = Window::new;
        Self {
            name: name.to_owned(),
            assembly: Assembly::GRCH38,
            seed,
            site_seed: 1,
            individuals: 60,
            populations: vec![name.to_owned()],
            chr_prefix: true,
            missing: 0.01,
            windows: vec![
                window("1", (169_400_000, 169_600_000), Inheritance::Diploid, 60),
                window("7", (117_500_000, 117_600_000), Inheritance::Diploid, 60),
                window("X", (1_000_000, 1_100_000), Inheritance::Diploid, 40),
                window("X", (31_000_000, 31_100_000), Inheritance::XLinked, 60),
                window("MT", (100, 16_000), Inheritance::Mitochondrial, 40),
            ],
            planted: Vec::new(),
        }
    }

    /// Plants a named allele such as `7-117559590-ATCT-A`.
    ///
    /// # Errors
    ///
    /// The name cannot be read.
    pub fn plant(mut self, allele: &str, frequency: f64) -> anyhow::Result<Self> {
        self.planted.push(Planted { key: AlleleKey::parse(allele)?, frequency });
        Ok(self)
    }
}
