//! Ontologies: which terms there are, and which are narrower than others.
//!
//! Whether a term is known never depends on data: it is in a loaded ontology, or its prefix is that of a
//! vocabulary whose terms are taken as they are.

mod codes;
mod hierarchy;
mod obo;
mod source;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use fyr_schemas::{Condition, Filters, Vocabulary};

use hierarchy::Hierarchy;
pub use source::{Format, OntologyError, OntologySource};

/// Vocabularies whose terms are taken as they are unless a file tells their hierarchy.
const WELL_KNOWN: [(&str, &str); 38] = [
    ("CHEBI", "Chemical Entities of Biological Interest"),
    ("CL", "Cell Ontology"),
    ("DOID", "Human Disease Ontology"),
    ("DUO", "Data Use Ontology"),
    ("EDAM", "EDAM"),
    ("EFO", "Experimental Factor Ontology"),
    ("ENSGLOSSARY", "Ensembl Glossary"),
    ("FMAID", "Foundational Model of Anatomy"),
    ("GAZ", "Gazetteer"),
    ("GENEPIO", "Genomic Epidemiology Ontology"),
    ("GENO", "Genotype Ontology"),
    ("GSSO", "Gender, Sex, and Sexual Orientation Ontology"),
    ("HANCESTRO", "Human Ancestry Ontology"),
    ("HGNC", "HUGO Gene Nomenclature"),
    ("HP", "Human Phenotype Ontology"),
    ("ICD9", "ICD-9"),
    ("ICDO", "ICD-O"),
    ("LOINC", "LOINC"),
    ("MAXO", "Medical Action Ontology"),
    ("MEDDRA", "MedDRA"),
    ("MESH", "MeSH"),
    ("MONDO", "Mondo Disease Ontology"),
    ("NCIT", "NCI Thesaurus"),
    ("NCBITAXON", "NCBI Taxonomy"),
    ("OBI", "Ontology for Biomedical Investigations"),
    ("OMIM", "OMIM"),
    ("OPCS4", "OPCS-4"),
    ("ORPHA", "Orphanet"),
    ("ORPHANET", "Orphanet"),
    ("ORDO", "Orphanet Rare Disease Ontology"),
    ("PATO", "Phenotype and Trait Ontology"),
    ("RXNORM", "RxNorm"),
    ("SNOMED", "SNOMED CT"),
    ("SNOMEDCT", "SNOMED CT"),
    ("SO", "Sequence Ontology"),
    ("UBERON", "Uberon"),
    ("UCUM", "UCUM"),
    ("UO", "Units of Measurement Ontology"),
];

/// A term that no loaded vocabulary has, or whose prefix nobody has declared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a term of any vocabulary that is known here: see /filtering_terms")]
pub struct UnknownTerm(pub String);

/// The terms that match a term that was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TermMatch {
    /// CURIEs, sorted, each once.
    pub ids: Vec<String>,
    /// Ranges of CURIEs, from the first one on to before the last one, in the order of their bytes: for code
    /// systems in which a longer code is a narrower one (`ICD10:I20` to `ICD10:I26`).
    pub code_ranges: Vec<(String, String)>,
}

/// The vocabularies of a node.
#[derive(Clone, Debug, Default)]
pub struct Ontologies {
    /// By prefix, in upper case; none where terms are taken as they are.
    loaded: BTreeMap<String, (Vocabulary, Option<Hierarchy>)>,
}

impl Ontologies {
    /// Loads the ontologies of a configuration.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, with the place of the first fault.
    pub fn load(sources: &[OntologySource]) -> Result<Self, OntologyError> {
        let mut ontologies = Self::default();
        for source in sources {
            let hierarchy = source.read()?;
            let key = source.prefix.to_ascii_uppercase();
            if ontologies.loaded.insert(key, (source.vocabulary(hierarchy.as_ref()), hierarchy)).is_some() {
                return Err(OntologyError::Twice(source.prefix.clone()));
            }
        }
        Ok(ontologies)
    }

    /// Returns the terms that match a term, with all narrower ones where they are asked for.
    ///
    /// # Errors
    ///
    /// The term is not known here. That does not depend on any data.
    pub fn matches(&self, id: &str, descendants: bool) -> Result<TermMatch, UnknownTerm> {
        let unknown = || UnknownTerm(id.to_owned());
        let (prefix, code) = id.split_once(':').ok_or_else(unknown)?;
        let same = || TermMatch { ids: vec![id.to_owned()], code_ranges: Vec::new() };
        match self.loaded.get(&prefix.to_ascii_uppercase()) {
            Some((_, Some(hierarchy))) => {
                let ids = hierarchy.matching(id, descendants).ok_or_else(unknown)?;
                Ok(TermMatch { ids, code_ranges: Vec::new() })
            }
            Some((_, None)) => Ok(same()),
            None if codes::is_icd10(prefix) => {
                if descendants {
                    codes::matching(prefix, code).ok_or_else(unknown)
                } else {
                    Ok(same())
                }
            }
            None if is_well_known(prefix) => Ok(same()),
            None => Err(unknown()),
        }
    }

    /// Checks all terms of filters; returns what the client should know of how they are evaluated.
    ///
    /// # Errors
    ///
    /// The first term that is not known.
    pub fn check(&self, filters: &Filters) -> Result<Vec<String>, UnknownTerm> {
        let mut flat = Vec::new();
        for condition in filters.conditions() {
            let Condition::Term { id, descendants } = condition else { continue };
            self.matches(id, *descendants)?;
            let prefix = id.split(':').next().unwrap_or_default();
            let has_hierarchy =
                self.loaded.get(&prefix.to_ascii_uppercase()).is_some_and(|(_, h)| h.is_some());
            if *descendants && !has_hierarchy && !codes::is_icd10(prefix) {
                flat.push(format!(
                    "{id}: no hierarchy of {prefix} is loaded here, narrower terms do not count"
                ));
            }
        }
        flat.sort();
        flat.dedup();
        Ok(flat)
    }

    /// Returns the terms that a term is narrower than, as far as its ontology is loaded.
    pub fn wider(&self, id: &str) -> Vec<String> {
        let prefix = id.split(':').next().unwrap_or_default().to_ascii_uppercase();
        let hierarchy = self.loaded.get(&prefix).and_then(|(_, hierarchy)| hierarchy.as_ref());
        hierarchy.map(|hierarchy| hierarchy.wider(std::iter::once(id))).unwrap_or_default()
    }

    /// Returns terms with all that they are narrower than, however that is spelled, as far as it is known.
    pub fn with_wider<'t>(&self, ids: impl Iterator<Item = &'t str>) -> BTreeSet<String> {
        let mut all: BTreeSet<String> = ids.map(str::to_owned).collect();
        let mut wider = Vec::new();
        for (prefix, code) in all.iter().filter_map(|id| id.split_once(':')) {
            if !self.loaded.contains_key(&prefix.to_ascii_uppercase()) && codes::is_icd10(prefix) {
                wider.extend(codes::with_wider(prefix, code));
            }
        }
        let hierarchies = self.loaded.values().filter_map(|(_, hierarchy)| hierarchy.as_ref());
        wider.extend(hierarchies.flat_map(|hierarchy| hierarchy.wider(all.iter().map(String::as_str))));
        all.extend(wider);
        all
    }

    /// Returns whether a term stands for all codes between bounds that whoever writes it chooses: `ICD10:I20-I25`.
    pub fn is_block(&self, id: &str) -> bool {
        let of = |(prefix, code): (&str, &str)| {
            !self.loaded.contains_key(&prefix.to_ascii_uppercase())
                && codes::is_icd10(prefix)
                && codes::is_block(code)
        };
        id.split_once(':').is_some_and(of)
    }

    /// Returns a term's label, where its ontology is loaded.
    pub fn label(&self, id: &str) -> Option<&str> {
        let prefix = id.split(':').next()?.to_ascii_uppercase();
        self.loaded.get(&prefix)?.1.as_ref()?.label(id)
    }

    /// Returns what is known of the vocabularies that terms are from, for `/filtering_terms`.
    pub fn vocabularies(&self) -> Vec<Vocabulary> {
        let known = |prefix: &str| self.loaded.contains_key(prefix);
        let others = WELL_KNOWN.iter().filter(|(prefix, _)| !known(prefix));
        let others = others.map(|(prefix, name)| Vocabulary {
            id: prefix.to_ascii_lowercase(),
            name: (*name).to_owned(),
            prefix: (*prefix).to_owned(),
            ..Vocabulary::default()
        });
        self.loaded.values().map(|(vocabulary, _)| vocabulary.clone()).chain(others).collect()
    }
}

fn is_well_known(prefix: &str) -> bool {
    WELL_KNOWN.iter().any(|(known, _)| known.eq_ignore_ascii_case(prefix))
}

#[cfg(test)]
mod tests;
