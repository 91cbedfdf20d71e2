//! Ontologies: which terms there are, and which are narrower than others.
//!
//! A term is known if it is in a loaded ontology, or its prefix is that of a vocabulary whose terms are taken as they
//! are. Of a term that a loaded ontology lacks the service decides: data may be of a later release.

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

/// What is to be said and looked up before filters are evaluated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// What the client should know of how they are evaluated.
    pub warnings: Vec<String>,
    /// Terms whose vocabulary is loaded and does not have them, sorted, each once.
    pub lacking: Vec<String>,
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

    /// Returns the terms that match a term, with all narrower ones where they are asked for. One that its loaded
    /// ontology lacks matches as it is.
    ///
    /// # Errors
    ///
    /// The vocabulary of the term is not known here. That does not depend on any data.
    pub fn matches(&self, id: &str, descendants: bool) -> Result<TermMatch, UnknownTerm> {
        let unknown = || UnknownTerm(id.to_owned());
        let (prefix, code) = id.split_once(':').ok_or_else(unknown)?;
        let same = || TermMatch { ids: vec![id.to_owned()], code_ranges: Vec::new() };
        match self.loaded.get(&prefix.to_ascii_uppercase()) {
            Some((_, Some(hierarchy))) => {
                let ids = hierarchy.matching(id, descendants);
                Ok(ids.map_or_else(same, |ids| TermMatch { ids, code_ranges: Vec::new() }))
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

    /// Checks all terms of filters.
    ///
    /// # Errors
    ///
    /// The first term whose vocabulary is not known.
    pub fn check(&self, filters: &Filters) -> Result<Checked, UnknownTerm> {
        let mut checked = Checked::default();
        for condition in filters.conditions() {
            let Condition::Term { id, descendants } = condition else { continue };
            self.matches(id, *descendants)?;
            let prefix = id.split(':').next().unwrap_or_default();
            match self.loaded.get(&prefix.to_ascii_uppercase()) {
                Some((vocabulary, Some(hierarchy))) if !hierarchy.has(id) => {
                    checked.lacking.push(id.clone());
                    let release = vocabulary.version.as_ref().map(|version| format!(", {version}"));
                    checked.warnings.push(format!(
                        "{id}: the {prefix} that is loaded here{} does not have it, so it was looked for as it is, \
                         without narrower terms",
                        release.unwrap_or_default()
                    ));
                }
                Some((_, Some(_))) => {}
                _ if *descendants && !codes::is_icd10(prefix) => checked.warnings.push(format!(
                    "{id}: no hierarchy of {prefix} is loaded here, narrower terms do not count"
                )),
                _ => {}
            }
        }
        for list in [&mut checked.warnings, &mut checked.lacking] {
            list.sort();
            list.dedup();
        }
        Ok(checked)
    }

    /// Returns the terms that a term is narrower than, and its own ids, as far as its ontology is loaded.
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
