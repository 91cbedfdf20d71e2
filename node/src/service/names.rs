//! Names of variants in other vocabularies, put beside what was disclosed. They follow from the variant
//! alone, so they tell nothing more.

use fyr_genome::Genomes;
use fyr_schemas::Answer;

/// Adds the VRS identifiers of all variants whose reference sequence is known.
pub(crate) fn add(genomes: &Genomes, answer: &mut Answer) {
    for dataset in &mut answer.datasets {
        for told in &mut dataset.variants {
            let ids = genomes.vrs_ids(&told.variant, dataset.assembly);
            told.alternative_ids = ids.map(|ids| ids.identifiers().into()).unwrap_or_default();
        }
    }
}
