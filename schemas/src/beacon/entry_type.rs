//! The entry types that are served: one table, from which every metadata endpoint is written.

use crate::EntryType;

/// Where the specification keeps its schemas.
const MODEL: &str =
    "https://raw.githubusercontent.com/ga4gh-beacon/beacon-v2/v2.2.0/models/json/beacon-v2-default-model";

/// How an entry type is described and served. The names are those of the specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Definition {
    /// Which one.
    pub entry_type: EntryType,
    /// Name for people.
    pub name: &'static str,
    /// Folder of its schema in the model, and the name of its OpenAPI file there.
    pub folder: &'static str,
    /// Id of its schema.
    pub schema_id: &'static str,
    /// Ontology term (CURIE and label).
    pub ontology_term: (&'static str, &'static str),
    /// What it is a collection of, if it is one.
    pub collection_of: Option<EntryType>,
    /// Whether it may be asked for without parameters.
    pub non_filtered_queries: bool,
    /// The entries that belong to one of it, each below `/{id}`.
    pub related: &'static [EntryType],
    /// Whether the filtering terms of one of it are listed, below `/{id}`.
    pub filtering_terms: bool,
}

use EntryType::{Analysis, Biosample, Cohort, Dataset, GenomicVariant, Individual, Run};

/// Everything that can be served, one row a type, in the order of their ids.
pub const DEFINITIONS: [Definition; 7] = [
    Definition {
        entry_type: Analysis,
        name: "Bioinformatics analysis",
        folder: "analyses",
        schema_id: "ga4gh-beacon-analysis-v2.0.0",
        ontology_term: ("edam:operation_2945", "Analysis"),
        collection_of: None,
        non_filtered_queries: true,
        related: &[GenomicVariant],
        filtering_terms: false,
    },
    Definition {
        entry_type: Biosample,
        name: "Biological Sample",
        folder: "biosamples",
        schema_id: "ga4gh-beacon-biosample-v2.0.0",
        ontology_term: ("NCIT:C70699", "Biospecimen"),
        collection_of: None,
        non_filtered_queries: true,
        related: &[Analysis, GenomicVariant, Run],
        filtering_terms: false,
    },
    Definition {
        entry_type: Cohort,
        name: "Cohort",
        folder: "cohorts",
        schema_id: "ga4gh-beacon-cohort-v2.0.0",
        ontology_term: ("NCIT:C61512", "Cohort"),
        collection_of: Some(Individual),
        non_filtered_queries: true,
        related: &[Analysis, Biosample, GenomicVariant, Individual, Run],
        filtering_terms: true,
    },
    Definition {
        entry_type: Dataset,
        name: "Dataset",
        folder: "datasets",
        schema_id: "ga4gh-beacon-dataset-v2.0.0",
        ontology_term: ("NCIT:C47824", "Data set"),
        collection_of: Some(GenomicVariant),
        non_filtered_queries: true,
        related: &[Analysis, Biosample, GenomicVariant, Individual, Run],
        filtering_terms: true,
    },
    Definition {
        entry_type: GenomicVariant,
        name: "Genomic Variants",
        folder: "genomicVariations",
        schema_id: "ga4gh-beacon-variant-v2.0.0",
        ontology_term: ("ENSGLOSSARY:0000092", "Variant"),
        collection_of: None,
        non_filtered_queries: false,
        related: &[Analysis, Biosample, Individual, Run],
        filtering_terms: false,
    },
    Definition {
        entry_type: Individual,
        name: "Individual",
        folder: "individuals",
        schema_id: "ga4gh-beacon-individual-v2.0.0",
        ontology_term: ("NCIT:C25190", "Person"),
        collection_of: None,
        non_filtered_queries: true,
        related: &[Analysis, Biosample, GenomicVariant, Run],
        filtering_terms: true,
    },
    Definition {
        entry_type: Run,
        name: "Sequencing run",
        folder: "runs",
        schema_id: "ga4gh-beacon-run-v2.0.0",
        ontology_term: ("NCIT:C148088", "Sequencing run"),
        collection_of: None,
        non_filtered_queries: true,
        related: &[Analysis, GenomicVariant],
        filtering_terms: false,
    },
];

/// Schemas of documents about the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpecificationSchema {
    /// `/configuration`
    Configuration,
    /// `/map`
    Map,
}

impl SpecificationSchema {
    /// Returns the address of the schema.
    pub fn url(self) -> &'static str {
        match self {
            Self::Configuration => {
                "https://raw.githubusercontent.com/ga4gh-beacon/beacon-v2/v2.2.0/framework/json/configuration/beaconConfigurationSchema.json"
            }
            Self::Map => {
                "https://raw.githubusercontent.com/ga4gh-beacon/beacon-v2/v2.2.0/framework/json/configuration/beaconMapSchema.json"
            }
        }
    }
}

impl Definition {
    /// Returns the row of an entry type.
    pub fn of(entry_type: EntryType) -> &'static Self {
        let [first, ..] = &DEFINITIONS;
        DEFINITIONS.iter().find(|row| row.entry_type == entry_type).unwrap_or(first)
    }

    /// Returns the address of the entry type's schema.
    pub fn schema_url(&self) -> String {
        format!("{MODEL}/{}/defaultSchema.json", self.folder)
    }

    /// Returns the address of the description of its endpoints.
    pub fn openapi_url(&self) -> String {
        format!("{MODEL}/{}/endpoints.json", self.folder)
    }
}
