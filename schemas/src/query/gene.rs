//! The gene question: variants of a gene, or that change a protein in some way.

use super::Narrowing;
use crate::InvalidQuery;

/// Variants of a gene, in whichever assembly a dataset has.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GeneQuery {
    gene: Option<String>,
    /// What the variants must be like.
    pub narrowing: Narrowing,
}

impl GeneQuery {
    /// Creates a question for a gene by symbol or id; without one, for variants of any gene that an
    /// annotation tells.
    ///
    /// # Errors
    ///
    /// A text that cannot name a gene, and neither a gene nor an annotation to look for.
    pub fn new(gene: Option<&str>, narrowing: Narrowing) -> Result<Self, InvalidQuery> {
        let legal = |c: char| c.is_ascii_alphanumeric() || "-_.:@".contains(c);
        if let Some(gene) = gene
            && (gene.is_empty() || gene.len() > 64 || !gene.chars().all(legal))
        {
            let reason = format!("`{gene}` is not the symbol or id of a gene");
            return Err(InvalidQuery::Parameter { name: "geneId", reason });
        }
        if gene.is_none() && !narrowing.needs_annotation() {
            return Err(InvalidQuery::Missing("geneId"));
        }
        Ok(Self { gene: gene.map(str::to_owned), narrowing })
    }

    /// Returns all that it is made of: the gene as it was named, and what its variants must be like.
    pub(crate) fn members(&self) -> (Option<&str>, &Narrowing) {
        let Self { gene, narrowing } = self;
        (gene.as_deref(), narrowing)
    }

    /// Returns the gene as it was named.
    pub fn gene(&self) -> Option<&str> {
        self.gene.as_deref()
    }
}
