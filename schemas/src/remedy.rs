//! What can be done about a question that a node did not evaluate.

use serde::{Deserialize, Serialize};

/// What can be done about a question that was not evaluated.
///
/// A closed list, in fixed words: a broker hands on which of them a node named, and never a text that the node wrote.
/// None of them depends on data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Remedy {
    /// The data have the coordinates of another assembly, and no chain file leads there.
    OtherAssembly,
    /// The place has no counterpart in the assembly of the data.
    NotLifted,
    /// Only a reference sequence could tell what is meant.
    NeedsSequence,
    /// Only an annotation could tell which variants are meant.
    NeedsAnnotation,
    /// Only a table of genes could tell what is meant.
    NeedsGenes,
    /// Only a table of identifiers could tell what is meant.
    NeedsIdentifiers,
    /// The question names something impossible.
    Impossible,
    /// A name stands for several alleles.
    OneAllele,
    /// Alternatives and lists of values are not evaluated.
    OneValue,
    /// People who carry something in a place that the client chose are not counted.
    AlleleOrGene,
    /// The place is too large to list what lies in it.
    SmallerPlace,
    /// A filter names a term that is not known.
    UnknownTerm,
    /// A filter names a field that is not known.
    UnknownField,
}

impl Remedy {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::OtherAssembly,
        Self::NotLifted,
        Self::NeedsSequence,
        Self::NeedsAnnotation,
        Self::NeedsGenes,
        Self::NeedsIdentifiers,
        Self::Impossible,
        Self::OneAllele,
        Self::OneValue,
        Self::AlleleOrGene,
        Self::SmallerPlace,
        Self::UnknownTerm,
        Self::UnknownField,
    ];

    /// Returns the word that stands on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::OtherAssembly => "other-assembly",
            Self::NotLifted => "not-lifted",
            Self::NeedsSequence => "needs-sequence",
            Self::NeedsAnnotation => "needs-annotation",
            Self::NeedsGenes => "needs-genes",
            Self::NeedsIdentifiers => "needs-identifiers",
            Self::Impossible => "impossible",
            Self::OneAllele => "one-allele",
            Self::OneValue => "one-value",
            Self::AlleleOrGene => "allele-or-gene",
            Self::SmallerPlace => "smaller-place",
            Self::UnknownTerm => "unknown-term",
            Self::UnknownField => "unknown-field",
        }
    }

    /// Reads the word; none where it is none of these.
    pub fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|remedy| remedy.name() == name)
    }

    /// Returns what is missing, and what to do, after the name of a node.
    pub fn text(self) -> &'static str {
        match self {
            Self::OtherAssembly => "has no data in this assembly: ask in another one",
            Self::NotLifted => "cannot lift this place to the assembly of its data: ask in another one",
            Self::NeedsSequence => "has no reference sequence: give position and bases as in VCF",
            Self::NeedsAnnotation => "has no annotation of what alleles do: ask by allele or range",
            Self::NeedsGenes => "has no table of genes: ask by range",
            Self::NeedsIdentifiers => "has no table of identifiers: give position and bases as in VCF",
            Self::Impossible => "holds a part of the question to be impossible: check place and bases",
            Self::OneAllele => {
                "knows several alleles of this name: give position and bases of one, as in VCF"
            }
            Self::OneValue => "evaluates no alternatives, lists of values or `%`: ask for one term or value",
            Self::AlleleOrGene => "counts people by an allele or a gene, not by a range: name one of those",
            Self::SmallerPlace => {
                "lists no records of so large a place: name a smaller one, or ask for counts"
            }
            Self::UnknownTerm => "does not know a term of the filters: see /filtering_terms",
            Self::UnknownField => "does not know a field of the filters: see /filtering_terms",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for remedy in Remedy::ALL {
            assert_eq!(Remedy::read(remedy.name()), Some(remedy));
            assert_eq!(serde_json::to_value(remedy).unwrap(), remedy.name());
            assert!(!remedy.text().ends_with('.'), "{}", remedy.text());
        }
        assert_eq!(Remedy::read("rm -rf"), None);
    }
}
