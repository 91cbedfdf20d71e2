//! The kinds of entries that the Beacon v2 default model has.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A kind of entry of the Beacon v2 default model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EntryType {
    /// What was done with the reads of a run.
    Analysis,
    /// A sample of a person.
    Biosample,
    /// A group of people.
    Cohort,
    /// What one policy is about.
    Dataset,
    /// A variant, with its frequencies.
    GenomicVariant,
    /// A person.
    Individual,
    /// A sequencing run.
    Run,
}

/// A text that names no entry type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not an entry type: use analysis, biosample, cohort, dataset, genomicVariant, individual or run"
)]
pub struct UnknownEntryType(pub String);

impl EntryType {
    /// All of them, in the order of their ids.
    pub const ALL: [Self; 7] = [
        Self::Analysis,
        Self::Biosample,
        Self::Cohort,
        Self::Dataset,
        Self::GenomicVariant,
        Self::Individual,
        Self::Run,
    ];

    /// Returns the id that the specification gives it: `genomicVariant`.
    pub fn id(self) -> &'static str {
        match self {
            Self::Analysis => "analysis",
            Self::Biosample => "biosample",
            Self::Cohort => "cohort",
            Self::Dataset => "dataset",
            Self::GenomicVariant => "genomicVariant",
            Self::Individual => "individual",
            Self::Run => "run",
        }
    }

    /// Returns its path below the base path: `g_variants`.
    pub fn path(self) -> &'static str {
        match self {
            Self::Analysis => "analyses",
            Self::Biosample => "biosamples",
            Self::Cohort => "cohorts",
            Self::Dataset => "datasets",
            Self::GenomicVariant => "g_variants",
            Self::Individual => "individuals",
            Self::Run => "runs",
        }
    }
}

impl fmt::Display for EntryType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl FromStr for EntryType {
    type Err = UnknownEntryType;

    /// Reads an id or a path, in any letter case; `genomicVariation` is what older clients write.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named =
            |kind: &Self| text.eq_ignore_ascii_case(kind.id()) || text.eq_ignore_ascii_case(kind.path());
        let old = ["genomicVariation", "genomicVariations", "genomicVariants", "g_variant"];
        if old.iter().any(|word| text.eq_ignore_ascii_case(word)) {
            return Ok(Self::GenomicVariant);
        }
        Self::ALL.into_iter().find(named).ok_or_else(|| UnknownEntryType(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_paths_name_the_type() {
        for kind in EntryType::ALL {
            assert_eq!(kind.id().parse(), Ok(kind));
            assert_eq!(kind.path().to_uppercase().parse(), Ok(kind));
        }
        assert_eq!("genomicVariation".parse(), Ok(EntryType::GenomicVariant));
        assert!("sample".parse::<EntryType>().is_err());
    }
}
