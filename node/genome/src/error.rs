//! Why a question cannot be located.

use fyr_schemas::Assembly;

use crate::Unlifted;

/// Why a question cannot be put to data of an assembly. None of it depends on data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LocateError {
    /// It names something impossible.
    #[error("`{parameter}`: {reason}")]
    Invalid {
        /// The parameter.
        parameter: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The data have the coordinates of other assemblies, and no chain file leads there.
    #[error("no dataset that may be asked has coordinates of {0}: ask in its own assembly")]
    OtherAssembly(Assembly),
    /// The question cannot be lifted.
    #[error("`assemblyId`: the question cannot be lifted from {from}: {reason}")]
    Unlifted {
        /// The assembly of the question.
        from: Assembly,
        /// Why not.
        reason: Unlifted,
    },
    /// A name stands for several alleles.
    #[error("`variantId`: `{name}` stands for several alleles: name one of {alleles}")]
    SeveralAlleles {
        /// The name.
        name: String,
        /// Its alleles.
        alleles: String,
    },
    /// Only a reference sequence could tell what is meant.
    #[error(
        "`genomicAlleleShortForm`: without the reference sequence, which is not known here, nobody knows how \
         data write this: give position and bases as in VCF"
    )]
    NeedsSequence,
    /// Only an annotation could tell which variants are meant.
    #[error(
        "`aminoacidChange`, `molecularEffect`: no dataset that may be asked has an annotation of VEP or SnpEff: ask \
         by allele or range"
    )]
    NeedsAnnotation,
    /// Only a table of genes could tell what is meant.
    #[error("`geneId`, `genomicAlleleShortForm`: no table of genes is known here: ask by range")]
    NeedsGenes,
    /// Only a table of identifiers could tell what is meant.
    #[error("`variantId`: no table of identifiers is known here: give position and bases as in VCF")]
    NeedsIdentifiers,
}
