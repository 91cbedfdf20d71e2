//! The entry types that are served: one table, from which every metadata endpoint is written.

/// Where the specification keeps its schemas.
const MODEL: &str =
    "https://raw.githubusercontent.com/ga4gh-beacon/beacon-v2/v2.2.0/models/json/beacon-v2-default-model";

/// An entry type of the Beacon model. The names are those of the specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryType {
    /// Id: `genomicVariant`.
    pub id: &'static str,
    /// Name for people.
    pub name: &'static str,
    /// Path below the base path: `g_variants`.
    pub path: &'static str,
    /// Folder of its schema in the model, and the name of its OpenAPI file there.
    pub folder: &'static str,
    /// Id of its schema.
    pub schema_id: &'static str,
    /// Ontology term (CURIE and label).
    pub ontology_term: (&'static str, &'static str),
    /// What it is a collection of, if it is one (id and name).
    pub collection_of: Option<(&'static str, &'static str)>,
    /// Whether it may be asked for without parameters.
    pub non_filtered_queries: bool,
    /// Whether one entry can be fetched by its id.
    pub single_entry: bool,
}

/// The variants of the datasets.
pub(super) const GENOMIC_VARIANT: EntryType = EntryType {
    id: "genomicVariant",
    name: "Genomic Variants",
    path: "g_variants",
    folder: "genomicVariations",
    schema_id: "ga4gh-beacon-variant-v2.0.0",
    ontology_term: ("ENSGLOSSARY:0000092", "Variant"),
    collection_of: None,
    non_filtered_queries: false,
    single_entry: false,
};

/// The datasets themselves.
pub(super) const DATASET: EntryType = EntryType {
    id: "dataset",
    name: "Dataset",
    path: "datasets",
    folder: "datasets",
    schema_id: "ga4gh-beacon-dataset-v2.0.0",
    ontology_term: ("NCIT:C47824", "Data set"),
    collection_of: Some(("genomicVariant", "Genomic Variants")),
    non_filtered_queries: true,
    single_entry: true,
};

/// Everything that is served.
pub const ENTRY_TYPES: &[EntryType] = &[GENOMIC_VARIANT, DATASET];

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

impl EntryType {
    /// Returns the address of the entry type's schema.
    pub fn schema_url(&self) -> String {
        format!("{MODEL}/{}/defaultSchema.json", self.folder)
    }

    /// Returns the address of the description of its endpoints.
    pub fn openapi_url(&self) -> String {
        format!("{MODEL}/{}/endpoints.json", self.folder)
    }
}
