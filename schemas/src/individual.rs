//! People, as far as counting needs to know them.

use serde::{Deserialize, Serialize};

/// Karyotypic sex, as far as it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sex {
    /// XX.
    Female,
    /// XY.
    Male,
    /// Not stated, or neither.
    #[default]
    Unknown,
}

impl Sex {
    /// Returns the sex that a term of NCIT or PATO means.
    pub fn of_term(id: &str) -> Self {
        match id {
            "NCIT:C16576" | "PATO:0000383" => Self::Female,
            "NCIT:C20197" | "PATO:0000384" => Self::Male,
            _ => Self::Unknown,
        }
    }

    /// Returns the term of NCIT, with its label.
    pub fn term(self) -> (&'static str, &'static str) {
        match self {
            Self::Female => ("NCIT:C16576", "female"),
            Self::Male => ("NCIT:C20197", "male"),
            Self::Unknown => ("NCIT:C17998", "unknown"),
        }
    }

    /// Returns the letter of population labels (`M`, `F`); none where the sex is unknown.
    pub fn letter(self) -> Option<&'static str> {
        match self {
            Self::Female => Some("F"),
            Self::Male => Some("M"),
            Self::Unknown => None,
        }
    }
}

/// A person whose genotypes a dataset holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Individual {
    /// The sample id of the VCF file.
    pub id: String,
    /// Karyotypic sex.
    pub sex: Sex,
    /// Population labels, narrowest first, such as `["FIN", "EUR"]`.
    pub populations: Vec<String>,
    /// Family id of the pedigree, if any.
    pub family: Option<String>,
}
