//! Names of variants in other vocabularies, which follow from the variant alone, so they tell nothing more.

use fyr_genome::Genomes;
use fyr_schemas::{Assembly, Variant};

/// Returns the VRS identifiers of a variant whose reference sequence is known.
pub(super) fn of(genomes: &Genomes, variant: &Variant, assembly: Assembly) -> Vec<String> {
    genomes.vrs_ids(variant, assembly).map(|ids| ids.identifiers().into()).unwrap_or_default()
}
