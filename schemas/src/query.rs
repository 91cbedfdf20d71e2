//! Questions, valid by construction. One file a kind.

mod allele;
mod annotated;
mod batch;
mod bracket;
mod frequency;
mod gene;
mod located;
mod name;
mod narrowing;
mod notation;
pub(crate) mod protein;
mod range;

use std::{ops::Range, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{
    Assembly, EntryType, Filters, Granularity, InvalidAllele, InvalidContig, InvalidCoordinate,
    InvalidFilters, Purpose, UnknownAssembly, UnknownGranularity, UnknownVariantType,
};

pub use allele::AlleleQuery;
pub use batch::{BatchId, Epoch};
pub use bracket::BracketQuery;
pub use frequency::FrequencyBound;
pub use gene::GeneQuery;
pub use located::{AlleleForm, Located};
pub(crate) use name::assembly_of;
pub use name::{AlleleName, NameQuery};
pub use narrowing::{BasePattern, Mate, Narrowing, ProteinChange, Substitution, TypeTerm};
pub use range::RangeQuery;

/// A question about variants.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum VariantQuery {
    /// One exact allele (Beacon sequence query).
    Allele(AlleleQuery),
    /// An allele by its name in HGVS or VRS.
    Name(NameQuery),
    /// All that overlaps an interval (Beacon range query).
    Range(RangeQuery),
    /// All that starts here and ends there (Beacon bracket query).
    Bracket(BracketQuery),
    /// All of a gene, or with an effect on one.
    Gene(GeneQuery),
}

impl VariantQuery {
    /// Returns the assembly of the coordinates; none where the question has none.
    pub fn assembly(&self) -> Option<Assembly> {
        match self {
            Self::Allele(query) => Some(query.assembly()),
            Self::Name(query) => query.assembly(),
            Self::Range(query) => Some(query.assembly),
            Self::Bracket(query) => Some(query.assembly),
            Self::Gene(_) => None,
        }
    }

    /// Returns whether it names one allele.
    pub fn is_exact(&self) -> bool {
        match self {
            Self::Allele(_) | Self::Name(_) => true,
            Self::Range(_) | Self::Bracket(_) | Self::Gene(_) => false,
        }
    }

    /// Returns the name of the kind, for logs and metrics. It tells nothing of the content.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Allele(_) => "allele",
            Self::Name(_) => "name",
            Self::Range(_) => "range",
            Self::Bracket(_) => "bracket",
            Self::Gene(_) => "gene",
        }
    }
}

/// Which resultSets an answer lists (Beacon `includeResultsetResponses`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum IncludeResultsets {
    /// All of them.
    All,
    /// Those with a result.
    #[default]
    Hit,
    /// Those without.
    Miss,
    /// None of them.
    None,
}

impl IncludeResultsets {
    /// Returns whether a resultSet that says `exists` is to be listed.
    pub fn lists(self, exists: bool) -> bool {
        match self {
            Self::All => true,
            Self::Hit => exists,
            Self::Miss => !exists,
            Self::None => false,
        }
    }

    /// Returns the word that Beacon uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "ALL",
            Self::Hit => "HIT",
            Self::Miss => "MISS",
            Self::None => "NONE",
        }
    }
}

/// Which page of the entries of each dataset to return.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pagination {
    /// Pages to skip (Beacon counts pages, not rows).
    pub skip: u32,
    /// Rows a page; 0 means the most that the service gives.
    pub limit: u32,
}

impl Default for Pagination {
    fn default() -> Self {
        Self { skip: 0, limit: 10 }
    }
}

impl Pagination {
    /// Returns the numbers of the rows of the page, where a service gives at most `cap` rows a page.
    pub fn rows(self, cap: u32) -> Range<u64> {
        let limit = match self.limit {
            0 => cap,
            limit => limit.min(cap),
        };
        let first = u64::from(self.skip) * u64::from(limit);
        first..first + u64::from(limit)
    }
}

/// Which datasets and nodes a question is for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DatasetSelection {
    /// Only these datasets; all when empty.
    pub only: Vec<String>,
    /// Not these datasets: "elsewhere".
    pub exclude: Vec<String>,
    /// Not these nodes, by beacon id.
    pub exclude_nodes: Vec<String>,
    /// Only these nodes, by beacon id; all when empty.
    pub only_nodes: Vec<String>,
}

impl DatasetSelection {
    /// Returns whether a dataset is asked.
    pub fn includes(&self, dataset: &str) -> bool {
        selects(&self.only, &self.exclude, dataset)
    }

    /// Returns whether a node is asked.
    pub fn includes_node(&self, node: &str) -> bool {
        selects(&self.only_nodes, &self.exclude_nodes, node)
    }
}

fn selects(only: &[String], exclude: &[String], name: &str) -> bool {
    let named = |list: &[String]| list.iter().any(|id| id == name);
    (only.is_empty() || named(only)) && !named(exclude)
}

/// One entry, by its id.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EntryRef {
    /// What it is.
    pub entry_type: EntryType,
    /// Its id.
    pub id: String,
}

/// A question as a node or broker evaluates it: the entries of one type for which everything holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Query {
    /// What kind of entries are asked for.
    pub entry_type: EntryType,
    /// The variants that are asked for; for other entries, variants of which the person carries one.
    /// All variants where there is none.
    pub variant: Option<VariantQuery>,
    /// Only entries that belong to this one, such as the biosamples of one individual; an entry of the
    /// asked type itself stands for itself alone.
    pub within: Option<EntryRef>,
    /// What must be true of the entries, or of the people they are about.
    pub filters: Filters,
    /// How frequent the variants must be.
    pub frequencies: Vec<FrequencyBound>,
    /// How much is asked for.
    pub granularity: Granularity,
    /// Whose data are asked.
    pub datasets: DatasetSelection,
    /// Which page of the entries of each dataset.
    pub pagination: Pagination,
    /// Whether the answer must come from synthetic data (Beacon `testMode`).
    pub test_mode: bool,
    /// What it is asked for, as the client states it.
    pub purpose: Option<Purpose>,
    /// Whether nothing is to be counted: the answer says who would be asked, how much they would tell, and what
    /// the question costs.
    pub dry_run: bool,
    /// The release epoch of which the data are asked; the newest where there is none.
    pub epoch: Option<Epoch>,
    /// The questions that it belongs together with, such as those of one patient.
    pub batch: Option<BatchId>,
    /// How long the client waits; no longer than the service's own deadline. It changes nothing of what is asked.
    pub wait: Option<Duration>,
}

impl Query {
    /// Returns the question for variants that everyone in the datasets is asked about.
    pub fn variants(variant: VariantQuery) -> Self {
        Self { variant: Some(variant), ..Self::entries(EntryType::GenomicVariant) }
    }

    /// Returns the question for all entries of a type.
    pub fn entries(entry_type: EntryType) -> Self {
        Self {
            entry_type,
            variant: None,
            within: None,
            filters: Filters::default(),
            frequencies: Vec::new(),
            granularity: Granularity::default(),
            datasets: DatasetSelection::default(),
            pagination: Pagination::default(),
            test_mode: false,
            purpose: None,
            dry_run: false,
            epoch: None,
            batch: None,
            wait: None,
        }
    }

    /// Returns what a client signs to see lists of datasets, entry types or filtering terms, for a purpose. Lists
    /// are about no variant and no person, so one question stands for all of them.
    pub fn listing(purpose: Option<&Purpose>) -> Self {
        Self { purpose: purpose.cloned(), ..Self::entries(EntryType::Dataset) }
    }

    /// Returns the assembly of the question's coordinates; none where it has none.
    pub fn assembly(&self) -> Option<Assembly> {
        self.variant.as_ref().and_then(VariantQuery::assembly)
    }

    /// Returns whether one exact allele is asked for.
    pub fn is_exact(&self) -> bool {
        self.entry_type == EntryType::GenomicVariant
            && self.variant.as_ref().is_some_and(VariantQuery::is_exact)
    }

    /// Returns whether something is asked for: variants of all datasets, without any condition, are not.
    pub fn asks(&self) -> bool {
        let narrows = self.is_about_people() || !self.frequencies.is_empty();
        let asks = self.variant.is_some() || narrows || !self.datasets.only.is_empty();
        self.entry_type != EntryType::GenomicVariant || asks
    }

    /// Returns whether the question is about people: who they are, or what is true of them.
    ///
    /// How often a variant is seen among all people of a dataset is not.
    pub fn is_about_people(&self) -> bool {
        let collection = matches!(self.entry_type, EntryType::GenomicVariant | EntryType::Dataset);
        !collection || self.within.is_some() || !self.filters.is_empty()
    }
}

/// A question that cannot be asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidQuery {
    /// A parameter that this kind of question needs is not there.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// A parameter has a value that cannot be read.
    #[error("`{name}`: {reason}")]
    Parameter {
        /// The parameter, as the client spells it.
        name: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The filters are more than is evaluated.
    #[error("`filters`: {0}")]
    Filters(#[from] InvalidFilters),
    /// The assembly is not known.
    #[error("`assemblyId`: {0}")]
    Assembly(#[from] UnknownAssembly),
    /// The sequence name is not known.
    #[error("`referenceName`: {0}")]
    Contig(#[from] InvalidContig),
    /// A coordinate is out of range.
    #[error("`start`, `end`: {0}")]
    Coordinate(#[from] InvalidCoordinate),
    /// An allele cannot be read.
    #[error("`alternateBases`: {0}")]
    Allele(#[from] InvalidAllele),
    /// The granularity is not known.
    #[error("`requestedGranularity`: {0}")]
    Granularity(#[from] UnknownGranularity),
    /// The variant type is not known.
    #[error("`variantType`: {0}")]
    VariantType(#[from] UnknownVariantType),
}

#[cfg(test)]
mod tests {
    use super::Pagination;

    #[test]
    fn pages_lie_side_by_side_and_have_no_more_rows_than_the_service_gives() {
        for ((skip, limit), cap, rows) in [
            ((0, 10), 100, 0..10),
            ((2, 10), 100, 20..30),
            ((2, 0), 100, 200..300),
            ((1, 1000), 100, 100..200),
            ((1, 100), 100, 100..200),
            ((u32::MAX, u32::MAX), u32::MAX, 0xffff_fffe_0000_0001..0xffff_ffff_0000_0000),
        ] {
            assert_eq!(Pagination { skip, limit }.rows(cap), rows, "{skip} {limit} {cap}");
        }
    }
}
