//! Counts of alleles and people, before and after disclosure.

use std::{fmt, ops::AddAssign};

use serde::{Deserialize, Serialize};

use crate::Sex;

/// Whom a count is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
pub enum Group {
    /// Everyone.
    Total,
    /// A population, by its label.
    Population(String),
    /// Everyone of one sex.
    Sex(Sex),
    /// A population's members of one sex.
    PopulationSex(String, Sex),
}

impl Group {
    /// Reads a label as clients see it: `Total`, `FIN`, `F`, `FIN_F`.
    pub fn from_label(label: &str) -> Self {
        let sex = |letter: &str| match letter {
            "F" => Some(Sex::Female),
            "M" => Some(Sex::Male),
            _ => None,
        };
        if label.eq_ignore_ascii_case("total") {
            return Self::Total;
        }
        if let Some(sex) = sex(label) {
            return Self::Sex(sex);
        }
        match label.rsplit_once('_').map(|(population, letter)| (population, sex(letter))) {
            Some((population, Some(sex))) => Self::PopulationSex(population.to_owned(), sex),
            _ => Self::Population(label.to_owned()),
        }
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = |sex: &Sex| sex.letter().unwrap_or("U");
        match self {
            Self::Total => f.write_str("Total"),
            Self::Population(label) => f.write_str(label),
            Self::Sex(sex) => f.write_str(letter(sex)),
            Self::PopulationSex(label, sex) => write!(f, "{label}_{}", letter(sex)),
        }
    }
}

impl From<Group> for String {
    fn from(group: Group) -> Self {
        group.to_string()
    }
}

impl From<String> for Group {
    fn from(label: String) -> Self {
        Self::from_label(&label)
    }
}

/// True counts of one allele in one group. Never leaves a node as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tally {
    /// Alleles of this kind (VCF AC).
    pub allele_count: u64,
    /// Alleles called (VCF AN).
    pub allele_number: u64,
    /// Diploid calls with one copy; none where the source does not say.
    pub heterozygous: Option<u64>,
    /// Calls with two copies.
    pub homozygous: Option<u64>,
    /// Haploid calls with a copy.
    pub hemizygous: Option<u64>,
    /// People who carry the allele.
    pub carriers: Option<u64>,
    /// People with at least one called allele.
    pub assayed: Option<u64>,
}

impl Tally {
    /// Returns the smallest number of people who can carry that many alleles.
    pub fn carriers_at_least(&self) -> u64 {
        self.carriers.unwrap_or(self.allele_count.div_ceil(2))
    }

    /// Returns the smallest number of people who can have that many called alleles.
    pub fn assayed_at_least(&self) -> u64 {
        self.assayed.unwrap_or(self.allele_number.div_ceil(2))
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        let both = |a: Option<u64>, b: Option<u64>| Some(a? + b?);
        *self = Self {
            allele_count: self.allele_count + other.allele_count,
            allele_number: self.allele_number + other.allele_number,
            heterozygous: both(self.heterozygous, other.heterozygous),
            homozygous: both(self.homozygous, other.homozygous),
            hemizygous: both(self.hemizygous, other.hemizygous),
            carriers: both(self.carriers, other.carriers),
            assayed: both(self.assayed, other.assayed),
        };
    }
}

/// What may be said about one allele in one group. Absent is not zero.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frequency {
    /// Whom it is about.
    pub group: Group,
    /// Alleles of this kind (AC).
    pub allele_count: u64,
    /// Alleles called (AN).
    pub allele_number: u64,
    /// Diploid calls with one copy.
    pub heterozygous: Option<u64>,
    /// Calls with two copies.
    pub homozygous: Option<u64>,
    /// Haploid calls with a copy.
    pub hemizygous: Option<u64>,
}

impl Frequency {
    /// Returns AC / AN; none where nothing was called.
    pub fn allele_frequency(&self) -> Option<f64> {
        (self.allele_number > 0).then(|| self.allele_count as f64 / self.allele_number as f64)
    }

    /// Returns whether the numbers can be true together.
    pub fn is_plausible(&self) -> bool {
        let sum = [self.heterozygous, self.homozygous.map(|n| n.saturating_mul(2)), self.hemizygous]
            .into_iter()
            .flatten()
            .fold(0u64, u64::saturating_add);
        self.allele_count <= self.allele_number && sum <= self.allele_count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_round_trip() {
        for label in ["Total", "FIN", "F", "M", "FIN_F", "north_sweden", "north_sweden_M"] {
            assert_eq!(Group::from_label(label).to_string(), label);
        }
        assert_eq!(Group::from_label("FI_M"), Group::PopulationSex("FI".into(), Sex::Male));
    }

    #[test]
    fn unknown_parts_make_the_sum_unknown() {
        let mut sum = Tally { carriers: Some(1), ..Tally::default() };
        sum += Tally { allele_count: 2, ..Tally::default() };
        assert_eq!((sum.allele_count, sum.carriers), (2, None));
    }

    #[test]
    fn impossible_numbers_are_seen() {
        let frequency = |ac, an, hom| Frequency {
            group: Group::Total,
            allele_count: ac,
            allele_number: an,
            heterozygous: None,
            homozygous: Some(hom),
            hemizygous: None,
        };
        assert!(frequency(2, 4, 1).is_plausible());
        assert!(!frequency(5, 4, 0).is_plausible());
        assert!(!frequency(2, 4, 2).is_plausible());
    }
}
