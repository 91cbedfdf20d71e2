//! Who is attacked: people whose genotypes and attributes are known here, half of them in the data of the node.

mod synthetic;
mod thousand;
mod write;

pub(crate) use synthetic::draw;
pub(crate) use thousand::slices;
pub(crate) use write::{Written, frequencies};

/// The dataset of the members.
pub(crate) const MEMBERS: &str = "MEMBERS";

/// A variant of one base.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Locus {
    /// 1-based position.
    pub(crate) position: u32,
    pub(crate) reference: char,
    pub(crate) alternate: char,
    /// Frequency in the population that members and outsiders come from, which the attacker knows.
    pub(crate) frequency: f64,
}

/// Somebody, with what others may know of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Somebody {
    pub(crate) id: String,
    pub(crate) male: bool,
    /// Population label.
    pub(crate) label: String,
    /// Centimetres; nobody else has the same.
    pub(crate) height: String,
    /// A diagnosis that nobody else has.
    pub(crate) code: String,
    /// Copies of the alternate allele, one entry a locus.
    pub(crate) copies: Vec<u8>,
}

impl Somebody {
    /// Returns how many copies of a locus the person has.
    pub(crate) fn copies(&self, locus: usize) -> u8 {
        self.copies.get(locus).copied().unwrap_or_default()
    }

    /// Returns whether the person carries a locus.
    pub(crate) fn carries(&self, locus: usize) -> bool {
        self.copies(locus) > 0
    }
}

/// Two halves of one population.
#[derive(Clone, Debug)]
pub(crate) struct Population {
    /// What it is, for people.
    pub(crate) name: String,
    /// Sequence name without prefix, in GRCh37 or GRCh38.
    pub(crate) contig: &'static str,
    pub(crate) assembly: fyr_schemas::Assembly,
    pub(crate) loci: Vec<Locus>,
    /// In the data.
    pub(crate) members: Vec<Somebody>,
    /// Not in the data.
    pub(crate) outsiders: Vec<Somebody>,
}

impl Population {
    /// Returns how many members carry a locus.
    pub(crate) fn carriers(&self, locus: usize) -> usize {
        self.members.iter().filter(|member| member.carries(locus)).count()
    }

    /// Returns how many members are expected to carry a locus, by its frequency.
    pub(crate) fn expected(&self, locus: usize) -> f64 {
        let frequency = self.loci.get(locus).map_or(0.0, |locus| locus.frequency);
        self.members.len() as f64 * (1.0 - (1.0 - frequency).powi(2))
    }

    /// Returns all loci, those first of which about as many carriers are expected as the floor is: by whether they are told
    /// it shows most whether one person more is there.
    pub(crate) fn by_threshold(&self, floor: u64) -> Vec<usize> {
        let distance = |locus: &usize| (self.expected(*locus) / (floor as f64 - 0.5)).ln().abs();
        let mut loci: Vec<usize> = (0..self.loci.len()).collect();
        loci.sort_by(|a, b| distance(a).total_cmp(&distance(b)));
        loci
    }

    /// Returns the loci that so many members carry.
    pub(crate) fn carried_by(&self, members: std::ops::RangeInclusive<usize>) -> Vec<usize> {
        (0..self.loci.len()).filter(|locus| members.contains(&self.carriers(*locus))).collect()
    }
}

/// What the attributes of the somebody at a place are, of so many.
fn attributes(at: usize, order: usize) -> (String, String) {
    let height = format!("{:.2}", 140.0 + order as f64 * 0.05);
    // A00.0 to Z99.9, from one end.
    let letter = char::from(b'A' + u8::try_from(at / 1000 % 26).unwrap_or_default());
    (height, format!("ICD10:{letter}{:02}{}", at / 10 % 100, at % 10))
}
